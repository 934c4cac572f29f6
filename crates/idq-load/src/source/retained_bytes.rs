//! Retention of the bytes of a source that cannot be read again: all bytes of its records, and the first bytes of its
//! rejects.
//!
//! Bytes between records, mostly white space, are dropped, so that memory is bounded by the records and not by the
//! stream. A block that consists mostly of records is kept without a copy.

use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_snapshot::{SpillFile, TextEncoding};

use crate::split::RejectedSpan;

/// The maximum number of bytes of rejects that all sources of a load retain together.
const MAX_REJECT_BYTES: usize = 16 << 20;

/// The minimum share of a source, even if the shares of all sources together then exceed [`MAX_REJECT_BYTES`].
const MIN_REJECT_BYTES_PER_SOURCE: usize = 4 << 10;

/// Returns the number of bytes of rejects that each source may retain. It depends only on the number of sources, so
/// that the order in which they are loaded makes no difference.
pub(crate) fn reject_bytes_per_source(sources: usize) -> usize {
    (MAX_REJECT_BYTES / sources.max(1)).max(MIN_REJECT_BYTES_PER_SOURCE)
}

/// The minimum share of wanted bytes, in quarters, at which a block is retained as a whole instead of copied in part.
const WHOLE_BLOCK_QUARTERS: usize = 3;

/// The maximum length of a gap between two wanted ranges that is retained with them, because a separate piece would
/// cost more.
const MAX_RETAINED_GAP_BYTES: usize = 64;

/// The retained bytes of one source.
#[derive(Debug)]
pub(crate) struct RetainedBytes {
    /// Pieces by the offset of their first byte, ascending.
    pub(crate) pieces: Vec<(u64, Buffer)>,
    /// The number of bytes of rejects that may still be retained.
    reject_bytes: usize,
    /// The position of the next block.
    position: FilePosition,
}

/// A position in the decompressed bytes of a source, which have the encoding of the source.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FilePosition {
    /// The encoding.
    pub(crate) encoding: TextEncoding,
    /// The number of line feeds before the position.
    pub(crate) line_feeds: u64,
    /// The number of bytes before the position.
    pub(crate) offset: u64,
}

impl FilePosition {
    /// Returns the start of a source.
    pub(crate) fn start(encoding: TextEncoding) -> Self {
        Self {
            encoding,
            ..Self::default()
        }
    }

    /// Moves the position over a text, which is given as UTF-8.
    pub(crate) fn advance(&mut self, text: &[u8]) {
        self.line_feeds += memchr::memchr_iter(b'\n', text).count() as u64;
        self.offset += self.encoding.encoded_length(text);
    }
}

/// A parsed block, which is dropped unless it is retained.
pub(crate) struct ParsedBytes {
    /// The offset of the first byte in the source.
    pub(crate) offset: u64,
    /// The bytes, moved into the storage if it retains the block as a whole.
    pub(crate) bytes: Vec<u8>,
    /// The byte ranges of the records, relative to the block.
    pub(crate) records: Vec<Range<usize>>,
}

impl RetainedBytes {
    /// Creates an empty storage. `position` is that of the first block.
    pub(crate) fn new(reject_bytes: usize, position: FilePosition) -> Self {
        Self {
            pieces: Vec::new(),
            reject_bytes,
            position,
        }
    }

    /// Retains the records and rejects of the next block. Sets the position of each reject, and the number of its
    /// retained bytes.
    pub(crate) fn add(
        &mut self,
        block: ParsedBytes,
        rejects: &mut [RejectedSpan],
        is_stopped: bool,
        spill: Option<&Arc<SpillFile>>,
    ) {
        let ParsedBytes {
            offset,
            bytes,
            records,
        } = block;
        locate_rejects(offset, &bytes, rejects, is_stopped, self.position);
        self.position.advance(&bytes);
        if bytes.is_empty() {
            return;
        }
        let record_bytes: usize = records.iter().map(Range::len).sum();
        let reject_bytes: usize = rejects.iter().map(|span| span.record.length).sum();
        let is_whole_block_retained = (record_bytes + reject_bytes) * 4
            >= bytes.len() * WHOLE_BLOCK_QUARTERS
            && reject_bytes <= self.reject_bytes;
        let mut wanted = records;
        for span in rejects {
            let start = (span.start - offset) as usize;
            let length = span.record.length.min(self.reject_bytes);
            self.reject_bytes -= length;
            span.retained = length as u64;
            wanted.push(start..start + length);
        }
        if is_whole_block_retained {
            self.pieces.push((offset, into_buffer(bytes, spill)));
        } else {
            self.copy_ranges(offset, bytes, wanted, spill);
        }
    }

