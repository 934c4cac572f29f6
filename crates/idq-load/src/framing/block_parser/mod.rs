//! The parser of one block: a state machine over the containers around records. It adds records to a chunk, and sets
//! rejects aside.

mod record;
mod reject;
mod unexpected;
mod wrapper;

use std::collections::BTreeSet;

use idq_json::{BYTE_ORDER_MARK, Error, ErrorKind, scan, work};
use idq_snapshot::RecordErrorKind;

use super::page::{SavedPageMember, read_page_member};
use super::recovery::RejectEnd;
use super::separator::{MAX_SEPARATOR_PART_BYTES, Separator};
use super::{Container, Expecting, FramingState, ObjectKind, classify_object};
use crate::options::OnBadRecord;
use crate::record::{ChunkBuilder, RecordError, RecordParser, Schema};
use crate::source::{END_OF_DOS_FILE, RECORD_SEPARATOR};

/// The bytes of a block, and the position in the dump's structure at which they start.
pub(crate) struct BlockInput<'b> {
    /// The bytes; the block may end inside a record.
    pub(crate) bytes: &'b [u8],
    /// The parse ends before a record that starts here or later.
    pub(crate) limit: usize,
    /// The state at the first byte.
    pub(crate) state: FramingState,
    /// Whether no more bytes follow.
    pub(crate) is_last: bool,
    /// The separator of the dump, if it was learned.
    pub(crate) separator: Option<&'b Separator>,
}

impl<'b> BlockInput<'b> {
    /// Creates the input of a whole block of a dump whose separator is known: it starts with a record.
    pub(crate) fn at_record(bytes: &'b [u8], separator: &'b Separator, is_last: bool) -> Self {
        Self {
            bytes,
            limit: usize::MAX,
            state: separator.state.clone(),
            is_last,
            separator: Some(separator),
        }
    }

    /// Creates the input of a whole source.
    pub(crate) fn whole_source(bytes: &'b [u8], state: FramingState) -> Self {
        Self {
            bytes,
            limit: usize::MAX,
            state,
            is_last: true,
            separator: None,
        }
    }
}

/// A malformed record of a block: a byte range that becomes a reject.
#[derive(Debug)]
pub(crate) struct MalformedRecord {
    /// The number of records in the block before it, rejects included.
    pub(crate) index: u64,
    /// The offset of the first byte in the block.
    pub(crate) start: usize,
    /// The length in bytes; 0 if a token is missing or superfluous.
    pub(crate) length: usize,
    /// The error, with its offset in the block.
    pub(crate) error: RecordError,
    /// Whether the range continues the last reject of the previous block.
    pub(crate) is_continuation: bool,
}

/// The outcome of a block.
#[derive(Debug)]
pub(crate) struct BlockOutcome {
    /// The number of bytes that were parsed. The rest needs more bytes.
    pub(crate) consumed: usize,
    /// The state after the consumed bytes.
    pub(crate) state: FramingState,
    /// The number of records, rejects included.
    pub(crate) records: u64,
    /// The malformed records, ascending.
    pub(crate) rejects: Vec<MalformedRecord>,
    /// Whether the last reject stops the load.
    pub(crate) is_stopped: bool,
    /// The paths to other arrays of objects, the first ones, which were left out.
    pub(crate) left_out: BTreeSet<String>,
    /// The separator: that of the input, or the one that was learned from this block.
    pub(crate) separator: Option<Separator>,
}

/// Parses the blocks of a load, one after another.
pub(crate) struct BlockParser<'s> {
    records: RecordParser<'s>,
    on_bad_record: OnBadRecord,
}

impl<'s> BlockParser<'s> {
    /// Creates a parser.
    pub(crate) fn new(schema: &'s Schema, on_bad_record: OnBadRecord) -> Self {
        Self {
            records: RecordParser::new(schema),
            on_bad_record,
        }
    }

