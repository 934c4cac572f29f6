//! Comparison of the instants of two columns, row by row.

use std::cmp::Ordering;

use super::filter::{filter_pairs, retain_valid};
use crate::bitmap::BitmapBuilder;
use crate::column::timestamp::Instants;
use crate::{RowSet, TimestampColumn};

/// Returns the rows of a chunk in which both columns have an instant, and the ordering of the left one relative to the
/// right one passes a test.
pub fn timestamp_compare(
    left: &TimestampColumn,
    right: &TimestampColumn,
    passes: impl Fn(Ordering) -> bool,
) -> RowSet {
    let rows = compare_seconds(left, right, &passes).unwrap_or_else(|| {
        RowSet::collect_bool(left.validity().rows(), |row| {
            match (left.value(row), right.value(row)) {
                (Some(left), Some(right)) => passes(left.cmp(&right)),
                _ => false,
            }
        })
    });
    retain_valid(retain_valid(rows, left.nulls()), right.nulls())
}

/// Compares columns by frame of reference, both from the same base; `None` if their encodings or ranges do not allow
/// it. Rows without an instant have any result.
fn compare_seconds(
    left: &TimestampColumn,
    right: &TimestampColumn,
    passes: impl Fn(Ordering) -> bool,
) -> Option<RowSet> {
    let (left_base, left_seconds, has_left) = seconds_of(left)?;
    let (right_base, right_seconds, has_right) = seconds_of(right)?;
    let base = left_base.min(right_base);
    let left_shift = shift(left_seconds, left_base, base)?;
    let right_shift = shift(right_seconds, right_base, base)?;
    let [less, equal, greater] = [Ordering::Less, Ordering::Equal, Ordering::Greater].map(&passes);
    let rows = filter_pairs(left_seconds, right_seconds, |left, right| {
        let (left, right) = (left + left_shift, right + right_shift);
        (left < right) & less | (left == right) & equal | (left > right) & greater
    });
    if !(has_left || has_right) {
        return Some(rows);
    }
    // Microseconds decide where seconds are equal.
    let mut corrected = BitmapBuilder::from_bitmap(&rows);
    let ties = filter_pairs(left_seconds, right_seconds, |left, right| {
        left + left_shift == right + right_shift
    });
    for row in ties.set_indices() {
        if passes(left.value(row).cmp(&right.value(row))) {
            corrected.set(row);
        } else {
            corrected.clear(row);
        }
    }
    Some(corrected.finish())
}

/// Returns the base and the seconds of a column by frame of reference, and whether it has microseconds.
fn seconds_of(column: &TimestampColumn) -> Option<(i64, &[u32], bool)> {
    match &column.instants {
        Instants::FrameOfReference {
            base,
            seconds,
            subseconds,
        } => Some((*base, seconds, subseconds.is_some())),
        Instants::Plain(_) => None,
    }
}

/// Returns the addend that makes seconds from one base those from an earlier one; `None` if they would not fit.
fn shift(seconds: &[u32], from: i64, to: i64) -> Option<u32> {
    let shift = u32::try_from(from - to).ok()?;
    let greatest = seconds.iter().copied().max().unwrap_or_default();
    greatest.checked_add(shift).map(|_| shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TimestampBuilder;

    /// Builds a column of instants in microseconds.
    fn column(instants: &[Option<i64>]) -> TimestampColumn {
        let mut builder = TimestampBuilder::new();
        for instant in instants {
            match instant {
                Some(instant) => builder.push(*instant),
                None => builder.push_null(),
            }
        }
        builder.finish()
    }

    #[test]
    fn comparison_equals_that_of_each_row_in_every_encoding() {
        let second = 1_000_000;
        let century = 100 * 365 * 86_400 * second;
        let instant = |row: i64, step: i64, offset: i64, fraction: i64| {
            (row % 7 != 3).then_some(row * step % 50 * second + offset + row % 3 * fraction)
        };
        for (offset, fraction) in [
            (0, 0),
            (0, 1),
            (second, 7),
            (-5 * second, 0),
            (century, 1),
            (2 * century, 0),
        ] {
            let left: Vec<_> = (0..200).map(|row| instant(row, 3, 0, fraction)).collect();
            let right: Vec<_> = (0..200).map(|row| instant(row + 1, 5, offset, 1)).collect();
            let columns = [&left, &right].map(|instants| column(instants));
            type Test = fn(Ordering) -> bool;
            let tests: [Test; 5] = [
                Ordering::is_lt,
                Ordering::is_le,
                Ordering::is_eq,
                Ordering::is_ge,
                Ordering::is_gt,
            ];
            for (number, test) in tests.into_iter().enumerate() {
                let pairs = left.iter().zip(&right);
                let expected: Vec<bool> = pairs
                    .map(|pair| matches!(pair, (Some(left), Some(right)) if test(left.cmp(right))))
                    .collect();
                let rows = timestamp_compare(&columns[0], &columns[1], test);
                assert_eq!(rows, RowSet::from(expected), "{offset} {fraction} {number}");
            }
        }
    }
}
