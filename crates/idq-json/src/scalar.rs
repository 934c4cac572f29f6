//! The one type for a JSON value that is not a container, shared by the reader, cell access, record shapes and loading.

use crate::text::Text;

/// A JSON value that is neither an object nor an array.
///
/// It borrows its spelling from the JSON text and is decoded where it is used: numbers keep any size and precision,
/// strings are unescaped by [`Text::decode`]. Two scalars are equal if they are spelled alike.
///
/// ```
/// use idq_json::{Scalar, Text};
///
/// assert_eq!(Scalar::Boolean(true).to_text(), "true");
/// assert_eq!(Scalar::Number("1e999").to_text(), "1e999");
/// assert_eq!(Scalar::String(Text::from_raw("Zo\\u00eb", true)).to_text(), "Zoë");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as spelled.
    Number(&'a str),
    /// A string, as spelled.
    String(Text<'a>),
}

impl<'a> Scalar<'a> {
    /// Returns the value as people read it: a string decoded, everything else as spelled.
    pub fn to_text(self) -> std::borrow::Cow<'a, str> {
        match self {
            Self::Null => "null".into(),
            Self::Boolean(boolean) => if boolean { "true" } else { "false" }.into(),
            Self::Number(spelling) => spelling.into(),
            Self::String(text) => text.decode(),
        }
    }
}
