//! Reading of the bytes of records, with adaptive read-ahead for records in load order.

use std::fs::File;
use std::io;
use std::sync::Arc;

use crate::chunk::{PackedRow, RecordLocation};
use crate::error::{LoadError, LoadErrorKind};
use crate::records::window::RecordWindow;
use crate::snapshot::RowId;
use crate::snapshot_file::records::RecordBlockReader;
use crate::sources::store::{SourceBytes, SourceStore, StoredFile, read_exact_at};

/// A piece of a file in memory, with adaptive read-ahead: sequential reads fetch pieces of doubling length, other reads
/// only their own bytes.
#[derive(Debug, Default)]
pub(crate) struct ReadAheadBuffer {
    /// Open file of the buffer, kept for the next read.
    file: Option<Arc<File>>,
    /// Offset of `bytes` in the file.
    start: u64,
    /// Bytes from `start` on.
    bytes: Vec<u8>,
    /// The end of the last read, by which the next one is recognised as sequential.
    end: u64,
    /// The number of bytes that the next sequential read fetches; it doubles with each.
    readahead: usize,
}

/// The minimum and the maximum number of bytes that a sequential read fetches.
const READAHEAD_BYTES: std::ops::RangeInclusive<usize> = 8 << 10..=1 << 20;

impl ReadAheadBuffer {
    /// Returns these bytes of the file, if the buffer has all of them.
    pub(crate) fn bytes(&self, offset: u64, length: usize) -> Option<&[u8]> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        self.bytes.get(from..from + length)
    }

    /// Fills the buffer with these bytes, or empties it if the file has changed.
    pub(crate) fn read(
        &mut self,
        stored: &StoredFile,
        offset: u64,
        length: usize,
    ) -> io::Result<()> {
        if self.bytes(offset, length).is_some() {
            self.end = offset + length as u64;
            return Ok(());
        }
        let file = match &self.file {
            Some(file) => Arc::clone(file),
            None => stored.handle()?,
        };
        // The old bytes are dropped before anything can fail.
        self.bytes.clear();
        if !stored.is_unchanged(&file)? {
            return Ok(());
        }
        let readahead = self
            .readahead
            .clamp(*READAHEAD_BYTES.start(), *READAHEAD_BYTES.end());
        // A gap of less than the read-ahead, as of skipped records, is still sequential.
        let is_sequential = offset >= self.end && offset - self.end < readahead as u64;
        self.readahead = if is_sequential { readahead * 2 } else { 0 };
        let left = usize::try_from(stored.length().saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = if is_sequential {
            length.max(readahead)
        } else {
            length
        };
        // Nothing is read beyond the end of the file.
        self.bytes.resize(wanted.min(left), 0);
        if let Err(error) = read_exact_at(&file, &mut self.bytes, offset) {
            self.bytes.clear();
            return Err(error);
        }
        self.start = offset;
        self.end = offset + length as u64;
        self.file = Some(file);
        Ok(())
    }
}

/// A piece of a file, whose memory is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Piece(Vec<u8>);

impl Piece {
    /// Reads bytes of a file, which may have changed.
    pub(crate) fn read(
        &mut self,
        file: &StoredFile,
        offset: u64,
        length: usize,
    ) -> io::Result<&[u8]> {
        // Longer than needed after a longer piece: bytes that are overwritten need not be zeroed first.
        if self.0.len() < length {
            self.0.resize(length, 0);
        }
        let bytes = &mut self.0[..length];
        file.read_exact_at(bytes, offset)?;
        Ok(bytes)
    }
}

/// Reads the bytes of records: from a window, or from buffers that read ahead in load order.
#[derive(Debug)]
pub struct RecordReader<'s> {
    /// Sources by number.
    stores: &'s [SourceStore],
    /// The buffers of the most recently opened files, by source.
    buffers: Vec<(u32, ReadAheadBuffer)>,
    /// The readers of snapshot files, by source.
    block_readers: Vec<(u32, RecordBlockReader<'s>)>,
    /// The records that were read ahead.
    window: Arc<RecordWindow>,
    /// The position in the window of the row that is read next.
    next: usize,
    /// The maximum number of bytes of the next window. It doubles with each, so that a caller who stops after some
    /// records has not read many.
    window_bytes: u64,
    /// The last piece of a file with many records.
    piece: Piece,
    /// The sources of pieces whose files were not checked for changes since.
    unchecked: Vec<u32>,
}

/// The maximum number of files for which a reader has a buffer.
const MAX_BUFFERS: usize = 4;

/// The maximum number of bytes of the first window.
const FIRST_WINDOW_BYTES: u64 = 1 << 20;

impl<'s> RecordReader<'s> {
    /// Creates a reader with nothing in its buffers.
    pub(crate) fn new(stores: &'s [SourceStore]) -> Self {
        Self {
            stores,
            buffers: Vec::new(),
            block_readers: Vec::new(),
            window: Arc::default(),
            next: 0,
            window_bytes: FIRST_WINDOW_BYTES,
            piece: Piece::default(),
            unchecked: Vec::new(),
        }
    }

