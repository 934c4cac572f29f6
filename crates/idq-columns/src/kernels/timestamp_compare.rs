//! Comparison of the instants of two columns, row by row.

use std::cmp::Ordering;

use arrow_buffer::{BooleanBuffer, Buffer};

use super::filter::{pack, retain_valid};
use crate::bitmap::WORD_BITS;
use crate::column::timestamp::{Instants, MICROSECONDS_PER_SECOND};
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

/// Compares columns by frame of reference; `None` if their encodings or ranges do not allow it. Rows without an instant
/// have any result.
fn compare_seconds(
    left: &TimestampColumn,
    right: &TimestampColumn,
    passes: impl Fn(Ordering) -> bool,
) -> Option<RowSet> {
    let (left_base, left_seconds, has_left) = seconds_of(left)?;
    let (right_base, right_seconds, has_right) = seconds_of(right)?;
    let base = left_base.min(right_base);
    let seconds = [left_seconds, right_seconds];
    let shifts = [
        shift(left, left_base, base)?,
        shift(right, right_base, base)?,
    ];
    let [less, equal, greater] = [Ordering::Less, Ordering::Equal, Ordering::Greater].map(&passes);
    // Microseconds decide where seconds are equal.
    let by_value = |row| passes(left.value(row).cmp(&right.value(row)));
    let tie = (has_left || has_right).then_some(&by_value);
    Some(match (less, equal, greater) {
        (true, false, false) => compare_shifted(seconds, shifts, |left, right| left < right, tie),
        (true, true, false) => compare_shifted(seconds, shifts, |left, right| left <= right, tie),
        (false, true, false) => compare_shifted(seconds, shifts, |left, right| left == right, tie),
        (false, true, true) => compare_shifted(seconds, shifts, |left, right| left >= right, tie),
        (false, false, true) => compare_shifted(seconds, shifts, |left, right| left > right, tie),
        // No operator has these; the general comparison suits any test.
        _ => return None,
    })
}

/// Returns the rows whose seconds, each with the shift of its column, pass a test; `tie` decides instead where they are
/// equal.
///
/// Each block of rows is read once: comparing, and looking for ties, are loops without a branch.
fn compare_shifted(
    [left, right]: [&[u32]; 2],
    [left_shift, right_shift]: [u32; 2],
    test: impl Fn(u32, u32) -> bool,
    tie: Option<&impl Fn(usize) -> bool>,
) -> RowSet {
    let rows = left.len().min(right.len());
    let (left_blocks, left_rest) = left[..rows].as_chunks::<WORD_BITS>();
    let (right_blocks, right_rest) = right[..rows].as_chunks::<WORD_BITS>();
    let mut words = Vec::with_capacity(rows.div_ceil(WORD_BITS));
    let mut add_block = |left: &[u32; WORD_BITS], right: &[u32; WORD_BITS], count: usize| {
        let mut bytes = [0u8; WORD_BITS];
        let mut has_ties = 0;
        for (byte, (left, right)) in bytes.iter_mut().zip(left.iter().zip(right)) {
            // Rows without an instant may wrap.
            let (left, right) = (
                left.wrapping_add(left_shift),
                right.wrapping_add(right_shift),
            );
            *byte = u8::from(test(left, right));
            has_ties |= u32::from(left == right);
        }
        if let Some(tie) = tie
            && has_ties != 0
        {
            let first = words.len() * WORD_BITS;
            for row in 0..count {
                let (left, right) = (
                    left[row].wrapping_add(left_shift),
                    right[row].wrapping_add(right_shift),
                );
                if left == right {
                    bytes[row] = u8::from(tie(first + row));
                }
            }
        }
        words.push(pack(&bytes));
    };
    for (left, right) in left_blocks.iter().zip(right_blocks) {
        add_block(left, right, WORD_BITS);
    }
    if !left_rest.is_empty() {
        let padded = |rest: &[u32]| {
            let mut block = [0; WORD_BITS];
            block[..rest.len()].copy_from_slice(rest);
            block
        };
        add_block(&padded(left_rest), &padded(right_rest), left_rest.len());
    }
    BooleanBuffer::new(Buffer::from_vec(words), 0, rows)
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

/// Returns the addend that converts the seconds of a column from one base to an earlier one; `None` if the sums would
/// not fit 32 bits.
fn shift(column: &TimestampColumn, from: i64, to: i64) -> Option<u32> {
    let shift = u32::try_from(from - to).ok()?;
    let greatest = column.range().map_or(from, |(_, greatest)| {
        greatest.div_euclid(MICROSECONDS_PER_SECOND)
    });
    u32::try_from(greatest - to).ok().map(|_| shift)
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
