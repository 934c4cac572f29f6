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
    Ok(Some(Box::new(RecordRows {
        snapshot,
        append: append_line,
        frame: None,
    })))
}

/// Opens the encoder of an array, which every snapshot has.
pub(crate) fn open_array<'s>(
    snapshot: &'s Snapshot,
    _: &SinkOptions,
    _: &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error> {
    Ok(Some(Box::new(RecordRows {
        snapshot,
        append: append_element,
        frame: Some(ARRAY),
    })))
}

/// The frame of an array.
const ARRAY: RowFrame = RowFrame {
    before: b"[",
    between: b",",
    after: b"]\n",
};

/// Appends a record as an element of an array that another element follows.
fn append_element(record: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(record);
    out.extend_from_slice(ARRAY.between);
}

/// The encoder of whole records.
struct RecordRows<'s> {
    snapshot: &'s Snapshot,
    /// Appends a record, with what is between it and the next one.
    append: fn(&[u8], &mut Vec<u8>),
    frame: Option<RowFrame>,
}

impl RowEncoder for RecordRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn frame(&self) -> Option<RowFrame> {
        self.frame
    }

    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.snapshot
            .append_records(rows, reader, out, self.append)?;
        if let Some(frame) = self.frame
            && !rows.is_empty()
        {
            // No separator follows the last row of a part.
            out.truncate(out.len() - frame.between.len());
        }
        Ok(())
    }
}
