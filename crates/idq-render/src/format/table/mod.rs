//! Tables of aligned columns: records for a terminal ([`Table`]), and listings of other text ([`Listing`]).

mod layout;
mod listing;
pub(crate) mod truncate;

use std::borrow::Cow;
use std::io::{self, Write};

use idq_json::{Cell, Scalar};
use unicode_width::UnicodeWidthStr;

use super::columns::{ColumnSet, cell_text};
use super::{
    ColumnSupport, FormulaRisk, OutputFormat, PageStyle, RecordFraming, RecordSink, TextFormat,
};
use crate::error::Error;
use crate::terminal::{SGR_BOLD, SGR_DIM, SGR_GREEN, SGR_RED, SGR_RESET, TerminalEncoding};
use layout::{ColumnLayout, ColumnWidths, GUTTER};
use truncate::{truncate, truncate_name};

pub use listing::{Listing, write_wrapped};

/// The format `table`.
pub(super) static FORMAT: TextFormat = TextFormat {
    description: OutputFormat {
        name: "table",
        extensions: &[],
        summary: "Aligned columns that fit the terminal",
        columns: ColumnSupport::TableColumns,
        terminal: Some(TerminalEncoding::Styled),
        formulas: FormulaRisk::Absent,
    },
    page_style: PageStyle::Records,
    framing: RecordFraming::Contextual,
    open: |out, options| {
        let table = Table::new(options.columns.clone(), options.width, options.colour);
        Ok(Box::new(TableSink {
            table,
            layout: None,
            out,
        }))
    },
    open_rows: |_, _, _| Ok(None),
};

/// The use of a terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colour {
    /// Text without escape sequences.
    #[default]
    Plain,
    /// ANSI escape sequences: a bold header, and dim marks for null and missing values.
    Ansi,
}

impl Colour {
    /// Returns the escape sequences before and after a cell of a style.
    pub fn sequences(self, style: CellStyle) -> (&'static str, &'static str) {
        match (self, style) {
            (Self::Plain, _) | (Self::Ansi, CellStyle::Normal) => ("", ""),
            (Self::Ansi, CellStyle::Bold) => (SGR_BOLD, SGR_RESET),
            (Self::Ansi, CellStyle::Dim) => (SGR_DIM, SGR_RESET),
            (Self::Ansi, CellStyle::Green) => (SGR_GREEN, SGR_RESET),
            (Self::Ansi, CellStyle::Red) => (SGR_RED, SGR_RESET),
        }
    }
}

/// The style of a cell on a terminal with colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellStyle {
    /// The terminal's own style.
    Normal,
    /// Bold: headers and totals.
    Bold,
    /// Dim: marks of values that are not there.
    Dim,
    /// Green: added records.
    Green,
    /// Red: removed records.
    Red,
}

/// Lays records out in aligned columns, for a person at a terminal.
///
/// Values are formatted as in CSV, except that null is `null` and a missing value `-`. Characters that a terminal may
/// interpret, or that are invisible, are [escaped](idq_grammar::escape): every record is one line, whatever it
/// contains.
///
/// All rows are kept until they are written, because the widest one determines the layout. The sink of the format
/// `table` lays out the first thousand rows, and writes all later ones by their layout.
#[derive(Debug)]
pub struct Table {
    columns: ColumnSet,
    /// The width of the terminal.
    width: Option<usize>,
    colour: Colour,
    header: Vec<TableCell>,
    rows: Vec<Vec<TableCell>>,
}

/// A cell in its displayed form.
#[derive(Debug)]
struct TableCell {
    text: String,
    style: CellStyle,
    /// The width of the text in columns of a terminal.
    width: usize,
}

impl TableCell {
    /// Escapes a text, and truncates it to the width of the terminal, which no cell can exceed in any layout.
    fn new(text: &str, style: CellStyle, limit: Option<usize>) -> Self {
        let mut text = idq_grammar::escape(text);
        if let Some(limit) = limit {
            text = truncate(&text, limit).into_owned();
        }
        let width = text.width();
        Self { text, style, width }
    }
}

