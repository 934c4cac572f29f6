//! Prefetching: reads many records ahead, in parallel, and decompresses each block of a window of rows once.

use std::ops::Range;

use rayon::prelude::*;

use super::SnapshotFile;
use super::records::BatchRecords;
use crate::chunk::PackedRow;
use crate::sources::store::SourceStore;

/// Maximum number of bytes of records in a window. Rows that are not in load order share the decompression of a block
/// only within a window, so the window is larger than load order needs.
const PREFETCH_BYTES: u64 = 32 << 20;
/// Maximum number of rows in a window, which small records reach before the maximum of bytes.
const PREFETCH_ROWS: usize = 64 << 10;

/// The minimum number of blocks that one task of the thread pool decompresses.
const BLOCKS_PER_TASK: usize = 16;

/// Prefetched records of snapshot files, in the order in which they will be read.
#[derive(Debug, Default)]
pub(crate) struct Prefetched {
    /// Rows of the window, in the order in which they will be read.
    rows: Vec<PackedRow>,
    /// Location of the record of each row.
    positions: Vec<Position>,
    /// For each block the bytes of its records in the window.
    pieces: Vec<Vec<u8>>,
    /// Number of rows that have been passed.
    next: usize,
}

/// A piece and the range of a record in the piece. The range is `None` for a record that could not be read: a read of
/// the record alone returns the error.
#[derive(Debug, Clone, Default)]
struct Position {
    /// Position of the piece.
    piece: usize,
    /// Range in the piece.
    range: Option<Range<usize>>,
}

/// Some rows of one block.
struct BlockRows<'s, 'w> {
    /// File of the block.
    file: &'s SnapshotFile,
    /// Record columns of the batch.
    records: &'s BatchRecords,
    /// Rows of the whole block, wanted or not.
    rows: Range<usize>,
    /// Rows whose records are copied, ascending.
    wanted: &'w [WantedRow],
}

/// A row of the window, with its position in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct WantedRow {
    /// Location of the row, by which rows of one block are adjacent after sorting.
    row: PackedRow,
    /// Position in the order of reading, which sorting loses.
    position: usize,
}

impl Prefetched {
    /// Reads a window of the first of these rows ahead. Also returns the length of the window, which is at least 1.
    /// Rows of dumps, which are `None`, count as rows of the window, but nothing is read for them.
    pub(crate) fn read(
        stores: &[SourceStore],
        rows: impl Iterator<Item = Option<PackedRow>>,
    ) -> (Self, usize) {
        let mut prefetched = Self::default();
        let (mut bytes, mut window) = (0, 0);
        for row in rows.take(PREFETCH_ROWS) {
            window += 1;
            let Some(row) = row else {
                continue;
            };
            // Damage is reported when the record is read.
            let records = records_of(stores, row);
            bytes += records.map_or(0, |(_, records)| records.length(row.range()));
            prefetched.rows.push(row);
            if bytes >= PREFETCH_BYTES {
                break;
            }
        }
        // Rows in load order are sorted already, which is the usual case.
        let mut wanted: Vec<WantedRow> = (0..)
            .zip(&prefetched.rows)
            .map(|(position, &row)| WantedRow { row, position })
            .collect();
        if !wanted.is_sorted() {
            wanted.par_sort_unstable();
        }
        let blocks = group_by_block(stores, &wanted);
        // One buffer for each task holds a decompressed block; only the wanted records are copied from it.
        let read: Vec<_> = blocks
            .par_iter()
            .with_min_len(BLOCKS_PER_TASK)
            .map_init(Vec::new, |scratch, block| block.read(scratch))
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
        (prefetched, window.max(1))
    }

    /// Advances past a row if it is the next row. Returns whether its record was prefetched.
    pub(crate) fn advance(&mut self, row: PackedRow) -> bool {
        if self.rows.get(self.next) != Some(&row) {
            return false;
        }
        self.next += 1;
        self.positions[self.next - 1].range.is_some()
    }

    /// Returns the record of the last row that [`advance`](Self::advance) has passed.
    pub(crate) fn last_record(&self) -> &[u8] {
        let position = &self.positions[self.next - 1];
        let range = position.range.clone().unwrap_or_default();
        &self.pieces[position.piece][range]
    }
}

/// Returns the file of a row and the record columns of its batch; `None` for a row that cannot be read.
fn records_of(stores: &[SourceStore], row: PackedRow) -> Option<(&SnapshotFile, &BatchRecords)> {
    let file = stores[row.source as usize].snapshot_file()?;
    Some((file, file.batch_records(row.batch as usize).ok()?))
}

/// Groups sorted rows by block. Rows without a block are left out.
fn group_by_block<'s, 'w>(
    stores: &'s [SourceStore],
    wanted: &'w [WantedRow],
) -> Vec<BlockRows<'s, 'w>> {
    let mut blocks = Vec::new();
    let mut rest = wanted;
    while let [WantedRow { row: first, .. }, ..] = *rest {
        let found = records_of(stores, first).and_then(|(file, records)| {
            let rows = records.block_rows(first.row as usize).ok()?;
            Some((file, records, rows))
        });
        // The first row alone is left out, because others of its batch may have a block.
        let Some((file, records, rows)) = found else {
            rest = &rest[1..];
            continue;
        };
        let is_in_block = |other: &&WantedRow| {
            let batch = (other.row.source, other.row.batch);
            batch == (first.source, first.batch) && (other.row.row as usize) < rows.end
        };
        // The first row is in its own block, so the loop advances even over damaged offsets.
        let count = rest.iter().take_while(is_in_block).count().max(1);
        let (wanted, others) = rest.split_at(count);
        blocks.push(BlockRows {
            file,
            records,
            rows,
            wanted,
        });
        rest = others;
    }
    blocks
}

impl BlockRows<'_, '_> {
    /// Returns the concatenated bytes of the wanted records, and the range of each record; `None` if it could not be
    /// read.
    fn read(&self, block: &mut Vec<u8>) -> (Vec<u8>, Vec<Option<Range<usize>>>) {
        let records = self.records;
        if records
            .decompress(self.file, self.rows.clone(), block)
            .is_err()
        {
            return (Vec::new(), vec![None; self.wanted.len()]);
        }
        let found: Vec<Option<Range<usize>>> = self
            .wanted
            .iter()
            .map(|wanted| {
                let row = wanted.row.row as usize;
                records.checked_range(block, &self.rows, row).ok()
            })
            .collect();
        // One allocation of the exact length for all records of the block.
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
