//! Lines of aligned cells: texts to the left, numbers to the right.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::format::table::{CellStyle, Colour};

/// The number of blanks between two columns.
pub(super) const GUTTER: usize = 2;

/// The side to which a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A table of texts: a header, and rows of the same number of cells.
#[derive(Debug)]
pub(super) struct Lines {
    pub(super) sides: Vec<Side>,
    pub(super) rows: Vec<Row>,
}

/// One line.
#[derive(Debug)]
pub(super) enum Row {
    /// The cells of one line in a style.
    Cells(Vec<String>, CellStyle),
    /// A rule below each column.
    Rule,
}

impl Lines {
    /// Returns the width of a column.
    pub(super) fn width(&self, column: usize) -> usize {
        let widths = self.rows.iter().map(|row| match row {
            Row::Cells(cells, _) => cells.get(column).map_or(0, |cell| cell.width()),
            Row::Rule => 0,
        });
        widths.max().unwrap_or(0)
    }

    /// Writes the lines; no line ends in blanks.
    pub(super) fn write(&self, colour: Colour, out: &mut impl Write) -> io::Result<()> {
        let widths: Vec<usize> = (0..self.sides.len())
            .map(|column| self.width(column))
            .collect();
        // The column of bars has no title, and no rule.
        let titled = self.rows.first().map_or(0, |row| match row {
            Row::Cells(titles, _) => titles.len(),
            Row::Rule => 0,
        });
        let rule: Vec<String> = widths
            .iter()
            .take(titled)
            .map(|&width| "─".repeat(width))
            .collect();
        for row in &self.rows {
            let (cells, style) = match row {
                Row::Cells(cells, style) => (cells, *style),
                Row::Rule => (&rule, CellStyle::Normal),
            };
            let (start, end) = colour.sequences(style);
            let mut blanks = 0;
            for ((cell, &width), side) in cells.iter().zip(&widths).zip(&self.sides) {
                let padding = width.saturating_sub(cell.width());
                let (before, after) = match side {
                    Side::Left => (0, padding),
                    Side::Right => (padding, 0),
                };
                blanks += before;
                // Padding is written before the next text, so that no line ends in blanks.
                if !cell.is_empty() {
                    write!(out, "{}{start}{cell}{end}", " ".repeat(blanks))?;
                    blanks = 0;
                }
                blanks += after + GUTTER;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}
