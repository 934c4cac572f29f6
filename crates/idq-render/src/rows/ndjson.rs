//! Rows as NDJSON: records that lie together are copied together, and searched for line breaks at once.

use idq_snapshot::{RowId, Snapshot};

use super::{RowEncoder, ValueSource};
use crate::error::Error;
use crate::format::SinkOptions;
use crate::format::ndjson::write_ndjson;

/// Opens the encoder, which every snapshot has.
pub(crate) fn open<'s>(
    snapshot: &'s Snapshot,
    _: &SinkOptions,
    _: &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error> {
    Ok(Some(Box::new(NdjsonRows { snapshot })))
}

/// The encoder of NDJSON.
struct NdjsonRows<'s> {
    snapshot: &'s Snapshot,
}

impl RowEncoder for NdjsonRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn encode(&self, rows: &[RowId], out: &mut Vec<u8>) -> Result<(), Error> {
        let mut reader = self.snapshot.reader();
        let start = out.len();
        self.snapshot.append_lines(rows, &mut reader, out)?;
        if has_one_line_each(&out[start..], rows.len()) {
            return Ok(());
        }
        // Some record spans lines.
        out.truncate(start);
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
