use arrow_buffer::BooleanBufferBuilder;

use super::rows_where;
use crate::timestamp::{Instants, SECOND};
use crate::{RowSet, TimestampColumn};

/// The rows whose instant lies from `start` to `end`, both included.
pub fn timestamp_between(column: &TimestampColumn, start: i64, end: i64) -> RowSet {
    let presence = column.presence();
    let (least, greatest) = match column.range() {
        Some((least, greatest)) if greatest >= start && least <= end && start <= end => {
            if least >= start && greatest <= end {
                return presence.present();
            }
            (least, greatest)
        }
        _ => return RowSet::new_unset(presence.rows()),
    };
    // Within the range, so that differences from its base are small.
    let (start, end) = (start.max(least), end.min(greatest));
    match &column.instants {
        Instants::Wide(values) => rows_where(values, column.nulls(), |value| {
            (start <= value) & (value <= end)
        }),
        Instants::Narrow {
            base,
            seconds,
            fractions,
        } => {
            let second = |instant: i64| (instant.div_euclid(SECOND) - base) as u32;
            let (first, last) = (second(start), second(end));
            // One comparison: what is less than `first` wraps round to a large number.
            let rows = rows_where(seconds, column.nulls(), |second| {
                second.wrapping_sub(first) <= last - first
            });
            let from_within = start.rem_euclid(SECOND) != 0;
            let to_within = end.rem_euclid(SECOND) != SECOND - 1;
            if !from_within && (fractions.is_none() || !to_within) {
                return rows;
            }
            // The seconds of both ends belong in part.
            let at_ends = rows_where(seconds, column.nulls(), |second| {
                (second == first) | (second == last)
            });
            if at_ends.count_set_bits() == 0 {
                return rows;
            }
            let mut exact = BooleanBufferBuilder::new(rows.len());
            exact.append_buffer(&rows);
            for row in at_ends.set_indices() {
                let holds = column
                    .value(row)
                    .is_some_and(|instant| (start..=end).contains(&instant));
                exact.set_bit(row, holds);
            }
            exact.build()
        }
    }
}
