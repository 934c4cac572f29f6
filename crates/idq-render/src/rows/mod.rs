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
use crate::format::{SinkOptions, TextFormat};

/// Encodes rows of a snapshot as text, in any number of threads at the same time.
pub trait RowEncoder: Sync {
    /// Returns the source of the values.
    fn source(&self) -> ValueSource;

    /// Appends these rows, in this order: the bytes that the sink of the format would write for them.
    ///
    /// # Errors
    /// A record cannot be read, or is not valid JSON.
    fn encode(&self, rows: &[RowId], out: &mut Vec<u8>) -> Result<(), Error>;
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
    // In load order, each block of a snapshot file is decompressed once. In any other order, rows share blocks only in
    // the large windows of one reader, which decompresses them in parallel.
    let is_scattered = !snapshot.files().is_empty() && !rows.is_sorted();
    let encoder = (format.open_rows)(snapshot, options, rows)?;
    match encoder.filter(|encoder| !is_scattered || encoder.source() == ValueSource::Columns) {
        Some(encoder) => {
            // The header, or nothing.
            (format.open)(Box::new(&mut *out), options)?.finish()?;
            write_parts(snapshot, &*encoder, rows, progress, out)
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
fn write_parts<W: Write + Send>(
    snapshot: &Snapshot,
    encoder: &dyn RowEncoder,
    rows: &[RowId],
    progress: &OnRows<'_>,
    out: &mut W,
) -> Result<(), Error> {
    // Written buffers are used again, because the system would zero the pages of new ones.
    let written: Mutex<Vec<Vec<u8>>> = Mutex::default();
    let lock = || written.lock().unwrap_or_else(PoisonError::into_inner);
    let encode = |rows: &[RowId]| {
        let mut part = lock().pop().unwrap_or_default();
        encoder.encode(rows, &mut part)?;
        Ok(part)
    };
    ordered_parallel(rows, rows_per_task(snapshot), progress, encode, |parts| {
        for mut part in parts {
            out.write_all(&part)?;
            part.clear();
            lock().push(part);
        }
        Ok(())
    })
}
