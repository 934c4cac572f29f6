//! Row codes: a small integer for each row of a chunk, by which rows are counted.
//!
//! Columns have values in several encodings. [`RowCodes`] reads each as integers of at most sixteen bits, so that rows
//! of any of them, and of combinations of several, are counted by one loop in which no branch depends on a value.

use std::borrow::Cow;

use arrow_buffer::BooleanBuffer;

use super::count_codes;
use super::count_codes::{count_path_codes, words};
use crate::bitmap::WORD_BITS;
use crate::column::timestamp::Instants;
use crate::encoding::codes::Codes;
use crate::validity::Validity;
use crate::{DocumentColumn, RowSet, TimestampColumn, ValueKind};

/// The code of rows with null.
pub const NULL: u16 = 0;
/// The code of rows whose record does not have the field.
pub const MISSING: u16 = 1;
/// The code of rows with an empty array or an empty object.
pub const EMPTY: u16 = 2;
/// The code of the first value.
pub const FIRST_VALUE: u16 = 3;

/// The greatest number of codes: all that have sixteen bits.
const MAX_CODES: usize = 1 << 16;

/// Seconds in a day.
const SECONDS_PER_DAY: u32 = 86_400;

/// The codes of all rows of a chunk: [`NULL`], [`MISSING`] or [`EMPTY`], or that of a value from [`FIRST_VALUE`].
///
/// ```
/// use idq_columns::kernels::row_codes::{FIRST_VALUE, NULL, RowCodes};
/// use idq_columns::KeywordBuilder;
///
/// let mut builder = KeywordBuilder::new();
/// builder.push("active");
/// builder.push_null();
/// let column = builder.finish();
/// let codes = RowCodes::of_dictionary(column.codes(), 1, column.validity());
/// let counts = codes.expect("a small dictionary").count(None);
/// assert_eq!(counts[usize::from(NULL)], 1);
/// assert_eq!(counts[usize::from(FIRST_VALUE)], 1);
/// ```
#[derive(Debug)]
pub struct RowCodes<'c> {
    layout: Layout<'c>,
    code_count: usize,
}

/// The representation of the codes.
#[derive(Debug)]
enum Layout<'c> {
    /// The code of each row, less [`FIRST_VALUE`]; unspecified for rows without a value.
    Bytes(&'c [u8], Validity<'c>),
    /// As `Bytes`, in sixteen bits.
    Values(Cow<'c, [u16]>, Validity<'c>),
    /// The day of each row; unspecified for rows without an instant. Outliers have days after all others.
    Days {
        days: Vec<u16>,
        /// The code of each day.
        codes: Cow<'c, [u16]>,
        validity: Validity<'c>,
    },
    /// A byte for each row with a value at a path, ascending by row.
    Path {
        bytes: &'c [u8],
        rows: RowSet,
        /// The code of each byte.
        code_of: Box<[u16; 256]>,
    },
    /// The code of each row.
    Rows(Vec<u16>),
}

impl<'c> RowCodes<'c> {
    /// Reads dictionary-encoded rows: the codes of the dictionary, which has `values` values, from [`FIRST_VALUE`] on.
    /// `None` if the dictionary is too large.
    pub fn of_dictionary(codes: &'c Codes, values: usize, validity: Validity<'c>) -> Option<Self> {
        let code_count = values + usize::from(FIRST_VALUE);
        if code_count > MAX_CODES {
            return None;
        }
        let layout = match codes {
            Codes::U8(codes) => Layout::Bytes(codes, validity),
            Codes::U16(codes) => Layout::Values(Cow::Borrowed(codes), validity),
            // Codes are below the number of values, which has sixteen bits.
            Codes::U32(codes) => {
                let codes = codes.iter().map(|&code| code as u16);
                Layout::Values(codes.collect(), validity)
            }
        };
        Some(Self { layout, code_count })
    }

    /// Reads one code for all values.
    pub fn of_presence(validity: Validity<'c>) -> Self {
        Self {
            layout: Layout::Values(vec![0; validity.rows()].into(), validity),
            code_count: usize::from(FIRST_VALUE) + 1,
        }
    }

