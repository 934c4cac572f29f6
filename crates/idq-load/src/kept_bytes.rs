//! The bytes of a source that cannot be read again: those of its records, and the first ones of its rejects.
//!
//! Bytes between records, blanks above all, are dropped, so that memory is bounded by what was loaded and not by what came.

use std::ops::Range;
use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::commit::BadPlace;
use idq_snapshot::SpillFile;

/// Bytes of rejects that all sources of a load may keep together.
const REJECT_BYTES: usize = 16 << 20;

/// Bytes of rejects that each of very many sources may keep all the same.
const LEAST_REJECT_BYTES: usize = 4 << 10;

/// Returns each source's share of the bytes of rejects. The share does not depend on other sources, so that the order of their
/// loading makes no difference.
pub(crate) fn reject_bytes_of_a_source(sources: usize) -> usize {
    (REJECT_BYTES / sources.max(1)).max(LEAST_REJECT_BYTES)
}

/// A block is kept as it is where at least this part of it is wanted, in quarters.
const WANTED_QUARTERS: usize = 3;

/// A gap that is shorter than what a piece of its own would cost.
const SHORT_GAP: usize = 64;

/// The kept bytes of one source.
#[derive(Debug)]
pub(crate) struct KeptBytes {
    /// Pieces by the offset of their first byte, ascending.
    pub(crate) pieces: Vec<(u64, Buffer)>,
    /// Bytes of rejects that may still be kept.
    reject_bytes: usize,
    /// Line feeds before the next block.
    lines: u64,
}

impl KeptBytes {
    /// Keeps nothing yet; `lines` line feeds were passed before.
    pub(crate) fn new(reject_bytes: usize, lines: u64) -> Self {
        Self {
            pieces: Vec::new(),
            reject_bytes,
            lines,
        }
    }

    /// Keeps what is wanted of the next block, which starts at `offset`, and notes the line of each bad place, and how much of
    /// it is kept.
    pub(crate) fn add(
        &mut self,
        offset: u64,
        bytes: Vec<u8>,
        records: Vec<Range<usize>>,
        bad: &mut [BadPlace],
        is_stopped: bool,
        spill: Option<&Arc<SpillFile>>,
    ) {
        number_lines(offset, &bytes, bad, is_stopped, self.lines);
        self.lines += line_feeds(&bytes);
        if bytes.is_empty() {
            return;
        }
        let of_records: usize = records.iter().map(Range::len).sum();
        let of_rejects: usize = bad.iter().map(|place| place.bad.length).sum();
        let keeps_all = (of_records + of_rejects) * 4 >= bytes.len() * WANTED_QUARTERS
            && of_rejects <= self.reject_bytes;
        let keep = |mut bytes: Vec<u8>| match spill {
            Some(spill) => spill.bytes(bytes),
            None => {
                // A block that was cut, or put together, has room that would be kept with it.
                bytes.shrink_to_fit();
                Buffer::from_vec(bytes)
            }
        };
        let mut wanted = records;
        for place in bad {
            let start = (place.start - offset) as usize;
            let length = place.bad.length.min(self.reject_bytes);
            self.reject_bytes -= length;
            place.kept = length as u64;
            wanted.push(start..start + length);
        }
        if keeps_all {
            self.pieces.push((offset, keep(bytes)));
            return;
        }
        wanted.retain(|range| !range.is_empty());
        wanted.sort_unstable_by_key(|range| range.start);
        let mut pieces: Vec<Range<usize>> = Vec::new();
        for range in wanted {
            match pieces.last_mut() {
                Some(last) if range.start <= last.end + SHORT_GAP => {
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
        drop(bytes);
        let copied = keep(copied);
        let mut from = 0;
        for piece in pieces {
            let slice = copied.slice_with_length(from, piece.len());
            from += piece.len();
            self.pieces.push((offset + piece.start as u64, slice));
        }
    }
}

/// Notes the line of each bad place of a block, behind `before` line feeds.
pub(crate) fn number_lines(
    offset: u64,
    bytes: &[u8],
    bad: &mut [BadPlace],
    is_stopped: bool,
    before: u64,
) {
    let (mut position, mut lines) = (0, before);
    for place in bad {
        let at = place.line_offset(is_stopped);
        let at = ((at - offset) as usize).clamp(position, bytes.len());
        lines += line_feeds(&bytes[position..at]);
        position = at;
        place.line = Some(lines + 1);
    }
}

pub(crate) fn line_feeds(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Bad;
    use crate::record::RecordError;
    use idq_snapshot::RecordErrorKind;

    fn bad(range: Range<usize>, offset: u64) -> BadPlace {
        let bad = Bad {
            index: 0,
            start: range.start,
            length: range.len(),
            error: RecordError::at(range.start, RecordErrorKind::MissingId),
            continues: false,
        };
        BadPlace::new(bad, 0, offset)
    }

    fn kept(kept: &KeptBytes) -> Vec<(u64, usize)> {
        let pieces = kept.pieces.iter();
        pieces.map(|(start, piece)| (*start, piece.len())).collect()
    }

    #[test]
    fn blanks_and_the_ends_of_long_rejects_are_not_kept() {
        let mut all = KeptBytes::new(100, 3);
        let mut bytes = vec![b' '; 10_000];
        bytes[4_999] = b'\n';
        let mut places = [bad(2_000..2_050, 7), bad(5_000..9_000, 7)];
        let records = vec![10..110, 120..220, 9_500..9_600];
        all.add(7, bytes, records, &mut places, false, None);
        assert_eq!(
            kept(&all),
            [(17, 210), (2_007, 50), (5_007, 50), (9_507, 100)]
        );
        assert_eq!(
            places.map(|place| (place.line, place.kept)),
            [(Some(4), 50), (Some(5), 50)]
        );
        let mut places = [bad(0..1_000, 10_007)];
        all.add(10_007, vec![b'x'; 1_000], vec![], &mut places, false, None);
        assert_eq!(all.pieces.len(), 4);
        assert_eq!(places.map(|place| (place.line, place.kept)), [(Some(5), 0)]);
    }

    #[test]
    fn a_block_of_records_is_kept_as_it_is() {
        let mut all = KeptBytes::new(100, 0);
        all.add(
            0,
            vec![b'x'; 100],
            vec![0..50, 52..99],
            &mut [],
            false,
            None,
        );
        assert_eq!(kept(&all), [(0, 100)]);
    }
}
