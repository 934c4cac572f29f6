//! Projection of a record: reads the values at some paths without a tree of the whole record.

use std::ops::Range;

use crate::error::Error;
use crate::paths::{Node, PathTree};
use crate::reader::{Event, Reader};
use crate::scalar::Scalar;

/// The value at one path of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// No value: the record does not have the path.
    Missing,
    /// A value that is not a container.
    Scalar(Scalar<'a>),
    /// An object or array, as spelled.
    Container(&'a [u8]),
}

/// A cell with its spelling in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpelledCell<'a> {
    /// The value.
    pub cell: Cell<'a>,
    /// The bytes of the value, quotes and brackets included; empty where it is missing.
    pub spelling: &'a [u8],
}

impl SpelledCell<'_> {
    /// Cell of a path that the record does not have.
    pub const MISSING: Self = Self {
        cell: Cell::Missing,
        spelling: &[],
    };
}

/// A reader of the cells at fixed paths, for one record after another.
#[derive(Debug, Clone)]
pub struct Cells {
    /// Paths, by their keys.
    tree: PathTree,
}

impl Cells {
    /// Returns a reader of the paths, which are keys joined by dots.
    pub fn new<P: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self {
            tree: PathTree::new(paths),
        }
    }

    /// Returns a reader of the paths, each of which is a list of keys that may contain dots.
    pub fn from_keys<P: AsRef<[K]>, K: AsRef<str>>(paths: impl IntoIterator<Item = P>) -> Self {
        Self {
            tree: PathTree::from_keys(paths),
        }
    }

    /// Returns the paths, by their keys.
    pub(crate) fn tree(&self) -> &PathTree {
        &self.tree
    }

    /// Reads the cells of one record, in the order of the paths. The last of several equal keys replaces the others as
    /// a whole.
    ///
    /// # Errors
    /// The record is not valid JSON.
    pub fn read<'a>(&self, record: &'a [u8]) -> Result<Vec<Cell<'a>>, Error> {
        let spelled = self.read_spelled(record)?;
        Ok(spelled.into_iter().map(|spelled| spelled.cell).collect())
    }

    /// Reads the cells of one record with their spellings, in the order of the paths.
    ///
    /// # Errors
    /// The record is not valid JSON.
    pub fn read_spelled<'a>(&self, record: &'a [u8]) -> Result<Vec<SpelledCell<'a>>, Error> {
        let mut row = Row {
            tree: &self.tree,
            record,
            cells: vec![SpelledCell::MISSING; self.tree.path_count()],
        };
        let mut reader = Reader::new(record);
        row.value(&mut reader, Some(PathTree::ROOT))?;
        while reader.next_event()?.is_some() {}
        self.tree.copy_repeats(&mut row.cells);
        Ok(row.cells)
    }
}

/// The state of reading one record.
struct Row<'t, 'a> {
    /// Paths to read.
    tree: &'t PathTree,
    /// Bytes of the record.
    record: &'a [u8],
    /// Cells that have been read, in the order of the paths.
    cells: Vec<SpelledCell<'a>>,
}

impl<'a> Row<'_, 'a> {
    /// Reads one value. The recursion is at most as deep as the longest path, however deeply the record is nested.
    fn value(&mut self, reader: &mut Reader<'a>, node: Option<Node>) -> Result<(), Error> {
        let Some(node) = node else {
            return reader.skip_value();
        };
        // A value replaces the earlier one of an equal key, with all cells below it.
        for &leaf in self.tree.leaves_below(node) {
            self.cells[leaf] = SpelledCell::MISSING;
        }
        let event = reader.next_event()?;
        let start = reader.span().start;
        let cell = match event {
            Some(Event::ObjectStart) if self.tree.has_children(node) => {
                self.members(reader, node)?;
                self.container(start..reader.span().end)
            }
            Some(Event::ObjectStart | Event::ArrayStart) => {
                let depth = reader.depth();
                while reader.depth() >= depth {
                    reader.next_event()?;
                }
                self.container(start..reader.span().end)
            }
            Some(Event::Scalar(scalar)) => Cell::Scalar(scalar),
            Some(Event::ObjectEnd | Event::ArrayEnd | Event::Key(_)) | None => Cell::Missing,
        };
        if let Some(leaf) = self.tree.leaf(node) {
            let spelling = &self.record[start..reader.span().end];
            self.cells[leaf] = SpelledCell { cell, spelling };
        }
        Ok(())
    }

    /// Reads the members of an object in which some path continues.
    fn members(&mut self, reader: &mut Reader<'a>, node: Node) -> Result<(), Error> {
        let mut hint = 0;
        while let Some(Event::Key(key)) = reader.next_event()? {
            let child = self.tree.child(node, &key.decode(), &mut hint);
            self.value(reader, child)?;
        }
        Ok(())
    }

    /// Returns the cell of an object or an array, as its bytes.
    fn container(&self, span: Range<usize>) -> Cell<'a> {
        Cell::Container(&self.record[span])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    #[test]
    fn cells_are_in_the_order_of_their_paths() {
        let cells = Cells::new(["b.c", "a", "b", "z", "b.missing"]);
        let record = br#"{"a":"x\ny","b":{"d":[1,{"c":2}],"c":1.50}}"#;
        let row = cells.read(record).unwrap();
        assert_eq!(row[0], Cell::Scalar(Scalar::Number("1.50")));
        assert_eq!(
            row[1],
            Cell::Scalar(Scalar::String(Text::from_raw("x\\ny", true)))
        );
        assert_eq!(row[2], Cell::Container(br#"{"d":[1,{"c":2}],"c":1.50}"#));
        assert_eq!(row[3], Cell::Missing);
        assert_eq!(row[4], Cell::Missing);
    }

    #[test]
    fn path_that_is_repeated_has_the_same_cell() {
        let cells = Cells::from_keys([vec!["a"], vec!["b.c"], vec!["a"], vec!["b", "c"]]);
        let record = br#"{"a":1,"b":{"c":2},"b.c":3}"#;
        let row = cells.read(record).unwrap();
        let expected = ["1", "3", "1", "2"].map(|number| Cell::Scalar(Scalar::Number(number)));
        assert_eq!(row, expected);
        let valid = cells.read_valid(record).unwrap();
        assert_eq!(valid, cells.read_spelled(record).unwrap());
    }

    #[test]
    fn spellings_of_cells_are_the_bytes_of_the_record() {
        let cells = Cells::new(["a", "b", "c.d", "c", "e", "missing"]);
        let record = br#"{ "a" : "x\u00e9" , "b":-1.50e3 ,"c" :{"d": [1, 2] } , "e":null}"#;
        let row = cells.read_spelled(record).unwrap();
        let spellings: Vec<&str> = row
            .iter()
            .map(|cell| str::from_utf8(cell.spelling).unwrap())
            .collect();
        assert_eq!(
            spellings,
            [
                r#""x\u00e9""#,
                "-1.50e3",
                "[1, 2]",
                r#"{"d": [1, 2] }"#,
                "null",
                ""
            ]
        );
        assert_eq!(
            row[0].cell,
            Cell::Scalar(Scalar::String(Text::from_raw("x\\u00e9", true)))
        );
    }

    #[test]
    fn last_of_two_equal_keys_replaces_the_first_as_a_whole() {
        let cells = Cells::new(["a.b", "a.c"]);
        let row = cells.read(br#"{"a":{"b":1,"c":2},"a":{"c":3}}"#).unwrap();
        assert_eq!(row, [Cell::Missing, Cell::Scalar(Scalar::Number("3"))]);
    }
}
