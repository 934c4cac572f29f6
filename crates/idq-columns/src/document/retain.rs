//! Removal of rows from a document column.

use arrow_buffer::NullBuffer;

use super::path_arrays::{PathArrays, PathParts};
use super::{DocumentColumn, DocumentPath};
use crate::RowSet;

impl DocumentColumn {
    /// Returns the documents of the rows in a set, numbered from 0.
    ///
    /// Dictionaries keep texts that no remaining row has: no value refers to such a text.
    pub fn retain(&self, kept: &RowSet) -> Self {
        let mut rows = 0;
        let new_rows: Vec<Option<u32>> = kept
            .iter()
            .map(|is_kept| {
                let row = is_kept.then_some(rows);
                rows += u32::from(is_kept);
                row
            })
            .collect();
        let rows = rows as usize;
        let mut arrays = PathArrays::new();
        for path in self.paths() {
            retain_path(&path, &new_rows, rows, &mut arrays);
        }
        let bits =
            |bits: &RowSet| -> RowSet { kept.set_indices().map(|row| bits.value(row)).collect() };
        let nulls = self
            .nulls
            .as_ref()
            .map(|nulls| NullBuffer::new(bits(nulls.inner())));
        arrays.finish(rows, nulls, self.missing.as_ref().map(bits))
    }
}

/// Adds the values of the remaining rows of a path.
fn retain_path(
    path: &DocumentPath<'_>,
    new_rows: &[Option<u32>],
    rows: usize,
    arrays: &mut PathArrays,
) {
    let column = path.column();
    // The position of each remaining value among all values of the path, and its new row.
    let kept: Vec<(usize, u32)> = path
        .rows()
        .into_iter()
        .enumerate()
        .filter_map(|(position, row)| Some((position, new_rows[row]?)))
        .collect();
    let mut texts = Vec::new();
    let codes: Option<Vec<u8>> = path.codes().map(|codes| {
        let code = |&(position, _): &(usize, u32)| codes.get(position).copied().unwrap_or_default();
        kept.iter().map(code).collect()
    });
    let mut wanted = kept.iter().map(|(position, _)| *position).peekable();
    for (position, text) in path.texts().enumerate() {
        if codes.is_some() || wanted.next_if_eq(&position).is_some() {
            texts.extend_from_slice(text.original);
            texts.push(text.kind.terminator());
        }
    }
    let mut element_numbers = Vec::new();
    let levels = column.levels.value(path.index());
    if !levels.is_empty() {
        let positions = kept.iter().map(|(position, _)| *position);
        (path.element_numbers()).encode_kept(positions, &mut element_numbers);
    }
    let rows_of_values: Vec<u32> = kept.iter().map(|(_, row)| *row).collect();
    let parts = PathParts {
        parent: column.parent(path.index()) as u32,
        key: column.keys.value(path.index()),
        texts: &texts,
        codes: codes.as_deref(),
        rows: &rows_of_values,
        levels,
        element_numbers: &element_numbers,
    };
    arrays.push(parts, rows);
}
