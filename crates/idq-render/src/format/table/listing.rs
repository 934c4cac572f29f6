//! Listings: rows of text in aligned columns, indented.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::layout::{ColumnLayout, ColumnWidths};
use super::truncate::truncate;
use super::{LineWriter, has_few_blanks, write_omitted};

/// The indentation of a listing below its title.
const INDENT: &str = "  ";

/// Rows of text in aligned columns. Cells are written unchanged, so values of dumps must be escaped before.
///
/// ```
/// let mut listing = idq_render::Listing::new(&["name", "records"]);
/// listing.push(["people.json".to_owned(), "60".to_owned()]);
/// let mut out = Vec::new();
/// listing.write(None, &mut out)?;
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
    /// In a terminal of `width` columns, columns are fitted as those of a [`Table`](crate::Table), but a last one of texts
    /// is wrapped instead of truncated. Without a width, nothing is truncated or omitted.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(&self, width: Option<usize>, out: &mut impl Write) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<ColumnWidths> = (0..columns).map(|column| self.widths(column)).collect();
        let within = width.map(|width| width.saturating_sub(INDENT.len()).max(1));
        let layout = ColumnLayout::fit(&widths, within);
        for row in &self.rows {
            write_lines(row, &layout, within, out)?;
        }
        if layout.omitted > 0 {
            write!(out, "{INDENT}")?;
        }
        write_omitted(layout.omitted, "--wide shows all", within, out)
    }

    /// Returns the widths that a column may have.
    fn widths(&self, column: usize) -> ColumnWidths {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let mut cells = cells.map(String::as_str);
        let heading = cells.next().map_or(0, str::width);
        let is_whole = has_few_blanks(cells.clone());
        ColumnWidths::new(heading, cells.map(str::width).collect(), is_whole)
    }
}

/// Writes a text as lines that fit into a terminal of `width` columns, each after `indent`; without a width, as one line.
///
/// # Errors
/// The output cannot be written.
pub fn write_wrapped(
    text: &str,
    indent: &str,
    width: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    let within = width.map(|width| width.saturating_sub(indent.len()).max(1));
    let lines = within.map_or_else(
        || vec![Cow::Borrowed(text)],
        |within| textwrap::wrap(text, within),
    );
    for line in lines {
        writeln!(out, "{indent}{line}")?;
    }
    Ok(())
}

/// Writes a row: one line, or several if its last cell is wrapped.
fn write_lines(
    row: &[String],
    layout: &ColumnLayout,
    within: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    let shown = layout.shown.iter();
    let cells: Vec<(&str, usize)> = shown
        .filter_map(|&(column, width)| Some((row.get(column)?.as_str(), width)))
        .collect();
    let Some(((last, last_width), first)) = cells.split_last() else {
        return Ok(());
    };
    let pieces = match within {
        Some(_) => textwrap::wrap(last, (*last_width).max(1)),
        None => vec![Cow::Borrowed(*last)],
    };
    for (index, piece) in pieces.iter().enumerate() {
        out.write_all(INDENT.as_bytes())?;
        let mut line = LineWriter::new(out);
        for (cell, width) in first {
            let cell = match (index, within) {
                (0, Some(_)) => truncate(cell, *width),
                (0, None) => Cow::Borrowed(*cell),
                // The first cells are not repeated beside the rest of the last one.
                _ => Cow::Borrowed(""),
            };
            line.cell(&cell, *width, ("", ""))?;
        }
        line.cell(piece, *last_width, ("", ""))?;
        line.end()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a listing in a terminal of this width.
    fn listing(width: Option<usize>) -> String {
        let mut listing = Listing::new(&["name", "kind", "about"]);
        for (name, about) in [
            (
                "timestamp.created_at",
                "Creation of the identity in the directory",
            ),
            ("id", "Identifier"),
        ] {
            listing.push([name, "text", about].map(str::to_owned));
        }
        let mut out = Vec::new();
        listing.write(width, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn listing_in_a_terminal_wraps_its_last_column_and_then_omits_columns() {
        insta::assert_snapshot!(listing(None), @"
        name                  kind  about
        timestamp.created_at  text  Creation of the identity in the directory
        id                    text  Identifier
        ");
        insta::assert_snapshot!(listing(Some(60)), @"
        name                  kind  about
        timestamp.created_at  text  Creation of the identity in
                                    the directory
        id                    text  Identifier
        ");
        insta::assert_snapshot!(listing(Some(36)), @"
        name                  kind
        timestamp.created_at  text
        id                    text
        (+1 column: --wide shows all)
        ");
        insta::assert_snapshot!(listing(Some(10)), @"
        name
        timestam
        p.create
        d_at
        id
        (+2 col…
        ");
    }

    #[test]
    fn listing_never_exceeds_its_terminal() {
        for width in 1..120 {
            let widest = listing(Some(width)).lines().map(str::width).max();
            assert!(
                widest <= Some(width.max(INDENT.len() + 1)),
                "{widest:?} in {width}"
            );
        }
    }
}
