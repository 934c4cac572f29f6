//! Errors of validation: a kind, and the offset of the first wrong byte.

use std::fmt;

/// The first error in a text that is not one valid JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// The kind of error.
    pub kind: ErrorKind,
    /// The byte offset of the error in the text given to the reader.
    pub offset: usize,
}

/// The kinds of errors in JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text ends inside a value.
    UnexpectedEnd,
    /// A byte that the grammar does not allow here.
    Unexpected {
        /// The tokens that the grammar allows here.
        expected: &'static str,
        /// The byte that was found.
        found: u8,
    },
    /// A byte below 0x20 inside a string, which JSON allows only as an escape.
    ControlCharacter(u8),
    /// The first byte of an escape that does not match the syntax of JSON.
    InvalidEscape(u8),
    /// An escape from `\ud800` to `\udfff` without the other half of its surrogate pair.
    LoneSurrogate,
    /// The first byte of a string that is not UTF-8.
    InvalidUtf8(u8),
    /// The first byte that violates the syntax of a number.
    InvalidNumber(u8),
    /// More than [`MAX_DEPTH`](crate::MAX_DEPTH) nested containers.
    TooDeep,
    /// A byte after the end of the value.
    TrailingBytes(u8),
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedEnd => write!(f, "the text ends inside a value (is the file cut off?)"),
            Self::Unexpected { expected, found } => {
                write!(f, "expected {expected}, found {}", Byte(*found))
            }
            Self::ControlCharacter(byte) => {
                write!(
                    f,
                    "expected a string without raw control characters, found {}",
                    Byte(*byte)
                )
            }
            Self::InvalidEscape(byte) => {
                write!(
                    f,
                    "expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX, found {}",
                    Byte(*byte)
                )
            }
            Self::LoneSurrogate => write!(f, "expected a surrogate pair, found one half of it"),
            Self::InvalidUtf8(byte) => write!(f, "expected UTF-8, found {}", Byte(*byte)),
            Self::InvalidNumber(byte) => {
                write!(
                    f,
                    "expected a number as JSON writes it, found {}",
                    Byte(*byte)
                )
            }
            Self::TooDeep => write!(f, "more than {} levels of nesting", crate::MAX_DEPTH),
            Self::TrailingBytes(byte) => {
                write!(
                    f,
                    "expected nothing after the end of the value, found {}",
                    Byte(*byte)
                )
            }
        }
    }
}

/// The display form of a byte in a message.
struct Byte(u8);

impl fmt::Display for Byte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            b'\n' => write!(f, "the end of the line"),
            byte if byte.is_ascii_graphic() => write!(f, "`{}`", char::from(byte)),
            byte => write!(f, "byte 0x{byte:02x}"),
        }
    }
}
