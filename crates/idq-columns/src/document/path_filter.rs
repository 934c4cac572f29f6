//! Filters on the values of one path: each distinct text is tested once, and its rows follow.

use std::cmp::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_buffer::{BooleanBuffer, Buffer};
use hashbrown::HashMap;

use super::path::{DocumentPath, DocumentValue};
use super::row_list::RowList;
use super::{ValueKind, is_terminator};
use crate::bitmap::BitmapBuilder;
use crate::kernels::filter_values;
use crate::{RowSet, compare_numbers};

/// Numbers of the paths that have been compared, by path: for each text the nearest `f64`; NaN for texts that are no
/// numbers. Built by the first comparison of a path.
#[derive(Debug, Default)]
pub(super) struct NumberIndex(Mutex<HashMap<usize, Arc<[f64]>>>);

/// Greatest number of ones that a byte can sum without overflow.
const MAX_BYTE_SUM: usize = u8::MAX as usize;

impl NumberIndex {
    /// Returns the numbers of a path, built by the first call.
    fn numbers(&self, path: &DocumentPath<'_>) -> Arc<[f64]> {
        // A panic of another holder leaves the map consistent: each change is one insertion.
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let numbers = numbers.entry(path.index()).or_insert_with(|| {
            let texts = path.texts();
            texts
                .map(|text| nearest(&text).unwrap_or(f64::NAN))
                .collect()
        });
        Arc::clone(numbers)
    }

    /// Returns the bytes of memory that the numbers take.
    pub(super) fn memory(&self) -> usize {
        let numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        numbers
            .values()
            .map(|numbers| size_of_val(&**numbers))
            .sum()
    }
}

/// Returns the `f64` nearest to a number; `None` for any other value.
fn nearest(value: &DocumentValue<'_>) -> Option<f64> {
    let text = std::str::from_utf8(value.original).ok();
    text.filter(|_| value.kind == ValueKind::Number)?
        .parse()
        .ok()
}

