//! The encoding of a source's text, by its first bytes.

use std::fmt;

/// The encoding of a source's text. Records are always UTF-8: the text of another encoding is converted while it is
/// read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8, with or without a byte-order mark.
    #[default]
    Utf8,
    /// UTF-16 with the low byte first, as `>` of Windows PowerShell writes it.
    Utf16Le,
    /// UTF-16 with the high byte first.
    Utf16Be,
}

impl TextEncoding {
    /// Every variant.
    pub const ALL: [Self; 3] = [Self::Utf8, Self::Utf16Le, Self::Utf16Be];

    /// Returns the encoding that the first four bytes of a text indicate: by a byte-order mark, otherwise by the zeros
    /// around an ASCII character, with which every JSON text starts.
    pub fn detect(start: &[u8]) -> Self {
        match *start {
            // Two zeros more are the mark of UTF-32.
            [0xFF, 0xFE, 0, 0, ..] => Self::Utf8,
            [0xFF, 0xFE, ..] => Self::Utf16Le,
            [0xFE, 0xFF, ..] => Self::Utf16Be,
            [first, 0, second, third, ..] if starts_json(first) && (second, third) != (0, 0) => {
                Self::Utf16Le
            }
            [first, 0] if starts_json(first) => Self::Utf16Le,
            [0, first, ..] if starts_json(first) => Self::Utf16Be,
            _ => Self::Utf8,
        }
    }

    /// Returns the number of bytes that a text, given as UTF-8, has in this encoding.
    pub fn encoded_length(self, text: &[u8]) -> u64 {
        if self == Self::Utf8 {
            return text.len() as u64;
        }
        // A character has one unit of two bytes, or two units if it takes four bytes in UTF-8.
        let units = text.iter().map(|&byte| match byte {
            0x80..=0xBF => 0,
            0xF0.. => 2,
            _ => 1,
        });
        2 * units.sum::<u64>()
    }
}

/// Returns whether a JSON text that holds records may start with a character: a bracket, white space, or the record
/// separator of a text sequence (RFC 7464).
fn starts_json(first: u8) -> bool {
    matches!(first, b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n' | 0x1E)
}

impl fmt::Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_detected_with_and_without_a_mark() {
        use TextEncoding::{Utf8, Utf16Be, Utf16Le};
        for (start, encoding) in [
            (&b"\xFF\xFE[\0"[..], Utf16Le),
            (b"\xFE\xFF\0[", Utf16Be),
            (b"[\0{\0", Utf16Le),
            (b"\0{\0\"", Utf16Be),
            (b"\n\0[\0", Utf16Le),
            (b"[\0", Utf16Le),
            (b"\0[", Utf16Be),
            // A record separator, and characters beyond ASCII at the second place.
            (b"\x1E\0{\0", Utf16Le),
            (b"[{\"i", Utf8),
            (b"\xEF\xBB\xBF[", Utf8),
            (b"", Utf8),
            (b"[", Utf8),
            // UTF-32.
            (b"\xFF\xFE\0\0", Utf8),
            (b"[\0\0\0", Utf8),
            (b"\0\0\0[", Utf8),
        ] {
            assert_eq!(TextEncoding::detect(start), encoding, "{start:?}");
        }
    }

    #[test]
    fn encoded_lengths_are_those_of_the_encoding() {
        for text in ["", "a", "é", "€", "😀", "a😀é\n"] {
            let units = text.encode_utf16().count() as u64;
            for encoding in [TextEncoding::Utf16Le, TextEncoding::Utf16Be] {
                assert_eq!(
                    encoding.encoded_length(text.as_bytes()),
                    2 * units,
                    "{text}"
                );
            }
            let bytes = TextEncoding::Utf8.encoded_length(text.as_bytes());
            assert_eq!(bytes, text.len() as u64);
        }
    }
}
