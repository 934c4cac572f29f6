//! The separator of a dump: the bytes from the end of one record to the first key of the next.
//!
//! It is the guess of speculative parallel parsing. A dump that one program wrote has the same bytes between any two
//! neighbouring records, so a block that starts at an occurrence of them most likely starts with a record.
//!
//! ```text
//! [{"id":"a","state":"active"},            pattern         }, + line feed + {"id":
//! {"id":"b","state":"staged"}]                                              ^ record_offset
//! ```
//!
//! The first key belongs to the pattern because `},{` alone also occurs between the objects of a record's lists. It may
//! still occur there; the speculation is then wrong, which the assembler notices.

use memchr::memmem::{Finder, FinderRev};

use super::state::FramingState;

/// The bytes between two records, learned from the first two neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Separator {
    /// The closing bracket of a record, the gap, and the next record up to its first colon.
    pattern: Vec<u8>,
    /// The offset of the next record in the pattern.
    record_offset: usize,
    /// The state in which the next record is reached.
    pub(crate) state: FramingState,
}

/// The bound on the gap and on the first key of a record, in bytes. A longer one predicts too few records.
pub(super) const MAX_SEPARATOR_PART_BYTES: usize = 64;

impl Separator {
    /// Learns from a record, the gap before it, and the state in which it was reached. `None` if its first key is long.
    pub(super) fn learn(gap: &[u8], record: &[u8], state: &FramingState) -> Option<Self> {
        let mut start = record.iter().take(MAX_SEPARATOR_PART_BYTES);
        let head = start.position(|&byte| byte == b':')? + 1;
        Some(Self {
            pattern: [b"}", gap, &record[..head]].concat(),
            record_offset: 1 + gap.len(),
            state: state.clone(),
        })
    }

    /// Returns the start of a record, up to its first colon.
    pub(super) fn record_head(&self) -> &[u8] {
        &self.pattern[self.record_offset..]
    }

    /// Returns the bytes from the last line break of the gap to the record; `None` without a line break.
    pub(super) fn indentation(&self) -> Option<&[u8]> {
        let gap = &self.pattern[1..self.record_offset];
        memchr::memrchr(b'\n', gap).map(|line_feed| &gap[line_feed + 1..])
    }

    /// Returns the length of the pattern in bytes. Fewer bytes of it, at the end of a window, may belong to an
    /// occurrence.
    pub(crate) fn pattern_length(&self) -> usize {
        self.pattern.len()
    }

    /// Returns the number of bytes of the pattern before the record.
    pub(crate) fn record_offset(&self) -> usize {
        self.record_offset
    }

    /// Returns a searcher for the first record that seems to start in some bytes.
    pub(crate) fn finder(&self) -> Finder<'_> {
        Finder::new(&self.pattern)
    }

    /// Returns a searcher for the last record that seems to start in some bytes.
    pub(crate) fn reverse_finder(&self) -> FinderRev<'_> {
        FinderRev::new(&self.pattern)
    }
}
