use std::borrow::Cow;

use idq_json::{Cell, Cells, Scalar};

/// The columns of a table or CSV file: places of a record, each named by its keys joined by dots.
///
/// A column may occur twice. A key that has a dot itself cannot be named.
#[derive(Debug, Clone)]
pub struct ColumnSet {
    names: Vec<String>,
    cells: Cells,
    /// For each column, the cell that it shows: another one only where a name is repeated.
    places: Vec<usize>,
}

impl ColumnSet {
    /// The columns of these names (`timestamp.created_at`), in this order.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut distinct: Vec<&str> = Vec::new();
        let mut places = Vec::with_capacity(names.len());
        for name in &names {
            let known = distinct.iter().position(|other| other == name);
            places.push(known.unwrap_or(distinct.len()));
            if known.is_none() {
                distinct.push(name);
            }
        }
        let cells = Cells::new(distinct);
        Self {
            names,
            cells,
            places,
        }
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// A record's cells, one a column.
    ///
    /// # Errors
    /// The record is not valid JSON.
    pub fn read<'a>(&self, record: &'a [u8]) -> Result<Vec<Cell<'a>>, idq_json::Error> {
        let cells = self.cells.read(record)?;
        if cells.len() == self.places.len() {
            return Ok(cells);
        }
        Ok(self.places.iter().map(|&place| cells[place]).collect())
    }
}

/// A cell as text on one line, unless its text itself has more: objects and arrays are compact JSON, no value is empty.
pub(crate) fn cell_text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::Missing | Cell::Scalar(Scalar::Null) => Cow::Borrowed(""),
        Cell::Scalar(scalar) => scalar.to_text(),
        Cell::Container(json) => {
            let mut compact = Vec::with_capacity(json.len());
            idq_json::compact(json, &mut compact);
            // The reader of cells has validated it, so this replaces nothing.
            Cow::Owned(String::from_utf8_lossy(&compact).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_column_repeats_its_cell() {
        let columns = ColumnSet::new(["a", "b.c", "a"]);
        let row = columns.read(br#"{"b":{"c":true},"a":1e5}"#).unwrap();
        let number = Cell::Scalar(Scalar::Number("1e5"));
        assert_eq!(row, [number, Cell::Scalar(Scalar::Boolean(true)), number]);
        assert_eq!(columns.names(), ["a", "b.c", "a"]);
    }
}
