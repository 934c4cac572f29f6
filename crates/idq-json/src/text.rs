//! Strings as spelled, and their decoding.

use std::borrow::Cow;
use std::str::Utf8Error;

use crate::error::{Error, ErrorKind};
use crate::scan;

/// A string as it is spelled between its quotes, validated. Two texts are equal if they are spelled alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// Wraps a valid spelling, without its quotes; `escaped` is whether it has escapes. The decoded text of an invalid
    /// spelling is unspecified.
    #[inline]
    pub fn from_raw(raw: &'a str, escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// Wraps the bytes between the quotes of a valid string, or those of a number; see [`from_raw`](Self::from_raw).
    ///
    /// # Errors
    /// Bytes that are not UTF-8.
    #[expect(
        unsafe_code,
        reason = "most strings are short and ASCII, where the check of `std` takes several times as long as this one"
    )]
    #[inline]
    pub fn from_utf8(spelled: &'a [u8]) -> Result<Self, Utf8Error> {
        if scan::is_plain_ascii(spelled) {
            // SAFETY: ASCII is UTF-8.
            let raw = unsafe { std::str::from_utf8_unchecked(spelled) };
            return Ok(Self::from_raw(raw, false));
        }
        let raw = std::str::from_utf8(spelled)?;
        Ok(Self::from_raw(
            raw,
            memchr::memchr(b'\\', spelled).is_some(),
        ))
    }

    /// Wraps the bytes of a string or a number, whose offset is added to that of an error.
    pub(crate) fn at(offset: usize, spelled: &'a [u8]) -> Result<Self, Error> {
        Self::from_utf8(spelled).map_err(|error| {
            let valid = error.valid_up_to();
            Error {
                kind: ErrorKind::InvalidUtf8(spelled[valid]),
                offset: offset + valid,
            }
        })
    }

    /// Returns whether the spelling has escapes and differs from the text.
    #[inline]
    pub fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// Returns the spelling between the quotes.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Returns the text, borrowed where the spelling has no escapes.
    #[inline]
    pub fn decode(&self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(self.unescaped())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    fn unescaped(&self) -> String {
        let mut decoded = String::with_capacity(self.raw.len());
        let mut rest = self.raw;
        while let Some(backslash) = memchr::memchr(b'\\', rest.as_bytes()) {
            decoded.push_str(&rest[..backslash]);
            let (character, length) = unescape(&rest.as_bytes()[backslash..]);
            decoded.push(character);
            rest = &rest[backslash + length..];
        }
        decoded.push_str(rest);
        decoded
    }
}

/// Decodes the escape at the start of `bytes`; returns its character and its length.
fn unescape(bytes: &[u8]) -> (char, usize) {
    let simple = |character| (character, 2);
    match bytes.get(1) {
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => {
            let unit = |position| scan::code_unit(bytes, position).unwrap_or(0xFFFD);
            let (code, length) = match unit(2) {
                high @ 0xD800..=0xDBFF => {
                    let low = unit(8);
                    (
                        0x10000 + ((high - 0xD800) << 10) + low.saturating_sub(0xDC00),
                        12,
                    )
                }
                code => (code, 6),
            };
            (
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                length,
            )
        }
        Some(&byte) => simple(char::from(byte)),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}
