//! The statistics of timestamp fields.

use idq_columns::Column;
use idq_grammar::date::format_timestamp;
use idq_snapshot::ColumnView;
use rayon::prelude::*;

use super::sorted_texts::ValueRange;

/// Returns the number of distinct instants of a field, the least and the greatest, without those that mean never, and
/// the number of rows with one of these.
///
/// Instants are mostly distinct: sorting them is faster than hashing and takes less memory.
pub(super) fn range(columns: &ColumnView<'_>, field: usize) -> (ValueRange, u64) {
    let never = &columns.snapshot().api().fields[field].never;
    let mut instants = Vec::new();
    for chunk in columns.chunks() {
        if let Column::Timestamp(column) = chunk.column(field) {
            chunk.for_each_visible(|row| instants.extend(column.value(row)));
        }
    }
    let rows = instants.len();
    instants.retain(|instant| !never.contains(instant));
    let empty = (rows - instants.len()) as u64;
    instants.par_sort_unstable();
    instants.dedup();
    let min_max = instants.first().zip(instants.last());
    let range = ValueRange {
        distinct: instants.len() as u64,
        min_max: min_max
            .map(|(least, greatest)| (format_timestamp(*least), format_timestamp(*greatest))),
    };
    (range, empty)
}
