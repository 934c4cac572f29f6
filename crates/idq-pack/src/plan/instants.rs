use idq_columns::Column;
use idq_grammar::date::format_timestamp;
use idq_snapshot::ColumnView;
use rayon::prelude::*;

use super::texts::Range;

/// How many different instants there are, the least and the greatest.
pub(super) fn range(columns: &ColumnView<'_>, field: usize) -> Range {
    let mut instants = Vec::new();
    for chunk in columns.chunks() {
        if let Column::Timestamp(column) = chunk.column(field) {
            chunk.for_each_visible(|row| instants.extend(column.value(row)));
        }
    }
    instants.par_sort_unstable();
    instants.dedup();
    let ends = instants.first().zip(instants.last());
    Range {
        distinct: instants.len() as u64,
        ends: ends.map(|(least, greatest)| (format_timestamp(*least), format_timestamp(*greatest))),
    }
}