    /// Reads a record of a snapshot file.
    pub(crate) fn read_packed(&mut self, row: PackedRow) -> Result<&[u8], LoadError> {
        let reader = self.block_reader(row.source);
        let reader = &mut self.block_readers[reader].1;
        reader.check_unchanged()?;
        reader.read(row.batch as usize, row.row as usize)
    }

    /// Reads a record of a dump.
    pub(crate) fn read(&mut self, location: RecordLocation) -> Result<&[u8], LoadError> {
        let buffer = self.buffer(location.source);
        self.stores[location.source as usize].read(
            &mut self.buffers[buffer].1,
            location.offset,
            location.length as usize,
        )
    }

    /// Fails if a file has changed of which a [`piece`](Self::piece) was read since the last check.
    pub(crate) fn check_pieces(&mut self) -> Result<(), LoadError> {
        for source in self.unchecked.drain(..) {
            let store = &self.stores[source as usize];
            let SourceBytes::File(stored) = &store.bytes else {
                continue;
            };
            let is_unchanged = stored.is_unchanged_now();
            if !is_unchanged.map_err(|error| LoadError::io(&store.name, error))? {
                return Err(LoadError::new(&store.name, LoadErrorKind::Changed));
            }
        }
        Ok(())
    }

    /// Returns these bytes of a dump that is a file, or `None` for a source in memory. The file may have changed, which
    /// [`check_pieces`](Self::check_pieces) finds before the bytes are used: one check for many pieces.
    pub(crate) fn piece(
        &mut self,
        source: u32,
        offset: u64,
        length: usize,
    ) -> Result<Option<&[u8]>, LoadError> {
        let store = &self.stores[source as usize];
        let SourceBytes::File(stored) = &store.bytes else {
            return Ok(None);
        };
        if !self.unchecked.contains(&source) {
            self.unchecked.push(source);
        }
        let piece = self.piece.read(stored, offset, length);
        piece
            .map(Some)
            .map_err(|error| LoadError::io(&store.name, error))
    }

    /// Sets the window, and the position of the row in it that is read next.
    pub(crate) fn set_window(&mut self, window: Arc<RecordWindow>, next: usize) {
        self.window = window;
        self.next = next;
    }

    /// Returns whether records were read ahead.
    pub(crate) fn has_window(&self) -> bool {
        self.window.has_records()
    }

    /// Returns the maximum number of bytes of the next window.
    pub(crate) fn next_window_bytes(&mut self) -> u64 {
        let bytes = self.window_bytes;
        self.window_bytes = bytes.saturating_mul(2);
        bytes
    }

    /// Returns the position of a row's record in the window, if the row is the next one.
    pub(crate) fn window_position(&mut self, row: RowId) -> Option<usize> {
        let position = self.next;
        if self.window.row(position) != Some(row) {
            return None;
        }
        self.next += 1;
        self.window.record(position).map(|_| position)
    }

    /// Returns the record at a position of the window.
    pub(crate) fn window_record(&self, position: usize) -> &[u8] {
        self.window.record(position).unwrap_or_default()
    }

    /// Reads the bytes at these locations at once, if they form one piece of a file without large gaps.
    pub(crate) fn prefetch(&mut self, locations: &[RecordLocation]) {
        let [first, .., last] = locations else {
            return;
        };
        let length: u64 = locations
            .iter()
            .map(|location| u64::from(location.length))
            .sum();
        let end = last.offset + u64::from(last.length);
        let span = end.saturating_sub(first.offset);
        // A quarter of gaps costs less than separate reads.
        let is_piece = locations.is_sorted_by_key(|location| location.offset)
            && locations
                .iter()
                .all(|location| location.source == first.source)
            && span <= (length + length / 4).min(*READAHEAD_BYTES.end() as u64);
        if is_piece {
            let buffer = self.buffer(first.source);
            let store = &self.stores[first.source as usize];
            // A later read of the record returns the error.
            let _ = store.read(&mut self.buffers[buffer].1, first.offset, span as usize);
        }
    }

    /// Returns the position of the buffer of a source, which replaces the oldest one if there are too many.
    fn buffer(&mut self, source: u32) -> usize {
        let known = self.buffers.iter().position(|(known, _)| *known == source);
        known.unwrap_or_else(|| {
            if self.buffers.len() == MAX_BUFFERS {
                self.buffers.remove(0);
            }
            self.buffers.push((source, ReadAheadBuffer::default()));
            self.buffers.len() - 1
        })
    }

    /// Returns the position of the reader of a snapshot file, which is created at its first record.
    fn block_reader(&mut self, source: u32) -> usize {
        let known = self
            .block_readers
            .iter()
            .position(|(known, _)| *known == source);
        known.unwrap_or_else(|| {
            let file = self.stores[source as usize].snapshot_file();
            let file = file.expect("a packed row's source is a snapshot file");
            self.block_readers
                .push((source, RecordBlockReader::new(file)));
            self.block_readers.len() - 1
        })
    }
}
