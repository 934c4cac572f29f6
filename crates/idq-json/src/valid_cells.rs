//! Projection of a record that is known to be valid JSON, such as one that a load has accepted: everything outside the
//! wanted paths is skipped by its brackets and quotes.

use crate::cells::{Cell, Cells, SpelledCell};
use crate::error::Error;
use crate::paths::{Node, PathTree};
use crate::scalar::Scalar;
use crate::scan;
use crate::text::Text;
use crate::valid_values::{Next, error_at, next_member, value_end};

impl Cells {
    /// Reads the cells of one record that is valid JSON, in the order of the paths, several times as fast as
    /// [`read_spelled`](Self::read_spelled). The cells of other bytes are unspecified.
    ///
    /// ```
    /// use idq_json::{Cell, Cells};
    ///
    /// let cells = Cells::new(["a.b", "c"]);
    /// let row = cells.read_valid(br#"{"a":{"x":[1,2],"b":{"y":"}"}},"c":null}"#)?;
    /// assert_eq!(row[0].cell, Cell::Container(br#"{"y":"}"}"#));
    /// assert_eq!(row[1].spelling, b"null");
    /// # Ok::<(), idq_json::Error>(())
    /// ```
    ///
    /// # Errors
    /// Some records that are not valid JSON.
    pub fn read_valid<'a>(&self, record: &'a [u8]) -> Result<Vec<SpelledCell<'a>>, Error> {
        let mut row = Row {
            tree: self.tree(),
            record,
            cells: vec![SpelledCell::MISSING; self.tree().path_count()],
        };
        row.value(scan::skip_whitespace(record, 0), PathTree::ROOT)?;
        self.tree().copy_repeats(&mut row.cells);
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
    /// Reads the value that starts at `start`, and returns its end.
    fn value(&mut self, start: usize, node: Node) -> Result<usize, Error> {
        // A value replaces the earlier one of an equal key, with all cells below it.
        for &leaf in self.tree.leaves_below(node) {
            self.cells[leaf] = SpelledCell::MISSING;
        }
        let end = if self.record.get(start) == Some(&b'{') && self.tree.has_children(node) {
            self.members(start + 1, node)?
        } else {
            value_end(self.record, start)?
        };
        if let Some(leaf) = self.tree.leaf(node) {
            let spelling = &self.record[start..end];
            let cell = cell_of(spelling, start)?;
            self.cells[leaf] = SpelledCell { cell, spelling };
        }
        Ok(end)
    }

    /// Reads the members of an object whose opening bracket precedes `position`, and returns its end.
    fn members(&mut self, mut position: usize, node: Node) -> Result<usize, Error> {
        let mut hint = 0;
        loop {
            let (key, value) = match next_member(self.record, position)? {
                Next::Item(member) => member,
                Next::End(end) => return Ok(end),
            };
            position = match self.tree.child(node, &key.decode(), &mut hint) {
                Some(child) => self.value(value, child)?,
                None => value_end(self.record, value)?,
            };
        }
    }
}

/// Returns the cell of a value that is valid JSON. That of other bytes is unspecified.
///
/// # Errors
/// Some values that are not valid JSON.
pub fn valid_cell(value: &[u8]) -> Result<Cell<'_>, Error> {
    cell_of(value, 0)
}

/// Returns the cell of a value that starts at `offset` in its record.
fn cell_of(spelling: &[u8], offset: usize) -> Result<Cell<'_>, Error> {
    Ok(match spelling {
        [b'{' | b'[', ..] => Cell::Container(spelling),
        [b'"', text @ .., b'"'] => Cell::Scalar(Scalar::String(Text::at(offset, text)?)),
        b"true" => Cell::Scalar(Scalar::Boolean(true)),
        b"false" => Cell::Scalar(Scalar::Boolean(false)),
        b"null" => Cell::Scalar(Scalar::Null),
        [b'-' | b'0'..=b'9', ..] => Cell::Scalar(Scalar::Number(Text::at(offset, spelling)?.raw())),
        _ => return Err(error_at(spelling, "a value", 0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_a_valid_record_are_those_of_the_exact_reader() {
        let records = [
            r#"{}"#,
            r#" { } "#,
            r#"{"a":1,"b":{"c":2},"d":"x"}"#,
            r#"{ "a" : "x\u00e9\"}" , "b" : { "c" : [ 1 , {"c":"]"} ] , "x":{} } , "d" : -1.50e+3 }"#,
            r#"{"b":{"c":1,"c":{"e":[]}},"b":null}"#,
            r#"{"b":{"c":1},"b":{"x":2}}"#,
            r#"{"b":{"c":1},"b":[{"c":3}],"a":true,"d":false}"#,
            r#"{"\u0061":"escaped key","b\\":{"c":1},"b":{"\u0063":"\\"}}"#,
            r#"{"é":"ü","a":"日本","d":"\ud83d\ude00","":{"a":1}}"#,
            "{\n\t\"a\": null,\r\n \"d\":{\"b\": \"{\" }\n}",
            r#"{"z":"a longer text with \\ and \" in it, and }{","a":"\\\\","d":""}"#,
            r#"[{"a":1}]"#,
            r#""a""#,
            "17",
        ];
        let cells = Cells::new(["a", "b.c", "d", "b", "", "é", "missing"]);
        for record in records {
            let exact = cells.read_spelled(record.as_bytes()).unwrap();
            assert_eq!(cells.read_valid(record.as_bytes()), Ok(exact), "{record}");
        }
    }

    #[test]
    fn bytes_that_are_not_a_record_never_panic() {
        let cells = Cells::new(["a", "b.c"]);
        let record = r#"{"a":"x\u00e9","b":{"c":[1,"\""]},"é":-1}"#.as_bytes();
        for length in 0..record.len() {
            let _ = cells.read_valid(&record[..length]);
            for byte in [b'"', b'{', b'}', b'\\', b':', b' ', 0xFF, 0] {
                let mut other = record.to_vec();
                other[length] = byte;
                let _ = cells.read_valid(&other);
            }
        }
        assert!(cells.read_valid(br#"{"a":"x"#).is_err());
    }
}
