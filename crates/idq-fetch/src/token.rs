//! [`Token`]: a bearer token that no output contains.

use std::fmt;

use idq_json::strip_byte_order_mark;

/// A bearer token. Its debug form does not contain it, and it has no other text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// The reason why bytes are no token. Its text quotes none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is nothing but white space.
    #[error("expected a token, found nothing")]
    Empty,
    /// There are several lines.
    #[error("expected a token on one line, found several lines")]
    SeveralLines,
    /// There is a blank, as in a whole header.
    #[error(
        "expected a token alone, found a blank inside it: leave out `Authorization:` and `Bearer`"
    )]
    Blank,
    /// There is a byte that no header may have, as in UTF-16.
    #[error(
        "expected a token of visible ASCII characters, found others: save the file as ASCII or UTF-8"
    )]
    NotAscii,
}

impl Token {
    /// Reads a token from the content of a file: one line, without white space around it.
    ///
    /// ```
    /// use idq_fetch::{Token, TokenError};
    ///
    /// let token = Token::from_bytes(b"s3cret\n").unwrap();
    /// assert_eq!(format!("{token:?}"), "Token(…)");
    /// assert_eq!(Token::from_bytes(b"Bearer s3cret"), Err(TokenError::Blank));
    /// ```
    ///
    /// # Errors
    /// The bytes are not one token.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TokenError> {
        let bytes = strip_byte_order_mark(bytes);
        let token = bytes.trim_ascii();
        if token.is_empty() {
            return Err(TokenError::Empty);
        }
        if token.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Err(TokenError::SeveralLines);
        }
        if token.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
            return Err(TokenError::Blank);
        }
        match std::str::from_utf8(token) {
            Ok(token) if token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self(token.to_owned()))
            }
            _ => Err(TokenError::NotAscii),
        }
    }

    /// Returns the value of the header `Authorization`.
    pub(crate) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// Replaces the token in a text of the server, which may repeat what it was sent.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[token]")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_one_line_of_visible_ascii() {
        for (bytes, expected) in [
            (&b"abc"[..], Ok("Bearer abc")),
            (b" abc\r\n", Ok("Bearer abc")),
            (b"\xEF\xBB\xBFa|b=\n\n", Ok("Bearer a|b=")),
            (b"", Err(TokenError::Empty)),
            (b" \n", Err(TokenError::Empty)),
            (b"abc\ndef", Err(TokenError::SeveralLines)),
            (b"Authorization: Bearer abc", Err(TokenError::Blank)),
            (b"\xFF\xFEa\0b\0", Err(TokenError::NotAscii)),
            ("tökén".as_bytes(), Err(TokenError::NotAscii)),
        ] {
            let token = Token::from_bytes(bytes);
            let header = token.map(|token| token.header());
            assert_eq!(header.as_deref(), expected.as_ref().copied(), "{bytes:?}");
        }
    }

    #[test]
    fn token_is_in_no_text() {
        let token = Token::from_bytes(b"s3cret").unwrap();
        assert!(!format!("{token:?}").contains("s3cret"));
        assert_eq!(token.redact("got s3cret, s3cret"), "got [token], [token]");
        let refused = Token::from_bytes(b"s3cret s3cret").unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("s3cret"));
    }
}