    /// Retains copies of ranges of a block, as slices of one buffer.
    fn copy_ranges(
        &mut self,
        offset: u64,
        bytes: Vec<u8>,
        mut ranges: Vec<Range<usize>>,
        spill: Option<&Arc<SpillFile>>,
    ) {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_unstable_by_key(|range| range.start);
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match pieces.last_mut() {
                Some(last) if range.start <= last.end + MAX_RETAINED_GAP_BYTES => {
                    last.end = last.end.max(range.end);
                }
                _ => pieces.push(range),
            }
        }
        let length = pieces.iter().map(Range::len).sum();
        let mut copied = Vec::with_capacity(length);
        for piece in &pieces {
            copied.extend_from_slice(&bytes[piece.clone()]);
        }
        // Freed before the copy becomes a buffer, which may allocate.
        drop(bytes);
        let copied = into_buffer(copied, spill);
        let mut from = 0;
        for piece in pieces {
            let slice = copied.slice_with_length(from, piece.len());
            from += piece.len();
            self.pieces.push((offset + piece.start as u64, slice));
        }
    }
}

/// Moves bytes to the spill file, or to a buffer in memory.
fn into_buffer(mut bytes: Vec<u8>, spill: Option<&Arc<SpillFile>>) -> Buffer {
    match spill {
        Some(spill) => spill.bytes(bytes),
        None => {
            // Blocks that were cut or joined have spare capacity, which would be retained as well.
            bytes.shrink_to_fit();
            Buffer::from_vec(bytes)
        }
    }
}

/// Sets the line of each reject of a block, and its offset in a source of another encoding. `block` is the position of
/// the block.
pub(crate) fn locate_rejects(
    offset: u64,
    bytes: &[u8],
    rejects: &mut [RejectedSpan],
    is_stopped: bool,
    block: FilePosition,
) {
    let (mut reached, mut position) = (0, block);
    for span in rejects {
        let at = span.line_offset(is_stopped);
        let at = ((at - offset) as usize).clamp(reached, bytes.len());
        position.advance(&bytes[reached..at]);
        reached = at;
        span.line = Some(position.line_feeds + 1);
        span.file_offset = (position.encoding != TextEncoding::Utf8).then_some(position.offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::MalformedRecord;
    use crate::record::RecordError;
    use idq_snapshot::RecordErrorKind;

    fn reject(range: Range<usize>, offset: u64) -> RejectedSpan {
        let record = MalformedRecord {
            index: 0,
            start: range.start,
            length: range.len(),
            error: RecordError::new(range.start, RecordErrorKind::MissingId),
            is_continuation: false,
        };
        RejectedSpan::new(record, 0, offset)
    }

    fn pieces(retained: &RetainedBytes) -> Vec<(u64, usize)> {
        let pieces = retained.pieces.iter();
        pieces.map(|(start, piece)| (*start, piece.len())).collect()
    }

    #[test]
    fn white_space_and_the_ends_of_long_rejects_are_not_retained() {
        let mut retained = RetainedBytes::new(
            100,
            FilePosition {
                line_feeds: 3,
                ..FilePosition::default()
            },
        );
        let mut bytes = vec![b' '; 10_000];
        bytes[4_999] = b'\n';
        let mut rejects = [reject(2_000..2_050, 7), reject(5_000..9_000, 7)];
        let block = ParsedBytes {
            offset: 7,
            bytes,
            records: vec![10..110, 120..220, 9_500..9_600],
        };
        retained.add(block, &mut rejects, false, None);
        assert_eq!(
            pieces(&retained),
            [(17, 210), (2_007, 50), (5_007, 50), (9_507, 100)]
        );
        assert_eq!(
            rejects.map(|span| (span.line, span.retained)),
            [(Some(4), 50), (Some(5), 50)]
        );
        // The share of the source is used up.
        let mut rejects = [reject(0..1_000, 10_007)];
        let block = ParsedBytes {
            offset: 10_007,
            bytes: vec![b'x'; 1_000],
            records: Vec::new(),
        };
        retained.add(block, &mut rejects, false, None);
        assert_eq!(retained.pieces.len(), 4);
        assert_eq!(
            rejects.map(|span| (span.line, span.retained)),
            [(Some(5), 0)]
        );
    }

    #[test]
    fn block_that_is_mostly_records_is_retained_as_a_whole() {
        let mut retained = RetainedBytes::new(100, FilePosition::default());
        let block = ParsedBytes {
            offset: 0,
            bytes: vec![b'x'; 100],
            records: vec![0..50, 52..99],
        };
        retained.add(block, &mut [], false, None);
        assert_eq!(pieces(&retained), [(0, 100)]);
    }
}
