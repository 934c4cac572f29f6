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
}

impl Field {
    /// Creates a field.
    pub fn new(name: &str, kind: Kind, collation: Collation, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            collation,
            description: description.to_owned(),
        }
    }

    /// Returns the first key of the dotted name.
    pub(crate) fn top_level_key(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
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
            Self::Text => "text",
            Self::Keyword => "keyword",
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