    /// Reads a code for false and one for true.
    pub fn of_booleans(
        values: &BooleanBuffer,
        validity: Validity<'_>,
        [of_false, of_true]: [u16; 2],
    ) -> Self {
        let code = |value| if value { of_true } else { of_false };
        let mut codes: Vec<u16> = values.iter().map(code).collect();
        mark_absent(&mut codes, validity);
        Self {
            layout: Layout::Rows(codes),
            code_count: usize::from(of_false.max(of_true)) + 1,
        }
    }

    /// Reads the days of instants, where local time is `offset` seconds ahead of UTC. `day_codes` returns the codes of
    /// the days from one to another, both included, and `outlier_code` that of an instant far from all others; these
    /// codes are below `code_count`.
    ///
    /// `None` if the column is not encoded by frame of reference, or one of these functions has no code.
    pub fn of_days(
        column: &'c TimestampColumn,
        offset: i64,
        day_codes: impl FnOnce(i64, i64) -> Option<&'c [u16]>,
        outlier_code: impl Fn(i64) -> Option<u16>,
        code_count: usize,
    ) -> Option<Self> {
        let Instants::FrameOfReference {
            frame,
            codes: row_codes,
            ..
        } = &column.instants
        else {
            return None;
        };
        let (first, last) = frame.bulk();
        let (local, day) = (first + offset, i64::from(SECONDS_PER_DAY));
        let first_day = local.div_euclid(day);
        // The days of the chunk, of which each row of the bulk has one. Seconds of four bytes span at most 136 years,
        // whose days fit sixteen bits together with those of outliers.
        let codes = day_codes(first_day, (last + offset).div_euclid(day))?;
        // Rows without an instant, and outliers, may wrap.
        let shift = (local.rem_euclid(day) as u32).wrapping_sub(frame.first_code());
        let day_of = |code: u32| (code.wrapping_add(shift) / SECONDS_PER_DAY) as u16;
        let (days, codes) = if frame.has_outliers() {
            let bulk_days = codes.len() as u32;
            let outliers = frame.outliers().map(|(_, instant)| outlier_code(instant));
            let outliers: Vec<u16> = outliers.collect::<Option<_>>()?;
            // Both are computed, because a branch would be mispredicted for each outlier.
            let day_of_any = |&code: &u32| {
                let outlier = bulk_days.wrapping_add(frame.position(code)) as u16;
                let day = day_of(code);
                if frame.is_bulk(code) { day } else { outlier }
            };
            let days: Vec<u16> = row_codes.iter().map(day_of_any).collect();
            (days, Cow::Owned([codes, &outliers].concat()))
        } else {
            let days = row_codes.iter().map(|&code| day_of(code)).collect();
            (days, Cow::Borrowed(codes))
        };
        Some(Self {
            layout: Layout::Days {
                days,
                codes,
                validity: column.validity(),
            },
            code_count,
        })
    }

    /// Reads the values at a path of documents: the positions of its texts, from [`FIRST_VALUE`] on.
    ///
    /// `None` unless the path is dictionary-encoded and has at most one value a row, none of them with members.
    pub fn of_path(column: &'c DocumentColumn, keys: &[String]) -> Option<Self> {
        let Some(path) = column.path(keys) else {
            return Some(Self {
                layout: Layout::Rows(vec![MISSING; column.len()]),
                code_count: usize::from(FIRST_VALUE),
            });
        };
        let (bytes, rows) = (path.codes()?, path.row_bitmap()?);
        if path.has_members() || bytes.len() != rows.count_set_bits() {
            return None;
        }
        // A code without a text, in a damaged file, is no value.
        let mut code_of = Box::new([MISSING; 256]);
        let mut code_count = FIRST_VALUE;
        for (code, text) in code_of.iter_mut().zip(path.texts()) {
            *code = match text.kind {
                ValueKind::Null => NULL,
                ValueKind::EmptyObject | ValueKind::EmptyArray => EMPTY,
                _ => code_count,
            };
            code_count += 1;
        }
        Some(Self {
            layout: Layout::Path {
                bytes,
                rows,
                code_of,
            },
            code_count: code_count.into(),
        })
    }

