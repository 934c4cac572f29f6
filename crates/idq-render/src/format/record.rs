//! Records as blocks of lines, one line for each value: for a few records with all they have.

use std::io::Write;

use idq_grammar::AttributePath;
use idq_json::{Cell, Event, Reader, Scalar};
use unicode_width::UnicodeWidthStr;

use super::columns::{ColumnSet, cell_text};
use super::table::{CellStyle, Colour};
use super::{
    ColumnSupport, FormulaRisk, OutputFormat, PageStyle, RecordFraming, RecordSink, TextFormat,
};
use crate::error::Error;
use crate::terminal::TerminalEncoding;

/// The format `record`.
pub static FORMAT: TextFormat = TextFormat {
    description: OutputFormat {
        name: "record",
        extensions: &[],
        summary: "One value a line, with its path: all values of each record",
        columns: ColumnSupport::AllValues,
        terminal: Some(TerminalEncoding::Styled),
        formulas: FormulaRisk::Absent,
    },
    page_style: PageStyle::Records,
    framing: RecordFraming::Contextual,
    open: |out, options| {
        let columns = options.columns.clone();
        Ok(Box::new(BlockSink {
            columns: (!columns.names().is_empty()).then_some(columns),
            colour: options.colour,
            is_first: true,
            out,
        }))
    },
    open_rows: |_, _, _| Ok(None),
};

/// The blanks between a path and its value.
const GUTTER: &str = "  ";

/// The greatest width of paths that values are aligned after; values of longer paths follow them directly.
const MAX_ALIGNED_WIDTH: usize = 48;

/// One line of a block.
struct Line {
    /// The path of the value, as an expression spells it.
    path: String,
    text: String,
    style: CellStyle,
}

impl Line {
    /// Formats a value. Characters that a terminal may interpret are escaped, so that a value is one line.
    fn new(path: &str, cell: Cell<'_>) -> Self {
        let (text, style) = match cell {
            Cell::Missing => ("-".into(), CellStyle::Dim),
            Cell::Scalar(Scalar::Null) => ("null".into(), CellStyle::Dim),
            cell => (cell_text(cell), CellStyle::Normal),
        };
        Self {
            path: idq_grammar::escape(path),
            text: idq_grammar::escape(&text),
            style,
        }
    }
}

/// Writes records as blocks with an empty line between them.
struct BlockSink<W> {
    /// The chosen columns; `None` for all values of a record.
    columns: Option<ColumnSet>,
    colour: Colour,
    /// Whether no record has been written.
    is_first: bool,
    out: W,
}

impl<W: Write> RecordSink for BlockSink<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), Error> {
        let lines = match &self.columns {
            Some(columns) => {
                let cells = columns.read(record)?;
                let names = columns.names().iter();
                names
                    .zip(cells)
                    .map(|(name, cell)| Line::new(name, cell))
                    .collect()
            }
            None => lines_of_record(record)?,
        };
        if !self.is_first {
            writeln!(self.out)?;
        }
        self.is_first = false;
        let widths = lines.iter().map(|line| line.path.width());
        let aligned = widths.filter(|&width| width <= MAX_ALIGNED_WIDTH).max();
        let aligned = aligned.unwrap_or(0);
        let (bold, plain) = self.colour.sequences(CellStyle::Bold);
        for Line { path, text, style } in lines {
            let blanks = " ".repeat(aligned.saturating_sub(path.width()));
            let (start, end) = self.colour.sequences(style);
            if text.is_empty() {
                writeln!(self.out, "{bold}{path}{plain}")?;
            } else {
                writeln!(
                    self.out,
                    "{bold}{path}{plain}{blanks}{GUTTER}{start}{text}{end}"
                )?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// Returns a line for each value of a record, in the order of the record. Objects are entered unless they are empty;
/// arrays are values.
fn lines_of_record(record: &[u8]) -> Result<Vec<Line>, idq_json::Error> {
    let mut reader = Reader::new(record);
    let mut lines = Vec::new();
    // The keys of the open objects and of the current member.
    let mut keys: Vec<String> = Vec::new();
    // For each open object, whether a member has been read.
    let mut open: Vec<bool> = Vec::new();
    while let Some(event) = reader.next_event()? {
        match event {
            Event::Key(key) => {
                let is_first = open.last_mut().is_some_and(|has_members| {
                    let before = *has_members;
                    *has_members = true;
                    !before
                });
                if !is_first {
                    keys.pop();
                }
                keys.push(key.decode().into_owned());
            }
            Event::ObjectStart => open.push(false),
            Event::ObjectEnd => {
                if open.pop() == Some(true) {
                    keys.pop();
                } else {
                    lines.push(Line::new(&spell(&keys), Cell::Container(b"{}")));
                }
            }
            Event::ArrayStart => {
                let (start, depth) = (reader.span().start, reader.depth());
                while reader.depth() >= depth {
                    reader.next_event()?;
                }
                let array = &record[start..reader.span().end];
                lines.push(Line::new(&spell(&keys), Cell::Container(array)));
            }
            Event::ArrayEnd => {}
            Event::Scalar(scalar) => lines.push(Line::new(&spell(&keys), Cell::Scalar(scalar))),
        }
    }
    Ok(lines)
}

/// Returns the spelling of a path in expressions.
fn spell(keys: &[String]) -> String {
    AttributePath::new(keys.iter().map(String::as_str)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::SinkOptions;

    /// Returns the blocks of records.
    fn blocks(records: &[&str], columns: &[&str]) -> String {
        let mut out = Vec::new();
        let options = SinkOptions {
            columns: ColumnSet::new(columns.iter().copied()),
            ..SinkOptions::default()
        };
        let mut sink = (FORMAT.open)(Box::new(&mut out), &options).unwrap();
        for record in records {
            sink.record(record.as_bytes()).unwrap();
        }
        sink.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn record_has_a_line_for_each_value_with_its_path() {
        let record = r#"{"id":"a","empty":{},"name":{"first":"Zo\u00eb","middle":null,"":""},"tags":[1, {"x": 2}],
            "deep":{"a":{"b":{"c":1.50}},"z":true},"a.b":"l1\nl2\u001b"}"#;
        insta::assert_snapshot!(blocks(&[record, r#"{"id":"b"}"#, "{}"], &[]), @r#"
        id           a
        empty        {}
        name.first   Zoë
        name.middle  null
        name.""
        tags         [1,{"x":2}]
        deep.a.b.c   1.50
        deep.z       true
        "a.b"        l1\nl2\u{1b}

        id  b

          {}
        "#);
    }

    #[test]
    fn chosen_columns_alone_are_written_and_missing_values_are_marked() {
        let records = [r#"{"id":"a","name":{"first":null}}"#];
        insta::assert_snapshot!(blocks(&records, &["name.first", "name", "x"]), @r#"
        name.first  null
        name        {"first":null}
        x           -
        "#);
    }
}
