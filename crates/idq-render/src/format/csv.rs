//! CSV: a header, then one line a record.

use std::io::{self, Write};

use idq_json::{Cell, Scalar, Text};

use super::columns::{ColumnSet, cell_text};
use super::formula::FormulaPolicy;
use super::{
    ColumnSupport, FormulaRisk, OutputFormat, PageStyle, Part, RecordFraming, RecordSink,
    TextFormat,
};
use crate::error::Error;
use crate::rows::open_csv;
use crate::terminal::TerminalEncoding;

/// The format `csv`.
pub static FORMAT: TextFormat = TextFormat {
    description: OutputFormat {
        name: "csv",
        extensions: &["csv"],
        summary: "A header, and a line for each record",
        columns: ColumnSupport::DocumentedFields,
        terminal: Some(TerminalEncoding::Text),
        formulas: FormulaRisk::Present,
    },
    page_style: PageStyle::Records,
    framing: RecordFraming::Independent,
    open: |out, options| {
        let columns = options.columns.clone();
        Ok(Box::new(match options.part {
            Part::Start => CsvWriter::new(out, columns, options.formulas)?,
            Part::Continuation => CsvWriter::without_header(out, columns, options.formulas),
        }))
    },
    open_rows: open_csv,
};

/// Writes records as CSV in UTF-8: a header of the columns' names, then one line a record.
///
/// Strings are decoded, numbers keep their spelling, booleans are `true` or `false`, objects and arrays are compact
/// JSON. Null and missing values are both empty, because CSV cannot distinguish them. Fields are quoted where RFC 4180
/// requires it, so a record whose text has line breaks spans lines. Lines end in a line feed.
///
/// ```
/// use idq_render::{ColumnSet, CsvWriter, FormulaPolicy};
///
/// let columns = ColumnSet::new(["id", "profile.city"]);
/// let mut csv = CsvWriter::new(Vec::new(), columns, FormulaPolicy::Neutralise)?;
/// csv.write(br#"{"id":-7,"profile":{"city":"K\u00f6ln, \"Deutz\""}}"#)?;
/// csv.write(br#"{"id":"=1+2","profile":null}"#)?;
/// assert_eq!(csv.finish()?, "id,profile.city\n-7,\"Köln, \"\"Deutz\"\"\"\n'=1+2,\n".as_bytes());
/// # Ok::<(), idq_render::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "buffered lines are lost without `finish`"]
pub struct CsvWriter<W: Write> {
    columns: ColumnSet,
    formulas: FormulaPolicy,
    writer: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Starts a file and writes its header.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn new(out: W, columns: ColumnSet, formulas: FormulaPolicy) -> io::Result<Self> {
        let mut csv = Self::without_header(out, columns, formulas);
        for name in csv.columns.names() {
            write_field(&mut csv.writer, &formulas.apply(name))?;
        }
        end_line(&mut csv.writer)?;
        Ok(csv)
    }

    /// Continues a file whose header has been written: the outputs of several writers, concatenated, are one file.
    pub fn without_header(out: W, columns: ColumnSet, formulas: FormulaPolicy) -> Self {
        Self {
            columns,
            formulas,
            writer: csv::Writer::from_writer(out),
        }
    }

    /// Writes one record, or nothing if the record is not valid JSON.
    ///
    /// # Errors
    /// The record is not valid JSON, or the output cannot be written.
    pub fn write(&mut self, record: &[u8]) -> Result<(), Error> {
        for cell in self.columns.read(record)? {
            let formulas = self.formulas.for_cell(cell);
            write_field(&mut self.writer, &formulas.apply(&cell_text(cell)))?;
        }
        Ok(end_line(&mut self.writer)?)
    }

    /// Writes the buffered lines, and returns the output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        self.writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}

impl<W: Write> RecordSink for CsvWriter<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), Error> {
        self.write(record)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        CsvWriter::finish(*self)?;
        Ok(())
    }
}

/// Returns the cell of a text, which is no spelling with escapes.
pub fn text_cell(text: &str) -> Cell<'_> {
    Cell::Scalar(Scalar::String(Text::from_raw(text, false)))
}

