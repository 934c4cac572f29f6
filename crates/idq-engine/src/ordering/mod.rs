//! Ordering: normalized keys, radix sort, ranks and top-k, for pages of queries and for the columns of snapshot files.
//!
//! 1. A *normalized key* is a sequence of 64-bit words that compare as the values do, so that every comparison is one
//!    of integers: see `NormalizedKeys`. `RowOrder` normalizes the sort keys of a query, [`TextOrder`] the texts of a
//!    field.
//! 2. A [`SortEntry`] is a row with one word of its key. `radix_sort` sorts entries by one word after another, and
//!    `TopK` keeps the least ones without sorting the rest.
//! 3. [`dense_ranks`] numbers sorted values. A keyword column is ordered by the ranks of its dictionary's values, one
//!    word a row.
//!
//! Every order ends with the position of the row in load order, so that it is total and does not depend on the number
//! of threads.

mod normalized_key;
mod radix_sort;
mod ranks;
pub(crate) mod row_order;
mod text_order;
mod top_k;

pub use normalized_key::SortEntry;
pub(crate) use normalized_key::{KeyPosition, NormalizedKeys};
pub(crate) use radix_sort::radix_sort;
pub use ranks::dense_ranks;
pub use text_order::TextOrder;
pub(crate) use top_k::TopK;