impl<'c> DocumentPath<'c> {
    /// Returns the rows with a value that passes a test. A text that recurs is tested once.
    pub fn rows_where(&self, test: impl Fn(&DocumentValue<'c>) -> bool) -> RowSet {
        self.rows_of(&self.texts_where(test))
    }

    /// Returns the texts that pass a test.
    pub fn texts_where(&self, test: impl Fn(&DocumentValue<'c>) -> bool) -> RowSet {
        self.texts().map(|text| test(&text)).collect()
    }

    /// Returns the texts that are numbers whose ordering relative to another one, in its JSON spelling, passes a test.
    ///
    /// Rounding keeps the order of numbers, so spellings are compared only where the nearest `f64` are equal.
    pub fn texts_compared(&self, number: &str, passes: impl Fn(Ordering) -> bool) -> RowSet {
        let compare = |text: &DocumentValue<'_>| {
            let is_number = text.kind == ValueKind::Number;
            let ordering = compare_numbers(text.original, number.as_bytes());
            is_number && ordering.is_some_and(&passes)
        };
        // A limit that Rust does not parse is compared by spelling with each text.
        let Some(limit) = number.parse::<f64>().ok().filter(|limit| !limit.is_nan()) else {
            return self.texts_where(compare);
        };
        let numbers = self.column().numbers.numbers(self);
        // Both verdicts are computed once, so the loop over the numbers has no branch.
        let [less, greater] = [Ordering::Less, Ordering::Greater].map(&passes);
        let mut passing = RowSet::collect_bool(numbers.len(), |text| {
            let number = numbers[text];
            (number < limit) & less | (number > limit) & greater
        });
        // NaN equals nothing, so values that are no numbers never pass.
        if numbers.contains(&limit) {
            let mut corrected = BitmapBuilder::from_bitmap(&passing);
            let texts = self.texts().zip(&*numbers).enumerate();
            for (position, (text, _)) in texts.filter(|(_, (_, number))| **number == limit) {
                if compare(&text) {
                    corrected.set(position);
                }
            }
            passing = corrected.finish();
        }
        passing
    }

    /// Returns the strings in whose casefolded text `find` finds something. `find` returns a position in the bytes that
    /// it is given, which may be many texts; a match never spans two.
    pub fn texts_containing(&self, find: impl Fn(&[u8]) -> Option<usize>) -> RowSet {
        let bytes = self.column().values.value(self.index());
        let mut passing = BitmapBuilder::zeros(count_terminators(bytes));
        // The number of texts before the position `from`, where a text begins.
        let (mut texts, mut from) = (0, 0);
        while let Some(found) = find(&bytes[from..]) {
            let at = from + found;
            texts += count_terminators(&bytes[from..at]);
            // A match may be anywhere in its text, whose terminator has its kind.
            let end = bytes[at..].iter().position(|&byte| is_terminator(byte));
            // A file that is damaged may lack the last terminator.
            let Some(end) = end.map(|length| at + length) else {
                break;
            };
            if ValueKind::from_terminator(bytes[end]) == ValueKind::String {
                passing.set(texts);
            }
            (texts, from) = (texts + 1, end + 1);
        }
        passing.finish()
    }

    /// Returns the values whose text is in a set, one bit for each value.
    pub(super) fn values_of(&self, texts: &RowSet) -> RowSet {
        // Without codes, each value has a text of its own.
        let Some(codes) = self.codes() else {
            return texts.clone();
        };
        // There are at most 256 codes, so a table replaces the bitmap's shifts.
        let mut is_wanted = [false; 256];
        for (is_wanted, passes) in is_wanted.iter_mut().zip(texts) {
            *is_wanted = passes;
        }
        filter_values(codes, None, |code| is_wanted[usize::from(code)])
    }

    /// Returns the rows with a value whose text is in a set.
    pub fn rows_of(&self, passing: &RowSet) -> RowSet {
        let row_count = self.column().len();
        // Without a passing text, the rows need not be read.
        if passing.count_set_bits() == 0 {
            return RowSet::new_unset(row_count);
        }
        // The representation of the rows decides: a bitmap, with or without codes, or lists of any other form.
        match (self.rows(), self.codes()) {
            (RowList::Bits(rows), Some(codes)) => rows_of_codes(&rows, codes, passing),
            (RowList::Bits(rows), None) => rows_of_bits(&rows, passing),
            _ => {
                let mut rows = BitmapBuilder::zeros(row_count);
                for (row, text) in self.occurrences() {
                    if text < passing.len() && passing.value(text) {
                        rows.set(row);
                    }
                }
                rows.finish()
            }
        }
    }
}

/// Returns the number of terminators among bytes.
fn count_terminators(bytes: &[u8]) -> usize {
    let blocks = bytes.chunks(MAX_BYTE_SUM);
    let sums = blocks.map(|block| {
        // A sum of bytes is vectorised; the blocks are short enough for it not to overflow.
        let ones = block.iter().map(|&byte| u8::from(is_terminator(byte)));
        usize::from(ones.sum::<u8>())
    });
    sums.sum()
}

/// Returns the rows, among those of a bitmap, whose code passes; `codes` has one for each of them, in order. No branch
/// depends on a code.
fn rows_of_codes(rows: &RowSet, codes: &[u8], passing: &RowSet) -> RowSet {
    let mut is_wanted = [0u64; 256];
    for (is_wanted, passes) in is_wanted.iter_mut().zip(passing) {
        *is_wanted = u64::from(passes);
    }
    let mut codes = codes.iter();
    map_words(rows, |mut word| {
        let mut selected = 0;
        while word != 0 {
            // `word & (word - 1)` clears the lowest bit.
            let bit = word.trailing_zeros();
            // A damaged file may have fewer codes.
            let wanted = codes.next().map_or(0, |&code| is_wanted[usize::from(code)]);
            selected |= wanted << bit;
            word &= word - 1;
        }
        selected
    })
}

/// Returns the rows, among those of a bitmap, whose bit is set; `passing` has a bit for each of them, in order.
fn rows_of_bits(rows: &RowSet, passing: &RowSet) -> RowSet {
    let mut position = 0;
    map_words(rows, |mut word| {
        let count = word.count_ones() as usize;
        // A damaged file may have fewer texts.
        let count_present = count.min(passing.len().saturating_sub(position));
        let bits = passing.slice(position.min(passing.len()), count_present);
        let mut bits = bits.bit_chunks().iter_padded().next().unwrap_or_default();
        position += count;
        // Deposits the bits at the set positions of the word (`PDEP`), without an instruction that not every machine
        // has.
        let mut selected = 0;
        while bits != 0 && word != 0 {
            selected |= (bits & 1) * (word & word.wrapping_neg());
            bits >>= 1;
            word &= word - 1;
        }
        selected
    })
}

/// Maps the words of a bitmap.
fn map_words(rows: &RowSet, map: impl FnMut(u64) -> u64) -> RowSet {
    let chunks = rows.bit_chunks();
    // The last word is padded with zeros, so no row beyond the end is set.
    let words = chunks.iter_padded().take(rows.len().div_ceil(64)).map(map);
    let words: Vec<u64> = words.map(u64::to_le).collect();
    BooleanBuffer::new(Buffer::from_vec(words), 0, rows.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DocumentBuilder, DocumentColumn, ValueState};

    /// Builds documents with one path, `a`, in two of three rows.
    fn column(values: &[(ValueKind, String)]) -> DocumentColumn {
        let mut builder = DocumentBuilder::new();
        let path = builder.enter(DocumentBuilder::ROOT, "a");
        for (row, (kind, text)) in values.iter().enumerate() {
            if row % 3 > 0 {
                builder.add(path, *kind, text, &[]);
            }
            builder.end_row(ValueState::Present);
        }
        builder.finish()
    }

    /// Returns the rows of a column that pass a test of single values.
    fn expected(column: &DocumentColumn, test: impl Fn(&DocumentValue<'_>) -> bool) -> Vec<usize> {
        let path = column.path(&["a"]).expect("a path");
        let texts: Vec<_> = path.texts().collect();
        let passing = path.occurrences().filter(|(_, text)| test(&texts[*text]));
        passing.map(|(row, _)| row).collect()
    }

    #[test]
    fn filters_of_encoded_and_plain_texts_equal_a_test_of_each_value() {
        for distinct in [5, 1_000] {
            let value = |row: usize| match row % 11 {
                0 => (ValueKind::Null, String::new()),
                1 => (ValueKind::String, format!("{}", row % distinct)),
                2 => (ValueKind::Number, "90.50".to_owned()),
                3 => (ValueKind::Number, "9.05e1".to_owned()),
                4 => (ValueKind::Number, "90.500000000000000001".to_owned()),
                5..8 => (ValueKind::Number, format!("{}", row % distinct)),
                8 => (ValueKind::Boolean, "true".to_owned()),
                _ => (
                    ValueKind::String,
                    format!("Senior Engineer {}", row % distinct),
                ),
            };
            let column = column(&(0..3_000).map(value).collect::<Vec<_>>());
            let path = column.path(&["a"]).expect("a path");
            type Test = fn(Ordering) -> bool;
            let tests: [Test; 5] = [
                Ordering::is_lt,
                Ordering::is_le,
                Ordering::is_eq,
                Ordering::is_ge,
                Ordering::is_gt,
            ];
            for number in ["90.5", "3", "-1e400", "1e400", "90.500000000000000001"] {
                for test in tests {
                    let rows = path.rows_of(&path.texts_compared(number, test));
                    let wanted = expected(&column, |value| {
                        let ordering = compare_numbers(value.original, number.as_bytes());
                        value.kind == ValueKind::Number && ordering.is_some_and(test)
                    });
                    assert_eq!(rows.set_indices().collect::<Vec<_>>(), wanted, "{number}");
                }
            }
            for needle in ["engineer", "1", "9", "engineer 4", "true", "absent"] {
                let finder = memchr::memmem::Finder::new(needle);
                let rows = path.rows_of(&path.texts_containing(|bytes| finder.find(bytes)));
                let wanted = expected(&column, |value| {
                    value.kind == ValueKind::String && finder.find(value.folded).is_some()
                });
                assert_eq!(rows.set_indices().collect::<Vec<_>>(), wanted, "{needle}");
            }
            assert!(column.numbers.memory() > 0);
        }
    }
}
