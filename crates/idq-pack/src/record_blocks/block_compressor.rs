//! Makes the record columns of a batch: hashes, lengths and compressed blocks.

use std::sync::Arc;

use arrow_array::builder::BinaryBuilder;
use arrow_array::{ArrayRef, UInt32Array, UInt64Array};
use idq_snapshot::snapshot_file::checksum::record_hash;
use idq_snapshot::{RowId, Snapshot};
use zstd::bulk::Compressor;

use super::{BLOCK_BYTES, BLOCK_RECORDS, RecordDictionary};
use crate::error::PackError;

/// Compresses the records of one batch.
pub(crate) struct BlockCompressor<'d> {
    compressor: Compressor<'d>,
    /// The block that is being filled.
    block: Vec<u8>,
    block_records: usize,
    frame: Vec<u8>,
    hashes: Vec<u64>,
    lengths: Vec<u32>,
    /// The frame of each block in the row of its first record; empty in the other rows.
    blocks: BinaryBuilder,
}

impl<'d> BlockCompressor<'d> {
    /// Returns a compressor of a batch without records.
    pub(crate) fn new(dictionary: &'d RecordDictionary) -> Result<Self, PackError> {
        let failed = PackError::Compress;
        let mut compressor =
            Compressor::with_prepared_dictionary(dictionary.prepared()).map_err(failed)?;
        // Each record has a hash already, and a file has one dictionary.
        compressor.include_checksum(false).map_err(failed)?;
        compressor.include_dictid(false).map_err(failed)?;
        Ok(Self {
            compressor,
            block: Vec::with_capacity(BLOCK_BYTES),
            block_records: 0,
            frame: Vec::new(),
            hashes: Vec::new(),
            lengths: Vec::new(),
            blocks: BinaryBuilder::new(),
        })
    }

    /// Returns the columns of the records at these rows, in the order of the file.
    pub(crate) fn compress(
        mut self,
        snapshot: &Snapshot,
        rows: impl Iterator<Item = RowId>,
    ) -> Result<[ArrayRef; 3], PackError> {
        let mut reader = snapshot.reader();
        for row in rows {
            self.push(snapshot.record(row, &mut reader)?)?;
        }
        self.finish_block()?;
        Ok([
            Arc::new(UInt64Array::from(self.hashes)),
            Arc::new(UInt32Array::from(self.lengths)),
            Arc::new(self.blocks.finish()),
        ])
    }

    /// Adds a record to the block, or to the next one where it does not fit.
    fn push(&mut self, record: &[u8]) -> Result<(), PackError> {
        let is_full =
            self.block_records == BLOCK_RECORDS || self.block.len() + record.len() > BLOCK_BYTES;
        if is_full {
            self.finish_block()?;
        }
        self.hashes.push(record_hash(record));
        // A record has at most 64 MiB.
        self.lengths.push(record.len() as u32);
        self.block.extend_from_slice(record);
        self.block_records += 1;
        Ok(())
    }

    /// Compresses the block, if it has a record, and begins an empty one.
    fn finish_block(&mut self) -> Result<(), PackError> {
        if self.block_records == 0 {
            return Ok(());
        }
        self.frame.clear();
        self.frame
            .reserve(zstd::zstd_safe::compress_bound(self.block.len()));
        self.compressor
            .compress_to_buffer(&self.block, &mut self.frame)
            .map_err(PackError::Compress)?;
        self.blocks.append_value(&self.frame);
        for _ in 1..self.block_records {
            self.blocks.append_value([]);
        }
        self.block.clear();
        self.block_records = 0;
        Ok(())
    }
}
