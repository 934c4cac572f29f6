//! The ends of strings, numbers and containers: primitives of the reader, and of code that frames a stream into
//! records.
//!
//! Strings are scanned eight bytes at a time in one integer (SIMD within a register), which needs no processor
//! features. The scan for the shapes of records, in `idq-shape`, calls [`quotes_backslashes_controls`], or does the same
//! with vector instructions.

use crate::error::{Error, ErrorKind};
use crate::work;

/// Returns the offset of the first byte at or after `position` that is not JSON white space, or `bytes.len()`.
#[inline]
pub fn skip_whitespace(bytes: &[u8], mut position: usize) -> usize {
    let start = position;
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(position) {
        position += 1;
    }
    work::add(position - start + 1);
    position
}

/// The lowest bit of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Returns a word in which each byte that is a quote, a backslash, a control character or not ASCII has its high bit
/// set.
///
/// A borrow can also mark a byte above a marked one, but none below it, so the lowest mark is exact.
#[inline]
pub fn special_bytes(word: u64) -> u64 {
    quotes_backslashes_controls(word) | (word & HIGHS)
}

/// Returns the marks of [`special_bytes`] without those of bytes that are not ASCII.
#[inline]
pub fn quotes_backslashes_controls(word: u64) -> u64 {
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    quote_or_backslash(word) | (control & HIGHS)
}

/// Returns the marks of [`special_bytes`] for quotes and backslashes alone.
#[inline]
fn quote_or_backslash(word: u64) -> u64 {
    (equal_bytes(word, b'"') | equal_bytes(word, b'\\')) & HIGHS
}

/// Returns a word in which each byte that equals `byte` has its high bit set; the other bits are unspecified. A byte above
/// such a byte may have it as well. If none equals `byte`, no byte has it.
#[inline]
fn equal_bytes(word: u64, byte: u8) -> u64 {
    let difference = word ^ (ONES * u64::from(byte));
    difference.wrapping_sub(ONES) & !difference
}

/// Returns whether all bytes are ASCII and none is a backslash.
#[inline]
pub fn is_plain_ascii(bytes: &[u8]) -> bool {
    let other_bytes = |word: u64| (word | equal_bytes(word, b'\\')) & HIGHS;
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().all(|&byte| byte.is_ascii() && byte != b'\\');
    };
    // The last word overlaps the one before it.
    let (words, _) = bytes.as_chunks::<8>();
    let words = words.iter().chain([last]);
    words.fold(0, |other, word| {
        other | other_bytes(u64::from_le_bytes(*word))
    }) == 0
}

/// Validates the string whose first byte after the opening quote is at `start`, and returns the offset of its closing
/// quote.
///
/// # Errors
/// An unterminated string, a raw control character, a bad escape, a lone surrogate, bytes that are not UTF-8.
pub fn validated_string_close(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let end = find_string_close(bytes, start);
    work::add(match &end {
        Ok(quote) => quote - start,
        Err(error) => error.offset.saturating_sub(start),
    });
    end
}

#[inline(always)]
fn find_string_close(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let fail = |kind, offset| Err(Error { kind, offset });
    let mut position = start;
    let mut ascii = true;
    loop {
        if let Some(chunk) = bytes.get(position..).and_then(<[u8]>::first_chunk::<8>) {
            let marks = special_bytes(u64::from_le_bytes(*chunk));
            if marks == 0 {
                position += 8;
                continue;
            }
            position += (marks.trailing_zeros() / 8) as usize;
        }
        match bytes.get(position) {
            None => return fail(ErrorKind::UnexpectedEnd, bytes.len()),
            Some(b'"') => break,
            Some(b'\\') => position = escape_end(bytes, position)?,
            Some(&byte) if byte < 0x20 => return fail(ErrorKind::ControlCharacter(byte), position),
            Some(&byte) => {
                ascii &= byte < 0x80;
                position += 1;
            }
        }
    }
    if !ascii && let Err(error) = std::str::from_utf8(&bytes[start..position]) {
        let offset = start + error.valid_up_to();
        return fail(ErrorKind::InvalidUtf8(bytes[offset]), offset);
    }
    Ok(position)
}

/// Returns the end of the escape whose backslash is at `position`; a surrogate pair is one escape.
///
/// # Errors
/// A bad escape, a lone surrogate, or the end of the bytes.
pub fn escape_end(bytes: &[u8], position: usize) -> Result<usize, Error> {
    let fail = |kind| {
        Err(Error {
            kind,
            offset: position,
        })
    };
    match bytes.get(position + 1) {
        None => Err(Error {
            kind: ErrorKind::UnexpectedEnd,
            offset: bytes.len(),
        }),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(position + 2),
        Some(b'u') => match code_unit(bytes, position + 2)? {
            0xD800..=0xDBFF => {
                if bytes.get(position + 6..position + 8) != Some(b"\\u") {
                    let cut =
                        bytes.len() < position + 8 && b"\\u".starts_with(&bytes[position + 6..]);
                    return if cut {
                        Err(Error {
                            kind: ErrorKind::UnexpectedEnd,
                            offset: bytes.len(),
                        })
                    } else {
                        fail(ErrorKind::LoneSurrogate)
                    };
                }
                match code_unit(bytes, position + 8)? {
                    0xDC00..=0xDFFF => Ok(position + 12),
                    _ => fail(ErrorKind::LoneSurrogate),
                }
            }
            0xDC00..=0xDFFF => fail(ErrorKind::LoneSurrogate),
            _ => Ok(position + 6),
        },
        Some(&byte) => fail(ErrorKind::InvalidEscape(byte)),
    }
}

