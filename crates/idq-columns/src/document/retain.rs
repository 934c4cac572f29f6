//! Removal of rows from a document column.

use arrow_buffer::{NullBuffer, ScalarBuffer};

use super::path_values::RowList;
use super::{DocumentColumn, PathRows, TERMINATOR, split_texts};
use crate::RowSet;
use crate::encoding::strings::StringArena;

impl DocumentColumn {
    /// Returns the documents of the rows in a set, numbered from 0.
    ///
    /// Dictionaries keep texts that no remaining row has: a search that finds such a text finds no row.
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
        let mut values = StringArena::default();
        let mut paths = Vec::with_capacity(self.paths.len());
        for (index, path) in self.paths.iter().enumerate() {
            let texts = self.values.value(index);
            values.push_with(|out| {
                paths.push(match &path.codes {
                    Some(codes) => {
                        out.extend_from_slice(texts);
                        retain_codes(path, codes, &new_rows, rows)
                    }
                    None => retain_texts(path, texts, &new_rows, rows, out),
                });
            });
        }
        let bits =
            |bits: &RowSet| -> RowSet { kept.set_indices().map(|row| bits.value(row)).collect() };
        Self {
            keys: self.keys.clone(),
            values: values.finish_binary(),
            paths,
            rows,
            nulls: self
                .nulls
                .as_ref()
                .map(|nulls| NullBuffer::new(bits(nulls.inner()))),
            missing: self.missing.as_ref().map(bits),
        }
    }
}

/// Retains the rows of a path with a dictionary, and their codes.
fn retain_codes(path: &PathRows, codes: &[u8], new_rows: &[Option<u32>], rows: usize) -> PathRows {
    let of_kept = path.rows.iter().zip(codes);
    let of_kept = of_kept.filter_map(|(old, &code)| Some((new_rows[old]?, code)));
    let (list, codes): (Vec<u32>, Vec<u8>) = of_kept.unzip();
    PathRows {
        parent: path.parent,
        rows: RowList::new(list, rows),
        codes: Some(ScalarBuffer::from(codes)),
    }
}

/// Retains the rows of a path without a dictionary, and appends their texts.
fn retain_texts(
    path: &PathRows,
    texts: &[u8],
    new_rows: &[Option<u32>],
    rows: usize,
    out: &mut Vec<u8>,
) -> PathRows {
    let mut list = Vec::new();
    for (old, text) in path.rows.iter().zip(split_texts(texts)) {
        if let Some(row) = new_rows[old] {
            list.push(row);
            out.extend_from_slice(text);
            out.push(TERMINATOR);
        }
    }
    PathRows {
        parent: path.parent,
        rows: RowList::new(list, rows),
        codes: None,
    }
}
