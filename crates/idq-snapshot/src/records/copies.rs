//! Copies of many records: those that lie close together in a file are read with one call.

use crate::chunk::{LoadedChunk, RecordLocation, Storage};
use crate::error::LoadError;
use crate::records::reader::RecordReader;
use crate::snapshot::{RowId, Snapshot};

/// The number of bytes of a file that are read at a time. A piece stays in the cache of a core until its records are
/// copied.
const PIECE_BYTES: u64 = 256 << 10;

/// The number of bytes between two records that are read with them. A call of the system costs about as much as the
/// copy of some kilobytes, which are a few records that a request leaves out.
const MAX_GAP_BYTES: u64 = 8 << 10;

impl Snapshot {
    /// Calls `append` with the bytes of the record of each row, in this order, and `out`.
    ///
    /// ```
    /// # use idq_snapshot::{Snapshot, LoadError, RowId};
    /// fn lines(snapshot: &Snapshot, rows: &[RowId]) -> Result<Vec<u8>, LoadError> {
    ///     let mut out = Vec::new();
    ///     let append = |record: &[u8], out: &mut Vec<u8>| out.extend(record.iter().chain(b"\n"));
    ///     snapshot.append_records(rows, &mut snapshot.reader(), &mut out, append)?;
    ///     Ok(out)
    /// }
    /// ```
    ///
    /// # Errors
    /// As for [`record`](Self::record). Nothing is then appended.
    pub fn append_records(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
        append: impl Fn(&[u8], &mut Vec<u8>) + Copy,
    ) -> Result<(), LoadError> {
        let length = out.len();
        let appended = self.append_unchecked(rows, reader, out, append);
        // A file that has changed is the cause of any other error.
        let appended = reader.check_pieces().and(appended);
        if appended.is_err() {
            out.truncate(length);
        }
        appended
    }

    /// Appends the records of rows, whose files may have changed.
    fn append_unchecked(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
        append: impl Fn(&[u8], &mut Vec<u8>) + Copy,
    ) -> Result<(), LoadError> {
        if reader.has_window() {
            for &row in rows {
                append(self.record(row, reader)?, out);
            }
            return Ok(());
        }
        for run in self.chunk_runs(rows) {
            match self.chunks()[run.chunk].storage() {
                Storage::Loaded(chunk) => append_loaded(chunk, &run, reader, out, append)?,
                Storage::Packed(chunk) => {
                    for row in run.positions() {
                        append(reader.read_packed(chunk.packed_row(row))?, out);
                    }
                }
            }
        }
        Ok(())
    }

    /// Splits rows where the chunk changes.
    pub fn chunk_runs<'r>(&self, rows: &'r [RowId]) -> impl Iterator<Item = ChunkRun<'r>> {
        let mut rest = rows;
        std::iter::from_fn(move || {
            let (chunk, _) = self.locate(*rest.first()?);
            let (first, end) = (self.first_row(chunk), self.first_row(chunk + 1));
            let is_inside = |row: &&RowId| (first..end).contains(*row);
            // The first row is in its own chunk, so the iterator advances.
            let count = rest.iter().take_while(is_inside).count().max(1);
            let (rows, others) = rest.split_at(count);
            rest = others;
            Some(ChunkRun { chunk, first, rows })
        })
    }
}

/// Consecutive rows of a list that are in one chunk.
#[derive(Debug, Clone, Copy)]
pub struct ChunkRun<'r> {
    /// The position of the chunk.
    pub chunk: usize,
    /// The first row of the chunk.
    first: RowId,
    /// The rows, in their order.
    rows: &'r [RowId],
}

impl<'r> ChunkRun<'r> {
    /// Returns the rows.
    pub fn rows(&self) -> &'r [RowId] {
        self.rows
    }

    /// Returns the positions of the rows in the chunk.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = usize> + Clone + use<'r> {
        let first = self.first.0;
        self.rows.iter().map(move |row| (row.0 - first) as usize)
    }
}

/// Appends the records of rows of a loaded chunk, piece by piece.
fn append_loaded(
    chunk: &LoadedChunk,
    run: &ChunkRun<'_>,
    reader: &mut RecordReader<'_>,
    out: &mut Vec<u8>,
    append: impl Fn(&[u8], &mut Vec<u8>),
) -> Result<(), LoadError> {
    let mut locations = run.positions().map(|row| chunk.location(row)).peekable();
    let mut piece = Vec::new();
    while let Some(first) = locations.next() {
        piece.clear();
        piece.push(first);
        let mut last = first;
        while let Some(next) = locations.next_if(|next| is_close(first, last, *next)) {
            piece.push(next);
            last = next;
        }
        let length = last.offset + u64::from(last.length) - first.offset;
        // A record of a source in memory is a slice of it, so reading several at once saves nothing.
        match reader.piece(first.source, first.offset, length as usize)? {
            Some(bytes) => {
                out.reserve(bytes.len() + piece.len());
                for location in &piece {
                    let start = (location.offset - first.offset) as usize;
                    append(&bytes[start..start + location.length as usize], out);
                }
            }
            None => {
                for &location in &piece {
                    append(reader.read(location)?, out);
                }
            }
        }
    }
    Ok(())
}

/// Returns whether a record follows the last one of a piece, which starts with `first`, closely enough to be read with
/// it.
pub(crate) fn is_close(first: RecordLocation, last: RecordLocation, next: RecordLocation) -> bool {
    let end = last.offset + u64::from(last.length);
    let next_end = next.offset + u64::from(next.length);
    next.source == first.source
        && (end..=end + MAX_GAP_BYTES).contains(&next.offset)
        && next_end - first.offset <= PIECE_BYTES
}