    /// Parses the records of a block into a chunk.
    pub(crate) fn parse(
        &mut self,
        input: BlockInput<'_>,
        chunk: &mut ChunkBuilder,
    ) -> BlockOutcome {
        self.records.start_block();
        let outcome = BlockOutcome {
            consumed: 0,
            state: input.state,
            records: 0,
            rejects: Vec::new(),
            is_stopped: false,
            left_out: BTreeSet::new(),
            separator: input.separator.cloned(),
        };
        let mut parse = BlockParse {
            parser: self,
            bytes: input.bytes,
            limit: input.limit,
            is_last: input.is_last,
            chunk,
            outcome,
            next_line_feed: None,
            failed_line_end: None,
            bytes_scanned: 0,
            end_scan: EndScan::Brackets,
        };
        while parse.step() == Step::Continue {}
        parse.outcome
    }
}

/// The maximum number of bytes that are scanned repeatedly, per byte of the block. A dump with some malformed records
/// stays far below.
const MAX_SCANS_PER_BYTE: usize = 8;

/// The number of bytes that is added to the length of a block before [`MAX_SCANS_PER_BYTE`] applies, so that short
/// blocks have the same result as long ones.
const SCAN_BUDGET_BASE_BYTES: usize = 1 << 20;

/// The maximum number of consecutive rejects. Further ones are merged into the last, so that a file that is not a dump
/// has few rejects.
const MAX_CONSECUTIVE_REJECTS: usize = 1_000;

/// The maximum number of open containers.
const MAX_CONTAINERS: usize = 64;

/// The result of a step.
#[derive(PartialEq, Eq)]
enum Step {
    /// Another step follows.
    Continue,
    /// The block is parsed, stopped, or needs more bytes.
    Done,
}

/// The method of finding the end of a record whose shape is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EndScan {
    /// By brackets and strings alone. This is fast, but if the brackets of a record do not close, it scans the whole
    /// rest of the block.
    Brackets,
    /// By validation, which stops at the first error, so that a malformed record costs no more than its own bytes. It
    /// is used after the first malformed record of a block, because others may follow.
    Validating,
}

/// A parse of one block.
struct BlockParse<'p, 's, 'b> {
    /// The record parser and the treatment of malformed records.
    parser: &'p mut BlockParser<'s>,
    bytes: &'b [u8],
    limit: usize,
    is_last: bool,
    chunk: &'p mut ChunkBuilder,
    /// The outcome so far: `consumed` is the current position, `state` the current state.
    outcome: BlockOutcome,
    /// The result of the last search for a line feed; the end of the bytes if there is none.
    next_line_feed: Option<usize>,
    /// The end of the last line that was parsed as one record and failed.
    failed_line_end: Option<usize>,
    /// The number of bytes that were scanned and will be scanned again.
    bytes_scanned: usize,
    /// The method of finding the end of the next record whose shape is unknown.
    end_scan: EndScan,
}

