use std::fmt;

/// Why a piece of text is not one valid JSON value, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Byte offset of the problem in the text given to the reader.
    pub offset: usize,
}

/// The ways in which text fails to be a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text ended inside a value.
    UnexpectedEnd,
    /// A byte that cannot stand here.
    Unexpected {
        /// What could have stood here.
        expected: &'static str,
        /// The byte found instead.
        found: u8,
    },
    /// A byte below 0x20 inside a string, where JSON wants an escape.
    ControlCharacter(u8),
    /// A backslash followed by something that is no escape.
    InvalidEscape(u8),
    /// `\ud800` to `\udfff` without its other half: no Unicode text has that.
    LoneSurrogate,
    /// A byte of a string at which it stops being UTF-8.
    InvalidUtf8(u8),
    /// A byte at which what starts as a number stops following JSON's number syntax.
    InvalidNumber(u8),
    /// More than [`MAX_DEPTH`](crate::MAX_DEPTH) objects and arrays inside each other.
    TooDeep,
    /// More text after the end of the value.
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

/// A byte as a person reads it.
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
