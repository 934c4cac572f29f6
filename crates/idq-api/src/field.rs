//! Fields of a record: name, kind of value, and collation.

use std::fmt;

/// A documented field of an API's records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Dotted name: the keys from the record's top level to the value.
    pub name: String,
    /// Kind of value.
    pub kind: Kind,
    /// Collation of sorts by this field.
    pub collation: Collation,
    /// One sentence for generated documentation.
    pub description: String,
    /// Instants that mean *never*, in microseconds since the Unix epoch: expressions and counts treat them as no value.
    pub never: Vec<i64>,
    /// The values that the vendor documents; none if it lists none. Records may have others.
    pub values: Vec<String>,
    /// Whether the values tell who a person is, or which company it is: `--mask auto` replaces them.
    pub is_personal: bool,
}

/// The first second of year 1, UTC, the least date of many databases, in microseconds since the Unix epoch.
pub const YEAR_ONE: i64 = -62_135_596_800_000_000;

/// The Unix epoch, in microseconds since itself.
pub const UNIX_EPOCH: i64 = 0;

impl Field {
    /// Creates a field.
    pub fn new(name: &str, kind: Kind, collation: Collation, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            collation,
            description: description.to_owned(),
            never: Vec::new(),
            values: Vec::new(),
            is_personal: false,
        }
    }

    /// Declares that the values tell who a person is, or which company it is.
    #[must_use]
    pub fn personal(self) -> Self {
        Self {
            is_personal: true,
            ..self
        }
    }

    /// Declares that the first second of year 1 and the Unix epoch mean *never* in this field.
    #[must_use]
    pub fn with_never(self) -> Self {
        Self {
            never: vec![YEAR_ONE, UNIX_EPOCH],
            ..self
        }
    }

    /// Declares the values that the vendor documents, and lists them in the description.
    #[must_use]
    pub fn with_values(mut self, values: &[&str]) -> Self {
        let listed = values.join(", ");
        self.description = format!("{}: {listed}.", self.description);
        self.values = values.iter().map(|&value| value.to_owned()).collect();
        self
    }
}

/// Kind of value of a field. Any field but the id may be null or missing in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string; most records have different ones.
    Text,
    /// A string of a small set, such as a state or a department: stored by dictionary encoding.
    Keyword,
    /// A string that is an RFC 3339 date-time.
    Timestamp,
    /// `true` or `false`.
    Boolean,
    /// A number of any size and precision, stored in its own spelling.
    Number,
    /// Any JSON value; mostly an object with free-form keys.
    Document,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // They differ in their storage alone.
            Self::Text | Self::Keyword => "text",
            Self::Timestamp => "date-time",
            Self::Boolean => "boolean",
            Self::Number => "number",
            Self::Document => "document",
        })
    }
}

/// Order of a field's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collation {
    /// UTF-8 bytes.
    Bytes,
    /// UTF-8 bytes of the lowercased text.
    Lowercase,
}
