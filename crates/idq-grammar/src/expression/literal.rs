//! Values of expressions, and the Rust types that a program passes for them.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use crate::date::format_timestamp;
use crate::where_expression::write_json_text;

/// Value of an expression: a JSON scalar. Displays as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// Number in its JSON spelling, of any size and precision.
    Number(String),
    /// Text, decoded. Dates are texts.
    Text(String),
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Number(spelling) => formatter.write_str(spelling),
            Self::Text(text) => write_json_text(formatter, text),
        }
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Literal {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<bool> for Literal {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

/// `YYYY-MM-DD`: that whole UTC day.
impl From<NaiveDate> for Literal {
    fn from(date: NaiveDate) -> Self {
        Self::Text(date.to_string())
    }
}

/// RFC 3339 in UTC, to the microsecond.
impl From<DateTime<Utc>> for Literal {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Text(format_timestamp(instant.timestamp_micros()))
    }
}

/// The shortest decimal spelling. JSON has no number for a NaN or an infinity: they become the text of their name.
impl From<f64> for Literal {
    fn from(value: f64) -> Self {
        let spelling = value.to_string();
        if value.is_finite() {
            Self::Number(spelling)
        } else {
            Self::Text(spelling)
        }
    }
}

/// Implements the conversion of integer types, whose decimal spelling is JSON.
macro_rules! from_integers {
    ($($integer:ty),*) => {
        $(impl From<$integer> for Literal {
            fn from(value: $integer) -> Self {
                Self::Number(value.to_string())
            }
        })*
    };
}

from_integers!(
    i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);
