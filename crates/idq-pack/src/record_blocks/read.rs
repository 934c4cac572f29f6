//! Reads records by decompressing their blocks.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use arrow_buffer::ScalarBuffer;
use idq_snapshot::{LoadError, MAX_RECORD, PackedReader};
use rayon::prelude::*;
use zstd::zstd_safe::{DCtx, get_error_name, get_frame_content_size};

use super::{MAX_BLOCK_RECORDS, record_hash};
use crate::decode::{VarBinary, Wrong};
use crate::open::PackedFile;

thread_local! {
    /// The state of decompressing: some 100 KiB that are not set up anew for each page.
    static CONTEXT: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Records read between two checks of the file's state. Callers that read the records of an answer check once more when
/// they have all of them.
const RECORDS_PER_CHECK: u32 = 128;

/// The most bytes of records, and the most records, that are read ahead at a time. Rows in an order of their own share
/// the decompression of their blocks within this window, so it is larger than reading in load order needs.
const PREFETCH_BYTES: u64 = 32 << 20;
const PREFETCH_RECORDS: usize = 64 << 10;

/// Blocks decompressed by one task of a thread pool, at least.
const BLOCKS_PER_TASK: usize = 16;

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
    fn block_rows(&self, row: usize) -> Result<Range<usize>, Wrong> {
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
    fn length(&self, rows: Range<usize>) -> u64 {
        let lengths = self.lengths.get(rows).unwrap_or_default();
        lengths.iter().map(|&length| u64::from(length)).sum()
    }

    /// Decompresses the block of these rows.
    ///
    /// The frame's content size must be the sum of the records' lengths, and no more than the longest record has, so that
    /// memory is taken for that number of bytes alone, whatever the frame decompresses to.
    fn decompress(
        &self,
        file: &PackedFile,
        rows: Range<usize>,
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
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
    fn checked_range(
        &self,
        block: &[u8],
        rows: &Range<usize>,
        row: usize,
    ) -> Result<Range<usize>, Wrong> {
        let start = self.length(rows.start..row) as usize;
        let end = start + self.length(row..row + 1) as usize;
        let record = block.get(start..end).ok_or("it lies outside its block")?;
        if self.hashes.get(row) != Some(&record_hash(record)) {
            return Err("it does not have its hash");
        }
        Ok(start..end)
    }
}

/// Reads the records of a file. The block of the last record is kept, so that rows in order decompress each block once.
pub(crate) struct RecordBlockReader<'f> {
    file: &'f PackedFile,
    batch: usize,
    /// The rows of the block that is kept.
    rows: Range<usize>,
    block: Vec<u8>,
    prefetched: Prefetched,
    /// Records that may be read until the file's state is compared again.
    unchecked: u32,
}

impl<'f> RecordBlockReader<'f> {
    pub(crate) fn new(file: &'f PackedFile) -> Self {
        Self {
            file,
            batch: 0,
            rows: 0..0,
            block: Vec::new(),
            prefetched: Prefetched::default(),
            unchecked: 0,
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
        read().map_err(|wrong| {
            self.file
                .damaged(format!("record {row} of batch {batch}: {wrong}"))
        })
    }
}

impl fmt::Debug for RecordBlockReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordBlockReader").finish_non_exhaustive()
    }
}

impl PackedReader for RecordBlockReader<'_> {
    fn read(&mut self, chunk: usize, row: usize) -> Result<&[u8], LoadError> {
        if self.unchecked == 0 {
            self.file.check_unchanged()?;
            self.unchecked = RECORDS_PER_CHECK;
        }
        self.unchecked -= 1;
        if let Some(position) = self.prefetched.next(chunk, row) {
            return Ok(self.prefetched.get(position));
        }
        match self.read_block(chunk, row) {
            Ok(range) => Ok(&self.block[range]),
            Err(error) => Err(self.file.explained(error)),
        }
    }

    fn prefetch(&mut self, rows: &mut dyn Iterator<Item = (usize, usize)>) -> usize {
        // The bytes of the last window are freed before those of the next one are allocated.
        self.prefetched = Prefetched::default();
        self.prefetched = Prefetched::read(self.file, rows);
        self.prefetched.rows.len().max(1)
    }
}

/// Records that were read ahead, in the order in which they will be read.
#[derive(Default)]
struct Prefetched {
    rows: Vec<(usize, usize)>,
    positions: Vec<Position>,
    /// For each block the bytes of its records that are wanted.
    pieces: Vec<Vec<u8>>,
    next: usize,
}

