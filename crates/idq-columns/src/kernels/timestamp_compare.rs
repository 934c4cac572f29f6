//! Comparison of the instants of two columns, row by row.

use std::cmp::Ordering;

use arrow_buffer::{BooleanBuffer, Buffer};

use super::filter::{pack, retain_valid};
use crate::bitmap::WORD_BITS;
use crate::column::timestamp::Instants;
use crate::encoding::frame::Frame;
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
    let (left_frame, left_codes, has_left) = codes_of(left)?;
    let (right_frame, right_codes, has_right) = codes_of(right)?;
    let base = left_frame.bulk().0.min(right_frame.bulk().0);
    let codes = [left_codes, right_codes];
    let shifts = [shift(left_frame, base)?, shift(right_frame, base)?];
    let [less, equal, greater] = [Ordering::Less, Ordering::Equal, Ordering::Greater].map(&passes);
    let by_value = |row| passes(left.value(row).cmp(&right.value(row)));
    let test = match (less, equal, greater) {
        (true, false, false) => Test::Less,
        (true, true, false) => Test::LessOrEqual,
        (false, true, false) => Test::Equal,
        (false, true, true) => Test::GreaterOrEqual,
        (false, false, true) => Test::Greater,
        // No operator has these; the general comparison suits any test.
        _ => return None,
    };
    // Microseconds decide where seconds are equal.
    let has_ties = has_left || has_right;
    if left_frame.has_outliers() || right_frame.has_outliers() {
        // The codes of two frames compare in the bulk only.
        let exact = |left: u32, right: u32| {
            let is_tie = left.wrapping_add(shifts[0]) == right.wrapping_add(shifts[1]);
            !left_frame.is_bulk(left) | !right_frame.is_bulk(right) | (has_ties & is_tie)
        };
        return Some(test.compare(codes, shifts, exact, by_value));
    }
    if has_ties {
        let is_tie =
            |left: u32, right: u32| left.wrapping_add(shifts[0]) == right.wrapping_add(shifts[1]);
        return Some(test.compare(codes, shifts, is_tie, by_value));
    }
    Some(test.compare(codes, shifts, |_, _| false, by_value))
}

/// A test of an ordering.
#[derive(Debug, Clone, Copy)]
enum Test {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Test {
    /// Returns the rows whose codes pass the test: see [`compare_shifted`].
    fn compare(
        self,
        codes: [&[u32]; 2],
        shifts: [u32; 2],
        needs_value: impl Fn(u32, u32) -> bool,
        by_value: impl Fn(usize) -> bool,
    ) -> RowSet {
        let decided = (needs_value, by_value);
        match self {
            Self::Less => compare_shifted(codes, shifts, |left, right| left < right, decided),
            Self::LessOrEqual => {
                compare_shifted(codes, shifts, |left, right| left <= right, decided)
            }
            Self::Equal => compare_shifted(codes, shifts, |left, right| left == right, decided),
            Self::GreaterOrEqual => {
                compare_shifted(codes, shifts, |left, right| left >= right, decided)
            }
            Self::Greater => compare_shifted(codes, shifts, |left, right| left > right, decided),
        }
    }
}

/// Returns the rows whose codes, each with the shift of its column, pass a test. Where the codes of a row need its
/// values, `by_value` decides.
///
/// Each block of rows is read once: comparing, and looking for rows that need values, are loops without a branch.
fn compare_shifted(
    [left, right]: [&[u32]; 2],
    [left_shift, right_shift]: [u32; 2],
    test: impl Fn(u32, u32) -> bool,
    (needs_value, by_value): (impl Fn(u32, u32) -> bool, impl Fn(usize) -> bool),
) -> RowSet {
    let rows = left.len().min(right.len());
    let (left_blocks, left_rest) = left[..rows].as_chunks::<WORD_BITS>();
    let (right_blocks, right_rest) = right[..rows].as_chunks::<WORD_BITS>();
    let mut words = Vec::with_capacity(rows.div_ceil(WORD_BITS));
    let mut add_block = |left: &[u32; WORD_BITS], right: &[u32; WORD_BITS], count: usize| {
        let mut bytes = [0u8; WORD_BITS];
        let mut needs_values = 0;
        for (byte, (&left, &right)) in bytes.iter_mut().zip(left.iter().zip(right)) {
            // Rows without an instant may wrap.
            let shifted = (
                left.wrapping_add(left_shift),
                right.wrapping_add(right_shift),
            );
            *byte = u8::from(test(shifted.0, shifted.1));
            needs_values |= u32::from(needs_value(left, right));
        }
        if needs_values != 0 {
            let first = words.len() * WORD_BITS;
            for row in 0..count {
                if needs_value(left[row], right[row]) {
                    bytes[row] = u8::from(by_value(first + row));
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

/// Returns the frame and the codes of a column, and whether it has microseconds.
fn codes_of(column: &TimestampColumn) -> Option<(&Frame, &[u32], bool)> {
    match &column.instants {
        Instants::FrameOfReference {
            frame,
            codes,
            subseconds,
        } => Some((frame, codes, subseconds.is_some())),
        Instants::Plain { .. } => None,
    }
}

/// Returns the addend that converts the codes of a bulk to seconds since an earlier base, modulo 2^32; `None` if the
/// seconds would not fit 32 bits.
fn shift(frame: &Frame, base: i64) -> Option<u32> {
    let (first, last) = frame.bulk();
    let shift = u32::try_from(first - base).ok()?;
    u32::try_from(last - base).ok()?;
    Some(shift.wrapping_sub(frame.first_code()))
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

    /// Checks that the comparison of two columns is that of each pair of their instants.
    fn check(left: &[Option<i64>], right: &[Option<i64>], case: &str) {
        let columns = [left, right].map(column);
        type Test = fn(Ordering) -> bool;
        let tests: [Test; 5] = [
            Ordering::is_lt,
            Ordering::is_le,
            Ordering::is_eq,
            Ordering::is_ge,
            Ordering::is_gt,
        ];
        for (number, test) in tests.into_iter().enumerate() {
            let pairs = left.iter().zip(right);
            let expected: Vec<bool> = pairs
                .map(|pair| matches!(pair, (Some(left), Some(right)) if test(left.cmp(right))))
                .collect();
            let rows = timestamp_compare(&columns[0], &columns[1], test);
            assert_eq!(rows, RowSet::from(expected), "{case} {number}");
        }
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
            // Without outliers, with some in one column, in both, and in both at the same rows.
            for [left_every, right_every] in [[0, 0], [5, 0], [0, 3], [5, 3], [5, 5]] {
                let with_outliers = |instants: &[Option<i64>], every: usize| {
                    let outlier = |row: usize| [-20, 80][row / 5 % 2] * century;
                    let rows = instants.iter().enumerate();
                    let instants = rows.map(|(row, instant)| {
                        let is_outlier = every > 0 && row % every == 0;
                        is_outlier.then(|| outlier(row)).or(*instant)
                    });
                    instants.collect::<Vec<_>>()
                };
                let left = with_outliers(&left, left_every);
                let right = with_outliers(&right, right_every);
                let case = format!("{offset} {fraction} {left_every} {right_every}");
                check(&left, &right, &case);
            }
        }
    }
}
