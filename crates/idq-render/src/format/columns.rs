//! The columns of CSV and tables: a selection of values by path.

use std::borrow::Cow;

use idq_json::{Cell, Cells, Scalar};
use idq_snapshot::cells_of;

/// The columns of a table or CSV file. Each one is a value in a record, named as for [`cells_of`].
///
/// A column may occur twice.
#[derive(Debug, Clone)]
pub struct ColumnSet {
    names: Vec<String>,
    /// The reader of the distinct paths, so that a repeated column is read once.
    cells: Cells,
    /// For each column, the index of its cell; the identity unless a name is repeated.
    cell_indexes: Vec<usize>,
}

impl Default for ColumnSet {
    /// Returns a set without columns.
    fn default() -> Self {
        Self::new::<String>([])
    }
}

impl ColumnSet {
    /// Returns the columns of these names (`timestamp.created_at`), in this order.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut distinct: Vec<&str> = Vec::new();
        let mut cell_indexes = Vec::with_capacity(names.len());
        for name in &names {
            let known = distinct.iter().position(|other| other == name);
            cell_indexes.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                distinct.push(name);
            }
        }
        let cells = cells_of(distinct);
        Self {
            names,
            cells,
            cell_indexes,
        }
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Reads the cells of a record, one for each column.
    ///
    /// # Errors
    /// The record is not valid JSON.
    pub fn read<'a>(&self, record: &'a [u8]) -> Result<Vec<Cell<'a>>, idq_json::Error> {
        let cells = self.cells.read(record)?;
        if cells.len() == self.cell_indexes.len() {
            return Ok(cells);
        }
        let indexes = self.cell_indexes.iter();
        Ok(indexes.map(|&index| cells[index]).collect())
    }

    /// Reads the cells of a record that a load has validated, one for each column, several times as fast as
    /// [`read`](Self::read).
    ///
    /// # Errors
    /// Some records that are not valid JSON.
    pub(crate) fn read_valid<'a>(
        &self,
        record: &'a [u8],
    ) -> Result<Vec<Cell<'a>>, idq_json::Error> {
        let cells = self.cells.read_valid(record)?;
        let indexes = self.cell_indexes.iter();
        Ok(indexes.map(|&index| cells[index].cell).collect())
    }
}

/// Formats a cell: objects and arrays as compact JSON, null and missing values as the empty text. Line breaks in a
/// string are kept.
pub(crate) fn cell_text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Missing | Cell::Scalar(Scalar::Null) => Cow::Borrowed(""),
        Cell::Scalar(scalar) => scalar.to_text(),
        Cell::Container(json) => {
            let mut compact = Vec::with_capacity(json.len());
            idq_json::compact(json, &mut compact);
            // Nothing is replaced here: the reader of cells has validated the bytes.
            Cow::Owned(String::from_utf8_lossy(&compact).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn column_that_is_repeated_repeats_its_cell() {
        let columns = ColumnSet::new(["a", "b.c", "a"]);
        let row = columns.read(br#"{"b":{"c":true},"a":1e5}"#).unwrap();
        let number = Cell::Scalar(Scalar::Number("1e5"));
        assert_eq!(row, [number, Cell::Scalar(Scalar::Boolean(true)), number]);
        assert_eq!(columns.names(), ["a", "b.c", "a"]);
    }
}
