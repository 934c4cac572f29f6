//! Windows of records: those of some next rows, read once, in parallel and in the order of their files, and kept in the
//! order of the rows.
//!
//! Rows in another order than that of the load share a block of a snapshot file, or lie together in a dump, only within
//! a window. A window is therefore much larger than a block.

use std::ops::Range;

use rayon::prelude::*;

use crate::chunk::{PackedRow, RecordLocation, Storage};
use crate::records::copies::is_close;
use crate::snapshot::{RowId, Snapshot};
use crate::snapshot_file::block_rows::BlockRows;
use crate::sources::store::{SourceBytes, SourceStore, StoredFile};

/// The maximum number of bytes of the records of a window in load order, where a block is rarely shared by two windows.
const MAX_ORDERED_BYTES: u64 = 32 << 20;
/// The maximum number of bytes of the records of a window in another order. Each window reads nearly the whole of a
/// file that is not many times longer.
pub const MAX_SCATTERED_BYTES: u64 = 128 << 20;
/// The maximum number of rows in a window, which small records reach before the maximum of bytes.
const MAX_ROWS: usize = 256 << 10;

/// The number of blocks, or pieces of dumps, that one task of the thread pool reads.
const GROUPS_PER_TASK: usize = 16;

/// The records of some rows, in the order in which they were asked for.
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
    /// The place of the record, by which records that are read together are adjacent after sorting.
    place: Place,
    /// The position of the row in the window.
    position: usize,
}

/// The place of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In a dump that is a file.
    Dump(RecordLocation),
    /// In a snapshot file.
    Packed(PackedRow),
}