impl BlockParse<'_, '_, '_> {
    /// Parses the next record, bracket, comma or member of a page.
    fn step(&mut self) -> Step {
        use Expecting::{FirstOrEnd, Item, SeparatorOrEnd, Value};
        let position = scan::skip_whitespace(self.bytes, self.outcome.consumed);
        // White space may be consumed in any state, because the parse of a block that starts after it is the same.
        self.consume_gap(position);
        if position >= self.limit {
            return Step::Done;
        }
        let Some(&byte) = self.bytes.get(position) else {
            return self.end_block();
        };
        if let Some(step) = self.parse_mark(position) {
            return step;
        }
        if self.outcome.state.in_oversized_record {
            return self.reject_at(position, self.too_long());
        }
        self.outcome.state.has_value = true;
        // The transitions of the state machine. Only an object outside pages needs more than its first byte.
        match (self.outcome.state.innermost(), byte) {
            (None, b'[') => self.enter(Container::Array),
            (Some(Container::Array(FirstOrEnd | Item) | Container::Wrapper(Value)), b'[')
                if self.outcome.state.containers.len() < MAX_CONTAINERS =>
            {
                self.enter(Container::Array)
            }
            (
                None | Some(Container::Array(FirstOrEnd | Item) | Container::Wrapper(Value)),
                b'{',
            ) => self.parse_object(),
            (Some(Container::Records(FirstOrEnd | Item)), b'{') => self.parse_record(),
            (Some(Container::Array(expecting) | Container::Records(expecting)), b']')
                if expecting != Item =>
            {
                self.leave()
            }
            (Some(Container::Page(expecting) | Container::Wrapper(expecting)), b'}')
                if !matches!(expecting, Item | Value) =>
            {
                self.leave()
            }
            (
                Some(
                    Container::Array(SeparatorOrEnd)
                    | Container::Records(SeparatorOrEnd)
                    | Container::Page(SeparatorOrEnd)
                    | Container::Wrapper(SeparatorOrEnd),
                ),
                b',',
            ) => {
                self.consume_gap(position + 1);
                self.outcome.state.set_expecting(Item);
                Step::Continue
            }
            (Some(Container::Page(FirstOrEnd | Item)), b'"') => self.parse_page_member(),
            (Some(Container::Wrapper(FirstOrEnd | Item)), b'"') => self.parse_wrapper_member(),
            _ => self.parse_unexpected(position, byte),
        }
    }

    /// Parses a mark outside any container: a byte-order mark, with which each of several files that were joined
    /// starts, the separator before each record of a text sequence, or the end of a file of DOS. Returns `None` if there is no mark.
    fn parse_mark(&mut self, position: usize) -> Option<Step> {
        if !self.outcome.state.containers.is_empty() {
            return None;
        }
        let rest = &self.bytes[position..];
        if matches!(rest[0], RECORD_SEPARATOR | END_OF_DOS_FILE) {
            self.consume_gap(position + 1);
            return Some(Step::Continue);
        }
        if rest.starts_with(BYTE_ORDER_MARK) {
            self.outcome.consumed += BYTE_ORDER_MARK.len();
            // Such a gap is not typical.
            self.outcome.state.gap = None;
            return Some(Step::Continue);
        }
        let is_cut = BYTE_ORDER_MARK.starts_with(rest) && !self.is_last;
        is_cut.then_some(Step::Done)
    }

    /// Consumes the bytes before an offset, and adds them to the gap between two records, if a gap is open.
    fn consume_gap(&mut self, position: usize) {
        let consumed = &self.bytes[self.outcome.consumed..position];
        if let Some(gap) = &mut self.outcome.state.gap {
            // One byte more than the maximum marks a gap that is too long.
            gap.extend_from_slice(&consumed[..consumed.len().min(MAX_SEPARATOR_PART_BYTES + 1)]);
            if gap.len() > MAX_SEPARATOR_PART_BYTES {
                self.outcome.state.gap = None;
            }
        }
        self.outcome.consumed = position;
    }

    /// Ends the block at the end of its bytes, which is an error if a container is open and no more bytes follow.
    fn end_block(&mut self) -> Step {
        if !self.is_last {
            return Step::Done;
        }
        if !self.outcome.state.containers.is_empty() {
            // Without the containers, the next step ends the block.
            self.outcome.state.containers.clear();
            let kind = RecordErrorKind::Json(ErrorKind::UnexpectedEnd);
            return self.reject_at(self.bytes.len(), kind);
        }
        if !self.outcome.state.has_value {
            // The reject counts as a value, so that it is added once.
            self.outcome.state.has_value = true;
            return self.reject_at(self.bytes.len(), RecordErrorKind::Empty);
        }
        Step::Done
    }

    /// Enters a container at its opening bracket.
    fn enter(&mut self, container: fn(Expecting) -> Container) -> Step {
        self.outcome.state.push(container);
        self.consume_bracket()
    }

    /// Leaves the innermost container at its closing bracket.
    fn leave(&mut self) -> Step {
        self.outcome.state.pop();
        self.consume_bracket()
    }

    /// Consumes a bracket around records. A gap with a bracket is not a separator.
    fn consume_bracket(&mut self) -> Step {
        self.outcome.consumed += 1;
        self.outcome.state.gap = None;
        Step::Continue
    }

    /// Parses a member of a page, up to the bracket of the records.
    fn parse_page_member(&mut self) -> Step {
        let start = self.outcome.consumed;
        let scope = self.scope(start);
        match read_page_member(&self.bytes[..scope], start, self.parser.records.apis()) {
            Ok(SavedPageMember::Records(position)) => {
                self.outcome.consumed = position;
                self.enter(Container::Records)
            }
            // The digits of a number may continue in the next bytes.
            Ok(SavedPageMember::Other(end))
                if end == self.bytes.len() && self.needs_more(start) =>
            {
                Step::Done
            }
            Ok(SavedPageMember::Other(end)) => {
                self.outcome.consumed = end;
                self.outcome.state.set_expecting(Expecting::SeparatorOrEnd);
                Step::Continue
            }
            Err(error) => self.parse_malformed_member(start, scope, error),
        }
    }

    /// Parses a member of a page or of a wrapper that has an error before `scope`: it needs more bytes, or it is
    /// malformed.
    fn parse_malformed_member(&mut self, start: usize, scope: usize, error: Error) -> Step {
        let Error { kind, offset } = error;
        let is_cut = kind == ErrorKind::UnexpectedEnd && scope == self.bytes.len();
        if is_cut && self.needs_more(start) {
            return Step::Done;
        }
        self.bytes_scanned += offset - start;
        let error = RecordError::new(offset, RecordErrorKind::Json(kind));
        self.reject(start, RejectEnd::Unknown, error)
    }

    /// Parses an object outside pages: a record, or the opening bracket of a page.
    fn parse_object(&mut self) -> Step {
        let start = self.outcome.consumed;
        if self.outcome.state.records_path.is_some() {
            return self.parse_object_on_path(start);
        }
        if let Some(step) = self.parse_before_classification(start) {
            return step;
        }
        let scope = self.scope(start);
        match self.classify(start, scope) {
            ObjectKind::Page => self.enter(Container::Page),
            ObjectKind::Undecided if scope == self.bytes.len() && self.needs_more(start) => {
                Step::Done
            }
            // A page that is cut off before its records is reported as a record that is cut off.
            ObjectKind::Record | ObjectKind::Undecided => self.parse_record(),
        }
    }

    /// Classifies an object. The scanned bytes count, because they are scanned again when the object is parsed.
    fn classify(&mut self, start: usize, scope: usize) -> ObjectKind {
        let (kind, scanned) =
            classify_object(&self.bytes[..scope], start, self.parser.records.apis());
        self.bytes_scanned += scanned;
        kind
    }

    /// Returns the maximum length of a record in bytes.
    fn max_record_bytes(&self) -> usize {
        self.parser.records.max_record_bytes()
    }

    /// Returns the error of a record that is longer than the maximum.
    fn too_long(&self) -> RecordErrorKind {
        RecordErrorKind::TooLong {
            most: self.max_record_bytes(),
        }
    }

    /// Returns whether bytes after the block may belong to the value that starts at `start`.
    fn needs_more(&self, start: usize) -> bool {
        !self.is_last && self.bytes.len() - start <= self.max_record_bytes()
    }

    /// Returns the remaining number of bytes that may be scanned repeatedly.
    fn byte_budget(&self) -> usize {
        let budget = MAX_SCANS_PER_BYTE * (self.bytes.len() + SCAN_BUDGET_BASE_BYTES);
        budget.saturating_sub(self.bytes_scanned)
    }

    /// Returns whether the budget is used up. Only whole lines are then parsed as records.
    fn is_exhausted(&self) -> bool {
        self.byte_budget() == 0
    }

    /// Returns the end of the bytes that may belong to the value that starts at `start`.
    fn scope(&mut self, start: usize) -> usize {
        if self.is_exhausted() {
            self.find_line_feed(start)
        } else {
            self.bytes.len()
        }
    }

    /// Returns the first line feed at or after `start`, or the end of the bytes. `start` must not be less than in an
    /// earlier call.
    fn find_line_feed(&mut self, start: usize) -> usize {
        match self.next_line_feed {
            Some(line_feed) if line_feed >= start => line_feed,
            _ => {
                let rest = &self.bytes[start..];
                let end = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |end| start + end);
                work::add(end - start);
                self.next_line_feed = Some(end);
                end
            }
        }
    }
}
