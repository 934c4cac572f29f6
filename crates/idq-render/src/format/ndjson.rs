//! NDJSON: one record a line, verbatim unless a record spans lines.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{
    ColumnSupport, FormulaRisk, OutputFormat, PageStyle, RecordFraming, RecordSink, TextFormat,
};
use crate::error::Error;
use crate::rows::open_ndjson;
use crate::terminal::TerminalEncoding;

/// The format `ndjson`.
pub static FORMAT: TextFormat = TextFormat {
    description: OutputFormat {
        name: "ndjson",
        extensions: &["ndjson", "jsonl"],
        summary: "One record a line, verbatim except for line breaks between tokens",
        columns: ColumnSupport::WholeRecords,
        terminal: Some(TerminalEncoding::Json),
        formulas: FormulaRisk::Absent,
    },
    page_style: PageStyle::Records,
    framing: RecordFraming::Independent,
    open: |out, _| Ok(Box::new(NdjsonSink(out))),
    open_rows: open_ndjson,
};

/// Writes a record and a line feed.
///
/// A record that spans lines is written without the white space between its tokens; any other record is written
/// verbatim. The spelling of strings and numbers is kept in both cases.
///
/// # Errors
/// The output cannot be written.
///
/// ```
/// let mut out = Vec::new();
/// idq_render::write_ndjson(b"{\"id\": 1.50}", &mut out)?;
/// idq_render::write_ndjson(b"{\n  \"id\": 1.50\n}", &mut out)?;
/// assert_eq!(out, b"{\"id\": 1.50}\n{\"id\":1.50}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_ndjson<W: Write>(record: &[u8], out: &mut W) -> io::Result<()> {
    out.write_all(&in_one_line(record))?;
    out.write_all(b"\n")
}

/// Appends a record and a line feed, as [`write_ndjson`] writes them.
pub(crate) fn append_line(record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&in_one_line(record));
    out.push(b'\n');
}

/// Returns a record without the white space between its tokens, if it spans lines.
fn in_one_line(record: &[u8]) -> Cow<'_, [u8]> {
    // Line breaks in strings are escapes, so a raw one is always white space between tokens.
    if memchr::memchr2(b'\n', b'\r', record).is_none() {
        return Cow::Borrowed(record);
    }
    let mut line = Vec::with_capacity(record.len());
    idq_json::compact(record, &mut line);
    Cow::Owned(line)
}

/// The sink of [`write_ndjson`].
struct NdjsonSink<W>(W);

impl<W: Write> RecordSink for NdjsonSink<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), Error> {
        Ok(write_ndjson(record, &mut self.0)?)
    }

    /// Does nothing: every line has been written, and nothing follows the last one.
    fn finish(self: Box<Self>) -> Result<(), Error> {
        Ok(())
    }
}
