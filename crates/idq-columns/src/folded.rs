use arrow_array::{Array, StringArray};

use crate::fold::{fold_into, is_folded};
use crate::strings::Strings;
use crate::text::TextColumn;

/// The folded forms of the rows that folding changes.
#[derive(Debug)]
pub(crate) struct Folded {
    /// For each row its position in `values`, or `UNCHANGED`; empty when no row changes.
    positions: Vec<u32>,
    /// The rows that change, ascending.
    pub(crate) rows: Vec<u32>,
    /// Their folded forms.
    pub(crate) values: StringArray,
}

const UNCHANGED: u32 = u32::MAX;

impl Folded {
    pub(crate) fn of(column: &TextColumn) -> Self {
        let mut rows: Vec<u32> = Vec::new();
        let mut values = Strings::default();
        let count = column.presence().rows();
        let mut text = Vec::new();
        for row in 0..count {
            let is_plain = column
                .halves(row)
                .is_none_or(|halves| halves.into_iter().all(is_folded));
            if !is_plain && column.write(row, &mut text) {
                rows.push(row as u32);
                // Folding writes whole characters, as the halves are whole.
                let text = std::str::from_utf8(&text).unwrap_or_default();
                values.push_with(|out| fold_into(text, out));
            }
        }
        let mut positions = Vec::new();
        if !rows.is_empty() {
            positions.resize(count, UNCHANGED);
            for (position, &row) in (0..).zip(&rows) {
                positions[row as usize] = position;
            }
        }
        Self {
            positions,
            rows,
            values: values.finish(None),
        }
    }

    /// The folded form of a row, if folding changes it.
    pub(crate) fn value(&self, row: usize) -> Option<&str> {
        match self.positions.get(row) {
            None | Some(&UNCHANGED) => None,
            Some(&position) => Some(self.values.value(position as usize)),
        }
    }

    pub(crate) fn memory(&self) -> usize {
        self.values.get_buffer_memory_size() + 4 * (self.rows.len() + self.positions.len())
    }
}