impl Table {
    /// Returns a table without rows for a terminal that is `width` columns wide; without a width, no cell is truncated.
    pub fn new(columns: ColumnSet, width: Option<usize>, colour: Colour) -> Self {
        // A terminal that reports a width of 0 is treated as 1 column wide, so that every line has some text.
        let width = width.map(|width| width.max(1));
        let header_cell = |name: &String| TableCell::new(name, CellStyle::Bold, None);
        Self {
            header: columns.names().iter().map(header_cell).collect(),
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
        let row = self.read_row(record)?;
        self.rows.push(row);
        Ok(())
    }

    /// Reads the cells of a record.
    fn read_row(&self, record: &[u8]) -> Result<Vec<TableCell>, idq_json::Error> {
        let row = self.columns.read(record)?.into_iter().map(|cell| {
            let (text, style) = match cell {
                Cell::Missing => ("-".into(), CellStyle::Dim),
                Cell::Scalar(Scalar::Null) => ("null".into(), CellStyle::Dim),
                cell => (cell_text(cell), CellStyle::Normal),
            };
            TableCell::new(&text, style, self.width)
        });
        Ok(row.collect())
    }

    /// Writes a header, a rule and the rows, each line with a line feed.
    ///
    /// In a terminal that is too narrow, long texts are truncated and end in `…`. Columns of ids, dates and other texts
    /// without blanks are not: those that do not fit are omitted, and the last line states their number.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write<W: Write>(&self, out: &mut W) -> io::Result<()> {
        let layout = self.write_rows(out)?;
        self.write_end(&layout, out)
    }

    /// Writes a header, a rule and the rows, and returns the layout.
    fn write_rows<W: Write>(&self, out: &mut W) -> io::Result<ColumnLayout> {
        let widths = self.header.iter().enumerate().map(|(column, heading)| {
            let cells = self.rows.iter().map(|row| &row[column]);
            ColumnWidths::new(
                heading.width,
                cells.clone().map(|cell| cell.width).collect(),
                has_few_blanks(cells.map(|cell| cell.text.as_str())),
            )
        });
        let widths: Vec<ColumnWidths> = widths.collect();
        let layout = ColumnLayout::fit(&widths, self.width);
        self.write_row(&self.header, truncate_name, &layout, out)?;
        let rules: Vec<String> = layout
            .shown
            .iter()
            .map(|&(_, width)| "─".repeat(width))
            .collect();
        writeln!(out, "{}", rules.join(&" ".repeat(GUTTER)))?;
        for row in &self.rows {
            self.write_row(row, truncate, &layout, out)?;
        }
        Ok(layout)
    }

    /// Writes the number of omitted columns, if there are any.
    fn write_end<W: Write>(&self, layout: &ColumnLayout, out: &mut W) -> io::Result<()> {
        let help = "--wide shows all, --columns selects some";
        write_omitted(layout.omitted, help, self.width, out)
    }

    /// Writes one line of cells, each truncated to the width of its column.
    fn write_row<W: Write>(
        &self,
        row: &[TableCell],
        truncate: fn(&str, usize) -> Cow<'_, str>,
        layout: &ColumnLayout,
        out: &mut W,
    ) -> io::Result<()> {
        let mut line = LineWriter::new(out);
        for &(column, width) in &layout.shown {
            let cell = &row[column];
            // Without a terminal, nothing is cut: a cell that is wider than those of the layout moves the rest of its line.
            let text = match self.width {
                Some(_) => truncate(&cell.text, width),
                None => Cow::Borrowed(cell.text.as_str()),
            };
            line.cell(&text, width, self.colour.sequences(cell.style))?;
        }
        line.end()
    }
}

/// Writes one line of padded cells. Padding is written before the next text, so that no line ends in blanks.
struct LineWriter<'w, W> {
    out: &'w mut W,
    /// Blanks that are written before the next text.
    pending_blanks: usize,
}

impl<'w, W: Write> LineWriter<'w, W> {
    /// Starts a line.
    fn new(out: &'w mut W) -> Self {
        Self {
            out,
            pending_blanks: 0,
        }
    }