impl RecordWindow {
    /// Returns the number of rows, at least 1 unless there are none.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether the window has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the first position of a row.
    pub(crate) fn find(&self, row: RowId) -> Option<usize> {
        self.rows.iter().position(|&other| other == row)
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
    /// Reads the records of the first of these rows, up to about `max_bytes`; their number is the
    /// [length](RecordWindow::len) of the window.
    ///
    /// A record is left out if it is in memory, in a dump and the rows are in load order, or cannot be read: a reader
    /// then reads it alone, and returns the error.
    pub fn read_window(&self, rows: &[RowId], max_bytes: u64) -> RecordWindow {
        let is_scattered = !rows.is_sorted();
        let max_bytes = if is_scattered {
            max_bytes.min(MAX_SCATTERED_BYTES)
        } else {
            max_bytes.min(MAX_ORDERED_BYTES)
        };
        let (mut wanted, mut bytes, mut count) = (Vec::new(), 0, 0);
        for (position, &row) in rows.iter().take(MAX_ROWS).enumerate() {
            count += 1;
            if let Some((place, length)) = self.place(row, is_scattered) {
                wanted.push(WantedRow { place, position });
                bytes += length;
                if bytes >= max_bytes {
                    break;
                }
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
        // Whether a file has changed is asked once, after all of its records were read.
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

    /// Returns the place of a record that is worth reading ahead, and its length.
    fn place(&self, row: RowId, is_scattered: bool) -> Option<(Place, u64)> {
        let (chunk, row) = self.locate(row);
        match self.chunks()[chunk].storage() {
            Storage::Loaded(chunk) => {
                let location = chunk.location(row);
                stored_file(self.stores(), location.source).filter(|_| is_scattered)?;
                Some((Place::Dump(location), u64::from(location.length)))
            }
            Storage::Packed(chunk) => {
                let row = chunk.packed_row(row);
                let file = self.stores()[row.source as usize].snapshot_file()?;
                // Damage is reported when the record is read.
                let records = file.batch_records(row.batch as usize).ok();
                let length = records.map_or(0, |records| records.length(row.range()));
                Some((Place::Packed(row), length))
            }
        }
    }
}

/// Records that are read together.
struct Group<'s, 'w> {
    /// The bytes that have the records.
    bytes: GroupBytes<'s>,
    /// The rows, ascending by their place.
    wanted: &'w [WantedRow],
}

/// The bytes that have the records of a group.
enum GroupBytes<'s> {
    /// A piece of a dump.
    Piece(&'s StoredFile),
    /// A block of a snapshot file.
    Block(BlockRows<'s>),
}

/// Groups rows that are sorted by their place. Rows that cannot be read are left out.
fn group<'s, 'w>(stores: &'s [SourceStore], wanted: &'w [WantedRow]) -> Vec<Group<'s, 'w>> {
    let mut groups = Vec::new();
    let mut rest = wanted;
    while let [first, ..] = rest {
        let (bytes, count) = match first.place {
            Place::Dump(location) => {
                let file = stored_file(stores, location.source).map(GroupBytes::Piece);
                (file, close_rows(location, rest))
            }
            Place::Packed(row) => {
                let file = stores[row.source as usize].snapshot_file();
                let block = file.and_then(|file| BlockRows::of(file, row));
                let rows = rest.iter().map_while(|wanted| match wanted.place {
                    Place::Packed(row) => Some(row),
                    Place::Dump(_) => None,
                });
                // The first row alone is left out, because others of its batch may have a block.
                let count = block.as_ref().map_or(1, |block| block.count(rows));
                (block.map(GroupBytes::Block), count)
            }
        };
        let (wanted, others) = rest.split_at(count);
        groups.extend(bytes.map(|bytes| Group { bytes, wanted }));
        rest = others;
    }
    groups
}

/// Returns the number of the first rows that are close together in a dump.
fn close_rows(first: RecordLocation, wanted: &[WantedRow]) -> usize {
    let mut last = first;
    let others = wanted[1..].iter().take_while(|wanted| match wanted.place {
        Place::Dump(next) if is_close(first, last, next) => {
            last = next;
            true
        }
        _ => false,
    });
    1 + others.count()
}

/// The bytes of some records, and the range of each by the position of its row.
type Part = (Vec<u8>, Vec<(usize, Range<usize>)>);

/// Reads the records of some groups.
fn read_part(groups: &[Group<'_, '_>]) -> Part {
    let (mut bytes, mut ranges) = (Vec::new(), Vec::new());
    // The decompressed block, or the piece, from which the wanted records are copied.
    let mut scratch = Vec::new();
    for group in groups {
        let mut add = |wanted: &WantedRow, record: Option<&[u8]>| {
            if let Some(record) = record {
                let start = bytes.len();
                bytes.extend_from_slice(record);
                ranges.push((wanted.position, start..bytes.len()));
            }
        };
        match &group.bytes {
            GroupBytes::Block(block) if block.decompress(&mut scratch) => {
                for wanted in group.wanted {
                    if let Place::Packed(row) = wanted.place {
                        add(wanted, block.record(&scratch, row));
                    }
                }
            }
            GroupBytes::Block(_) => {}
            GroupBytes::Piece(file) => {
                let start = read_piece(file, group.wanted, &mut scratch);
                for wanted in group.wanted {
                    if let (Place::Dump(location), Some(start)) = (wanted.place, start) {
                        let from = (location.offset - start) as usize;
                        add(wanted, scratch.get(from..from + location.length as usize));
                    }
                }
            }
        }
    }
    (bytes, ranges)
}

/// Reads the bytes from the first to the last of some rows of a dump. Returns their offset; `None` if they cannot be
/// read.
fn read_piece(file: &StoredFile, wanted: &[WantedRow], piece: &mut Vec<u8>) -> Option<u64> {
    let [first, ..] = wanted else {
        return None;
    };
    let (Place::Dump(first), Some(Place::Dump(last))) =
        (first.place, wanted.last().map(|row| row.place))
    else {
        return None;
    };
    let length = (last.offset - first.offset) as usize + last.length as usize;
    // Longer than needed after a longer piece: bytes that are overwritten need not be zeroed first.
    if piece.len() < length {
        piece.resize(length, 0);
    }
    let read = file.read_exact_at(&mut piece[..length], first.offset);
    read.ok().map(|()| first.offset)
}

/// Returns whether no file of these rows, which are sorted by their place, has changed.
fn are_unchanged(stores: &[SourceStore], wanted: &[WantedRow]) -> bool {
    let source = |wanted: &WantedRow| match wanted.place {
        Place::Dump(location) => location.source,
        Place::Packed(row) => row.source,
    };
    let mut sources = wanted.chunk_by(|one, other| source(one) == source(other));
    sources.all(|rows| match &stores[source(&rows[0]) as usize].bytes {
        SourceBytes::File(stored) => {
            let unchanged = stored.handle().and_then(|file| stored.is_unchanged(&file));
            unchanged.unwrap_or(false)
        }
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
