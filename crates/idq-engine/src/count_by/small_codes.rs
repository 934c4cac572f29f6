//! Counting by small codes: the rows of a chunk are counted by the codes that its columns have anyway, and only the
//! codes that occur are mapped to values.
//!
//! The work for each row does not depend on the values: several keys make one code of sixteen bits, and a histogram
//! counts it.

use std::collections::HashSet;

use arrow_array::Array;
use idq_columns::kernels::row_codes::{self, RowCodes};
use idq_columns::{Column, Decimal, RowSet, ValueKind};
use idq_snapshot::ChunkColumns;

use super::accumulator::{Accumulator, CompiledKey, Counts};
use super::encode::{
    EMPTY, FIRST_VALUE, KeyEncoder, MISSING, NULL, TextPart, UNMAPPED, bulk_may_be_never,
    may_be_never,
};
use crate::time::MICROS_PER_SECOND;

/// Divisor of the rows of a chunk: a selection of fewer rows than the quotient is encoded row by row, because small
/// codes are computed for all rows.
const MIN_SELECTED_SHARE: usize = 16;

/// Number of codes for each row of a chunk beyond which most codes would not occur: clearing and reading the histogram
/// would take longer than encoding row by row.
const MAX_CODES_PER_ROW: usize = 4;

impl Accumulator<'_> {
    /// Counts the selected rows of the next chunk by small codes; returns false, with nothing counted, if a column has
    /// none or they would not pay.
    pub(super) fn add_small_codes(
        &mut self,
        columns: ChunkColumns<'_>,
        keys: &[CompiledKey<'_>],
        selection: Option<&RowSet>,
    ) -> bool {
        let rows = columns.rows();
        let selected = selection.map_or(rows, RowSet::count_set_bits);
        if selected * MIN_SELECTED_SHARE < rows {
            return false;
        }
        // Codes of several keys are combined in mixed radix, the last key's being the lowest digit.
        let (mut combined, mut code_counts) =
            (None::<RowCodes<'_>>, Vec::with_capacity(keys.len()));
        for (encoder, key) in self.encoders.iter().zip(keys) {
            let column = columns.column(key.key.attribute.column());
            let Some(codes) = encoder.row_codes(column, &key.key.never) else {
                return false;
            };
            code_counts.push(codes.code_count());
            let codes = match combined {
                None => Some(codes),
                Some(combined) => combined.combined(codes),
            };
            match codes {
                // The constant allows small chunks to use codes of a byte at least.
                Some(codes) if codes.code_count() <= rows * MAX_CODES_PER_ROW + 256 => {
                    combined = Some(codes);
                }
                _ => return false,
            }
        }
        let Some(codes) = combined else {
            return false;
        };
        let counts = codes.count(selection);
        drop(codes);
        self.add_counts(&counts, &code_counts, columns, keys);
        true
    }

    /// Adds the rows by combined code of a chunk; `code_counts` are the numbers of codes of each key.
    fn add_counts(
        &mut self,
        counts: &[u32],
        code_counts: &[usize],
        columns: ChunkColumns<'_>,
        keys: &[CompiledKey<'_>],
    ) {
        // Rows of each combined code that occurs.
        let mut occurring = Vec::new();
        // For each combined code that occurs, the code of each key.
        let mut split = Vec::new();
        // For each key and code, whether it occurs: only those values are encoded.
        let mut occurs: Vec<Vec<bool>> = code_counts
            .iter()
            .map(|&count| vec![false; count])
            .collect();
        for (code, &rows) in counts.iter().enumerate().filter(|(_, rows)| **rows > 0) {
            occurring.push(rows);
            let start = split.len();
            split.resize(start + code_counts.len(), 0);
            let mut rest = code;
            // The digits of the mixed radix come out from the last key to the first.
            for (key, &count) in code_counts.iter().enumerate().rev() {
                split[start + key] = rest % count;
                occurs[key][rest % count] = true;
                rest /= count;
            }
        }
        // The encoders assign codes that are valid in all chunks.
        let encoders = self.encoders.iter_mut().zip(keys).zip(&occurs);
        let maps: Vec<Vec<u32>> = encoders
            .map(|((encoder, key), occurs)| {
                encoder.map_codes(columns.column(key.key.attribute.column()), occurs)
            })
            .collect();
        // Pairs are collected first, because combinations and tallies belong to the same accumulator.
        let mut pairs = Vec::with_capacity(occurring.len());
        for (rows, split) in occurring.iter().zip(split.chunks(code_counts.len())) {
            let codes = split.iter().zip(&maps).map(|(&code, map)| map[code]);
            pairs.push((self.pair(codes), u64::from(*rows)));
        }
        // The number of codes may have grown by the values of this chunk.
        let code_counts = self.code_counts();
        for ((first, last), rows) in pairs {
            match (&mut self.counts, last) {
                (Counts::One(tally), None) => tally.add_rows(first, rows),
                (Counts::Several(tally), Some(last)) => {
                    tally.add_rows((first, last), rows, code_counts);
                }
                // One key has no second code, and several keys have one.
                _ => {}
            }
        }
    }
}

impl Accumulator<'_> {
    /// Returns the two codes by which a group is counted: that of the last key, if there are several, and that of the
    /// key before or of a combination.
    fn pair(&mut self, mut codes: impl Iterator<Item = u32>) -> (u32, Option<u32>) {
        let first = codes.next().unwrap_or(NULL);
        // Combinations are interned pairwise from the left: ((a, b), c).
        let mut combinations = self.combinations.iter_mut();
        codes.fold((first, None), |(first, last), code| {
            // The last key is not part of a combination.
            let first = match last.map(|last| (last, combinations.next())) {
                Some((last, Some(combinations))) => combinations.intern((first, last)),
                _ => first,
            };
            (first, Some(code))
        })
    }
}

impl KeyEncoder<'_> {
    /// Returns small codes of the rows of a chunk; `None` if the column has none.
    fn row_codes<'c>(&'c self, column: &'c Column, never: &[i64]) -> Option<RowCodes<'c>> {
        let validity = column.validity();
        match (self, column) {
            (Self::Texts(encoder), Column::Keyword(column)) => {
                let values = column.dictionary_arc().values();
                if encoder.part == TextPart::Number {
                    let texts = (0..values.len()).map(|code| values.value(code).as_bytes());
                    if has_respelt_numbers(&texts.collect::<Vec<_>>()) {
                        return None;
                    }
                }
                RowCodes::of_dictionary(column.codes(), values.len(), validity)
            }
            (Self::Texts(encoder), Column::Text(column)) if encoder.part == TextPart::Domain => {
                // The suffixes of split texts are their domains, so rows need not be read.
                let (codes, suffixes) = column.suffixes()?;
                RowCodes::of_dictionary(codes, suffixes.len(), validity)
            }
            (Self::Booleans, Column::Boolean(column)) => {
                let codes = [row_codes::FIRST_VALUE, row_codes::FIRST_VALUE + 1];
                Some(RowCodes::of_booleans(
                    column.values().values(),
                    validity,
                    codes,
                ))
            }
            (Self::ObjectPresence, Column::Boolean(column)) => {
                let codes = [row_codes::EMPTY, row_codes::FIRST_VALUE];
                Some(RowCodes::of_booleans(
                    column.values().values(),
                    validity,
                    codes,
                ))
            }
            // A date that means never has a code of its own if it is far from all others; otherwise its chunk is encoded
            // row by row.
            (Self::DenseCalendar { ids, days, .. }, Column::Timestamp(column))
                if !bulk_may_be_never(column, never) =>
            {
                let days = (*days)?;
                RowCodes::of_days(
                    column,
                    days.offset,
                    |first, last| days.between(first, last),
                    |instant| match never.contains(&instant) {
                        true => Some(row_codes::EMPTY),
                        false => days.of_second(instant.div_euclid(MICROS_PER_SECOND)),
                    },
                    (FIRST_VALUE + ids.count()) as usize,
                )
            }
            // Presence is validity alone, unless some dates mean never.
            (Self::Presence, column) => match column {
                Column::Timestamp(column) if may_be_never(column, never) => None,
                _ => Some(RowCodes::of_presence(validity)),
            },
            // A whole document (no keys) is not one value.
            (Self::Documents(encoder), Column::Document(column)) if !encoder.keys.is_empty() => {
                let codes = RowCodes::of_path(column, encoder.keys)?;
                let path = column.path(encoder.keys).into_iter();
                let texts = path.flat_map(|path| path.texts());
                let numbers = texts.filter(|text| text.kind == ValueKind::Number);
                let numbers: Vec<&[u8]> = numbers.map(|text| text.original).collect();
                (!has_respelt_numbers(&numbers)).then_some(codes)
            }
            _ => None,
        }
    }

    /// Returns the code of the accumulator for each small code of a chunk; unspecified for codes that do not occur.
    fn map_codes(&mut self, column: &Column, occurs: &[bool]) -> Vec<u32> {
        // By default a code maps to itself, as those of rows without a value do.
        let mut map: Vec<u32> = (0..occurs.len() as u32).collect();
        let values = FIRST_VALUE as usize..occurs.len();
        let occurring = values.filter(|&code| occurs[code]);
        match (self, column) {
            (Self::Texts(encoder), Column::Keyword(column)) => {
                let dictionary = column.dictionary_arc();
                // The map of a dictionary that consecutive chunks share is kept between them.
                let mut known = encoder.take_map(dictionary);
                for code in occurring {
                    let value = code - FIRST_VALUE as usize;
                    if known[value] == UNMAPPED {
                        known[value] = encoder.code(dictionary.values().value(value));
                    }
                    map[code] = known[value];
                }
                encoder.dictionary = Some((dictionary.clone(), known));
            }
            (Self::Texts(encoder), Column::Text(column)) => {
                if let Some((_, suffixes)) = column.suffixes() {
                    for code in occurring {
                        map[code] = encoder.code(suffixes.value(code - FIRST_VALUE as usize));
                    }
                }
            }
            (Self::Documents(encoder), Column::Document(column)) => {
                if let Some(path) = column.path(encoder.keys) {
                    for (code, text) in (FIRST_VALUE as usize..).zip(path.texts()) {
                        // Texts of a path are in the order of its codes.
                        if occurs.get(code) == Some(&true) {
                            map[code] = encoder.scalar_code(&text);
                        }
                    }
                }
            }
            // The codes of the others do not depend on the chunk.
            _ => {}
        }
        map
    }
}

/// Returns whether two of the spellings of numbers have the same value. A group has the spelling of its first record,
/// which only the rows have in order; the codes of a column may be sorted.
fn has_respelt_numbers(spellings: &[&[u8]]) -> bool {
    // JSON has one spelling of each integer but zero without a fraction and an exponent.
    let is_plain = |text: &&[u8]| {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        digits.iter().all(u8::is_ascii_digit) && *text != b"-0"
    };
    if spellings.iter().all(is_plain) {
        return false;
    }
    let mut values = HashSet::new();
    spellings
        .iter()
        .filter_map(|spelling| Decimal::parse(spelling)?.canonical())
        .any(|canonical| !values.insert(canonical))
}

/// Rows without a value have the same codes in this crate and in `idq-columns`.
const _: () = assert!(NULL == 0 && MISSING == 1 && EMPTY == 2 && FIRST_VALUE == 3);
