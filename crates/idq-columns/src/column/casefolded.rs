//! The casefolded forms of a text column, materialised for the rows that case folding changes.
//!
//! A case-insensitive search then reads the stored strings and the forms of the changed rows, at the speed of an exact
//! search.

use arrow_array::{Array, StringArray};

use crate::RowSet;
use crate::bitmap::BitmapBuilder;
use crate::casefold::{BLOCK_BYTES, any_may_change, casefold_into, is_casefolded, may_change};
use crate::column::text::{Encoding, TextColumn};
use crate::encoding::code_set::CodeSet;
use crate::encoding::strings::{StringArena, array_memory};
use crate::kernels::row_of_byte;

/// The casefolded forms of a column's strings.
#[derive(Debug)]
pub(crate) enum Casefolded {
    /// Case folding changes no row.
    Unchanged,
    /// Case folding changes few rows, whose forms are stored.
    Sparse {
        /// For each row the position of its form in `values`, or [`UNCHANGED`].
        positions: Vec<u32>,
        /// The rows that change, ascending.
        rows: Vec<u32>,
        values: StringArray,
    },
    /// Case folding changes many rows: the forms of all rows are stored.
    All(StringArray),
}

/// The position of a row whose string is its own casefolded form.
const UNCHANGED: u32 = u32::MAX;

/// If more than one row in this number changes, the forms of all rows are stored, so that a search reads one buffer.
const MAX_ROWS_PER_CHANGE: usize = 8;

/// The number of rows, at equal distances, of the sample that estimates whether many rows change.
const SAMPLE_ROWS: usize = 128;

impl Casefolded {
    /// Casefolds the strings of a column.
    pub(crate) fn new(column: &TextColumn) -> Self {
        let plain = match &column.encoding {
            Encoding::Plain(values) => Some(values),
            _ => None,
        };
        if let Some(values) = plain.filter(|values| many_change_in_sample(values))
            && let Some(folded) = casefold_in_place(values)
        {
            return Self::All(folded);
        }
        let changed = changed_rows(column);
        let rows = changed.len();
        match changed.count_set_bits() {
            0 => Self::Unchanged,
            count if count * MAX_ROWS_PER_CHANGE > rows => {
                let in_place = plain.and_then(casefold_in_place);
                Self::All(in_place.unwrap_or_else(|| casefold_rows(column, 0..rows)))
            }
            _ => {
                let mut positions = vec![UNCHANGED; rows];
                let rows: Vec<u32> = changed.set_indices().map(|row| row as u32).collect();
                for (position, &row) in (0..).zip(&rows) {
                    positions[row as usize] = position;
                }
                let values = casefold_rows(column, changed.set_indices());
                Self::Sparse {
                    positions,
                    rows,
                    values,
                }
            }
        }
    }

    /// Returns the stored form of a row; without one, the row's own string is its form, if the row has a string.
    pub(crate) fn value(&self, row: usize) -> Option<&str> {
        match self {
            Self::Unchanged => None,
            Self::Sparse {
                positions, values, ..
            } => (positions[row] != UNCHANGED).then(|| values.value(positions[row] as usize)),
            Self::All(values) => Some(values.value(row)),
        }
    }

    /// Returns the bytes of memory taken.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Self::Unchanged => 0,
            Self::Sparse {
                positions,
                rows,
                values,
            } => array_memory(values) + 4 * (rows.len() + positions.len()),
            Self::All(values) => array_memory(values),
        }
    }
}

/// Casefolds the strings of some rows, one by one.
fn casefold_rows(column: &TextColumn, rows: impl Iterator<Item = usize>) -> StringArray {
    let mut values = StringArena::default();
    let mut text = Vec::new();
    for row in rows {
        column.write(row, &mut text);
        // The string of a row consists of whole characters.
        let text = std::str::from_utf8(&text).unwrap_or_default();
        values.push_with(|out| casefold_into(text, out));
    }
    values.finish(None)
}

/// Estimates by a sample whether case folding changes many strings.
fn many_change_in_sample(values: &StringArray) -> bool {
    let step = values.len().div_ceil(SAMPLE_ROWS).max(1);
    let rows = (0..values.len()).step_by(step);
    let count = rows.len();
    let changed = rows.filter(|&row| !is_casefolded(values.value(row)));
    changed.count() * MAX_ROWS_PER_CHANGE > count
}

/// Casefolds a copy of the whole buffer in place.
///
/// Returns `None` if the length of a string changes, as few do (`İ`, `ẞ`), because the offsets would have to change as
/// well. The ASCII letters of all rows are lowercased in one vectorised pass; rows beyond ASCII are folded one by one.
fn casefold_in_place(values: &StringArray) -> Option<StringArray> {
    let mut bytes = values.value_data().to_vec();
    bytes.make_ascii_lowercase();
    let mut folded = Vec::new();
    let mut keep_lengths = true;
    for_each_row_with(values, next_beyond_ascii, |row, _| {
        let offsets = values.value_offsets();
        let range = offsets[row] as usize..offsets[row + 1] as usize;
        folded.clear();
        casefold_into(values.value(row), &mut folded);
        match bytes.get_mut(range) {
            Some(target) if target.len() == folded.len() => target.copy_from_slice(&folded),
            _ => keep_lengths = false,
        }
    });
    // Every row keeps its length, so the offsets are still character boundaries.
    keep_lengths.then(|| StringArray::try_new(values.offsets().clone(), bytes.into(), None).ok())?
}

