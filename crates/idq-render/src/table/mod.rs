mod cut;
mod layout;

use std::borrow::Cow;
use std::io::{self, Write};

use idq_json::{Cell, Scalar};
use unicode_width::UnicodeWidthStr;

use crate::columns::{ColumnSet, cell_text};
use cut::{cut, cut_name};
use layout::{GUTTER, Layout};

/// Whether a table may use a terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Text alone.
    #[default]
    Plain,
    /// ANSI escape sequences: the header bold, what stands for no value dim.
    Ansi,
}

impl Colour {
    fn paint(self, style: Style) -> (&'static str, &'static str) {
        match (self, style) {
            (Self::Plain, _) | (Self::Ansi, Style::Normal) => ("", ""),
            (Self::Ansi, Style::Bold) => ("\u{1b}[1m", "\u{1b}[0m"),
            (Self::Ansi, Style::Dim) => ("\u{1b}[2m", "\u{1b}[0m"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Normal,
    Bold,
    Dim,
}

/// Lays records out in aligned columns, for a person at a terminal.
///
/// A value stands as in CSV, except that null is `null` and a missing value `-`. Characters that a terminal would
/// obey, or that can't be seen, are [escaped](idq_grammar::escape): every record is one line, whatever is in it.
///
/// The rows are kept until they are written, as the widest decides: a table is for a page, not for a dump.
#[derive(Debug)]
pub struct Table {
    columns: ColumnSet,
    width: Option<usize>,
    colour: Colour,
    header: Vec<Entry>,
    rows: Vec<Vec<Entry>>,
}

/// A cell, ready to be shown.
#[derive(Debug)]
struct Entry {
    text: String,
    style: Style,
    /// In columns of a terminal.
    width: usize,
}

impl Entry {
    fn new(text: &str, style: Style, limit: Option<usize>) -> Self {
        let mut text = idq_grammar::escape(text);
        if let Some(limit) = limit {
            text = cut(&text, limit).into_owned();
        }
        let width = text.width();
        Self { text, style, width }
    }
}

impl Table {
    /// A table without rows, in a terminal that is `width` columns wide; without a width, no cell is cut.
    pub fn new(columns: ColumnSet, width: Option<usize>, colour: Colour) -> Self {
        // A terminal that claims to have no columns still gets one, as every line must have something in it.
        let width = width.map(|width| width.max(1));
        let entry = |name: &String| Entry::new(name, Style::Bold, None);
        Self {
            header: columns.names().iter().map(entry).collect(),
            columns,
            width,
            colour,
            rows: Vec::new(),
        }
    }

    /// Adds a record as the next row.
    ///
    /// # Errors
    /// The record is not valid JSON.
    pub fn push(&mut self, record: &[u8]) -> Result<(), idq_json::Error> {
        let row = self.columns.read(record)?.into_iter().map(|cell| {
            let (text, style) = match cell {
                Cell::Missing => ("-".into(), Style::Dim),
                Cell::Scalar(Scalar::Null) => ("null".into(), Style::Dim),
                cell => (cell_text(cell), Style::Normal),
            };
            Entry::new(&text, style, self.width)
        });
        self.rows.push(row.collect());
        Ok(())
    }

    /// Writes a header, a rule and the rows, each line with a line feed.
    ///
    /// Where the terminal is too narrow, the widest cells are cut, with `…` at their ends. Where that is not enough,
    /// columns at the right are left out and the last line says how many.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write<W: Write>(&self, out: &mut W) -> io::Result<()> {
        let mut natural: Vec<usize> = self.header.iter().map(|entry| entry.width).collect();
        for row in &self.rows {
            for (widest, entry) in natural.iter_mut().zip(row) {
                *widest = entry.width.max(*widest);
            }
        }
        let layout = Layout::fit(&natural, self.width);
        self.write_row(&self.header, cut_name, &layout, out)?;
        let rules: Vec<String> = layout
            .widths
            .iter()
            .map(|&width| "─".repeat(width))
            .collect();
        writeln!(out, "{}", rules.join(&" ".repeat(GUTTER)))?;
        for row in &self.rows {
            self.write_row(row, cut, &layout, out)?;
        }
        if layout.dropped > 0 {
            let plural = if layout.dropped == 1 { "" } else { "s" };
            let note = format!(
                "(+{} column{plural}: use --columns or a wider terminal)",
                layout.dropped
            );
            writeln!(out, "{}", cut(&note, self.width.unwrap_or(usize::MAX)))?;
        }
        Ok(())
    }

    fn write_row<W: Write>(
        &self,
        row: &[Entry],
        cut: fn(&str, usize) -> Cow<'_, str>,
        layout: &Layout,
        out: &mut W,
    ) -> io::Result<()> {
        // Spaces wait for the next text, so that no line ends in them.
        let mut spaces = 0;
        for (entry, &width) in row.iter().zip(&layout.widths) {
            let text = cut(&entry.text, width);
            if !text.is_empty() {
                let (start, end) = self.colour.paint(entry.style);
                write!(out, "{}{start}{text}{end}", " ".repeat(spaces))?;
                spaces = 0;
            }
            spaces += width.saturating_sub(text.width()) + GUTTER;
        }
        writeln!(out)
    }
}
