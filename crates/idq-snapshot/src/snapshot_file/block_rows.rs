//! Some rows of one block of records, which are read together: the block is decompressed once.

use std::ops::Range;

use super::SnapshotFile;
use super::records::BatchRecords;
use crate::chunk::PackedRow;

/// Some rows of one block.
pub(crate) struct BlockRows<'s> {
    /// The file of the block.
    file: &'s SnapshotFile,
    /// The record columns of the batch.
    records: &'s BatchRecords,
    /// The rows of the whole block.
    rows: Range<usize>,
}

impl<'s> BlockRows<'s> {
    /// Returns the block that contains a row; `None` if the file is damaged there.
    pub(crate) fn of(file: &'s SnapshotFile, row: PackedRow) -> Option<Self> {
        let records = file.batch_records(row.batch as usize).ok()?;
        let rows = records.block_rows(row.row as usize).ok()?;
        Some(Self {
            file,
            records,
            rows,
        })
    }

    /// Returns the number of the given rows that are in the block; they ascend, and start with that of
    /// [`of`](Self::of).
    pub(crate) fn count(&self, rows: impl Iterator<Item = PackedRow>) -> usize {
        let mut rows = rows.peekable();
        let Some(first) = rows.peek().copied() else {
            return 0;
        };
        let is_inside = |row: &PackedRow| {
            (row.source, row.batch) == (first.source, first.batch)
                && (row.row as usize) < self.rows.end
        };
        // Damaged offsets may leave the first row out.
        rows.take_while(is_inside).count().max(1)
    }

    /// Decompresses the block into `block`. Returns whether it is not damaged.
    pub(crate) fn decompress(&self, block: &mut Vec<u8>) -> bool {
        self.records
            .decompress(self.file, self.rows.clone(), block)
            .is_ok()
    }

    /// Returns the record of a row in the decompressed block; `None` if it is damaged.
    pub(crate) fn record<'b>(&self, block: &'b [u8], row: PackedRow) -> Option<&'b [u8]> {
        let range = (self.records).checked_range(block, &self.rows, row.row as usize);
        block.get(range.ok()?)
    }
}