    /// Returns the number of codes: each is below it.
    pub fn code_count(&self) -> usize {
        self.code_count
    }

    /// Combines the codes with those of another column of the chunk: `code * other.code_count() + other_code`. `None`
    /// if there would be too many codes.
    #[must_use]
    pub fn combined(self, other: Self) -> Option<RowCodes<'static>> {
        let (code_count, factor) = (self.code_count * other.code_count, other.code_count as u16);
        if code_count > MAX_CODES {
            return None;
        }
        let mut codes = self.into_rows();
        for (code, other) in codes.iter_mut().zip(other.into_rows()) {
            // Each is below the number of codes, so nothing is lost.
            *code = code.wrapping_mul(factor).wrapping_add(other);
        }
        Some(RowCodes {
            layout: Layout::Rows(codes),
            code_count,
        })
    }

    /// Returns the number of selected rows by code; without a selection, of all rows.
    pub fn count(&self, selection: Option<&RowSet>) -> Vec<u32> {
        let values = self.code_count - usize::from(FIRST_VALUE);
        match &self.layout {
            Layout::Bytes(codes, validity) => {
                self.count_valid(*validity, selection, |rows, counts| {
                    counts.extend(count_codes(codes, values, rows));
                })
            }
            Layout::Values(codes, validity) => {
                self.count_valid(*validity, selection, |rows, counts| {
                    counts.extend(count_codes(codes, values, rows));
                })
            }
            // Rows are counted by day, and days then by code, so that no code is looked up for each row.
            Layout::Days {
                days,
                codes,
                validity,
            } => self.count_valid(*validity, selection, |rows, counts| {
                counts.resize(self.code_count, 0);
                let by_day = count_codes(days, codes.len(), rows);
                for (&code, rows) in codes.iter().zip(by_day).filter(|(_, rows)| *rows > 0) {
                    counts[usize::from(code)] += rows;
                }
            }),
            Layout::Path {
                bytes,
                rows,
                code_of,
            } => {
                let by_byte = count_path_codes(bytes, rows, selection);
                let mut counts = vec![0; self.code_count];
                for (&code, count) in code_of.iter().zip(&by_byte) {
                    counts[usize::from(code)] += count;
                }
                let selected = selection.map_or(rows.len(), RowSet::count_set_bits);
                counts[usize::from(MISSING)] += selected as u32 - by_byte.iter().sum::<u32>();
                counts
            }
            Layout::Rows(codes) => count_codes(codes, self.code_count, selection),
        }
    }

    /// Counts rows without a value by bitmaps, and values by `count`, which takes the rows that have one and adds to the
    /// counts.
    fn count_valid(
        &self,
        validity: Validity<'_>,
        selection: Option<&RowSet>,
        count: impl FnOnce(Option<&RowSet>, &mut Vec<u32>),
    ) -> Vec<u32> {
        let states = validity.count(selection);
        let both = match (validity.validity_bitmap(), selection) {
            (Some(valid), Some(selection)) => Some(valid & selection),
            _ => None,
        };
        let rows = both.as_ref().or(validity.validity_bitmap()).or(selection);
        let mut counts = vec![states.null as u32, states.missing as u32, 0];
        count(rows, &mut counts);
        counts
    }

    /// Returns the code of each row.
    fn into_rows(self) -> Vec<u16> {
        let (mut codes, validity): (Vec<u16>, _) = match self.layout {
            Layout::Rows(codes) => return codes,
            Layout::Path {
                bytes,
                rows,
                code_of,
            } => return spread(bytes, &rows, &code_of),
            Layout::Bytes(codes, validity) => {
                let codes = codes.iter().map(|&code| u16::from(code) + FIRST_VALUE);
                (codes.collect(), validity)
            }
            Layout::Values(codes, validity) => {
                let codes = codes.iter().map(|code| code.wrapping_add(FIRST_VALUE));
                (codes.collect(), validity)
            }
            Layout::Days {
                days,
                codes,
                validity,
            } => {
                let code_of = |&day: &u16| codes.get(usize::from(day)).copied().unwrap_or_default();
                (days.iter().map(code_of).collect(), validity)
            }
        };
        mark_absent(&mut codes, validity);
        codes
    }
}