/// The value of each hexadecimal digit, and [`u8::MAX`] for any other byte.
const HEX_DIGITS: [u8; 256] = {
    let mut values = [u8::MAX; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit] as usize] = digit as u8;
        values[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// Parses the four hexadecimal digits at `position`.
pub(crate) fn code_unit(bytes: &[u8], position: usize) -> Result<u32, Error> {
    let mut unit = 0;
    for offset in position..position + 4 {
        let Some(&byte) = bytes.get(offset) else {
            return Err(Error {
                kind: ErrorKind::UnexpectedEnd,
                offset: bytes.len(),
            });
        };
        let digit = HEX_DIGITS[usize::from(byte)];
        if digit == u8::MAX {
            return Err(Error {
                kind: ErrorKind::InvalidEscape(byte),
                offset,
            });
        }
        unit = unit << 4 | u32::from(digit);
    }
    Ok(unit)
}

/// Returns the end of the number that starts at `start`, of any size and precision.
///
/// # Errors
/// [`ErrorKind::InvalidNumber`], or [`ErrorKind::UnexpectedEnd`] where the text ends before a digit.
pub fn number_end(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let digits = |from: usize| {
        let end = bytes[from..].iter().position(|byte| !byte.is_ascii_digit());
        let end = end.map_or(bytes.len(), |length| from + length);
        if end > from {
            return Ok(end);
        }
        let kind = bytes.get(from).map_or(ErrorKind::UnexpectedEnd, |&byte| {
            ErrorKind::InvalidNumber(byte)
        });
        Err(Error { kind, offset: from })
    };
    let mut position = start + usize::from(bytes.get(start) == Some(&b'-'));
    position = if bytes.get(position) == Some(&b'0') {
        position + 1
    } else {
        digits(position)?
    };
    if bytes.get(position) == Some(&b'.') {
        position = digits(position + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(position) {
        let signed = matches!(bytes.get(position + 1), Some(b'+' | b'-'));
        position = digits(position + 1 + usize::from(signed))?;
    }
    // `01`, `1x` and `1.2.3` must not pass as a number and a second token.
    match bytes.get(position) {
        Some(&byte) if byte.is_ascii_alphanumeric() || b".+-_".contains(&byte) => Err(Error {
            kind: ErrorKind::InvalidNumber(byte),
            offset: position,
        }),
        _ => Ok(position),
    }
}

/// Returns the length of the whole number of fewer than eight digits, without a sign, that the bytes start with; `None`
/// for any other number. The byte after the number is not checked, except that it continues no number.
#[inline(always)]
pub fn short_number(bytes: &[u8; 8]) -> Option<usize> {
    let values = u64::from_le_bytes(*bytes) ^ (ONES * u64::from(b'0'));
    // The high bit of each byte that is not a digit. A carry can only set higher bits, so the lowest one is exact.
    let others = (values.wrapping_add(ONES * (0x80 - 10)) | values) & HIGHS;
    let digits = others.trailing_zeros() as usize / 8;
    let is_whole = (1..8).contains(&digits)
        && !(bytes[0] == b'0' && digits > 1)
        && !matches!(bytes[digits], b'.' | b'e' | b'E');
    is_whole.then_some(digits)
}

/// Returns the end of the object or array that starts at `start`, from its brackets and strings alone.
///
/// The value is not validated, but the end of a valid value is exact.
///
/// # Errors
/// The offset up to which the brackets were followed: the end of `bytes`, or the first byte outside a string that JSON
/// does not allow there, which detects a missing quote near its position and not at the end of a long text.
pub fn container_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let end = find_container_end(bytes, start);
    work::add(end.unwrap_or_else(|reached| reached) - start);
    end
}

#[inline(always)]
fn find_container_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut depth = 0usize;
    let mut position = start;
    while let Some(&byte) = bytes.get(position) {
        // Quotes are the most frequent of the significant bytes, and strings the longest tokens.
        if byte == b'"' {
            position = string_close(bytes, position + 1).ok_or(bytes.len())? + 1;
            continue;
        }
        match BYTE_CLASSES[usize::from(byte)] {
            PLAIN => {}
            OPEN => depth += 1,
            CLOSE if depth > 1 => depth -= 1,
            CLOSE if depth == 1 => return Ok(position + 1),
            _ => return Err(position),
        }
        position += 1;
    }
    Err(bytes.len())
}

/// A byte that changes no nesting.
const PLAIN: u8 = 0;
/// An opening bracket.
const OPEN: u8 = 1;
/// A closing bracket.
const CLOSE: u8 = 2;
/// A byte that JSON does not have outside strings.
const INVALID: u8 = 3;

/// The class of each byte outside strings.
static BYTE_CLASSES: [u8; 256] = {
    let mut table = [INVALID; 256];
    // White space, separators, numbers, and the letters of true, false and null.
    let plain = b" \t\r\n,:0123456789+-.eEtrufalsn";
    let mut index = 0;
    while index < plain.len() {
        table[plain[index] as usize] = PLAIN;
        index += 1;
    }
    table[b'{' as usize] = OPEN;
    table[b'[' as usize] = OPEN;
    table[b'}' as usize] = CLOSE;
    table[b']' as usize] = CLOSE;
    table
};

/// Returns the offset of the closing quote of the string whose first byte is at `position`, without validation.
pub(crate) fn string_close(bytes: &[u8], mut position: usize) -> Option<usize> {
    loop {
        // Most strings end within a few words, for which a call of memchr costs more than the loop.
        position = match bytes.get(position..).and_then(<[u8]>::first_chunk::<8>) {
            Some(chunk) => {
                let marks = quote_or_backslash(u64::from_le_bytes(*chunk));
                if marks == 0 {
                    position += 8;
                    continue;
                }
                position + (marks.trailing_zeros() / 8) as usize
            }
            None => position + memchr::memchr2(b'"', b'\\', bytes.get(position..)?)?,
        };
        if bytes[position] == b'"' {
            return Some(position);
        }
        position += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_end_where_json_ends_them() {
        for good in [
            "0",
            "-0",
            "10",
            "1.5",
            "-0.0",
            "1e5",
            "1E+5",
            "1e-999",
            "123456789012345678901234567890",
        ] {
            assert_eq!(number_end(good.as_bytes(), 0), Ok(good.len()), "{good}");
        }
        for bad in [
            "-", "01", "1.", ".5", "1e", "1e+", "1.e5", "0x1", "1_000", "-a", "1.2.3", "--1",
        ] {
            assert!(number_end(bad.as_bytes(), 0).is_err(), "{bad}");
        }
    }

    #[test]
    fn strings_end_at_their_quote_at_every_alignment() {
        for padding in 0..20 {
            let text = format!("{}\\\"ë\\u00eb\\ud83d\\ude00\"tail", "x".repeat(padding));
            let quote = validated_string_close(text.as_bytes(), 0).unwrap();
            assert_eq!(&text[quote..], "\"tail");
        }
    }

    #[test]
    fn malformed_strings_have_the_offset_of_their_error() {
        let kind = |bytes: &[u8]| {
            validated_string_close(bytes, 0).map_err(|error| (error.kind, error.offset))
        };
        assert_eq!(kind(b"abc"), Err((ErrorKind::UnexpectedEnd, 3)));
        assert_eq!(
            kind(b"a\nc\""),
            Err((ErrorKind::ControlCharacter(b'\n'), 1))
        );
        assert_eq!(kind(b"a\0c\""), Err((ErrorKind::ControlCharacter(0), 1)));
        assert_eq!(kind(b"a\\x\""), Err((ErrorKind::InvalidEscape(b'x'), 1)));
        assert_eq!(kind(b"a\\ud800\""), Err((ErrorKind::LoneSurrogate, 1)));
        assert_eq!(
            kind(b"a\\ud800\\u0041\""),
            Err((ErrorKind::LoneSurrogate, 1))
        );
        assert_eq!(kind(b"a\\udc00\""), Err((ErrorKind::LoneSurrogate, 1)));
        assert_eq!(kind(b"ab\xff\""), Err((ErrorKind::InvalidUtf8(0xFF), 2)));
        assert_eq!(
            kind(b"ab\xed\xa0\x80\""),
            Err((ErrorKind::InvalidUtf8(0xED), 2))
        );
    }

    #[test]
    fn any_backslash_or_byte_beyond_ascii_is_found_at_every_offset() {
        for length in 0..40 {
            for filler in [0, b'a', b'[', b']', 0x7F] {
                let mut text = vec![filler; length];
                assert!(is_plain_ascii(&text));
                for offset in 0..length {
                    for byte in [b'\\', 0x80, 0xFF, 0xDC] {
                        text[offset] = byte;
                        assert!(!is_plain_ascii(&text), "{text:?}");
                    }
                    text[offset] = filler;
                }
            }
        }
    }

    #[test]
    fn containers_end_at_their_bracket() {
        let text = br#"{"a":"}\"","b":[1,{"c":"]"}]} tail"#;
        assert_eq!(container_end(text, 0), Ok(text.len() - 5));
        assert_eq!(container_end(br#"{"a":"#, 0), Err(5));
        assert_eq!(container_end(br#"{"a":"}"#, 0), Err(7));
        assert_eq!(container_end(b"}", 0), Err(0));
    }

    #[test]
    fn missing_quote_is_detected_near_its_position() {
        let text = br#"{"a":"b,"c":1}, {"a":"b"}"#;
        assert_eq!(container_end(text, 0), Err(9));
    }
}
