//! Columnar vectors over Arrow arrays, and the kernels that turn a condition on one column into a set of rows.
//!
//! A snapshot is cut into chunks of some thousand records; everything here is about one chunk.
//!
//! 1. A builder ([`TextBuilder`], [`KeywordBuilder`], [`TimestampBuilder`], [`BooleanBuilder`], [`DocumentBuilder`])
//!    takes one value a row. *Present*, *null* and *missing* stay three things: see [`Presence`].
//! 2. [`Column`] is what it finishes into: the form that takes the least memory, and Arrow arrays of it by `to_arrow`.
//! 3. [`kernels`] has one function for each kind of question; each answers with a [`RowSet`], one bit a row.
//!    [`Needles`] are the texts of a search, prepared once.
//! 4. [`fold`] is the lowercasing that partial matches and sorts compare by.
//!
//! ```
//! use idq_columns::{Needles, TextBuilder, kernels};
//!
//! let mut builder = TextBuilder::new();
//! builder.push("Zoë@Example.com");
//! builder.push_null();
//! builder.push("bob@example.org");
//! let column = builder.finish();
//! let rows = kernels::text_contains(&column, &Needles::new(["zoë@", ".org"]));
//! assert_eq!(rows.set_indices().collect::<Vec<_>>(), [0, 2]);
//! ```

mod boolean;
mod codes;
mod document;
mod fingerprint;
mod fold;
mod folded;
mod fractions;
pub mod kernels;
mod keyword;
mod needles;
mod presence;
mod split;
mod stored;
mod strings;
mod text;
mod timestamp;
mod uuid;

pub use boolean::{BooleanBuilder, BooleanColumn};
pub use codes::{Codes, Holding};
pub use document::{DocumentBuilder, DocumentColumn, DocumentPlace};
pub use fold::{fold, fold_into, is_folded};
pub use keyword::{Dictionary, KeywordBuilder, KeywordColumn};
pub use needles::Needles;
pub use presence::{Presence, PresenceBuilder, PresenceOf};
pub use stored::Malformed;
pub use text::{Start, TextBuilder, TextColumn};
pub use timestamp::{TimestampBuilder, TimestampColumn};
pub use uuid::format as format_uuid;

/// A set of the rows of a chunk, one bit a row.
pub type RowSet = arrow_buffer::BooleanBuffer;

/// The column of one field in one chunk.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a chunk has a few columns of thousands of values: their own size does not matter"
)]
pub enum Column {
    /// Strings, mostly distinct.
    Text(TextColumn),
    /// Strings out of a few.
    Keyword(KeywordColumn),
    /// Microseconds since the Unix epoch, UTC.
    Timestamp(TimestampColumn),
    /// True or false.
    Boolean(BooleanColumn),
    /// The searchable text of free-form documents.
    Document(DocumentColumn),
}

impl Column {
    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        match self {
            Self::Text(column) => column.presence(),
            Self::Keyword(column) => column.presence(),
            Self::Timestamp(column) => column.presence(),
            Self::Boolean(column) => column.presence(),
            Self::Document(column) => column.presence(),
        }
    }

    /// Bytes of memory that the column's buffers take.
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

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_forms;
#[cfg(test)]
mod tests_of_needles;
