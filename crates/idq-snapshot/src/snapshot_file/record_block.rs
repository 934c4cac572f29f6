//! One block of records of a snapshot file, from which several records are read.

use std::ops::Range;

use super::SnapshotFile;
use super::records::BatchRecords;
use crate::chunk::PackedRow;

/// A block.
pub(crate) struct RecordBlock<'s> {
    /// The file.
    file: &'s SnapshotFile,
    /// The record columns of the batch.
    records: &'s BatchRecords,
    /// The row by which the block was found.
    found_by: PackedRow,
    /// The rows of the block in the batch.
    rows: Range<usize>,
}

impl<'s> RecordBlock<'s> {
    /// Returns the block that contains a row; `None` if the file is damaged there.
    pub(crate) fn of(file: &'s SnapshotFile, row: PackedRow) -> Option<Self> {
        let records = file.batch_records(row.batch as usize).ok()?;
        let rows = records.block_rows(row.row as usize).ok()?;
        Some(Self {
            file,
            records,
            found_by: row,
            rows,
        })
    }

    /// Returns whether the block has a row, which is not before the one by which it was found.
    pub(crate) fn contains(&self, row: PackedRow) -> bool {
        (row.source, row.batch) == (self.found_by.source, self.found_by.batch)
            && (row.row as usize) < self.rows.end
    }

    /// Decompresses the block into `bytes`. Returns whether it is not damaged.
    pub(crate) fn decompress(&self, bytes: &mut Vec<u8>) -> bool {
        self.records
            .decompress(self.file, self.rows.clone(), bytes)
            .is_ok()
    }

    /// Returns the record of a row in the decompressed bytes; `None` if it is damaged.
    pub(crate) fn record<'b>(&self, bytes: &'b [u8], row: PackedRow) -> Option<&'b [u8]> {
        let range = (self.records).checked_range(bytes, &self.rows, row.row as usize);
        bytes.get(range.ok()?)
    }
}
