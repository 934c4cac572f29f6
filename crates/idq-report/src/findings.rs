//! The records of findings, which are read when they are printed.

use idq::json::{Cells, SpelledCell};
use idq::{RowId, Snapshot, cells_of_names};
use idq_compare::MatchSide;

use crate::error::Error;

/// The records of one kind of findings, in order.
#[derive(Debug)]
pub struct Findings<'e> {
    /// The names of the columns. If findings are groups of records, the first one is the number of the group.
    pub columns: Vec<String>,
    rows: Vec<FindingRow>,
    sides: Vec<FindingSide<'e>>,
    /// For each column, its side and its position among the columns of that side; without the number of the group.
    positions: Vec<(usize, usize)>,
    has_group: bool,
}

/// One line of findings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FindingRow {
    /// The number of the group.
    pub(crate) group: u64,
    /// The row of each side.
    pub(crate) rows: [Option<RowId>; 2],
}

/// The records of one side.
#[derive(Debug)]
struct FindingSide<'e> {
    snapshot: &'e Snapshot,
    cells: Cells,
}

impl<'e> Findings<'e> {
    /// Creates the findings of one snapshot.
    pub(crate) fn of_snapshot(
        snapshot: &'e Snapshot,
        columns: &[String],
        rows: Vec<FindingRow>,
        has_group: bool,
    ) -> Self {
        Self {
            positions: (0..columns.len()).map(|position| (0, position)).collect(),
            sides: vec![FindingSide {
                snapshot,
                cells: cells_of_names(columns),
            }],
            columns: with_group(columns, has_group),
            rows,
            has_group,
        }
    }

    /// Creates the findings of two snapshots.
    pub(crate) fn of_pair(
        snapshots: [&'e Snapshot; 2],
        columns: &[(MatchSide, String)],
        rows: Vec<FindingRow>,
    ) -> Self {
        let mut names: [Vec<&String>; 2] = [Vec::new(), Vec::new()];
        let positions = columns.iter().map(|(side, name)| {
            let names = &mut names[*side as usize];
            names.push(name);
            (*side as usize, names.len() - 1)
        });
        let positions = positions.collect();
        let sides = snapshots.into_iter().zip(&names);
        let headings: Vec<String> = columns
            .iter()
            .map(|(side, name)| format!("{}.{name}", side.name()))
            .collect();
        Self {
            positions,
            sides: sides
                .map(|(snapshot, names)| FindingSide {
                    snapshot,
                    cells: cells_of_names(names),
                })
                .collect(),
            columns: with_group(&headings, true),
            rows,
            has_group: true,
        }
    }

    /// Reads the records of each side from a copy, such as a masked one, whose rows are those of its snapshot.
    pub fn show(&mut self, copies: &[&'e Snapshot]) {
        for (side, copy) in self.sides.iter_mut().zip(copies) {
            side.snapshot = copy;
        }
    }

    /// Returns whether findings are groups of records.
    pub fn has_group(&self) -> bool {
        self.has_group
    }

    /// Returns the number of lines.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Calls `visit` with the number of the group, if findings are groups, and the values of the other columns of each of
    /// the first `limit` lines.
    ///
    /// # Errors
    /// A record that cannot be read, because its source has changed or is damaged; the first error of `visit`.
    pub fn for_each(
        &self,
        limit: usize,
        mut visit: impl FnMut(Option<u64>, &[SpelledCell<'_>]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut readers: Vec<_> = self
            .sides
            .iter()
            .map(|side| side.snapshot.reader())
            .collect();
        for line in self.rows.iter().take(limit) {
            let mut values: Vec<Vec<SpelledCell<'_>>> = Vec::with_capacity(self.sides.len());
            for ((side, reader), row) in self.sides.iter().zip(&mut readers).zip(line.rows) {
                values.push(match row {
                    Some(row) => side.cells.read_valid(side.snapshot.record(row, reader)?)?,
                    None => Vec::new(),
                });
            }
            let cells = self.positions.iter().map(|&(side, position)| {
                let cell = values[side].get(position).copied();
                cell.unwrap_or(SpelledCell::MISSING)
            });
            let group = self.has_group.then_some(line.group);
            visit(group, &cells.collect::<Vec<_>>())?;
        }
        Ok(())
    }
}

/// Returns the columns, after that of the group if there are groups.
fn with_group(columns: &[String], has_group: bool) -> Vec<String> {
    let group = has_group.then(|| "group".to_owned());
    group.into_iter().chain(columns.iter().cloned()).collect()
}
