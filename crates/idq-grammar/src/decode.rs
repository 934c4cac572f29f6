//! Percent-decoding with a map from decoded offsets to raw ones.

use std::ops::Range;

use crate::error::ErrorKind;

/// Decoded text with the map to raw offsets.
pub(crate) struct Decoded {
    pub(crate) text: String,
    /// Offsets in `text` of the bytes that were written as `%XX`, ascending. Every other byte was written as one byte,
    /// so these suffice for the map.
    escapes: Vec<usize>,
}

/// A mistake in a range of raw bytes.
pub(crate) struct DecodeError {
    pub(crate) kind: ErrorKind,
    pub(crate) range: Range<usize>,
}

impl Decoded {
    /// Creates the decoded form of text that is taken literally.
    pub(crate) fn literal(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            escapes: Vec::new(),
        }
    }

    /// Returns the raw offset of the decoded byte at `offset`; the decoded end maps to the raw end.
    ///
    /// A character boundary maps to one: raw text between escapes is valid UTF-8, so no character is written partly in
    /// escapes.
    pub(crate) fn raw(&self, offset: usize) -> usize {
        offset + 2 * self.escapes.partition_point(|&escape| escape < offset)
    }
}

/// Decodes `%XX` and `+`, as in a query string (`application/x-www-form-urlencoded`). Also returns the bad escapes, each
/// of which is decoded literally.
///
/// # Errors
/// Every bad escape and every byte sequence that is not UTF-8, if there is such a sequence.
pub(crate) fn decode(raw: &str) -> Result<(Decoded, Vec<DecodeError>), Vec<DecodeError>> {
    let DecodedBytes {
        bytes,
        escapes,
        mut errors,
    } = decode_bytes(raw);
    match String::from_utf8(bytes) {
        Ok(text) => Ok((Decoded { text, escapes }, errors)),
        Err(error) => {
            let bytes = error.into_bytes();
            // The map gives the errors their raw ranges.
            let map = Decoded {
                text: String::new(),
                escapes,
            };
            let mut offset = 0;
            for chunk in bytes.utf8_chunks() {
                let start = offset + chunk.valid().len();
                offset = start + chunk.invalid().len();
                if !chunk.invalid().is_empty() {
                    errors.push(DecodeError {
                        kind: ErrorKind::InvalidUtf8 {
                            bytes: chunk.invalid().to_vec(),
                        },
                        range: map.raw(start)..map.raw(offset),
                    });
                }
            }
            errors.sort_by_key(|error| error.range.start);
            Err(errors)
        }
    }
}

/// Decodes text as [`decode`] does, with a replacement character for each byte sequence that is not UTF-8.
pub(crate) fn decode_lossy(raw: &str) -> String {
    String::from_utf8_lossy(&decode_bytes(raw).bytes).into_owned()
}

/// Decoded bytes, the offsets among them that were escapes, and the bad escapes.
struct DecodedBytes {
    bytes: Vec<u8>,
    escapes: Vec<usize>,
    errors: Vec<DecodeError>,
}

/// Decodes `%XX` and `+` to bytes.
fn decode_bytes(raw: &str) -> DecodedBytes {
    let bytes = raw.as_bytes();
    let mut decoded = DecodedBytes {
        bytes: Vec::with_capacity(bytes.len()),
        escapes: Vec::new(),
        errors: Vec::new(),
    };
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        let pair = hexadecimal_pair(&bytes[at..]).filter(|_| byte == b'%');
        if let Some(value) = pair {
            decoded.escapes.push(decoded.bytes.len());
            decoded.bytes.push(value);
            at += 2;
            continue;
        }
        if byte == b'%' {
            decoded.errors.push(bad_escape(raw, at - 1));
        }
        decoded.bytes.push(if byte == b'+' { b' ' } else { byte });
    }
    decoded
}

/// Returns the byte of two hexadecimal digits at the start of `bytes`.
fn hexadecimal_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (&high, &low) = (bytes.first()?, bytes.get(1)?);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Returns the error of the `%` at `start`.
fn bad_escape(raw: &str, start: usize) -> DecodeError {
    let found: String = raw[start + 1..].chars().take(2).collect();
    let end = start + 1 + found.len();
    DecodeError {
        kind: ErrorKind::BadEscape { found },
        range: start..end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_boundaries_map_to_raw_boundaries() {
        let raw = "a%C3%AB+%2Bé%e2%82%ac";
        let (decoded, errors) = decode(raw).ok().expect("valid");
        assert!(errors.is_empty());
        assert_eq!(decoded.text, "aë +é€");
        let written: Vec<&str> = decoded
            .text
            .char_indices()
            .map(|(at, c)| &raw[decoded.raw(at)..decoded.raw(at + c.len_utf8())])
            .collect();
        assert_eq!(written, ["a", "%C3%AB", "+", "%2B", "é", "%e2%82%ac"]);
    }

    #[test]
    fn bad_escapes_are_errors_and_decoded_literally() {
        let raw = "%zz%41%é%";
        let (decoded, errors) = decode(raw).ok().expect("UTF-8");
        assert_eq!(decoded.text, "%zzA%é%");
        let places: Vec<&str> = errors
            .iter()
            .map(|error| &raw[error.range.clone()])
            .collect();
        assert_eq!(places, ["%zz", "%é%", "%"]);
        assert_eq!(decoded.raw(4), 6);
    }

    #[test]
    fn decode_errors_are_listed_in_order() {
        let raw = "%C3é%zz%ff%4";
        let errors = decode(raw).err().expect("invalid");
        let places: Vec<&str> = errors
            .iter()
            .map(|error| &raw[error.range.clone()])
            .collect();
        assert_eq!(places, ["%C3", "%zz", "%ff", "%4"]);
    }
}
