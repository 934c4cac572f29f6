//! One file for each kind of question. A row without a value is in no answer.

mod bits;
mod document_contains;
mod keyword_contains;
mod keyword_where;
mod search;
mod split_contains;
mod text_contains;
mod text_equals;
mod timestamp_between;
mod uuid_contains;

pub(crate) use bits::rows_where;
pub use document_contains::document_contains;
pub use keyword_contains::keyword_contains;
pub use keyword_where::keyword_where;
pub(crate) use search::row_at;
pub use text_contains::text_contains;
pub use text_equals::text_equals;
pub use timestamp_between::timestamp_between;