/// Appends a line of cells: strings decoded and neutralised as the policy says, objects and arrays as JSON, null and
/// missing values empty.
///
/// ```
/// use idq_json::Cells;
/// use idq_render::{FormulaPolicy, append_csv_line};
///
/// let cells = Cells::new(["id", "name", "x"]).read(br#"{"id":-7,"name":"=1+2"}"#)?;
/// let mut out = Vec::new();
/// append_csv_line(cells, FormulaPolicy::Neutralise, &mut out);
/// assert_eq!(out, b"-7,'=1+2,\n");
/// # Ok::<(), idq_json::Error>(())
/// ```
pub fn append_csv_line<'c>(
    cells: impl IntoIterator<Item = Cell<'c>>,
    formulas: FormulaPolicy,
    out: &mut Vec<u8>,
) {
    let line = out.len();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let start = out.len();
        out.extend_from_slice(cell_text(cell).as_bytes());
        finish_field(start, formulas.for_cell(cell), out);
    }
    append_line_end(line, out);
}

/// Finishes a field of CSV whose text starts at `start`: neutralises a formula, and quotes the text if necessary.
pub(crate) fn finish_field(start: usize, formulas: FormulaPolicy, out: &mut Vec<u8>) {
    if is_plain(&out[start..]) {
        return;
    }
    // The text is one of a column, so it is UTF-8 and nothing is replaced.
    let text = String::from_utf8_lossy(&out.split_off(start)).into_owned();
    let text = formulas.apply(&text);
    if !text.bytes().any(needs_quotes) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Returns whether a text is written unchanged under every policy: it starts with a letter or digit, so that it is no
/// formula, and needs no quotes.
fn is_plain(text: &[u8]) -> bool {
    let starts_plainly = text.first().is_none_or(u8::is_ascii_alphanumeric);
    // Without an early exit, sixteen bytes are compared at a time.
    let quotes = text
        .iter()
        .fold(false, |quotes, &byte| quotes | needs_quotes(byte));
    starts_plainly && !quotes
}

/// Returns whether a field with this byte must be quoted.
fn needs_quotes(byte: u8) -> bool {
    matches!(byte, b',' | b'"' | b'\r' | b'\n')
}

/// Ends the line that starts at `start`, like [`end_line`].
pub(crate) fn append_line_end(start: usize, out: &mut Vec<u8>) {
    if out.len() == start {
        out.extend_from_slice(b"\"\"");
    }
    out.push(b'\n');
}

/// Writes one field, quoted if necessary.
pub(crate) fn write_field<W: Write>(writer: &mut csv::Writer<W>, text: &str) -> io::Result<()> {
    writer.write_field(text).map_err(into_io_error)
}

/// Ends a line. A line of one empty field is quoted, so that readers do not skip it as a blank line.
pub(crate) fn end_line<W: Write>(writer: &mut csv::Writer<W>) -> io::Result<()> {
    writer.write_record(None::<&[u8]>).map_err(into_io_error)
}

/// Returns the underlying error of the output, whose kind distinguishes a closed pipe from other failures.
fn into_io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_that_is_appended_is_the_line_of_the_writer() {
        let fields = [
            "", "a", "a b", "a,b", "\"", "a\"b\"", "\r", "\n", "a\r\nb", "=1", "=1,2", "-", "+\"",
            "@x", " =1", "é", "é,", "＝1", "'", "#", "\u{0}", "\t", ";", "7",
        ];
        for policy in [FormulaPolicy::Neutralise, FormulaPolicy::Keep] {
            for first in fields {
                for second in fields.map(Some).into_iter().chain([None]) {
                    let texts: Vec<&str> = [first].into_iter().chain(second).collect();
                    let mut writer = csv::Writer::from_writer(Vec::new());
                    let mut line = Vec::new();
                    for (index, text) in texts.iter().enumerate() {
                        write_field(&mut writer, &policy.apply(text)).unwrap();
                        if index > 0 {
                            line.push(b',');
                        }
                        let start = line.len();
                        line.extend_from_slice(text.as_bytes());
                        finish_field(start, policy, &mut line);
                    }
                    end_line(&mut writer).unwrap();
                    append_line_end(0, &mut line);
                    assert_eq!(line, writer.into_inner().unwrap(), "{texts:?}");
                }
            }
        }
    }
}
