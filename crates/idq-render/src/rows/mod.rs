//! Output of many rows of a snapshot in a text format: parts are encoded in parallel, and written in order.
//!
//! A format can have an encoder of rows ([`RowEncoder`]), which is faster than its sink: NDJSON copies records that lie
//! together, CSV takes values from columns, and both trust that a load has validated the records. They write the bytes
//! of the sink.

mod columns;
mod csv;
mod ndjson;
mod pipeline;

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use idq_snapshot::{RowId, Snapshot};

pub use columns::{prefers_columns, text_columns};
pub(crate) use csv::open as open_csv;
pub(crate) use ndjson::open as open_ndjson;
pub use pipeline::{ordered_parallel, rows_per_task};

use crate::error::Error;
use crate::format::{Part, RecordFraming, SinkOptions, TextFormat};

/// Encodes rows of a snapshot as text, in any number of threads at the same time.
pub trait RowEncoder: Sync {
    /// Appends these rows, in this order: the bytes that the sink of the format would write for them.
    ///
    /// # Errors
    /// A record cannot be read, or is not valid JSON.
    fn encode(&self, rows: &[RowId], out: &mut Vec<u8>) -> Result<(), Error>;
}

/// A function that opens the encoder of these rows; `None` if their records must be read one by one.
pub type OpenRows = for<'s> fn(
    &'s Snapshot,
    &SinkOptions,
    &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error>;

/// Writes rows in a text format.
///
/// The records of most formats are [independent](RecordFraming::Independent) of each other, and are encoded in parallel.
///
/// # Errors
/// A record cannot be read, or is not valid JSON; the output cannot be written.
pub fn write_rows<W: Write + Send>(
    snapshot: &Snapshot,
    format: &TextFormat,
    options: &SinkOptions,
    rows: &[RowId],
    out: &mut W,
) -> Result<(), Error> {
    if format.framing == RecordFraming::Contextual {
        let mut sink = (format.open)(Box::new(out), options)?;
        let mut reader = snapshot.reader();
        snapshot.for_each_record(rows, &mut reader, |record| sink.record(record))?;
        return sink.finish();
    }
    // The header, or nothing.
    (format.open)(Box::new(&mut *out), options)?.finish()?;
    let options = SinkOptions {
        part: Part::Continuation,
        ..options.clone()
    };
    let encoder = (format.open_rows)(snapshot, &options, rows)?;
    let encoder = encoder.unwrap_or_else(|| {
        Box::new(SinkEncoder {
            snapshot,
            format,
            options: &options,
        })
    });
    // Written buffers are used again, because the system would zero the pages of new ones.
    let written: Mutex<Vec<Vec<u8>>> = Mutex::default();
    let encode = |rows: &[RowId]| {
        let mut part = lock(&written).pop().unwrap_or_default();
        encoder.encode(rows, &mut part)?;
        Ok(part)
    };
    ordered_parallel(rows, rows_per_task(snapshot), encode, |parts| {
        for mut part in parts {
            out.write_all(&part)?;
            part.clear();
            lock(&written).push(part);
        }
        Ok(())
    })
}

/// Locks the written buffers, which are valid even if another thread has panicked.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The encoder of formats without one of their own: a sink for each part.
struct SinkEncoder<'s> {
    snapshot: &'s Snapshot,
    format: &'s TextFormat,
    options: &'s SinkOptions,
}

impl RowEncoder for SinkEncoder<'_> {
    fn encode(&self, rows: &[RowId], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut sink = (self.format.open)(Box::new(out), self.options)?;
        let mut reader = self.snapshot.reader();
        for &row in rows {
            sink.record(self.snapshot.record(row, &mut reader)?)?;
        }
        sink.finish()
    }
}
