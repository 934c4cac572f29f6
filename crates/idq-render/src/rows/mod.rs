//! Output of many rows of a snapshot in a text format: parts are encoded in parallel, and written in order.
//!
//! A format can have an encoder of rows ([`RowEncoder`]), which is faster than its sink: JSON and NDJSON copy records that
//! lie together, CSV takes values from columns, and all trust that a load has validated the records. They write the
//! bytes of the sink.

mod columns;
mod csv;
mod pipeline;
mod records;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use idq_snapshot::{MAX_SCATTERED_BYTES, RecordReader, RecordWindow, RowId, Snapshot};

pub use columns::{prefers_columns, text_columns};
pub(crate) use csv::open as open_csv;
pub use pipeline::{ordered_parallel, rows_per_task};
pub(crate) use records::{open_array, open_ndjson};

use crate::error::Error;
use crate::format::{RecordFraming, SinkOptions, TextFormat};

/// Encodes rows of a snapshot as text, in any number of threads at the same time.
pub trait RowEncoder: Sync {
    /// Returns the source of the values.
    fn source(&self) -> ValueSource;

    /// Returns what is around the rows. By default it is nothing, except the header that the sink writes.
    fn frame(&self) -> RowFrame {
        RowFrame::default()
    }

    /// Appends these rows, in this order: the bytes that the sink of the format would write for them. Records are read
    /// by the reader, which may have read them ahead.
    ///
    /// # Errors
    /// A record cannot be read, or is not valid JSON.
    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error>;
}

/// The bytes around rows that were encoded in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowFrame {
    /// Before the first row.
    pub before: &'static [u8],
    /// Between two parts.
    pub between: &'static [u8],
    /// After the last row.
    pub after: &'static [u8],
}

/// The source of the values that a [`RowEncoder`] writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueSource {
    /// The columns of the snapshot.
    Columns,
    /// The bytes of the records.
    Records,
}

/// A function that opens the encoder of these rows; `None` if each record depends on its neighbours.
pub type OpenRows = for<'s> fn(
    &'s Snapshot,
    &SinkOptions,
    &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error>;

/// A function that receives the number of rows that have been written, on any thread.
pub type OnRows<'a> = dyn Fn(u64) + Sync + 'a;

/// The number of rows that are written one by one between two reports of progress.
const ROWS_PER_REPORT: u64 = 1_000;

/// Writes rows in a text format, in parallel where the format and the order of the rows allow it, and reports the number
/// of written rows to `progress`.
///
/// # Errors
/// A record cannot be read, or is not valid JSON; the output cannot be written.
pub fn write_rows<W: Write + Send>(
    snapshot: &Snapshot,
    format: &TextFormat,
    options: &SinkOptions,
    rows: &[RowId],
    progress: &OnRows<'_>,
    out: &mut W,
) -> Result<(), Error> {
    match (format.open_rows)(snapshot, options, rows)? {
        Some(encoder) => {
            if format.framing == RecordFraming::Independent {
                // The header, or nothing.
                (format.open)(Box::new(&mut *out), options)?.finish()?;
            }
            let mut parts = PartWriter {
                snapshot,
                encoder: &*encoder,
                progress,
                written: 0,
                buffers: Mutex::default(),
                out,
            };
            parts.write(rows)
        }
        None => {
            let mut sink = (format.open)(Box::new(out), options)?;
            let mut reader = snapshot.reader();
            let mut written = 0;
            snapshot.for_each_record(rows, &mut reader, |record| {
                written += 1;
                if written % ROWS_PER_REPORT == 0 {
                    progress(written);
                }
                sink.record(record)
            })?;
            sink.finish()
        }
    }
}

/// Encodes rows in parallel, and writes them in order.
struct PartWriter<'w, W> {
    snapshot: &'w Snapshot,
    encoder: &'w dyn RowEncoder,
    progress: &'w OnRows<'w>,
    /// The number of rows that were written.
    written: u64,
    /// Written buffers, which are used again: the system would zero the pages of new ones.
    buffers: Mutex<Vec<Vec<u8>>>,
    out: &'w mut W,
}

impl<W: Write + Send> PartWriter<'_, W> {
    /// Writes all rows.
    fn write(&mut self, rows: &[RowId]) -> Result<(), Error> {
        let frame = self.encoder.frame();
        self.out.write_all(frame.before)?;
        if self.encoder.source() == ValueSource::Columns || rows.is_sorted() {
            self.write_window(rows, &Arc::default())?;
        } else {
            // Records that lie together in a file are read together only within a window.
            let mut rest = rows;
            while !rest.is_empty() {
                let window = self.snapshot.read_window(rest, MAX_SCATTERED_BYTES);
                let (rows, others) = rest.split_at(window.len());
                self.write_window(rows, &Arc::new(window))?;
                rest = others;
            }
        }
        Ok(self.out.write_all(frame.after)?)
    }

    /// Writes rows, the records of which may be in a window.
    fn write_window(&mut self, rows: &[RowId], window: &Arc<RecordWindow>) -> Result<(), Error> {
        let Self {
            snapshot,
            encoder,
            progress,
            written,
            buffers,
            out,
        } = self;
        let (before, buffers) = (*written, &*buffers);
        let lock = || buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let encode = |rows: &[RowId]| {
            let mut part = lock().pop().unwrap_or_default();
            encoder.encode(rows, &mut snapshot.reader_of_window(window), &mut part)?;
            Ok::<_, Error>(part)
        };
        let between = encoder.frame().between;
        let mut separator = if before == 0 { &[] } else { between };
        let report = |rows| progress(before + rows);
        let per_task = rows_per_task(snapshot);
        ordered_parallel(rows, per_task, &report, encode, |parts| {
            for mut part in parts {
                out.write_all(std::mem::replace(&mut separator, between))?;
                out.write_all(&part)?;
                part.clear();
                lock().push(part);
            }
            Ok(())
        })?;
        *written += rows.len() as u64;
        Ok(())
    }
}
