//! The location of a reject in its source.

use crate::framing::MalformedRecord;

/// A malformed record, located in its source.
#[derive(Debug)]
pub(crate) struct RejectedSpan {
    /// The number of the record in the source, from 1.
    pub(crate) number: u64,
    /// The offset of the first byte.
    pub(crate) start: u64,
    /// The offset of the offending byte.
    pub(crate) offset: u64,
    /// The offset, in a source of another encoding than UTF-8, of the byte whose line is reported.
    pub(crate) file_offset: Option<u64>,
    /// The line, from 1, if it was counted during the parse.
    pub(crate) line: Option<u64>,
    /// The number of leading bytes that can be read later.
    pub(crate) retained: u64,
    /// The malformed record, with its length and error.
    pub(crate) record: MalformedRecord,
}

impl RejectedSpan {
    /// Locates a malformed record of a block that starts at `base`, after `records_before` records. All its bytes are
    /// retained.
    pub(crate) fn new(record: MalformedRecord, records_before: u64, base: u64) -> Self {
        Self {
            number: records_before + record.index + 1,
            start: base + record.start as u64,
            offset: base + record.error.offset as u64,
            file_offset: None,
            line: None,
            retained: record.length as u64,
            record,
        }
    }

    /// Returns the offset whose line and position are reported: the offending byte if the load stops at this record, otherwise the
    /// first byte of the reject.
    pub(crate) fn line_offset(&self, is_stopped: bool) -> u64 {
        if is_stopped { self.offset } else { self.start }
    }

    /// Adds the span that continues this one. Its bytes are retained only if the source can be read again.
    pub(super) fn extend(&mut self, next: &Self, is_readable: bool) {
        let length = next.start + next.record.length as u64 - self.start;
        self.record.length = length as usize;
        if is_readable {
            self.retained = length;
        }
    }
}