/// The piece of a record, and its range there. A record that could not be read has none: reading it alone says why.
#[derive(Clone, Default)]
struct Position {
    piece: usize,
    range: Option<Range<usize>>,
}

/// Some rows of one block.
struct BlockRows<'f, 'w> {
    records: &'f BatchRecords,
    rows: Range<usize>,
    wanted: &'w [Wanted],
}

/// A row that is wanted, with its position in the order of reading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    batch: usize,
    row: usize,
    position: usize,
}

impl Prefetched {
    /// Reads the first of these rows, as many as the window takes. The block of each row is decompressed once, in parallel
    /// with others, and the bytes of the wanted records are kept.
    fn read(file: &PackedFile, rows: &mut dyn Iterator<Item = (usize, usize)>) -> Self {
        let mut prefetched = Self::default();
        let mut bytes = 0;
        for (batch, row) in rows.take(PREFETCH_RECORDS) {
            // Damage is reported when the record is read.
            let records = file.batch_records(batch).ok();
            bytes += records.map_or(0, |records| records.length(row..row + 1));
            prefetched.rows.push((batch, row));
            if bytes >= PREFETCH_BYTES {
                break;
            }
        }
        let mut wanted: Vec<Wanted> = (0..)
            .zip(&prefetched.rows)
            .map(|(position, &(batch, row))| Wanted {
                batch,
                row,
                position,
            })
            .collect();
        if !wanted.is_sorted() {
            wanted.par_sort_unstable();
        }
        let blocks = group_by_block(file, &wanted);
        let read: Vec<_> = blocks
            .par_iter()
            .with_min_len(BLOCKS_PER_TASK)
            .map_init(Vec::new, |scratch, block| block.read(file, scratch))
            .collect();
        prefetched
            .positions
            .resize(prefetched.rows.len(), Position::default());
        for (piece, (block, (bytes, ranges))) in blocks.iter().zip(read).enumerate() {
            for (wanted, range) in block.wanted.iter().zip(ranges) {
                prefetched.positions[wanted.position] = Position { piece, range };
            }
            prefetched.pieces.push(bytes);
        }
        prefetched
    }

    /// Returns the position of a record if it is the next one that was read ahead.
    fn next(&mut self, batch: usize, row: usize) -> Option<Position> {
        if *self.rows.get(self.next)? != (batch, row) {
            return None;
        }
        let position = self.positions.get_mut(self.next).map(std::mem::take);
        self.next += 1;
        position.filter(|position| position.range.is_some())
    }

    fn get(&self, position: Position) -> &[u8] {
        let piece = self.pieces.get(position.piece);
        let range = position.range.unwrap_or_default();
        piece.and_then(|piece| piece.get(range)).unwrap_or_default()
    }
}

/// Groups rows in their order by block; rows of no block are left out.
fn group_by_block<'f, 'w>(file: &'f PackedFile, wanted: &'w [Wanted]) -> Vec<BlockRows<'f, 'w>> {
    let mut blocks = Vec::new();
    let mut rest = wanted;
    while let [Wanted { batch, row, .. }, ..] = *rest {
        let records = file.batch_records(batch).ok();
        let found = records.and_then(|records| Some((records, records.block_rows(row).ok()?)));
        let Some((records, rows)) = found else {
            rest = &rest[1..];
            continue;
        };
        let is_in_block = |other: &&Wanted| other.batch == batch && other.row < rows.end;
        let count = rest.iter().take_while(is_in_block).count().max(1);
        let (wanted, others) = rest.split_at(count);
        blocks.push(BlockRows {
            records,
            rows,
            wanted,
        });
        rest = others;
    }
    blocks
}

impl BlockRows<'_, '_> {
    /// Returns the bytes of the wanted records one after another, and the range of each of them that could be read.
    fn read(&self, file: &PackedFile, block: &mut Vec<u8>) -> (Vec<u8>, Vec<Option<Range<usize>>>) {
        let records = self.records;
        if records.decompress(file, self.rows.clone(), block).is_err() {
            return (Vec::new(), vec![None; self.wanted.len()]);
        }
        let wanted = self.wanted.iter();
        let found: Vec<Option<Range<usize>>> = wanted
            .map(|wanted| records.checked_range(block, &self.rows, wanted.row).ok())
            .collect();
        let length = found.iter().flatten().map(Range::len).sum();
        let mut bytes = Vec::with_capacity(length);
        let ranges = found.into_iter().map(|range| {
            let start = bytes.len();
            bytes.extend_from_slice(&block[range?]);
            Some(start..bytes.len())
        });
        let ranges = ranges.collect();
        (bytes, ranges)
    }
}
