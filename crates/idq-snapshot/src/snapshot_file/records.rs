//! Reading of single records by decompression of their blocks.
//!
//! A block has the bytes of some consecutive records of one batch, in one zstd frame that is compressed with the file's
//! dictionary. The frame is the element of the row of the first record; the other rows have empty elements.

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
use crate::records::reject::MAX_RECORD;

thread_local! {
    /// The decompression context, some 100 KiB, which are not allocated again for each page.
    static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Calls a function with the decompression context of the thread.
pub(super) fn with_context<T>(decompress: impl FnOnce(&mut DCtx<'static>) -> T) -> T {
    CONTEXT.with_borrow_mut(|context| decompress(context.get_or_insert_with(DCtx::create)))
}

/// The number of records that are read between two checks of the file's state. Callers that read the records of an
/// answer check again after the last one.
const RECORDS_PER_CHECK: u32 = 128;

/// The record columns of a batch, which are in the mapped file.
///
/// The lengths and the offsets are read from the map each time, and the file may change meanwhile. Therefore every
/// position is compared with the end of its buffer when it is used, and every record with its hash.
pub(crate) struct BatchRecords {
    pub(crate) hashes: ScalarBuffer<u64>,
    pub(crate) lengths: ScalarBuffer<u32>,
    pub(crate) blocks: VarBinary,
}

impl BatchRecords {
    /// Returns the rows of the block that contains a row's record.
    ///
    /// A block begins in a row whose element is not empty. [`MAX_BLOCK_RECORDS`] bounds both searches.
    pub(crate) fn block_rows(&self, row: usize) -> Result<Range<usize>, Damage> {
        let rows = self.lengths.len();
        if row >= rows {
            return Err("there is no such record");
        }
        let begins = |row: &usize| self.blocks.get(*row).is_some_and(|block| !block.is_empty());
        let first = row.saturating_sub(MAX_BLOCK_RECORDS - 1)..row + 1;
        let first = first.rev().find(begins).ok_or("no block contains it")?;
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
    /// The frame's content size must be the sum of the records' lengths and at most [`MAX_RECORD`], so that a hostile
    /// frame cannot take more memory.
    pub(crate) fn decompress(
        &self,
        file: &SnapshotFile,
        rows: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), Damage> {
        let frame = self.blocks.get(rows.start).ok_or("no block contains it")?;
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
        with_context(|context| {
            context
                .decompress_using_ddict(out, frame, dictionary.as_ddict())
                .map_err(get_error_name)
        })?;
        if out.len() != length {
            return Err("its block has another length");
        }
        Ok(())
    }

    /// Returns the range of a row's record in its block, which has these rows, after comparing the record with its
    /// hash.
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

/// A reader of the records of one file. It keeps the block of the last record, so that reads in load order decompress
/// each block once.
pub(crate) struct RecordBlockReader<'f> {
    file: &'f SnapshotFile,
    batch: usize,
    /// The rows of the kept block.
    rows: Range<usize>,
    block: Vec<u8>,
    /// The number of records that may be read before the next check of the file's state.
    unchecked: u32,
}

impl<'f> RecordBlockReader<'f> {
    pub(crate) fn new(file: &'f SnapshotFile) -> Self {
        Self {
            file,
            batch: 0,
            rows: 0..0,
            block: Vec::new(),
            unchecked: 0,
        }
    }

    /// Checks that the file is unchanged, once for every [`RECORDS_PER_CHECK`] records.
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

    /// Reads the block of a record, unless it is the kept block, and returns the range of the record in it.
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

impl fmt::Debug for RecordBlockReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordBlockReader").finish_non_exhaustive()
    }
}
