//! Comparison of instants with an interval.
//!
//! The engine skips chunks whose zone map lies outside the interval, or within it, before it calls this kernel.

use super::filter_values;
use crate::bitmap::BitmapBuilder;
use crate::column::timestamp::{Instants, MICROSECONDS_PER_SECOND};
use crate::{RowSet, TimestampColumn};

/// Returns the rows whose instant lies from `start` to `end`, both included, in microseconds since the epoch.
pub fn timestamp_between(column: &TimestampColumn, start: i64, end: i64) -> RowSet {
    let rows = column.validity().rows();
    let Some((least, greatest)) = column.range() else {
        return RowSet::new_unset(rows);
    };
    // The ends are clamped to the range of the chunk, so that their differences from its base fit in 32 bits.
    let (start, end) = (start.max(least), end.min(greatest));
    if start > end {
        return RowSet::new_unset(rows);
    }
    match &column.instants {
        Instants::Plain(values) => filter_values(values, column.nulls(), |value| {
            (start <= value) & (value <= end)
        }),
        Instants::FrameOfReference {
            base,
            seconds,
            subseconds,
        } => {
            let offset = |instant: i64| (instant.div_euclid(MICROSECONDS_PER_SECOND) - base) as u32;
            let (first, last) = (offset(start), offset(end));
            // One comparison for both ends: offsets below `first` wrap to large numbers.
            let rows = filter_values(seconds, column.nulls(), |second| {
                second.wrapping_sub(first) <= last - first
            });
            let starts_within_second = start.rem_euclid(MICROSECONDS_PER_SECOND) != 0;
            let ends_within_second =
                end.rem_euclid(MICROSECONDS_PER_SECOND) != MICROSECONDS_PER_SECOND - 1;
            // The seconds decide for rows on whole seconds, unless the interval starts within a second.
            if !starts_within_second && (subseconds.is_none() || !ends_within_second) {
                return rows;
            }
            correct_boundary_seconds(column, rows, (first, last), (start, end))
        }
    }
}

/// Decides the rows in the first and the last second of an interval by their microseconds.
fn correct_boundary_seconds(
    column: &TimestampColumn,
    rows: RowSet,
    (first, last): (u32, u32),
    (start, end): (i64, i64),
) -> RowSet {
    let Instants::FrameOfReference { seconds, .. } = &column.instants else {
        return rows;
    };
    let at_boundary = filter_values(seconds, column.nulls(), |second| {
        (second == first) | (second == last)
    });
    if at_boundary.count_set_bits() == 0 {
        return rows;
    }
    let mut corrected = BitmapBuilder::from_bitmap(&rows);
    for row in at_boundary.set_indices() {
        let instant = column.value(row);
        if !instant.is_some_and(|instant| (start..=end).contains(&instant)) {
            corrected.clear(row);
        }
    }
    corrected.finish()
}
