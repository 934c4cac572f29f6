//! The columns of CSV and tables: a selection of values by path.

use std::borrow::Cow;

use idq_json::{Cell, Cells, Scalar};
use idq_snapshot::cells_of_names;

/// The columns of a table or CSV file. Each one is a value in a record, named as for [`cells_of_names`].
///
/// A column may occur twice.
#[derive(Debug, Clone)]
pub struct ColumnSet {
    names: Vec<String>,
    cells: Cells,
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
        let cells = cells_of_names(&names);
        Self { names, cells }
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
        self.cells.read(record)
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
        Ok(cells.into_iter().map(|cell| cell.cell).collect())
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
