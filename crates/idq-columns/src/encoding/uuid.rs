//! UUIDs in their canonical spelling, 8-4-4-4-12 lowercase hexadecimal digits, stored as sixteen bytes.
//!
//! The crate `uuid` accepts other spellings as well, which would not come out as they went in; and the masked search
//! in `kernels/uuid_contains.rs` needs the positions of digits and hyphens. Hence the sixty lines here.

use arrow_buffer::Buffer;

/// Bytes of the spelling.
pub(crate) const SPELLING_BYTES: usize = 36;

/// The positions of the hyphens in the spelling.
pub(crate) const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// UUIDs one after another, sixteen bytes each.
#[derive(Debug)]
pub(crate) struct Uuids(Buffer);

impl Uuids {
    /// Creates the encoding of a list of UUIDs.
    pub(crate) fn new(uuids: Vec<[u8; 16]>) -> Self {
        Self(Buffer::from_vec(uuids.into_flattened()))
    }

    /// Creates the encoding over a buffer of sixteen bytes for each row.
    pub(crate) fn from_bytes(bytes: Buffer) -> Self {
        Self(bytes)
    }

    /// Returns the UUIDs; those of rows without a value are unspecified.
    pub(crate) fn as_slice(&self) -> &[[u8; 16]] {
        self.0.as_chunks().0
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The value of each byte as a lowercase hexadecimal digit, or [`NO_DIGIT`].
const DIGIT_VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// The value of bytes that are no digits: the only one with bits beyond the lowest four.
const NO_DIGIT: u8 = 0xFF;

/// Returns the value of a lowercase hexadecimal digit.
pub(crate) fn digit_value(byte: u8) -> Option<u8> {
    let value = DIGIT_VALUES[usize::from(byte)];
    (value != NO_DIGIT).then_some(value)
}

/// Parses the canonical spelling of a UUID, and no other.
pub(crate) fn parse(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; SPELLING_BYTES] = text.try_into().ok()?;
    if HYPHENS.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut uuid = [0; 16];
    // All digits are read before they are checked: one branch instead of 32.
    let mut all_values = 0;
    let mut at = 0;
    for byte in &mut uuid {
        if HYPHENS.contains(&at) {
            at += 1;
        }
        let high = DIGIT_VALUES[usize::from(text[at])];
        let low = DIGIT_VALUES[usize::from(text[at + 1])];
        all_values |= high | low;
        *byte = (high << 4) | (low & 0xF);
        at += 2;
    }
    (all_values <= 0xF).then_some(uuid)
}

/// Returns the canonical spelling of a UUID: 8-4-4-4-12 lowercase hexadecimal digits.
pub fn format(uuid: [u8; 16]) -> [u8; 36] {
    let mut text = [b'-'; SPELLING_BYTES];
    let mut at = 0;
    for byte in uuid {
        if HYPHENS.contains(&at) {
            at += 1;
        }
        text[at] = DIGITS[usize::from(byte >> 4)];
        text[at + 1] = DIGITS[usize::from(byte & 0xF)];
        at += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_of_another_spelling_than_the_canonical_one_is_none() {
        let text = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
        let uuid = parse(text.as_bytes()).unwrap();
        assert_eq!(&format(uuid), text.as_bytes());
        for other in [
            "0F1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            "0f1e2d3c4-b5a-6978-8796-a5b4c3d2e1f0",
            "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f",
            "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0 ",
            "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1-0",
            "-f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1fg",
        ] {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
    }
}
