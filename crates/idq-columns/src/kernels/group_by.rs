//! Group-by: the number of rows by value, by one pass over dictionary codes or by hashing.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::Array;
use hashbrown::HashMap;

use crate::encoding::codes::Codes;
use crate::validity::{StateCounts, Validity};
use crate::{Column, Dictionary, KeywordColumn, RowSet};

/// Numbers of rows by value: the result of [`group_by`].
///
/// A field has values of one type, so one of the three groups is filled. Documents are counted by state alone.
#[derive(Debug, Clone, Default)]
pub struct ValueCounts<'c> {
    /// Rows by string.
    pub texts: HashMap<Cow<'c, str>, u64>,
    /// Rows by instant, in microseconds since the epoch.
    pub instants: HashMap<i64, u64>,
    /// Rows with false, and rows with true.
    pub booleans: [u64; 2],
    /// Rows by state; `present` is the sum of all groups.
    pub states: StateCounts,
}

impl ValueCounts<'_> {
    /// Returns the number of distinct values.
    pub fn distinct(&self) -> u64 {
        let booleans = self.booleans.iter().filter(|count| **count > 0).count();
        (self.texts.len() + self.instants.len() + booleans) as u64
    }

    /// Returns the number of rows without a value: null or missing.
    pub fn absent(&self) -> u64 {
        self.states.null + self.states.missing
    }
}

/// Counts the selected rows of the columns of one field, chunk by chunk, by their values; without a selection, all rows
/// of the chunk.
///
/// Dictionary-encoded rows cost an increment each, and a hash for each distinct value of a dictionary; consecutive
/// chunks that share a dictionary are counted together. Other strings and instants cost a hash a row.
///
/// ```
/// use idq_columns::{Column, KeywordBuilder, kernels::group_by};
///
/// let mut builder = KeywordBuilder::new();
/// ["active", "staged", "active"].map(|state| builder.push(state));
/// builder.push_null();
/// let column = Column::Keyword(builder.finish());
/// let groups = group_by([(&column, None)]);
/// assert_eq!(groups.texts["active"], 2);
/// assert_eq!((groups.distinct(), groups.absent()), (2, 1));
/// ```
pub fn group_by<'c, 's>(
    chunks: impl IntoIterator<Item = (&'c Column, Option<&'s RowSet>)>,
) -> ValueCounts<'c> {
    let mut groups = ValueCounts::default();
    let chunks: Vec<_> = chunks.into_iter().collect();
    for_each_code_count(chunks.iter().copied(), |text, rows| {
        *groups.texts.entry(Cow::Borrowed(text)).or_default() += rows;
    });
    for (column, selection) in chunks {
        groups.states += column.validity().count(selection);
        let rows = valid_selected(column.validity(), selection);
        match column {
            Column::Text(column) => {
                for_each_row(column.rows(), rows.as_ref(), |row| {
                    if let Some(text) = column.value(row) {
                        *groups.texts.entry(text).or_default() += 1;
                    }
                });
            }
            Column::Timestamp(column) => {
                for_each_row(column.validity().rows(), rows.as_ref(), |row| {
                    if let Some(instant) = column.value(row) {
                        *groups.instants.entry(instant).or_default() += 1;
                    }
                });
            }
            Column::Boolean(column) => {
                let values = column.values.values();
                let (all, set) = match &rows {
                    Some(rows) => (rows.count_set_bits(), (values & rows).count_set_bits()),
                    None => (values.len(), values.count_set_bits()),
                };
                groups.booleans[0] += (all - set) as u64;
                groups.booleans[1] += set as u64;
            }
            Column::Keyword(_) | Column::Document(_) => {}
        }
    }
    groups
}

/// Calls `visit` with each dictionary-encoded text of the selected rows and its number of rows, once for each text of a
/// dictionary that consecutive chunks share.
pub(super) fn for_each_code_count<'c, 's>(
    chunks: impl Iterator<Item = (&'c Column, Option<&'s RowSet>)>,
    mut visit: impl FnMut(&'c str, u64),
) {
    let mut by_code: Option<CodeCounts<'c>> = None;
    for (column, selection) in chunks {
        let Column::Keyword(column) = column else {
            continue;
        };
        let rows = valid_selected(column.validity(), selection);
        let counts = match by_code.take() {
            Some(counts) if Arc::ptr_eq(counts.dictionary, column.dictionary_arc()) => counts,
            other => {
                other
                    .into_iter()
                    .for_each(|counts| counts.flush(&mut visit));
                CodeCounts::new(column)
            }
        };
        let counts = by_code.insert(counts);
        count_codes(column.codes(), rows.as_ref(), &mut counts.rows);
    }
    if let Some(counts) = by_code {
        counts.flush(&mut visit);
    }
}

/// The number of rows by code of one dictionary.
struct CodeCounts<'c> {
    dictionary: &'c Arc<Dictionary>,
    rows: Vec<u64>,
}

impl<'c> CodeCounts<'c> {
    /// Creates counts of 0 for the dictionary of a column.
    fn new(column: &'c KeywordColumn) -> Self {
        let dictionary = column.dictionary_arc();
        Self {
            dictionary,
            rows: vec![0; dictionary.values().len()],
        }
    }

    /// Calls `visit` with each text whose code occurs.
    fn flush(self, visit: &mut impl FnMut(&'c str, u64)) {
        let values = self.dictionary.values();
        for (code, rows) in self.rows.into_iter().enumerate() {
            if rows > 0 {
                visit(values.value(code), rows);
            }
        }
    }
}

/// Adds the number of rows by code; without a bitmap, of all rows.
fn count_codes(codes: &Codes, rows: Option<&RowSet>, counts: &mut [u64]) {
    match codes {
        Codes::U8(codes) => count_values(codes, rows, counts, usize::from),
        Codes::U16(codes) => count_values(codes, rows, counts, usize::from),
        Codes::U32(codes) => count_values(codes, rows, counts, |code| code as usize),
    }
}

/// Adds the number of rows by code, for one width of codes.
fn count_values<T: Copy>(
    codes: &[T],
    rows: Option<&RowSet>,
    counts: &mut [u64],
    position: impl Fn(T) -> usize,
) {
    for_each_row(codes.len(), rows, |row| counts[position(codes[row])] += 1);
}

/// Returns the selected rows that hold a value; `None` if these are all rows.
pub(super) fn valid_selected(validity: Validity<'_>, selection: Option<&RowSet>) -> Option<RowSet> {
    match (validity.validity_bitmap(), selection) {
        (None, selection) => selection.cloned(),
        (Some(valid), None) => Some(valid.clone()),
        (Some(valid), Some(selection)) => Some(valid & selection),
    }
}

/// Calls `visit` with each row of a set; without a set, with all `count` rows.
pub(super) fn for_each_row(count: usize, rows: Option<&RowSet>, visit: impl FnMut(usize)) {
    match rows {
        Some(rows) => rows.set_indices().for_each(visit),
        None => (0..count).for_each(visit),
    }
}
