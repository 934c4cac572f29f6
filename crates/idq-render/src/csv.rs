use std::io::{self, Write};

use idq_json::{Cell, Scalar};

use crate::columns::{ColumnSet, cell_text};
use crate::error::Error;
use crate::formula::Formulas;

/// Writes records as CSV in UTF-8: a header of the columns' names, then a line a record.
///
/// Text is decoded, numbers are as spelled, booleans `true` or `false`, objects and arrays compact JSON. A null and a
/// missing value are both empty, as CSV has no way to tell them apart. Fields are quoted where they must be (RFC 4180),
/// so a record whose text has line breaks spans lines. Lines end in a line feed alone.
///
/// ```
/// use idq_render::{ColumnSet, CsvWriter, Formulas};
///
/// let columns = ColumnSet::new(["id", "profile.city"]);
/// let mut csv = CsvWriter::new(Vec::new(), columns, Formulas::Neutralised)?;
/// csv.write(br#"{"id":-7,"profile":{"city":"K\u00f6ln, \"Deutz\""}}"#)?;
/// csv.write(br#"{"id":"=1+2","profile":null}"#)?;
/// assert_eq!(csv.finish()?, "id,profile.city\n-7,\"Köln, \"\"Deutz\"\"\"\n'=1+2,\n".as_bytes());
/// # Ok::<(), idq_render::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the last lines may not have reached the output: call `finish`"]
pub struct CsvWriter<W: Write> {
    columns: ColumnSet,
    formulas: Formulas,
    writer: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Starts a file with the header.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn new(out: W, columns: ColumnSet, formulas: Formulas) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(out);
        for name in columns.names() {
            field(&mut writer, &formulas.guard(name))?;
        }
        end_line(&mut writer)?;
        Ok(Self {
            columns,
            formulas,
            writer,
        })
    }

    /// Goes on with a file whose header has been written: the lines of many writers, one after another, are one file.
    pub fn without_header(out: W, columns: ColumnSet, formulas: Formulas) -> Self {
        Self {
            columns,
            formulas,
            writer: csv::Writer::from_writer(out),
        }
    }

    /// Writes one record; nothing of it if it is not valid JSON.
    ///
    /// # Errors
    /// The record is not valid JSON, or the output cannot be written.
    pub fn write(&mut self, record: &[u8]) -> Result<(), Error> {
        for cell in self.columns.read(record)? {
            let formulas = match cell {
                Cell::Scalar(Scalar::String(_)) => self.formulas,
                _ => Formulas::Raw,
            };
            field(&mut self.writer, &formulas.guard(&cell_text(cell)))?;
        }
        Ok(end_line(&mut self.writer)?)
    }

    /// Writes what is still held back, and gives the output back.
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

fn field<W: Write>(writer: &mut csv::Writer<W>, text: &str) -> io::Result<()> {
    writer.write_field(text).map_err(write_error)
}

fn end_line<W: Write>(writer: &mut csv::Writer<W>) -> io::Result<()> {
    writer.write_record(None::<&[u8]>).map_err(write_error)
}

/// The error underneath: whoever asks whether a pipe was closed looks at its kind.
fn write_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}
