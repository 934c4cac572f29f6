//! The case folding by which partial matches and lowercased sorts compare.

use std::borrow::Cow;

/// Returns the casefolded form of a text: Unicode's lowercase mapping, character by character.
///
/// The mapping of a character must not depend on its neighbours, so that the form of a part is a part of the form of
/// the whole and a search in folded text is sound. The one mapping of Unicode that does, the Greek final sigma, is
/// therefore written as the plain sigma: `ΟΔΟΣ`, `οδος` and `οδοσ` have the same form. Unlike Unicode's full case folding,
/// `ß` stays `ß`, as in the databases behind the APIs.
///
/// A text that is its own form is borrowed: that is so for most texts, and costs one vectorised scan.
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
        if character.is_ascii() {
            out.push(character.to_ascii_lowercase() as u8);
            continue;
        }
        // The mapping of one character, without its neighbours: `str::to_lowercase` treats a final sigma apart.
        for lower in character.to_lowercase() {
            let lower = if lower == 'ς' { 'σ' } else { lower };
            out.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// Bytes that are tested together without a branch for each, which the compiler turns into vector comparisons.
pub(crate) const BLOCK_BYTES: usize = 32;

/// Returns whether case folding may change a text with this byte: capitals, and all bytes beyond ASCII.
#[inline]
pub(crate) fn may_change(byte: u8) -> bool {
    !byte.is_ascii() | byte.is_ascii_uppercase()
}

/// Returns whether some byte of a block may change.
#[inline]
pub(crate) fn any_may_change(block: &[u8]) -> bool {
    block
        .iter()
        .fold(false, |any, &byte| any | may_change(byte))
}

/// Returns whether case folding leaves the text as it is.
pub fn is_casefolded(text: &str) -> bool {
    if !text.as_bytes().chunks(BLOCK_BYTES).any(any_may_change) {
        return true;
    }
    // Beyond ASCII each character is mapped: a table of Unicode's properties would not be smaller than the mapping.
    text.chars().all(|character| {
        let mut lower = character.to_lowercase();
        character != 'ς' && lower.next() == Some(character) && lower.next().is_none()
    })
}
