//! Columns: the values of one field in one chunk, a type for each kind of value, and their builders.

pub(crate) mod boolean;
pub(crate) mod casefolded;
pub(crate) mod from_arrow;
pub(crate) mod keyword;
pub(crate) mod text;
pub(crate) mod text_builder;
pub(crate) mod text_window;
pub(crate) mod timestamp;

use crate::{BooleanColumn, DocumentColumn, KeywordColumn, TextColumn, TimestampColumn, Validity};

/// The column of one field in one chunk.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a chunk has a few columns of thousands of values: their own size does not matter"
)]
pub enum Column {
    /// Strings, mostly distinct.
    Text(TextColumn),
    /// Dictionary-encoded strings.
    Keyword(KeywordColumn),
    /// Microseconds since the Unix epoch, UTC.
    Timestamp(TimestampColumn),
    /// True or false.
    Boolean(BooleanColumn),
    /// The searchable text of free-form documents.
    Document(DocumentColumn),
}

impl Column {
    /// Returns the validity: which rows have a value, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        match self {
            Self::Text(column) => column.validity(),
            Self::Keyword(column) => column.validity(),
            Self::Timestamp(column) => column.validity(),
            Self::Boolean(column) => column.validity(),
            Self::Document(column) => column.validity(),
        }
    }

    /// Returns the bytes of memory that the column's buffers take.
    pub fn memory(&self) -> usize {
        match self {
            Self::Text(column) => column.memory(),
            Self::Keyword(column) => column.memory(),
            Self::Timestamp(column) => column.memory(),
            Self::Boolean(column) => column.memory(),
            Self::Document(column) => column.memory(),
        }
    }
}
