//! Listings: rows of text in aligned columns, indented and never truncated.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::LineWriter;

/// The indentation of a listing below its title.
const INDENT: &str = "  ";

/// Rows of text in aligned columns. Cells are written unchanged, so values of dumps must be escaped before.
///
/// ```
/// let mut listing = idq_render::Listing::new(&["name", "records"]);
/// listing.push(["people.json".to_owned(), "60".to_owned()]);
/// let mut out = Vec::new();
/// listing.write(&mut out)?;
/// assert_eq!(String::from_utf8(out)?, "  name         records\n  people.json  60\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listing {
    /// The rows, the header first.
    rows: Vec<Vec<String>>,
}

impl Listing {
    /// Returns a listing that has only a header.
    pub fn new(header: &[&str]) -> Self {
        Self {
            rows: vec![header.iter().map(|cell| (*cell).to_owned()).collect()],
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Writes the rows, each line with a line feed.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            out.write_all(INDENT.as_bytes())?;
            let mut line = LineWriter::new(out);
            for (cell, &width) in row.iter().zip(&widths) {
                line.cell(cell, width, ("", ""))?;
            }
            line.end()?;
        }
        Ok(())
    }
}
