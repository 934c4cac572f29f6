//! [`GroupGrid`]: the rows and columns of one or two keys, as tables and charts show them.

use std::collections::HashMap;

use idq_engine::Groups;

use super::axis::{EntryKind, Gaps, GridEntry, entries};
use super::text::{left_out_label, other_label};

/// The groups of one or two keys, arranged for people: gaps between dates are entries, and texts that are no values are
/// in parentheses.
///
/// The counts of all rows sum to the total of the groups, except for the records that a comparison has
/// [left out](Self::left_out).
#[derive(Debug)]
pub struct GroupGrid {
    rows: Vec<GridEntry>,
    columns: Vec<GridEntry>,
    /// The counts that are not 0, by the positions of both keys: two fields of many values have far more cells than
    /// groups.
    cells: HashMap<(usize, usize), u64>,
    /// The count of each position of the first key; the last one is that of other values.
    row_totals: Vec<u64>,
    /// The count of each position of the second key.
    column_totals: Vec<u64>,
    left_out: Option<String>,
}

impl GroupGrid {
    /// Arranges groups; `None` for three keys or more, which have no rows and columns.
    pub fn new(groups: &Groups) -> Option<Self> {
        let keys = groups.keys();
        if !(1..=2).contains(&keys.len()) {
            return None;
        }
        // The row after all positions has the values that are not among the top ones.
        let other = keys[0].position_count();
        let mut cells = HashMap::new();
        let mut row_totals = vec![0; other + 1];
        let kept = groups
            .iter()
            .map(|group| (group.positions[0] as usize, group));
        for (row, group) in kept.chain(groups.others().map(|group| (other, group))) {
            if let Some(&column) = group.positions.get(1) {
                *cells.entry((row, column as usize)).or_default() += group.count;
            }
            row_totals[row] += group.count;
        }
        let gaps = if groups.is_complete() {
            Gaps::Shown
        } else {
            Gaps::Hidden
        };
        let mut rows = entries(&keys[0], |position| row_totals[position] > 0, gaps);
        rows.extend(other_label(groups).map(|label| GridEntry {
            label,
            kind: EntryKind::Other(groups.other_values()),
            position: Some(other),
        }));
        let (mut columns, mut column_totals) = (Vec::new(), Vec::new());
        if let Some(key) = keys.get(1) {
            column_totals = groups.totals(1);
            columns = entries(key, |position| column_totals[position] > 0, gaps);
        }
        Some(Self {
            rows,
            columns,
            cells,
            row_totals,
            column_totals,
            left_out: left_out_label(groups),
        })
    }

    /// Returns the rows, the entries of the first key.
    pub fn rows(&self) -> &[GridEntry] {
        &self.rows
    }

    /// Returns the columns, the entries of the second key; none for one key.
    pub fn columns(&self) -> &[GridEntry] {
        &self.columns
    }

    /// Returns the number of records of a row.
    pub fn row_total(&self, row: &GridEntry) -> u64 {
        row.position.map_or(0, |position| self.row_totals[position])
    }

    /// Returns the number of records of a column.
    pub fn column_total(&self, column: &GridEntry) -> u64 {
        column
            .position
            .map_or(0, |position| self.column_totals[position])
    }

    /// Returns the number of records of a row and a column.
    pub fn count(&self, row: &GridEntry, column: &GridEntry) -> u64 {
        let cell = row.position.zip(column.position);
        cell.and_then(|cell| self.cells.get(&cell))
            .copied()
            .unwrap_or(0)
    }

    /// Returns the label of the groups that a comparison has left out; `None` if there are none.
    pub fn left_out(&self) -> Option<&str> {
        self.left_out.as_deref()
    }
}