/// Returns the position of the first byte at or after `from` that is not ASCII.
fn next_beyond_ascii(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    let (blocks, _) = rest.as_chunks::<64>();
    let skipped = 64 * blocks.iter().take_while(|block| block.is_ascii()).count();
    let position = rest[skipped..].iter().position(|byte| !byte.is_ascii())?;
    Some(from + skipped + position)
}

/// Returns the rows whose string case folding changes.
fn changed_rows(column: &TextColumn) -> RowSet {
    let mut rows = BitmapBuilder::zeros(column.rows());
    let mut check = |row: usize, byte: u8| {
        // A capital letter always changes. Text beyond ASCII is tested. Rows without a string have unspecified bytes,
        // which do not count.
        let changes = column.foldable_parts(row).is_some_and(|parts| {
            byte.is_ascii_uppercase() || !parts.into_iter().all(is_casefolded)
        });
        if changes {
            rows.set(row);
        }
    };
    match &column.encoding {
        Encoding::Uuids(_) => {}
        Encoding::Plain(values) => for_each_row_with(values, next_foldable, check),
        Encoding::Affix(encoded) => {
            for_each_row_with(&encoded.stems, next_foldable, &mut check);
            let affixes = encoded.affixes.iter().flatten();
            let changed = CodeSet::new(affixes.map(|affix| !is_casefolded(affix)).collect());
            let changed = encoded.codes.filter_codes(&changed, None);
            for row in changed.set_indices().filter(|&row| column.is_valid(row)) {
                rows.set(row);
            }
        }
    }
    rows.finish()
}

/// Calls `visit` with each row that has a byte that `next` finds, and the first such byte.
///
/// All rows are scanned as one text, because most rows have no such byte.
fn for_each_row_with(
    values: &StringArray,
    next: impl Fn(&[u8], usize) -> Option<usize>,
    mut visit: impl FnMut(usize, u8),
) {
    let (bytes, offsets) = (values.value_data(), values.value_offsets());
    let (mut row, mut position) = (0, 0);
    while let Some(found) = next(bytes, position) {
        row = row_of_byte(offsets, row, found);
        visit(row, bytes[found]);
        position = offsets[row + 1] as usize;
    }
}

/// Returns the position of the first byte at or after `from` that case folding may change.
fn next_foldable(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = &bytes[from..];
    let (blocks, _) = rest.as_chunks::<BLOCK_BYTES>();
    let plain_blocks = blocks.iter().take_while(|block| !any_may_change(*block));
    let skipped = BLOCK_BYTES * plain_blocks.count();
    let position = rest[skipped..].iter().position(|&byte| may_change(byte))?;
    Some(from + skipped + position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casefold_in_place_of_strings_that_keep_their_length_equals_casefold() {
        for (texts, is_possible) in [
            (&["", "ABC", "Ärger", "ΟΔΟΣ", "plain"][..], true),
            (&["ÄÖÜ", "", "ÉCOLE"][..], true),
            // Their forms are longer or shorter.
            (&["A", "İstanbul"][..], false),
            (&["STRAẞE"][..], false),
        ] {
            let values = StringArray::from_iter_values(texts.iter());
            let folded = casefold_in_place(&values);
            assert_eq!(folded.is_some(), is_possible, "{texts:?}");
            for (row, text) in texts.iter().enumerate() {
                let expected = crate::casefold(text);
                assert!(folded.as_ref().is_none_or(|all| all.value(row) == expected));
            }
        }
        let long = format!("{}É{}", "x".repeat(200), "Y".repeat(200));
        let values = StringArray::from_iter_values([&long, &long]);
        let folded = casefold_in_place(&values).unwrap();
        assert_eq!(folded.value(1), crate::casefold(&long));
    }

    #[test]
    fn next_foldable_at_any_position_is_found() {
        for length in [0, 1, 31, 32, 33, 100] {
            let plain = vec![b'a'; length];
            assert_eq!(next_foldable(&plain, 0), None);
            for at in 0..length {
                for capital in [b'A', b'Z', 0xC3] {
                    let mut bytes = plain.clone();
                    bytes[at] = capital;
                    assert_eq!(next_foldable(&bytes, 0), Some(at));
                    assert_eq!(next_foldable(&bytes, at), Some(at));
                    assert_eq!(next_foldable(&bytes, at + 1), None);
                }
            }
        }
    }
}
