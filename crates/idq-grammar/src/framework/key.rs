//! Keys of PHP's arrays.

use std::fmt;

/// Key of an entry of an array.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// A whole number, from which later entries without a key are numbered.
    Index(i64),
    /// Any other text.
    Name(String),
    /// Number of an expression of the query. Expressions are an extension, of which each repetition counts.
    Expression(usize),
}

impl Key {
    /// Creates the key of a text: PHP converts the decimal spelling of a whole number to that number.
    pub(crate) fn new(text: &str) -> Self {
        match text.parse::<i64>() {
            // `+1`, `01` and `-0` are not the spelling of their numbers.
            Ok(number) if number.to_string() == text => Self::Index(number),
            _ => Self::Name(text.to_owned()),
        }
    }
}

/// Writes the text between the brackets of a name.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(number) => number.fmt(formatter),
            Self::Name(name) => name.fmt(formatter),
            Self::Expression(_) => "where".fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_a_whole_number_in_decimal_spelling_is_an_index() {
        let name = |text: &str| Key::Name(text.to_owned());
        for (text, expected) in [
            ("0", Key::Index(0)),
            ("17", Key::Index(17)),
            ("-3", Key::Index(-3)),
            ("9223372036854775807", Key::Index(i64::MAX)),
            ("9223372036854775808", name("9223372036854775808")),
            ("00", name("00")),
            ("01", name("01")),
            ("-0", name("-0")),
            ("+1", name("+1")),
            ("1.0", name("1.0")),
            (" 1", name(" 1")),
            ("", name("")),
            ("a", name("a")),
        ] {
            assert_eq!(Key::new(text), expected, "{text:?}");
            assert_eq!(Key::new(text).to_string(), text);
        }
    }
}
