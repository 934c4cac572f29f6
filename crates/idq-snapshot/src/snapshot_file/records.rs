//! Reads single records by decompressing their blocks.
//!
//! A block is the bytes of some consecutive records of one batch, in one zstd frame, compressed with the file's
//! dictionary. Its frame is in the row of its first record; the other rows have empty elements.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;
use zstd::zstd_safe::{DCtx, get_error_name, get_frame_content_size};

use super::SnapshotFile;
use super::checksum::record_hash;
use super::decode::{Damage, VarBinary};
use super::format::MAX_BLOCK_RECORDS;
use crate::error::LoadError;
use crate::reject::MAX_RECORD;

thread_local! {
    /// The state of decompressing: some 100 KiB that are not set up anew for each page.
    static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Records read between two checks of the file's state. Callers that read the records of an answer check once more when
/// they have all of them.
const RECORDS_PER_CHECK: u32 = 128;

/// The record columns of a batch, which lie in the file.
///
/// The lengths and the offsets are read from the mapped file each time, and the file may change meanwhile: every
/// position is compared with the end of its buffer when it is used, and every record with its hash.
pub(crate) struct BatchRecords {
    pub(crate) hashes: ScalarBuffer<u64>,
    pub(crate) lengths: ScalarBuffer<u32>,
    pub(crate) blocks: VarBinary,
}

impl BatchRecords {
    /// Returns the rows of the block that a row's record is in.
    ///
    /// A block begins in a row whose element has bytes. Both searches are bounded by the most records that a block has.
    pub(crate) fn block_rows(&self, row: usize) -> Result<Range<usize>, Damage> {
        let rows = self.lengths.len();
        if row >= rows {
            return Err("there is no such record");
        }
        let begins = |row: &usize| self.blocks.get(*row).is_some_and(|block| !block.is_empty());
        let first = row.saturating_sub(MAX_BLOCK_RECORDS - 1)..row + 1;
        let first = first.rev().find(begins).ok_or("it is in no block")?;
        let most = rows.min(first + MAX_BLOCK_RECORDS);
        let end = (first + 1..most).find(begins).unwrap_or(most);
        Ok(first..end)
    }

    /// Returns the length of some consecutive records in bytes.
    pub(crate) fn length(&self, rows: Range<usize>) -> u64 {
        let lengths = self.lengths.get(rows).unwrap_or_default();
        lengths.iter().map(|&length| u64::from(length)).sum()
    }

    /// Decompresses the block of these rows.
    ///
    /// The frame's content size must be the sum of the records' lengths, and no more than the longest record has, so
    /// that memory is taken for that number of bytes alone, whatever the frame decompresses to.
    pub(crate) fn decompress(
        &self,
        file: &SnapshotFile,
        rows: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        let frame = self.blocks.get(rows.start).ok_or("it is in no block")?;
        let length = self.length(rows);
        if get_frame_content_size(frame).ok().flatten() != Some(length) {
            return Err("the length of its block is not that of its records");
        }
        let length = usize::try_from(length).ok();
        let length = length.filter(|length| *length <= MAX_RECORD);
        let length = length.ok_or("its block is too long")?;
        let dictionary = file.record_dictionary()?;
        out.clear();
        out.reserve(length);
        CONTEXT.with_borrow_mut(|context| {
            context
                .get_or_insert_with(DCtx::create)
                .decompress_using_ddict(out, frame, dictionary.as_ddict())
                .map_err(get_error_name)
        })?;
        if out.len() != length {
            return Err("its block is not of its length");
        }
        Ok(())
    }

    /// Returns the range of a row's record in its block, which has these rows, once the record has its hash.
    pub(crate) fn checked_range(
        &self,
        block: &[u8],
        rows: &Range<usize>,
        row: usize,
    ) -> Result<Range<usize>, Damage> {
        let start = self.length(rows.start..row) as usize;
        let end = start + self.length(row..row + 1) as usize;
        let record = block.get(start..end).ok_or("it lies outside its block")?;
        if self.hashes.get(row) != Some(&record_hash(record)) {
            return Err("it does not have its hash");
        }
        Ok(start..end)
    }
}

/// Reads the records of one file. The block of the last record is kept, so that rows in order decompress each block
/// once.
pub(crate) struct BlockReader<'f> {
    file: &'f SnapshotFile,
    batch: usize,
    /// The rows of the block that is kept.
    rows: Range<usize>,
    block: Vec<u8>,
    /// Records that may be read until the file's state is compared again.
    unchecked: u32,
}

impl<'f> BlockReader<'f> {
    pub(crate) fn new(file: &'f SnapshotFile) -> Self {
        Self {
            file,
            batch: 0,
            rows: 0..0,
            block: Vec::new(),
            unchecked: 0,
        }
    }

    /// Compares the file's state with that of its opening, once for some records.
    pub(crate) fn check_unchanged(&mut self) -> Result<(), LoadError> {
        if self.unchecked == 0 {
            self.file.check_unchanged()?;
            self.unchecked = RECORDS_PER_CHECK;
        }
        self.unchecked -= 1;
        Ok(())
    }

    /// Returns the record of a row.
    pub(crate) fn read(&mut self, batch: usize, row: usize) -> Result<&[u8], LoadError> {
        match self.read_block(batch, row) {
            Ok(range) => Ok(&self.block[range]),
            Err(error) => Err(self.file.explained(error)),
        }
    }

    /// Returns the range of a record in the block that is kept, which is read if it is another one.
    fn read_block(&mut self, batch: usize, row: usize) -> Result<Range<usize>, LoadError> {
        let records = self.file.batch_records(batch)?;
        let mut read = || {
            if self.batch != batch || !self.rows.contains(&row) {
                let rows = records.block_rows(row)?;
                self.rows = 0..0;
                records.decompress(self.file, rows.clone(), &mut self.block)?;
                (self.batch, self.rows) = (batch, rows);
            }
            records.checked_range(&self.block, &self.rows, row)
        };
        read().map_err(|damage| {
            self.file
                .damaged(format!("record {row} of batch {batch}: {damage}"))
        })
    }
}

impl fmt::Debug for BlockReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockReader").finish_non_exhaustive()
    }
}
