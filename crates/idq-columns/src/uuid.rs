//! UUIDs as they are mostly spelled, 8-4-4-4-12 lowercase hexadecimal digits, in sixteen bytes.

use arrow_buffer::Buffer;

/// Bytes of the spelling.
pub(crate) const LENGTH: usize = 36;

/// Where the spelling has a hyphen.
pub(crate) const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// UUIDs one after another.
#[derive(Debug)]
pub(crate) struct Uuids(Buffer);

impl Uuids {
    pub(crate) fn new(uuids: Vec<[u8; 16]>) -> Self {
        Self(Buffer::from_vec(uuids.into_flattened()))
    }

    /// Of these bytes, sixteen each.
    pub(crate) fn from_bytes(bytes: Buffer) -> Self {
        Self(bytes)
    }

    pub(crate) fn all(&self) -> &[[u8; 16]] {
        self.0.as_chunks().0
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The value of a digit, or `NONE`.
const VALUES: [u8; 256] = {
    let mut values = [NONE; 256];
    let mut digit = 0;
    while digit < 16 {
        values[DIGITS[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

const NONE: u8 = 0xFF;

/// The value of a lowercase hexadecimal digit.
pub(crate) fn digit(byte: u8) -> Option<u8> {
    let value = VALUES[usize::from(byte)];
    (value != NONE).then_some(value)
}

/// The sixteen bytes, if this is how such a UUID is spelled.
pub(crate) fn parse(text: &[u8]) -> Option<[u8; 16]> {
    let text: &[u8; LENGTH] = text.try_into().ok()?;
    if HYPHENS.iter().any(|&at| text[at] != b'-') {
        return None;
    }
    let mut uuid = [0; 16];
    let mut wrong = 0;
    let mut at = 0;
    for byte in &mut uuid {
        if HYPHENS.contains(&at) {
            at += 1;
        }
        let (high, low) = (
            VALUES[usize::from(text[at])],
            VALUES[usize::from(text[at + 1])],
        );
        // Only `NONE` has bits beyond the lowest four.
        wrong |= high | low;
        *byte = (high << 4) | (low & 0xF);
        at += 2;
    }
    (wrong <= 0xF).then_some(uuid)
}

/// How a UUID is spelled: 8-4-4-4-12 lowercase hexadecimal digits.
pub fn format(uuid: [u8; 16]) -> [u8; 36] {
    let mut text = [b'-'; LENGTH];
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
    fn only_the_canonical_spelling_is_packed() {
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
