//! Windows of records: those of some next rows, read once, in parallel and in the order of their files, and kept in the
//! order of the rows.
//!
//! Rows in another order than that of the load share a block of a snapshot file, or lie together in a dump, only within
//! a window. A window is therefore much larger than a block.

use std::ops::Range;

use rayon::prelude::*;

use crate::chunk::{PackedRow, RecordLocation, Storage};
use crate::records::copies::is_close;
use crate::records::reader::Piece;
use crate::snapshot::{RowId, Snapshot};
use crate::snapshot_file::record_block::RecordBlock;
use crate::sources::store::{SourceBytes, SourceStore, StoredFile};

/// The maximum number of bytes of the records of a window in load order, where a block is rarely shared by two windows.
const MAX_ORDERED_BYTES: u64 = 32 << 20;
/// The maximum number of bytes of the records of a window in another order. Each window reads nearly the whole of a
/// file that is not many times longer.
const MAX_SCATTERED_BYTES: u64 = 128 << 20;
/// The maximum number of rows in a window, which small records reach before the maximum of bytes.
const MAX_ROWS: usize = 256 << 10;

/// The number of blocks, or pieces of dumps, that one task of the thread pool reads.
const GROUPS_PER_TASK: usize = 16;

/// The maximum number of bytes that are reserved for the records of a task: a damaged file may claim any lengths. Few
/// tasks have more.
const MAX_RESERVED_BYTES: u64 = 8 << 20;

/// The records of some rows, in the order of the rows.
#[derive(Debug, Default)]
pub struct RecordWindow {
    /// The rows.
    rows: Vec<RowId>,
    /// The position of the record of each row; `None` if it was not read.
    positions: Vec<Option<Position>>,
    /// The records of each task.
    parts: Vec<Vec<u8>>,
}

/// The position of a record in a window.
#[derive(Debug, Clone)]
struct Position {
    /// The number of the part.
    part: usize,
    /// The range of the record in the part.
    range: Range<usize>,
}

/// A row whose record is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct WantedRow {
    /// The record, by which rows whose records are read together are adjacent after sorting.
    record: StoredRecord,
    /// The position of the row in the window.
    position: usize,
    /// The length of the record in bytes.
    length: u64,
}

/// The location of a record in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum StoredRecord {
    /// In a dump.
    InDump(RecordLocation),
    /// In a snapshot file.
    InSnapshotFile(PackedRow),
}

impl RecordWindow {
    /// Returns the number of rows, those whose records were not read included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether the window has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns whether the window has records. Some may be missing, or all of a damaged file.
    pub(crate) fn has_records(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Returns the row at a position.
    pub(crate) fn row(&self, position: usize) -> Option<RowId> {
        self.rows.get(position).copied()
    }

    /// Returns the record at a position; `None` if it was not read.
    pub(crate) fn record(&self, position: usize) -> Option<&[u8]> {
        let Position { part, range } = self.positions.get(position)?.as_ref()?;
        self.parts[*part].get(range.clone())
    }
}

impl Snapshot {
    /// Reads the records of the first of these rows: at most 262,144, and no more once they have `max_bytes` bytes, or
    /// 128 MiB, or 32 MiB if the rows ascend. Their number is the [length](RecordWindow::len) of the window, at least 1
    /// unless there are no rows.
    ///
    /// A record is left out if it is in memory, or cannot be read, or is in a dump and the rows ascend; all are left out
    /// if a file has changed. A reader then reads them one by one, and returns the error.
    pub fn read_window(&self, rows: &[RowId], max_bytes: u64) -> RecordWindow {
        let rows = &rows[..rows.len().min(MAX_ROWS)];
        let is_scattered = !rows.is_sorted();
        if !is_scattered && self.files().is_empty() {
            return RecordWindow {
                rows: rows.to_vec(),
                ..RecordWindow::default()
            };
        }
        let max_bytes = max_bytes.min(if is_scattered {
            MAX_SCATTERED_BYTES
        } else {
            MAX_ORDERED_BYTES
        });
        let (mut wanted, mut bytes, mut count) = (Vec::new(), 0, 0);
        for (position, &row) in rows.iter().enumerate() {
            count += 1;
            if let Some((record, length)) = self.stored_record(row, is_scattered) {
                wanted.push(WantedRow {
                    record,
                    position,
                    length,
                });
                bytes += length;
            }
            if bytes >= max_bytes {
                break;
            }
        }
        if !wanted.is_sorted() {
            wanted.par_sort_unstable();
        }
        let groups = group(self.stores(), &wanted);
        let read: Vec<_> = groups.par_chunks(GROUPS_PER_TASK).map(read_part).collect();
        let mut window = RecordWindow {
            rows: rows[..count].to_vec(),
            positions: vec![None; count],
            parts: Vec::with_capacity(read.len()),
        };
        // One check for all records of a file, after they were read.
        if !are_unchanged(self.stores(), &wanted) {
            return window;
        }
        for (part, (bytes, ranges)) in read.into_iter().enumerate() {
            for (position, range) in ranges {
                window.positions[position] = Some(Position { part, range });
            }
            window.parts.push(bytes);
        }
        window
    }

