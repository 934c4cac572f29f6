//! The separator of a dump: the bytes from the end of one record to the first key of the next.
//!
//! Speculative parallel parsing cuts blocks at the separator. A dump that one program wrote has the same bytes between
//! any two adjacent records, so a block that starts at an occurrence of them most likely starts with a record.
//!
//! ```text
//! [{"id":"a","state":"active"},            pattern         }, + line feed + {"id":
//! {"id":"b","state":"staged"}]                                              ^ record_offset
//! ```
//!
//! The first key is part of the pattern because `},{` alone also occurs between the objects of a record's arrays. If
//! the whole pattern occurs in a record, the speculation is wrong, which the assembler detects.

use memchr::memmem::{Finder, FinderRev};

use super::state::FramingState;

/// The bytes between two records, learned from the first two adjacent ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Separator {
    /// The closing bracket of a record, the gap, and the next record up to its first colon.
    pattern: Vec<u8>,
    /// The offset of the next record in the pattern.
    record_offset: usize,
    /// The state before the next record.
    pub(crate) state: FramingState,
}

/// The maximum length of the gap, and of a record up to its first colon. Longer ones predict too few records.
pub(super) const MAX_SEPARATOR_PART_BYTES: usize = 64;

impl Separator {
    /// Learns the separator from a record, the gap before it, and the state before it. Returns `None` if the first key
    /// of the record is too long.
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

    /// Returns the length of the pattern in bytes. The last bytes of a window, fewer than this, may belong to an
    /// occurrence that continues after the window.
    pub(crate) fn pattern_length(&self) -> usize {
        self.pattern.len()
    }

    /// Returns the number of bytes of the pattern before the record.
    pub(crate) fn record_offset(&self) -> usize {
        self.record_offset
    }

    /// Returns a searcher for the first occurrence of the pattern.
    pub(crate) fn finder(&self) -> Finder<'_> {
        Finder::new(&self.pattern)
    }

    /// Returns a searcher for the last occurrence of the pattern.
    pub(crate) fn reverse_finder(&self) -> FinderRev<'_> {
        FinderRev::new(&self.pattern)
    }
}