    /// Writes a cell between escape sequences, padded to the width of its column.
    fn cell(&mut self, text: &str, width: usize, sequences: (&str, &str)) -> io::Result<()> {
        if !text.is_empty() {
            let (start, end) = sequences;
            // Not by a format width, which is limited to 65,535.
            let blanks = " ".repeat(self.pending_blanks);
            write!(self.out, "{blanks}{start}{text}{end}")?;
            self.pending_blanks = 0;
        }
        self.pending_blanks += width.saturating_sub(text.width()) + GUTTER;
        Ok(())
    }

    /// Ends the line. Pending blanks are dropped.
    fn end(self) -> io::Result<()> {
        writeln!(self.out)
    }
}

/// Returns whether fewer than half of the cells of a column have a blank: ids, dates and addresses, which are shown whole.
fn has_few_blanks<'c>(cells: impl Iterator<Item = &'c str>) -> bool {
    let (mut with_blank, mut all) = (0, 0_usize);
    for cell in cells {
        with_blank += usize::from(cell.contains(' '));
        all += 1;
    }
    with_blank * 2 < all.max(1)
}

/// Writes the number of columns that did not fit, with the help for it; nothing if all are shown.
fn write_omitted(
    omitted: usize,
    help: &str,
    width: Option<usize>,
    out: &mut impl Write,
) -> io::Result<()> {
    if omitted == 0 {
        return Ok(());
    }
    let plural = if omitted == 1 { "" } else { "s" };
    let note = format!("(+{omitted} column{plural}: {help})");
    writeln!(out, "{}", truncate(&note, width.unwrap_or(usize::MAX)))
}

/// The number of rows that determine the layout of a table. With more, the first lines are written before the last
/// record is read.
const LAYOUT_ROWS: usize = 1_000;

/// Writes a table: the first rows together, and each later one at once.
struct TableSink<W> {
    /// The table, with the rows that have not been written.
    table: Table,
    /// The layout, once the first rows have been written.
    layout: Option<ColumnLayout>,
    out: W,
}

impl<W: Write> RecordSink for TableSink<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), Error> {
        if let Some(layout) = &self.layout {
            let row = self.table.read_row(record)?;
            return Ok(self
                .table
                .write_row(&row, truncate, layout, &mut self.out)?);
        }
        self.table.push(record)?;
        if self.table.rows.len() == LAYOUT_ROWS {
            self.layout = Some(self.table.write_rows(&mut self.out)?);
            self.table.rows.clear();
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        let layout = match self.layout.take() {
            Some(layout) => layout,
            None => self.table.write_rows(&mut self.out)?,
        };
        Ok(self.table.write_end(&layout, &mut self.out)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::SinkOptions;

    #[test]
    fn table_of_many_records_is_written_before_the_last_one_is_read() {
        let mut out = Vec::new();
        let options = SinkOptions {
            columns: ColumnSet::new(["id", "name"]),
            ..SinkOptions::default()
        };
        let mut sink = TableSink {
            table: Table::new(options.columns, None, Colour::Plain),
            layout: None,
            out: &mut out,
        };
        for _ in 0..LAYOUT_ROWS {
            sink.record(br#"{"id":"a","name":"b"}"#).unwrap();
        }
        assert_eq!(
            sink.out.len(),
            "id  name\n──  ────\n".len() + LAYOUT_ROWS * "a   b\n".len()
        );
        sink.record(br#"{"id":"abc","name":"later"}"#).unwrap();
        Box::new(sink).finish().unwrap();
        assert!(out.ends_with(b"\na   b\nabc  later\n"));
    }

    #[test]
    fn later_row_on_a_terminal_is_cut_to_the_layout_of_the_first_ones() {
        let mut out = Vec::new();
        let mut sink = TableSink {
            table: Table::new(ColumnSet::new(["id", "name"]), Some(20), Colour::Plain),
            layout: None,
            out: &mut out,
        };
        for _ in 0..LAYOUT_ROWS {
            sink.record(br#"{"id":"a","name":"b c"}"#).unwrap();
        }
        sink.record(br#"{"id":"a","name":"b c d e f g h i j k l m n o p"}"#)
            .unwrap();
        Box::new(sink).finish().unwrap();
        assert!(out.ends_with("\na   b c\na   b c…\n".as_bytes()));
    }
}
