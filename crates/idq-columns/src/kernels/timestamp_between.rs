//! Comparison of instants with an interval.
//!
//! The engine skips chunks whose zone map lies outside the interval, or within it, before it calls this kernel.

use super::filter_values;
use crate::bitmap::BitmapBuilder;
use crate::column::timestamp::Instants;
use crate::encoding::frame::{Frame, MICROSECONDS_PER_SECOND};
use crate::{RowSet, TimestampColumn};

/// Returns the rows whose instant lies from `start` to `end`, both included, in microseconds since the epoch.
pub fn timestamp_between(column: &TimestampColumn, start: i64, end: i64) -> RowSet {
    let rows = column.validity().rows();
    let Some((least, greatest)) = column.range() else {
        return RowSet::new_unset(rows);
    };
    let (start, end) = (start.max(least), end.min(greatest));
    let codes = |frame: &Frame| frame.codes_between(start, end);
    // The frame also decides that no instant lies between the bulk and an outlier.
    if start > end || column.frame().is_some_and(|frame| codes(frame).is_none()) {
        return RowSet::new_unset(rows);
    }
    match &column.instants {
        Instants::Plain { values, .. } => filter_values(values, column.nulls(), |value| {
            (start <= value) & (value <= end)
        }),
        Instants::FrameOfReference {
            frame,
            codes: row_codes,
            subseconds,
        } => {
            let Some((first, last)) = codes(frame) else {
                return RowSet::new_unset(rows);
            };
            // One comparison for both ends: codes below `first` wrap to large numbers.
            let rows = filter_values(row_codes, column.nulls(), |code| {
                code.wrapping_sub(first) <= last - first
            });
            let starts_within_second = start.rem_euclid(MICROSECONDS_PER_SECOND) != 0;
            let ends_within_second =
                end.rem_euclid(MICROSECONDS_PER_SECOND) != MICROSECONDS_PER_SECOND - 1;
            // The codes decide for rows on whole seconds, unless the interval starts within a second.
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
    let Instants::FrameOfReference { codes, .. } = &column.instants else {
        return rows;
    };
    let at_boundary = filter_values(codes, column.nulls(), |code| {
        (code == first) | (code == last)
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
