//! The structural index of a JSON text, found 64 bytes at a time without a branch for each byte, as in the first stage
//! of `simdjson`, but with two entries for most members of an object instead of four.
//!
//! An entry of the index is the offset of
//!
//! * a structural character (a bracket, a comma or a colon) outside strings,
//! * the byte after a string, which in a text without white space is a structural character,
//! * a byte that no valid text has: a control character in a string, the backslash of a malformed escape, the first
//!   byte of a sequence that is not UTF-8.
//!
//! Two properties let a parser check the grammar from the entries, without a search for the ends of strings:
//!
//! * A quote opens a string if only white space separates it from the structural character before it. The string is
//!   valid, escapes and UTF-8 included, and ends before the next entry, if that entry is a structural character, or if
//!   only white space separates it from the entry after it, which is a structural character.
//! * Between a structural character and the next entry there is at most one string. If that entry is a structural
//!   character, the string ends directly before it. All other bytes between the two are for the parser to check.
//!
//! The index is made ahead of the parser, some KiB at a time, and continues from record to record.
//!
//! ```
//! use idq_json::structural::{Instructions, StructuralIndex};
//!
//! let mut index = StructuralIndex::new(Instructions::Native);
//! let text = br#"{"a,b": 12}"#;
//! assert_eq!(index.seek(text, 0), Some(&[0, 6, 10][..]));
//! ```

#[cfg(target_arch = "x86_64")]
mod avx2;
mod block;
mod extend;

use std::ops::RangeInclusive;

use block::ScanState;

use crate::work;

/// The instructions with which an index is made. They change its speed, never its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Instructions {
    /// The widest instructions that the processor has.
    #[default]
    Native,
    /// The instructions that every processor has.
    Portable,
}

/// The number of bytes of a block, one for each bit of a mask.
const BLOCK_BYTES: usize = 64;

/// The minimum and the maximum number of bytes after the start of a record that [`StructuralIndex::seek`] indexes:
/// those of a record of the usual length.
const AHEAD_BYTES: RangeInclusive<usize> = 256..=4 << 10;

/// The maximum number of bytes by which an index is extended at a time, few enough for the cache of a core.
const MAX_STEP_BYTES: usize = 16 << 10;

/// The structural index of a part of a text.
#[derive(Debug, Clone)]
pub struct StructuralIndex {
    /// The instructions with which it is made.
    instructions: Instructions,
    /// The entries, followed by unused capacity.
    entries: Vec<u32>,
    /// The number of entries.
    count: usize,
    /// The number of passed entries: those before the record of the last [`seek`](Self::seek), and its own once it is
    /// [passed](Self::advance).
    passed: usize,
    /// The offset of that record.
    record_start: usize,
    /// The offset up to which the text is indexed.
    end: usize,
    /// The number of bytes of the next extension. It doubles while the index is used, so that records far from each
    /// other do not each cost a long index.
    step: usize,
    /// The length of the previous record, or of what was indexed for it: the estimate for the next one.
    record_bytes: usize,
    /// The state of the scan at `end`.
    state: ScanState,
}

impl StructuralIndex {
    /// Creates an index of nothing.
    pub fn new(instructions: Instructions) -> Self {
        Self {
            instructions,
            entries: Vec::new(),
            count: 0,
            passed: 0,
            record_start: 0,
            end: 0,
            step: 0,
            record_bytes: 0,
            state: ScanState::default(),
        }
    }

    /// Forgets the text: the next [`seek`](Self::seek) may be in another one.
    pub fn clear(&mut self) {
        self.count = 0;
        self.passed = 0;
        self.record_start = 0;
        self.end = 0;
    }

    /// Returns the entries from the object that starts at `start`, as far as the text is indexed; `None` if the text is
    /// too long for an index.
    ///
    /// All calls after [`clear`](Self::clear) must have the same text.
    #[inline]
    pub fn seek(&mut self, text: &[u8], start: usize) -> Option<&[u32]> {
        if start < self.record_start || start >= self.end || !self.pass(start) {
            if u32::try_from(text.len()).is_err() {
                return None;
            }
            self.restart(start);
        } else {
            self.record_bytes = start - self.record_start;
        }
        self.record_start = start;
        if self.end - start < self.ahead() && self.end < text.len() {
            self.extend_once(text);
        }
        Some(&self.entries[self.passed..self.count])
    }

    /// Extends the index, to at least twice the length from the start of the record. Returns its entries from there;
    /// `None` if the whole text is indexed, or more than `max_bytes` of it from the start of the record.
    #[cold]
    pub fn extend(&mut self, text: &[u8], max_bytes: usize) -> Option<&[u32]> {
        let length = self.end - self.record_start;
        if self.end == text.len() || length > max_bytes {
            return None;
        }
        while self.end < text.len() && self.end - self.record_start < length * 2 {
            self.extend_once(text);
        }
        self.record_bytes = self.end - self.record_start;
        Some(&self.entries[self.passed..self.count])
    }

    /// Passes the record of the last [`seek`](Self::seek), which has this number of entries, so that the next record is
    /// found without a search. The index must not be [extended](Self::extend) before the next seek.
    #[inline]
    pub fn advance(&mut self, record_entries: usize) {
        self.passed = self.count.min(self.passed + record_entries);
    }

    /// Returns the number of bytes that are indexed after the start of a record: some more than those of a usual one.
    #[inline]
    fn ahead(&self) -> usize {
        let usual = self.record_bytes + self.record_bytes / 4;
        usual.clamp(*AHEAD_BYTES.start(), *AHEAD_BYTES.end())
    }

    /// Passes the entries before `start`. Returns whether an entry is at `start`, which is then not inside a string: an
    /// entry inside a string is no bracket. After a malformed record the index may have taken strings for the text
    /// between them.
    #[inline]
    fn pass(&mut self, start: usize) -> bool {
        let entries = &self.entries[self.passed..self.count];
        // At most a comma precedes the next record.
        let near = entries.iter().take(2);
        let found = near.copied().position(|entry| entry as usize >= start);
        let before =
            found.unwrap_or_else(|| entries.partition_point(|&entry| (entry as usize) < start));
        self.passed += before;
        entries
            .get(before)
            .is_some_and(|&entry| entry as usize == start)
    }

    /// Starts a new index at an offset outside any string.
    fn restart(&mut self, start: usize) {
        self.count = 0;
        self.passed = 0;
        self.end = start;
        self.step = self.ahead();
        self.state = ScanState::at(start);
    }

    /// Removes the passed entries, and indexes the next bytes.
    fn extend_once(&mut self, text: &[u8]) {
        self.entries.copy_within(self.passed..self.count, 0);
        self.count -= self.passed;
        self.passed = 0;
        // Whole blocks, except at the end of the text: the state is that of a block's end.
        let step = self.step.next_multiple_of(BLOCK_BYTES);
        let end = text.len().min(self.end + step);
        work::add(end - self.end);
        self.step = MAX_STEP_BYTES.min(self.step * 2);
        // One entry for each byte at most, and one group of capacity beyond them, see `extend::append`.
        let capacity = self.count + (end - self.end) + extend::GROUP;
        if self.entries.len() < capacity {
            self.entries.resize(capacity, 0);
        }
        let entries = &mut self.entries[self.count..];
        self.count += extend::index_with(
            self.instructions,
            text,
            self.end..end,
            &mut self.state,
            entries,
        );
        self.end = end;
    }
}

#[cfg(test)]
mod tests;