/// Replaces the codes of rows without a value.
fn mark_absent(codes: &mut [u16], validity: Validity<'_>) {
    let Some(valid) = validity.validity_bitmap() else {
        return;
    };
    let words = words(valid)
        .into_iter()
        .zip(words(&validity.missing_rows()));
    for (codes, (valid, missing)) in codes.chunks_mut(WORD_BITS).zip(words) {
        if valid == u64::MAX {
            continue;
        }
        for (bit, code) in codes.iter_mut().enumerate() {
            let keep = 0u16.wrapping_sub((valid >> bit & 1) as u16);
            let absent = if missing >> bit & 1 == 1 {
                MISSING
            } else {
                NULL
            };
            *code = *code & keep | absent & !keep;
        }
    }
}

/// Returns the codes of all rows from the bytes of those rows that a bitmap has; the others are [`MISSING`].
fn spread(bytes: &[u8], rows: &RowSet, code_of: &[u16; 256]) -> Vec<u16> {
    let mut codes = vec![MISSING; rows.len()];
    let mut position = 0;
    for (codes, word) in codes.chunks_mut(WORD_BITS).zip(words(rows)) {
        for (bit, code) in codes.iter_mut().enumerate() {
            let is_set = word >> bit & 1;
            // The next byte is read whether or not the row has it.
            let next = code_of[usize::from(bytes.get(position).copied().unwrap_or_default())];
            *code = if is_set == 1 { next } else { MISSING };
            position += is_set as usize;
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DocumentBuilder, KeywordBuilder, TimestampBuilder, ValueState};

    /// Checks that codes are counted alike, whether they are first written for all rows or not, for several selections;
    /// returns the code of each row.
    fn checked<'c>(codes: impl Fn() -> RowCodes<'c>) -> Vec<u16> {
        let (rows, code_count) = (codes().into_rows(), codes().code_count());
        for divisor in [1, 2, 3, 7] {
            let selection = RowSet::collect_bool(rows.len(), |row| row % divisor == 0);
            for selection in [&selection, &!&selection] {
                let counts = codes().count(Some(selection));
                assert_eq!(counts, count_codes(&rows, code_count, Some(selection)));
            }
        }
        assert_eq!(codes().count(None), count_codes(&rows, code_count, None));
        rows
    }

    #[test]
    fn codes_of_a_dictionary_are_its_own_and_mark_rows_without_a_value() {
        let mut builder = KeywordBuilder::new();
        let mut expected = Vec::new();
        for row in 0..500_u16 {
            match row % 5 {
                0 => builder.push_null(),
                1 => builder.push_missing(),
                _ => builder.push(&(row % 7).to_string()),
            }
            expected.push(match row % 5 {
                0 => NULL,
                1 => MISSING,
                // The first rows with a value have the values 2, 3, 4, 0 (row 7), 1 and so on.
                _ => FIRST_VALUE + [3, 5, 0, 1, 2, 6, 4][usize::from(row % 7)],
            });
        }
        let column = builder.finish();
        let names: Vec<&str> = column.dictionary().iter().flatten().collect();
        for (row, code) in expected
            .iter_mut()
            .enumerate()
            .filter(|(_, code)| **code >= FIRST_VALUE)
        {
            let name = (row % 7).to_string();
            let position = names.iter().position(|other| **other == name);
            *code = FIRST_VALUE + position.expect("a value of the dictionary") as u16;
        }
        let codes = || RowCodes::of_dictionary(column.codes(), names.len(), column.validity());
        assert_eq!(checked(|| codes().expect("a small dictionary")), expected);
        assert!(RowCodes::of_dictionary(column.codes(), MAX_CODES, column.validity()).is_none());
    }

    #[test]
    fn codes_of_days_begin_a_day_at_local_midnight() {
        let day = i64::from(SECONDS_PER_DAY);
        let mut builder = TimestampBuilder::new();
        for second in [10 * day - 1, 10 * day, 11 * day - 3_600, 12 * day] {
            builder.push(second * 1_000_000);
        }
        builder.push_null();
        let column = builder.finish();
        // Codes of the days from 8 to 19.
        let table: Vec<u16> = (8..20).map(|day| FIRST_VALUE + day).collect();
        let days = |first: i64, last: i64| table.get((first - 8) as usize..=(last - 8) as usize);
        let no_outlier = |_| None;
        for (offset, expected) in [
            (0, [9, 10, 10, 12]),
            (3_600, [10, 10, 11, 12]),
            (-1, [9, 9, 10, 11]),
        ] {
            let mut expected = expected.map(|day| FIRST_VALUE + day).to_vec();
            expected.push(NULL);
            let codes = || RowCodes::of_days(&column, offset, days, no_outlier, 23);
            assert_eq!(
                checked(|| codes().expect("a few days")),
                expected,
                "{offset}"
            );
        }
        assert!(RowCodes::of_days(&column, 0, |_, _| None, no_outlier, 23).is_none());
    }

    #[test]
    fn codes_of_days_of_outliers_are_those_of_their_instants() {
        let day = i64::from(SECONDS_PER_DAY) * 1_000_000;
        let (never, far) = (-700_000 * day, 3_000_000 * day);
        let mut builder = TimestampBuilder::new();
        let mut expected = Vec::new();
        for row in 0..300 {
            match row % 10 {
                0 => builder.push(never),
                1 => builder.push(far + 5),
                2 => builder.push_null(),
                _ => builder.push((10 + row % 3) * day + 7),
            }
            expected.push(match row % 10 {
                0 => EMPTY,
                1 => 30,
                2 => NULL,
                _ => 20 + (row % 3) as u16,
            });
        }
        let column = builder.finish();
        let table: Vec<u16> = (20..23).collect();
        let days = |first, last| ((first, last) == (10, 12)).then_some(&table[..]);
        let outlier = |instant| match instant {
            _ if instant == never => Some(EMPTY),
            _ if instant == far + 5 => Some(30),
            _ => None,
        };
        let codes = || RowCodes::of_days(&column, 0, days, outlier, 31).expect("all codes");
        assert_eq!(checked(codes), expected);
        assert!(RowCodes::of_days(&column, 0, days, |_| None, 31).is_none());
    }

    #[test]
    fn codes_of_a_path_distinguish_values_null_empty_and_missing() {
        let mut builder = DocumentBuilder::new();
        let path = builder.enter(DocumentBuilder::ROOT, "a");
        let mut expected = Vec::new();
        for row in 0..300 {
            let (kind, text, code) = match row % 4 {
                0 => (ValueKind::String, "x", FIRST_VALUE),
                1 => (ValueKind::Null, "", NULL),
                2 => (ValueKind::EmptyArray, "", EMPTY),
                _ => (ValueKind::String, "", MISSING),
            };
            if code != MISSING {
                builder.add(path, kind, text, &[]);
            }
            builder.end_row(ValueState::Present);
            expected.push(code);
        }
        let column = builder.finish();
        let codes =
            |key: &str| RowCodes::of_path(&column, &[key.to_owned()]).expect("plain values");
        assert_eq!(checked(|| codes("a")), expected);
        assert_eq!(checked(|| codes("b")), vec![MISSING; 300]);
    }

    #[test]
    fn combined_codes_have_both() {
        let values = RowSet::from(vec![true, false, true, false]);
        let others = RowSet::from(vec![true, true, false, false]);
        let of =
            |values: &RowSet| RowCodes::of_booleans(values, Validity::new(4, None, None), [3, 4]);
        let codes = of(&values).combined(of(&others)).expect("few codes");
        assert_eq!(codes.code_count(), 25);
        assert_eq!(
            codes.into_rows(),
            [4 * 5 + 4, 3 * 5 + 4, 4 * 5 + 3, 3 * 5 + 3]
        );
    }
}
