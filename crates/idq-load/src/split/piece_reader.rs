//! Reading of a block of a file in pieces that fit in the cache of a core, each cut where a record seems to start.

use std::ops::Range;

use memchr::memmem::FinderRev;

use idq_snapshot::LoadError;

use super::RandomAccessSource;
use crate::framing::Separator;

/// The length of a piece, short enough that its bytes are still in the cache of the core when they are parsed.
pub(super) const PIECE_BYTES: usize = 512 << 10;

/// A reader of the pieces of a block that starts with a record.
pub(super) struct PieceReader<'r> {
    /// The file.
    source: &'r RandomAccessSource<'r>,
    /// The last piece, and the bytes after it that were read.
    buffer: &'r mut Vec<u8>,
    /// A searcher for the separator, created once for all pieces.
    finder: FinderRev<'r>,
    /// The separator of the dump.
    separator: &'r Separator,
    /// The byte range of the block in the file.
    range: Range<u64>,
    /// The offset of the buffer in the block.
    base: usize,
    /// The number of bytes in the buffer.
    filled: usize,
    /// The end of the last piece in the buffer.
    piece_end: usize,
}

/// A piece: the records before `end`.
pub(super) struct Piece<'b> {
    /// The bytes of the piece, and some bytes after it.
    pub(super) bytes: &'b [u8],
    /// The end of the piece: the start of a record, or the end of the block.
    pub(super) end: usize,
    /// The offset of the piece in its block.
    pub(super) base: usize,
    /// Whether the piece is the last of its block.
    pub(super) is_last: bool,
}

impl<'r> PieceReader<'r> {
    /// Creates a reader of the block at a range, which must not be empty. The buffer is reused from block to block.
    pub(super) fn new(
        source: &'r RandomAccessSource<'r>,
        range: Range<u64>,
        separator: &'r Separator,
        buffer: &'r mut Vec<u8>,
    ) -> Self {
        Self {
            source,
            buffer,
            finder: separator.reverse_finder(),
            separator,
            range,
            base: 0,
            filled: 0,
            piece_end: 0,
        }
    }

    /// Reads the next piece; `None` at the end of the block. A piece is longer than [`PIECE_BYTES`] by at most its
    /// first record.
    pub(super) fn read_next(&mut self) -> Result<Option<Piece<'_>>, LoadError> {
        let length = (self.range.end - self.range.start) as usize;
        self.buffer.copy_within(self.piece_end..self.filled, 0);
        self.base += self.piece_end;
        self.filled -= self.piece_end;
        if self.base == length {
            return Ok(None);
        }
        // The number of bytes in which no separator was found.
        let mut searched = 0_usize;
        loop {
            self.fill(PIECE_BYTES.min(length - self.base - self.filled))?;
            let bytes = &self.buffer[..self.filled];
            let is_last = self.base + self.filled == length;
            let end = if is_last {
                self.filled
            } else {
                // A separator may begin in the searched bytes.
                let from = searched.saturating_sub(self.separator.pattern_length() - 1);
                searched = self.filled;
                match self.finder.rfind(&bytes[from..]) {
                    Some(found) => from + found + self.separator.record_offset(),
                    None => continue,
                }
            };
            self.piece_end = end;
            return Ok(Some(Piece {
                bytes: &self.buffer[..self.filled],
                end,
                base: self.base,
                is_last,
            }));
        }
    }

    /// Appends the next bytes of the block to the buffer.
    fn fill(&mut self, wanted: usize) -> Result<(), LoadError> {
        let end = self.filled + wanted;
        if self.buffer.len() < end {
            self.buffer.resize(end, 0);
        }
        let offset = self.range.start + (self.base + self.filled) as u64;
        self.source
            .read_into(&mut self.buffer[self.filled..end], offset)?;
        self.filled = end;
        Ok(())
    }
}
