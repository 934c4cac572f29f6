use idq_columns::Column;
use idq_grammar::date::format_timestamp;
use idq_snapshot::Snapshot;
use rayon::prelude::*;

use super::for_each_live;
use super::texts::Range;

/// How many different instants there are, the least and the greatest.
pub(super) fn range(snapshot: &Snapshot, field: usize) -> Range {
    let mut instants = Vec::new();
    for chunk in snapshot.chunks() {
        if let Some(Column::Timestamp(column)) = chunk.column(field) {
            for_each_live(chunk, |row| instants.extend(column.value(row)));
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
