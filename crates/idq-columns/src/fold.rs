use std::borrow::Cow;

/// The lowercased form by which texts are searched and sorted.
///
/// Unicode's lowercase mapping, character by character, so that the form of a part is a part of the form of the
/// whole. The one mapping that depends on its surroundings, the Greek final sigma, is therefore written as the plain
/// sigma: `ΟΔΟΣ`, `οδος` and `οδοσ` fold alike.
pub fn fold(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        return Cow::Borrowed(text);
    }
    let mut folded = Vec::with_capacity(text.len());
    fold_into(text, &mut folded);
    // Folding writes whole characters.
    Cow::Owned(String::from_utf8(folded).unwrap_or_default())
}

/// Appends the folded form of a text.
pub fn fold_into(text: &str, out: &mut Vec<u8>) {
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
        for lower in character.to_lowercase() {
            let lower = if lower == 'ς' { 'σ' } else { lower };
            out.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

/// So many bytes are looked at without a branch for each, which the compiler turns into wide comparisons.
const BLOCK: usize = 32;

/// Whether these bytes are ASCII without capitals.
fn is_plain(bytes: &[u8]) -> bool {
    let any = |any: bool, byte: &u8| any | !byte.is_ascii() | byte.is_ascii_uppercase();
    !bytes.iter().fold(false, any)
}

/// Whether folding leaves the text as it is.
pub fn is_folded(text: &str) -> bool {
    if text.as_bytes().chunks(BLOCK).all(is_plain) {
        return true;
    }
    text.chars().all(|character| {
        let mut lower = character.to_lowercase();
        character != 'ς' && lower.next() == Some(character) && lower.next().is_none()
    })
}
