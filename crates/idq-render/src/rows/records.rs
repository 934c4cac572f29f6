//! Rows as verbatim records, in lines or in one array: records that lie together are copied together.

use idq_snapshot::{RecordReader, RowId, Snapshot};

use super::{RowEncoder, RowFrame, ValueSource};
use crate::error::Error;
use crate::format::SinkOptions;
use crate::format::ndjson::write_ndjson;

/// Opens the encoder of NDJSON, which every snapshot has.
pub(crate) fn open_ndjson<'s>(
    snapshot: &'s Snapshot,
    _: &SinkOptions,
    _: &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error> {
    Ok(Some(Box::new(NdjsonRows { snapshot })))
}

/// Opens the encoder of an array, which every snapshot has.
pub(crate) fn open_array<'s>(
    snapshot: &'s Snapshot,
    _: &SinkOptions,
    _: &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error> {
    Ok(Some(Box::new(ArrayRows { snapshot })))
}

/// The encoder of NDJSON.
struct NdjsonRows<'s> {
    snapshot: &'s Snapshot,
}

impl RowEncoder for NdjsonRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = out.len();
        self.snapshot.append_records(rows, b'\n', reader, out)?;
        if has_one_line_each(&out[start..], rows.len()) {
            return Ok(());
        }
        // Some record spans lines.
        out.truncate(start);
        let mut reader = self.snapshot.reader();
        for &row in rows {
            write_ndjson(self.snapshot.record(row, &mut reader)?, out)?;
        }
        Ok(())
    }
}

/// Returns whether none of `records` records, each with a line feed after it, contains a line break.
fn has_one_line_each(lines: &[u8], records: usize) -> bool {
    memchr::memchr_iter(b'\n', lines).count() == records && memchr::memchr(b'\r', lines).is_none()
}

/// The encoder of an array.
struct ArrayRows<'s> {
    snapshot: &'s Snapshot,
}

impl RowEncoder for ArrayRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn frame(&self) -> RowFrame {
        RowFrame {
            before: b"[",
            between: b",",
            after: b"]\n",
        }
    }

    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let start = out.len();
        self.snapshot.append_records(rows, b',', reader, out)?;
        // No comma follows the last record.
        out.truncate(start.max(out.len().saturating_sub(1)));
        Ok(())
    }
}
