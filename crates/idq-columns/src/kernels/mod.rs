//! Vectorised kernels: functions of whole columns, one file each.
//!
//! A filter kernel returns a [`RowSet`](crate::RowSet), one bit a row of the chunk; no result contains rows without a
//! value. [`group_by`] counts rows by value, [`TextCounter`] and
//! [`distinct_instants`] describe the values of whole fields, and [`count_codes`] by small integers, which [`row_codes`] gives them.

mod affix_contains;
mod count_codes;
mod distinct;
mod document_contains;
mod filter;
mod group_by;
pub mod row_codes;
mod search;
mod text_contains;
mod text_equals;
mod text_matching;
mod timestamp_between;
mod timestamp_compare;
mod uuid_contains;

pub use count_codes::count_codes;
pub use distinct::{DistinctInstants, DistinctTexts, TextCounter, distinct_instants};
pub use document_contains::document_contains;
pub(crate) use filter::filter_values;
pub use group_by::{ValueCounts, group_by};
pub(crate) use search::row_of_byte;
pub use text_contains::text_contains;
pub use text_equals::text_equals;
pub use text_matching::{StringTest, casefolded_matching, text_matching, text_matching_among};
pub use timestamp_between::timestamp_between;
pub use timestamp_compare::timestamp_compare;
