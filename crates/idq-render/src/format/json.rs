//! JSON: records verbatim in one array.

use std::io::{self, Write};

use super::{
    ColumnSupport, FormulaRisk, OutputFormat, PageStyle, RecordFraming, RecordSink, TextFormat,
};
use crate::error::Error;
use crate::rows::open_array;
use crate::terminal::TerminalEncoding;

/// The format `json`.
pub(super) static FORMAT: TextFormat = TextFormat {
    description: OutputFormat {
        name: "json",
        extensions: &["json"],
        summary: "The API's envelope around verbatim records; with --all or --bare, an array",
        columns: ColumnSupport::WholeRecords,
        terminal: Some(TerminalEncoding::Json),
        formulas: FormulaRisk::Absent,
    },
    page_style: PageStyle::Envelope,
    framing: RecordFraming::Contextual,
    open: |out, _| Ok(Box::new(ArrayWriter::new(out))),
    open_rows: open_array,
};

/// Writes records verbatim as one JSON array: `[`, the records with commas between them, `]`.
///
/// ```
/// let mut array = idq_render::ArrayWriter::new(Vec::new());
/// array.write(br#"{"id":1}"#)?;
/// array.write(br#"{ "id": 2 }"#)?;
/// assert_eq!(array.finish()?, br#"[{"id":1},{ "id": 2 }]"#);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "an array without its end is not JSON: call `finish`"]
pub struct ArrayWriter<W> {
    out: W,
    /// The bytes before the next record: the opening bracket, then commas.
    separator: &'static [u8],
}

/// The start of an array.
const OPENING_BRACKET: &[u8] = b"[";

impl<W: Write> ArrayWriter<W> {
    /// Returns a writer of an array; nothing is written before the first record or the end.
    pub fn new(out: W) -> Self {
        Self {
            out,
            separator: OPENING_BRACKET,
        }
    }

    /// Writes one record.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn write(&mut self, record: &[u8]) -> io::Result<()> {
        self.out.write_all(self.separator)?;
        self.separator = b",";
        self.out.write_all(record)
    }

    /// Ends the array, without a line feed, and returns the output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        if self.separator == OPENING_BRACKET {
            self.out.write_all(OPENING_BRACKET)?;
        }
        self.out.write_all(b"]")?;
        Ok(self.out)
    }
}

impl<W: Write> RecordSink for ArrayWriter<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), Error> {
        Ok(self.write(record)?)
    }

    /// Ends the array with a line feed, as text for a terminal or a file ends.
    fn finish(self: Box<Self>) -> Result<(), Error> {
        Ok(ArrayWriter::finish(*self)?.write_all(b"\n")?)
    }
}

#[cfg(test)]
mod tests {
    use super::ArrayWriter;

    #[test]
    fn array_without_records_is_empty() {
        assert_eq!(ArrayWriter::new(Vec::new()).finish().unwrap(), b"[]");
    }
}
