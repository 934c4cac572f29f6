//! Rows as verbatim records, in lines or in one array: records that lie together are copied together.

use idq_snapshot::{RecordReader, RowId, Snapshot};

use super::{RowEncoder, RowFrame, ValueSource};
use crate::error::Error;
use crate::format::SinkOptions;
use crate::format::ndjson::append_line;

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
        self.snapshot
            .append_records(rows, reader, out, append_line)?;
        Ok(())
    }
}

/// The encoder of an array.
struct ArrayRows<'s> {
    snapshot: &'s Snapshot,
}

impl RowEncoder for ArrayRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn frame(&self) -> Option<RowFrame> {
        Some(RowFrame {
            before: b"[",
            between: b",",
            after: b"]\n",
        })
    }

    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let append = |record: &[u8], out: &mut Vec<u8>| {
            out.extend_from_slice(record);
            out.push(b',');
        };
        self.snapshot.append_records(rows, reader, out, append)?;
        // No comma follows the last record.
        if !rows.is_empty() {
            out.pop();
        }
        Ok(())
    }
}
