//! Case folding, by which partial matches and lowercased sorts compare texts: Unicode's lowercase mapping of each
//! character.

use std::borrow::Cow;

/// Returns the casefolded form of a text: Unicode's lowercase mapping, character by character.
///
/// The mapping of a character must not depend on its neighbours: a part of a text then folds to a part of the folded
/// text, and a search in folded text is exact. Only the Greek final sigma of Unicode's mapping depends on them, and is
/// therefore replaced by the plain sigma: `ΟΔΟΣ`, `οδος` and `οδοσ` have the same form. Unlike Unicode's full case
/// folding, `ß` stays `ß`, as in the databases behind the APIs.
///
/// A text that is already casefolded is borrowed, as most texts are, at the cost of one vectorised scan.
///
/// ```
/// use idq_columns::casefold;
///
/// assert_eq!(casefold("Zoë@Example.COM"), "zoë@example.com");
/// assert_eq!(casefold("ΟΔΟΣ"), "οδοσ");
/// ```
pub fn casefold(text: &str) -> Cow<'_, str> {
    if is_casefolded(text) {
        return Cow::Borrowed(text);
    }
    let mut folded = Vec::with_capacity(text.len());
    casefold_into(text, &mut folded);
    // `casefold_into` writes whole characters.
    Cow::Owned(String::from_utf8(folded).unwrap_or_default())
}

/// Appends the casefolded form of a text.
///
/// The form may be longer or shorter than the text: `İ` becomes two characters, `ẞ` takes one byte less.
pub(crate) fn casefold_into(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        let start = out.len();
        out.extend_from_slice(text.as_bytes());
        out[start..].make_ascii_lowercase();
        return;
    }
    for character in text.chars() {
        casefold_character_into(character, out);
    }
}

/// Appends the casefolded form of a character.
#[inline]
pub(crate) fn casefold_character_into(character: char, out: &mut Vec<u8>) {
    if character.is_ascii() {
        out.push(character.to_ascii_lowercase() as u8);
        return;
    }
    // The mapping of one character alone: `str::to_lowercase` maps a sigma by its context.
    for lower in character.to_lowercase() {
        let lower = if lower == 'ς' { 'σ' } else { lower };
        out.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Bytes that are tested together without a branch for each, which the compiler turns into vector comparisons.
pub(crate) const BLOCK_BYTES: usize = 32;

/// Returns whether case folding may change a text with this byte: a capital letter, or a byte beyond ASCII.
#[inline]
pub(crate) fn may_change(byte: u8) -> bool {
    !byte.is_ascii() | byte.is_ascii_uppercase()
}

/// Returns whether case folding may change a text with one of these bytes.
#[inline]
pub(crate) fn any_may_change(block: &[u8]) -> bool {
    block
        .iter()
        .fold(false, |any, &byte| any | may_change(byte))
}

/// Returns whether case folding leaves the text unchanged.
pub fn is_casefolded(text: &str) -> bool {
    if !text.as_bytes().chunks(BLOCK_BYTES).any(any_may_change) {
        return true;
    }
    // A text beyond ASCII is mapped character by character: a table of the characters that change would be no smaller
    // than the mapping.
    text.chars().all(|character| {
        let mut lower = character.to_lowercase();
        character != 'ς' && lower.next() == Some(character) && lower.next().is_none()
    })
}