    /// Returns a record that is worth reading ahead, and its length.
    fn stored_record(&self, row: RowId, is_scattered: bool) -> Option<(StoredRecord, u64)> {
        let (chunk, row) = self.locate(row);
        match self.chunks()[chunk].storage() {
            Storage::Loaded(chunk) => {
                // In load order, pieces of a dump are read without a window.
                if !is_scattered {
                    return None;
                }
                let location = chunk.location(row);
                stored_file(self.stores(), location.source)?;
                Some((StoredRecord::InDump(location), u64::from(location.length)))
            }
            Storage::Packed(chunk) => {
                let row = chunk.packed_row(row);
                let file = self.stores()[row.source as usize].snapshot_file()?;
                // Damage is reported when the record is read.
                let records = file.batch_records(row.batch as usize).ok();
                let length = records.map_or(0, |records| records.length(row.range()));
                Some((StoredRecord::InSnapshotFile(row), length))
            }
        }
    }
}

/// Records that are read together.
struct Group<'s, 'w> {
    /// The bytes that have the records.
    bytes: GroupBytes<'s>,
    /// The rows, ascending by their records.
    wanted: &'w [WantedRow],
}

/// The bytes that have the records of a group.
enum GroupBytes<'s> {
    /// A piece of a dump.
    Piece(&'s StoredFile),
    /// A block of a snapshot file.
    Block(RecordBlock<'s>),
}

/// Groups rows that are sorted by their records. Rows that cannot be read are left out.
fn group<'s, 'w>(stores: &'s [SourceStore], wanted: &'w [WantedRow]) -> Vec<Group<'s, 'w>> {
    let mut groups = Vec::new();
    let mut rest = wanted;
    while let [first, ..] = rest {
        let (bytes, others) = match first.record {
            StoredRecord::InDump(location) => {
                let file = stored_file(stores, location.source);
                (
                    file.map(GroupBytes::Piece),
                    close_rows(location, &rest[1..]),
                )
            }
            StoredRecord::InSnapshotFile(row) => {
                let file = stores[row.source as usize].snapshot_file();
                let block = file.and_then(|file| RecordBlock::of(file, row));
                // Without a block, the first row alone is left out, because others of its batch may have one.
                let others = block.as_ref().map_or(0, |block| rows_of(block, &rest[1..]));
                (block.map(GroupBytes::Block), others)
            }
        };
        let (wanted, others) = rest.split_at(1 + others);
        groups.extend(bytes.map(|bytes| Group { bytes, wanted }));
        rest = others;
    }
    groups
}

/// Returns the number of the next rows whose records are close to the first one in a dump.
fn close_rows(first: RecordLocation, next: &[WantedRow]) -> usize {
    let mut last = first;
    let close = next.iter().take_while(|wanted| match wanted.record {
        StoredRecord::InDump(next) if is_close(first, last, next) => {
            last = next;
            true
        }
        _ => false,
    });
    close.count()
}

/// Returns the number of the next rows whose records are in a block.
fn rows_of(block: &RecordBlock<'_>, next: &[WantedRow]) -> usize {
    let is_inside = |wanted: &&WantedRow| match wanted.record {
        StoredRecord::InSnapshotFile(row) => block.contains(row),
        StoredRecord::InDump(_) => false,
    };
    next.iter().take_while(is_inside).count()
}

/// The bytes of some records, and the range of each by the position of its row.
type Part = (Vec<u8>, Vec<(usize, Range<usize>)>);

/// Reads the records of some groups.
fn read_part(groups: &[Group<'_, '_>]) -> Part {
    let wanted = groups.iter().flat_map(|group| group.wanted);
    let (rows, length) = wanted.fold((0, 0), |(rows, length), wanted| {
        (rows + 1, length + wanted.length)
    });
    let mut bytes = Vec::with_capacity(length.min(MAX_RESERVED_BYTES) as usize);
    let mut ranges = Vec::with_capacity(rows);
    let (mut block_bytes, mut piece) = (Vec::new(), Piece::default());
    let mut add = |wanted: &WantedRow, record: Option<&[u8]>| {
        if let Some(record) = record {
            let start = bytes.len();
            bytes.extend_from_slice(record);
            ranges.push((wanted.position, start..bytes.len()));
        }
    };
    for group in groups {
        match &group.bytes {
            GroupBytes::Block(block) if block.decompress(&mut block_bytes) => {
                for wanted in group.wanted {
                    if let StoredRecord::InSnapshotFile(row) = wanted.record {
                        add(wanted, block.record(&block_bytes, row));
                    }
                }
            }
            GroupBytes::Block(_) => {}
            GroupBytes::Piece(file) => {
                let (start, piece) = read_piece(file, group.wanted, &mut piece);
                for wanted in group.wanted {
                    if let StoredRecord::InDump(location) = wanted.record {
                        let from = (location.offset - start) as usize;
                        add(wanted, piece.get(from..from + location.length as usize));
                    }
                }
            }
        }
    }
    if bytes.capacity() as u64 > MAX_RESERVED_BYTES {
        bytes.shrink_to_fit();
    }
    (bytes, ranges)
}

/// Reads the bytes from the first to the last of some records of a dump. Returns their offset, and no bytes if they
/// cannot be read.
fn read_piece<'p>(
    file: &StoredFile,
    wanted: &[WantedRow],
    piece: &'p mut Piece,
) -> (u64, &'p [u8]) {
    let location = |wanted: &WantedRow| match wanted.record {
        StoredRecord::InDump(location) => Some(location),
        StoredRecord::InSnapshotFile(_) => None,
    };
    let first = wanted.first().and_then(location);
    let last = wanted.last().and_then(location);
    let (Some(first), Some(last)) = (first, last) else {
        return (0, &[]);
    };
    let length = (last.offset - first.offset) as usize + last.length as usize;
    let bytes = piece.read(file, first.offset, length);
    (first.offset, bytes.unwrap_or_default())
}

/// Returns whether no file of these rows, which are sorted by their records, has changed.
fn are_unchanged(stores: &[SourceStore], wanted: &[WantedRow]) -> bool {
    let source = |wanted: &WantedRow| match wanted.record {
        StoredRecord::InDump(location) => location.source,
        StoredRecord::InSnapshotFile(row) => row.source,
    };
    let mut sources = wanted.chunk_by(|one, other| source(one) == source(other));
    sources.all(|rows| match &stores[source(&rows[0]) as usize].bytes {
        SourceBytes::File(stored) => stored.is_unchanged_now().unwrap_or(false),
        SourceBytes::Packed(file) => file.check_unchanged().is_ok(),
        SourceBytes::Shared(_) | SourceBytes::Memory(_) => true,
    })
}

/// Returns the file of a source that is a dump.
fn stored_file(stores: &[SourceStore], source: u32) -> Option<&StoredFile> {
    match &stores[source as usize].bytes {
        SourceBytes::File(stored) => Some(stored),
        _ => None,
    }
}
