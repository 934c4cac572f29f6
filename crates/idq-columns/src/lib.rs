//! Columns over Arrow arrays, and the kernels that turn a condition on one column into a selection bitmap.
//!
//! A snapshot is cut into chunks of some thousand rows, and a column has the values of one chunk.
//!
//! 1. A builder ([`TextBuilder`], [`KeywordBuilder`], [`TimestampBuilder`], [`BooleanBuilder`], [`DocumentBuilder`])
//!    takes one value for each row. *Present*, *null* and *missing* are three states: see [`Validity`].
//! 2. It finishes into a [`Column`], in the encoding that takes the least memory: dictionary codes, affixes, packed
//!    UUIDs, frame of reference. Plain strings, booleans and the codes of a dictionary are Arrow buffers;
//!    [`TextColumn::to_strings`] and [`TimestampColumn::to_arrow`] decode the other encodings.
//! 3. [`kernels`] has a function for each kind of condition, which returns a [`RowSet`], one bit a row, and
//!    [`kernels::group_by`], which counts rows by value. [`Patterns`] are the texts of a search, prepared once.
//! 4. [`casefold`] is the lowercasing by which partial matches and sorts compare.
//!
//! ```
//! use idq_columns::{Patterns, TextBuilder, kernels};
//!
//! let mut builder = TextBuilder::new();
//! builder.push("Zoë@Example.com");
//! builder.push_null();
//! builder.push("bob@example.org");
//! let column = builder.finish();
//! let rows = kernels::text_contains(&column, &Patterns::new(["zoë@", ".org"]));
//! assert_eq!(rows.set_indices().collect::<Vec<_>>(), [0, 2]);
//! ```

mod bitmap;
mod casefold;
mod column;
mod common_prefix;
mod document;
mod encoding;
mod hash;
pub mod kernels;
mod number;
mod patterns;
mod validity;

pub use casefold::{casefold, is_casefolded};
pub use column::Column;
pub use column::boolean::{BooleanBuilder, BooleanColumn};
pub use column::from_arrow::InvalidArray;
pub use column::keyword::{Dictionary, KeywordBuilder, KeywordColumn};
pub use column::text::TextColumn;
pub use column::text_builder::TextBuilder;
pub use column::text_window::TextWindow;
pub use column::timestamp::{TimestampBuilder, TimestampColumn};
pub use common_prefix::CommonPrefix;
pub use document::{
    DocumentBuilder, DocumentColumn, DocumentPath, DocumentValue, ElementNumber, Elements,
    ObjectNumber, PathId, PathPresence, ValueKind,
};
pub use encoding::affix::Affix;
pub use encoding::code_set::CodeSet;
pub use encoding::codes::Codes;
pub use number::{Decimal, compare_numbers};
pub use patterns::Patterns;
pub use validity::{StateCounts, Validity, ValueState};

/// A selection bitmap: a set of the rows of a chunk, one bit a row.
pub type RowSet = arrow_buffer::BooleanBuffer;

#[cfg(test)]
mod encoding_tests;
#[cfg(test)]
mod pattern_tests;
