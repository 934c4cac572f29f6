//! Kinds of values, and the terminators by which the texts of a path record them.

use std::fmt;

/// Kind of a value without members: a scalar, or an object or array that is empty.
///
/// Each text of a path ends with a byte of its own for each kind. No UTF-8 text contains these bytes, so no pattern
/// matches across two texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// A string; terminator 0xFF.
    String,
    /// A number, as written; terminator 0xFE.
    Number,
    /// `true` or `false`; terminator 0xFD.
    Boolean,
    /// `null`, an empty text; terminator 0xFC.
    Null,
    /// `{}`, an empty text; terminator 0xFB.
    EmptyObject,
    /// `[]`, an empty text; terminator 0xFA.
    EmptyArray,
}

/// The least terminator.
const FIRST_TERMINATOR: u8 = 0xFA;

/// Returns whether a byte ends a text.
#[inline]
pub(crate) fn is_terminator(byte: u8) -> bool {
    byte >= FIRST_TERMINATOR
}

impl ValueKind {
    /// Returns the byte after a text of this kind.
    #[inline]
    pub(crate) fn terminator(self) -> u8 {
        match self {
            Self::String => 0xFF,
            Self::Number => 0xFE,
            Self::Boolean => 0xFD,
            Self::Null => 0xFC,
            Self::EmptyObject => 0xFB,
            Self::EmptyArray => 0xFA,
        }
    }

    /// Returns the kind of a terminator. Any other byte, in a damaged file, is read as the end of a string.
    #[inline]
    pub(crate) fn from_terminator(byte: u8) -> Self {
        match byte {
            0xFE => Self::Number,
            0xFD => Self::Boolean,
            0xFC => Self::Null,
            0xFB => Self::EmptyObject,
            0xFA => Self::EmptyArray,
            _ => Self::String,
        }
    }

    /// Returns whether a value of this kind is a scalar other than `null`.
    pub fn is_value(self) -> bool {
        matches!(self, Self::String | Self::Number | Self::Boolean)
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
            Self::EmptyObject => "empty object",
            Self::EmptyArray => "empty array",
        })
    }
}

/// Splits the texts of a path, without their terminators.
pub(crate) fn split_texts(texts: &[u8]) -> impl Iterator<Item = (&[u8], ValueKind)> {
    texts
        .split_inclusive(|&byte| is_terminator(byte))
        .filter_map(|text| {
            let (&terminator, text) = text.split_last()?;
            Some((text, ValueKind::from_terminator(terminator)))
        })
}
