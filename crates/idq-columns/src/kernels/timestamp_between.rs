use arrow_array::Array;

use crate::{RowSet, TimestampColumn};

/// The rows whose instant lies from `start` to `end`, both included.
pub fn timestamp_between(column: &TimestampColumn, start: i64, end: i64) -> RowSet {
    let values = column.values();
    match column.range() {
        Some((least, greatest)) if greatest >= start && least <= end => {
            if least >= start && greatest <= end {
                return column.presence().present();
            }
        }
        _ => return RowSet::new_unset(values.len()),
    }
    let instants = values.values();
    let rows = RowSet::collect_bool(values.len(), |row| (start..=end).contains(&instants[row]));
    match values.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
