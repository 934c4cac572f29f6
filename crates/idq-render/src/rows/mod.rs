//! Output of many rows of a snapshot in a text format: parts are encoded in parallel, and written in order.
//!
//! A format can have an encoder of rows ([`RowEncoder`]), which is faster than its sink: JSON and NDJSON copy records
//! that lie together, CSV takes values from columns, and all trust that a load has validated the records. They write
//! the bytes of the sink.

mod columns;
mod csv;
mod pipeline;
mod records;

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use idq_snapshot::{RecordReader, RecordWindow, RowId, Snapshot};

pub use columns::{prefers_columns, text_columns};
pub(crate) use csv::open as open_csv;
pub use pipeline::{TaskDivision, ordered_parallel, rows_per_task};
pub(crate) use records::{open_array, open_ndjson};

use crate::error::Error;
use crate::format::{SinkOptions, TextFormat};

/// Encodes rows of a snapshot as text, in any number of threads at the same time.
pub trait RowEncoder: Sync {
    /// Returns the source of the values.
    fn source(&self) -> ValueSource;

    /// Returns the bytes around the rows; `None` if they are those that the sink writes without rows, such as a header.
    fn frame(&self) -> Option<RowFrame> {
        None
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
    /// Between two rows, and so between two parts.
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

/// A function that opens the encoder of these rows; `None` if the format has none, as one whose columns are as wide as
/// their values.
pub type OpenRows = for<'s> fn(
    &'s Snapshot,
    &SinkOptions,
    &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error>;

/// A function that receives the number of rows that have been written, on any thread.
pub type OnRows<'a> = dyn Fn(u64) + Sync + 'a;

/// The number of rows that are written one by one between two reports of progress.
const ROWS_PER_REPORT: u64 = 1_000;

/// Writes rows in a text format, in parallel if the format allows it, and reports the number of written rows to
/// `progress`.
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
            let frame = encoder.frame();
            if frame.is_none() {
                // The header, or nothing.
                (format.open)(Box::new(&mut *out), options)?.finish()?;
            }
            let frame = frame.unwrap_or_default();
            let mut parts = PartWriter {
                snapshot,
                encoder: &*encoder,
                progress,
                frame,
                before_next: frame.before,
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
    frame: RowFrame,
    /// The bytes before the next part.
    before_next: &'static [u8],
    /// The number of rows that were written.
    written: u64,
    /// Written buffers, which are used again: the system would zero the pages of new ones.
    buffers: Mutex<Vec<Vec<u8>>>,
    out: &'w mut W,
}

impl<W: Write + Send> PartWriter<'_, W> {
    /// Writes all rows.
    fn write(&mut self, rows: &[RowId]) -> Result<(), Error> {
        // Records of ascending rows that lie together in a file are read together without a window.
        let last_descent = match self.encoder.source() {
            ValueSource::Columns => None,
            ValueSource::Records => rows.windows(2).rposition(|pair| pair[0] > pair[1]),
        };
        let (mut scattered, others) = rows.split_at(last_descent.map_or(0, |last| last + 1));
        while !scattered.is_empty() {
            let window = self.snapshot.read_window(scattered, u64::MAX);
            let (rows, rest) = scattered.split_at(window.len());
            self.write_window(rows, &Arc::new(window))?;
            scattered = rest;
        }
        self.write_window(others, &Arc::default())?;
        if self.written == 0 {
            self.out.write_all(self.frame.before)?;
        }
        Ok(self.out.write_all(self.frame.after)?)
    }

    /// Writes the rows of a window, or rows that are not in it.
    fn write_window(&mut self, rows: &[RowId], window: &Arc<RecordWindow>) -> Result<(), Error> {
        let Self {
            snapshot,
            encoder,
            progress,
            frame,
            before_next,
            written,
            buffers,
            out,
        } = self;
        let (written_before, buffers) = (*written, &*buffers);
        let lock = || buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let rows_per_task = rows_per_task(snapshot);
        // The position of the first row of each task, from which its reader starts.
        let tasks: Vec<usize> = (0..rows.len()).step_by(rows_per_task).collect();
        let encode = |task: &[usize]| {
            let start = task[0];
            let rows = &rows[start..rows.len().min(start + rows_per_task)];
            let mut reader = snapshot.reader_of_window(window, start);
            let mut part = lock().pop().unwrap_or_default();
            encoder.encode(rows, &mut reader, &mut part)?;
            Ok::<_, Error>(part)
        };
        let report = |tasks| progress(written_before + tasks * rows_per_task as u64);
        ordered_parallel(
            &tasks,
            TaskDivision::of_items(1),
            &report,
            encode,
            |parts| {
                for mut part in parts {
                    out.write_all(std::mem::replace(before_next, frame.between))?;
                    out.write_all(&part)?;
                    part.clear();
                    lock().push(part);
                }
                Ok(())
            },
        )?;
        *written += rows.len() as u64;
        Ok(())
    }
}
