mod bad;

use idq_json::{Error, ErrorKind, scan, work};

use crate::frames::{Class, Expect, Frame, State, classify};
use crate::options::OnBadRecord;
use crate::page::{PageMember, page_member, value_end};
use crate::record::{RecordError, RecordErrorKind, RecordParser, shortened};
use crate::resynchronise::{BadEnd, MAX_LEARNED, Place, Resume, Separator};
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use crate::sniff::BYTE_ORDER_MARK;

/// A stretch of a block that is no good record.
#[derive(Debug)]
pub(crate) struct Bad {
    /// How many records of the block come before it, good and bad.
    pub(crate) index: u64,
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// Its offset counts from the start of the block.
    pub(crate) error: RecordError,
    /// Whether it is a part of the bad stretch before it, in the block before.
    pub(crate) continues: bool,
}

/// What became of a block.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Bytes that are done with; the rest waits for more.
    pub(crate) consumed: usize,
    pub(crate) state: State,
    /// Records, good and bad.
    pub(crate) records: u64,
    pub(crate) bad: Vec<Bad>,
    /// Whether the last bad record stopped the parse.
    pub(crate) stopped: bool,
    pub(crate) separator: Option<Separator>,
}

/// Parses blocks of a source.
pub(crate) struct BlockParser<'s> {
    records: RecordParser<'s>,
    on_bad_record: OnBadRecord,
}

impl<'s> BlockParser<'s> {
    pub(crate) fn new(schema: &'s Schema, on_bad_record: OnBadRecord) -> Self {
        Self {
            records: RecordParser::new(schema),
            on_bad_record,
        }
    }

    /// Parses the records of a block, from a state, into a chunk.
    ///
    /// `last` says that no more bytes will come.
    pub(crate) fn parse(
        &mut self,
        bytes: &[u8],
        state: State,
        last: bool,
        separator: Option<&Separator>,
        chunk: &mut ChunkBuilder,
    ) -> Outcome {
        self.parse_up_to(bytes, usize::MAX, state, last, separator, chunk)
    }

    /// As [`parse`](Self::parse), up to a record that starts at or behind `limit`.
    pub(crate) fn parse_up_to(
        &mut self,
        bytes: &[u8],
        limit: usize,
        state: State,
        last: bool,
        separator: Option<&Separator>,
        chunk: &mut ChunkBuilder,
    ) -> Outcome {
        let outcome = Outcome {
            consumed: 0,
            state,
            records: 0,
            bad: Vec::new(),
            stopped: false,
            separator: separator.cloned(),
        };
        let mut parse = Parse {
            parser: self,
            bytes,
            limit,
            last,
            chunk,
            outcome,
            line_feed: None,
            failed_line: None,
            effort: 0,
            care: Care::Fast,
        };
        while parse.step() == Step::On {}
        parse.outcome
    }
}

/// How often a block's bytes may be looked at in vain; a dump with some broken records stays far below.
const PATIENCE: usize = 8;

/// What a short block is taken to have at least, so that where blocks end does not show.
const MIN_PATIENCE: usize = 1 << 20;

/// How many bad stretches may follow each other without a record between; what comes behind is added to the last.
const MAX_BAD_IN_A_ROW: usize = 1_000;

/// How many bytes of unexpected text an error may want to show.
const MAX_FOUND: usize = 200;

#[derive(PartialEq, Eq)]
enum Step {
    On,
    /// The block is done with, stopped, or waits for more bytes.
    Done,
}

/// How the end of a record of no familiar shape is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// By brackets and strings alone, which is fast, and looks at all that follows where a record does not close.
    Fast,
    /// By the exact reader, which stops at the first error: a broken record costs no more than its own bytes. So it is behind
    /// the first bad record, as others may follow.
    Exact,
}

struct Parse<'p, 's, 'b> {
    parser: &'p mut BlockParser<'s>,
    bytes: &'b [u8],
    limit: usize,
    last: bool,
    chunk: &'p mut ChunkBuilder,
    outcome: Outcome,
    /// The first line feed behind the place where one was looked for; the end of the bytes if there is none.
    line_feed: Option<usize>,
    /// The end of a line that is no record as a whole.
    failed_line: Option<usize>,
    /// How many bytes were looked at in vain.
    effort: usize,
    care: Care,
}

impl Parse<'_, '_, '_> {
    fn step(&mut self) -> Step {
        if !self.outcome.state.opened && !self.open() {
            return Step::Done;
        }
        let before = self.outcome.consumed;
        let position = scan::skip_whitespace(self.bytes, before);
        self.pass_gap(position);
        if position >= self.limit {
            return Step::Done;
        }
        let Some(&byte) = self.bytes.get(position) else {
            return self.end();
        };
        if self.outcome.state.lost {
            return self.bad_at(position, self.too_long());
        }
        self.outcome.state.begun = true;
        match (self.outcome.state.frames.last().copied(), byte) {
            (None, b'[') => self.enter(Frame::Array),
            (None | Some(Frame::Array(Expect::FirstOrEnd | Expect::Item)), b'{') => self.object(),
            (Some(Frame::Records(Expect::FirstOrEnd | Expect::Item)), b'{') => self.record(),
            (Some(Frame::Array(expect) | Frame::Records(expect)), b']')
                if expect != Expect::Item =>
            {
                self.leave()
            }
            (Some(Frame::Page(expect)), b'}') if expect != Expect::Item => self.leave(),
            (Some(Frame::Array(expect) | Frame::Records(expect) | Frame::Page(expect)), b',')
                if expect == Expect::SeparatorOrEnd =>
            {
                self.pass_gap(position + 1);
                self.outcome.state.set_expect(Expect::Item);
                Step::On
            }
            (Some(Frame::Page(Expect::FirstOrEnd | Expect::Item)), b'"') => self.page_member(),
            _ => self.unexpected(position, byte),
        }
    }

    /// Passes the byte-order mark, if there is one; false where that cannot be said yet.
    fn open(&mut self) -> bool {
        let rest = &self.bytes[self.outcome.consumed..];
        if rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(rest) && !self.last {
            return false;
        }
        if rest.starts_with(BYTE_ORDER_MARK) {
            self.outcome.consumed += BYTE_ORDER_MARK.len();
        }
        self.outcome.state.opened = true;
        true
    }

    /// Goes on to a position, which may be in the gap between two records.
    fn pass_gap(&mut self, position: usize) {
        let passed = &self.bytes[self.outcome.consumed..position];
        if let Some(gap) = &mut self.outcome.state.gap {
            gap.extend_from_slice(&passed[..passed.len().min(MAX_LEARNED + 1)]);
            if gap.len() > MAX_LEARNED {
                self.outcome.state.gap = None;
            }
        }
        self.outcome.consumed = position;
    }

    /// Something that cannot stand here.
    fn unexpected(&mut self, position: usize, found: u8) -> Step {
        let frame = self.outcome.state.frames.last().copied();
        if let Some(Frame::Page(expect)) = frame {
            let expected = "the rest of a page";
            let kind = RecordErrorKind::Json(ErrorKind::Unexpected { expected, found });
            return match (expect, found) {
                (Expect::Item, b'}') => self.absent(position, kind, Expect::SeparatorOrEnd),
                // A bracket too many has closed the records.
                (Expect::Item, b'{') => {
                    let records = Frame::Records(Expect::Item);
                    self.absent_at(position, kind, Place::BackIn(records))
                }
                _ => self.bad_at(position, kind),
            };
        }
        let Some(text) = self.found(position) else {
            return Step::Done;
        };
        let separator = matches!(
            frame,
            Some(Frame::Array(Expect::SeparatorOrEnd) | Frame::Records(Expect::SeparatorOrEnd))
        );
        match found {
            b'{' if separator => self.missing_separator(position, text),
            _ if separator => self.bad_at(position, RecordErrorKind::NotASeparator(text)),
            b',' if frame.is_none() => self.comma_outside(position, text),
            // A comma too many.
            b']' if frame.is_some() => self.absent(
                position,
                RecordErrorKind::NotAnObject(text),
                Expect::SeparatorOrEnd,
            ),
            _ => self.bad_at(position, RecordErrorKind::NotAnObject(text)),
        }
    }

    /// A comma outside of any container: in front of a record it is all that is wrong.
    fn comma_outside(&mut self, position: usize, found: String) -> Step {
        let error = RecordError::at(position, RecordErrorKind::NotAnObject(found));
        match self
            .bytes
            .get(scan::skip_whitespace(self.bytes, position + 1))
        {
            None if self.more_may_come(position) => Step::Done,
            Some(b'{') if self.parser.on_bad_record == OnBadRecord::Skip => {
                let place = Place::Inside(Expect::Item);
                let position = position + 1;
                self.set_aside(position - 1, error, Resume { position, place })
            }
            _ => self.bad(position, BadEnd::Unknown, error),
        }
    }

    /// An object right behind a record of an array: the next record, or the next page if this one was cut off.
    fn missing_separator(&mut self, position: usize, found: String) -> Step {
        let kind = RecordErrorKind::NotASeparator(found);
        if let Some(Frame::Records(_)) = self.outcome.state.frames.last() {
            let scope = self.scope(position);
            match self.classify(position, scope) {
                Class::Unclear if self.more_may_come(position) => return Step::Done,
                Class::Page => {
                    let place = Place::AroundPage;
                    return self.absent_at(position, kind, place);
                }
                _ => {}
            }
        }
        self.absent(position, kind, Expect::Item)
    }

    /// The text at a place, cut short; `None` where the bytes to come belong to it.
    fn found(&self, position: usize) -> Option<String> {
        if self.outcome.state.bad_in_a_row >= MAX_BAD_IN_A_ROW {
            // Nobody will see it.
            return Some(String::new());
        }
        let rest = &self.bytes[position..];
        let rest = &rest[..rest.len().min(MAX_FOUND)];
        let line = match memchr::memchr(b'\n', rest) {
            Some(end) => &rest[..end],
            None if rest.len() < MAX_FOUND && !self.last => return None,
            None => rest,
        };
        // A whole value, if it is one, and not what comes behind it.
        let text = &line[..value_end(line).unwrap_or(line.len())];
        let text = String::from_utf8_lossy(text);
        Some(format!("`{}`", shortened(text.trim_end())))
    }

    fn end(&mut self) -> Step {
        if !self.last {
            return Step::Done;
        }
        if !self.outcome.state.frames.is_empty() {
            self.outcome.state.frames.clear();
            return self.bad_at(
                self.bytes.len(),
                RecordErrorKind::Json(ErrorKind::UnexpectedEnd),
            );
        }
        if !self.outcome.state.begun {
            self.outcome.state.begun = true;
            return self.bad_at(self.bytes.len(), RecordErrorKind::Empty);
        }
        Step::Done
    }

    fn enter(&mut self, frame: fn(Expect) -> Frame) -> Step {
        self.outcome.state.push(frame);
        self.structure()
    }

    fn leave(&mut self) -> Step {
        self.outcome.state.pop();
        self.structure()
    }

    /// Passes a bracket around records.
    fn structure(&mut self) -> Step {
        self.outcome.consumed += 1;
        self.outcome.state.gap = None;
        Step::On
    }

    /// A key of a page and, unless it is the records, its value.
    fn page_member(&mut self) -> Step {
        let start = self.outcome.consumed;
        let scope = self.scope(start);
        match page_member(&self.bytes[..scope], start, self.parser.records.apis()) {
            Ok(PageMember::Records(position)) => {
                self.outcome.consumed = position;
                self.enter(Frame::Records)
            }
            // A number may go on in the bytes to come.
            Ok(PageMember::Other(end)) if end == self.bytes.len() && self.more_may_come(start) => {
                Step::Done
            }
            Ok(PageMember::Other(end)) => {
                self.outcome.consumed = end;
                self.outcome.state.set_expect(Expect::SeparatorOrEnd);
                Step::On
            }
            Err(error)
                if error.kind == ErrorKind::UnexpectedEnd
                    && scope == self.bytes.len()
                    && self.more_may_come(start) =>
            {
                Step::Done
            }
            Err(Error { kind, offset }) => {
                self.effort += offset - start;
                let kind = RecordErrorKind::Json(kind);
                self.bad(start, BadEnd::Unknown, RecordError::at(offset, kind))
            }
        }
    }

    /// The most bytes of a record.
    fn max_record(&self) -> usize {
        self.parser.records.max_record()
    }

    fn too_long(&self) -> RecordErrorKind {
        RecordErrorKind::TooLong {
            most: self.max_record(),
        }
    }

    /// Whether there are bytes to come that may belong to what starts at `start`.
    fn more_may_come(&self, start: usize) -> bool {
        !self.last && self.bytes.len() - start <= self.max_record()
    }

    /// Whether so much has been looked at in vain that only whole lines are looked at from here on.
    fn is_exhausted(&self) -> bool {
        self.patience() == 0
    }

    /// How many more bytes may be looked at in vain.
    fn patience(&self) -> usize {
        (PATIENCE * (self.bytes.len() + MIN_PATIENCE)).saturating_sub(self.effort)
    }

    /// The end of the bytes that what starts at `start` may take.
    fn scope(&mut self, start: usize) -> usize {
        if self.is_exhausted() {
            self.line_feed(start)
        } else {
            self.bytes.len()
        }
    }

    /// The first line feed from `start` on, or the end of the bytes. Calls come with ascending starts.
    fn line_feed(&mut self, start: usize) -> usize {
        match self.line_feed {
            Some(line_feed) if line_feed >= start => line_feed,
            _ => {
                let rest = &self.bytes[start..];
                let end = memchr::memchr(b'\n', rest).map_or(self.bytes.len(), |end| start + end);
                work::add(end - start);
                self.line_feed = Some(end);
                end
            }
        }
    }

    /// A record or a page.
    fn object(&mut self) -> Step {
        let start = self.outcome.consumed;
        let scope = self.scope(start);
        match self.classify(start, scope) {
            Class::Page => self.enter(Frame::Page),
            Class::Unclear if scope == self.bytes.len() && self.more_may_come(start) => Step::Done,
            // A page that is cut off before its records is reported like a record that is.
            Class::Record | Class::Unclear => self.record(),
        }
    }

    /// Tells a record from a page. The bytes looked at count as effort: they are looked at again.
    fn classify(&mut self, start: usize, scope: usize) -> Class {
        let (class, looked_at) = classify(&self.bytes[..scope], start, self.parser.records.apis());
        self.effort += looked_at;
        class
    }

    fn record(&mut self) -> Step {
        let start = self.outcome.consumed;
        if !self.is_exhausted() {
            let rest = &self.bytes[..self.bytes.len().min(start + self.max_record())];
            if let Some(end) = self.parser.records.parse_familiar(rest, start, self.chunk) {
                return self.good(start, end);
            }
        }
        if let Some(end) = self.line_end(start) {
            let record = &self.bytes[start..end];
            if self.parser.records.parse(record, self.chunk).is_ok() {
                return self.unfamiliar(start, end);
            }
            self.failed_line = Some(end);
        }
        let scope = self.scope(start);
        let end = match self.record_end(start, scope) {
            Ok(end) => end,
            Err(reached) => return self.unclosed(start, scope, reached),
        };
        if end - start > self.max_record() {
            let error = RecordError::at(start, self.too_long());
            return self.bad(start, BadEnd::Certain(end), error);
        }
        let record = &self.bytes[start..end];
        match self.parser.records.parse(record, self.chunk) {
            Ok(()) => self.unfamiliar(start, end),
            Err(mut error) => {
                self.effort += end - start;
                error.offset += start;
                let end = if error.is_about_meaning() {
                    BadEnd::Certain(end)
                } else {
                    BadEnd::Brackets { scope }
                };
                self.bad(start, end, error)
            }
        }
    }

    /// Finds the end of the record that starts at `start`; otherwise the place up to which it was looked for.
    fn record_end(&mut self, start: usize, scope: usize) -> Result<usize, usize> {
        let bytes = &self.bytes[..scope];
        if self.care == Care::Exact {
            match value_end(&bytes[start..]) {
                Ok(length) => return Ok(start + length),
                // The exact reader gives up a record that is too deep, which may end all the same.
                Err(error) if error.kind != ErrorKind::TooDeep => return Err(start + error.offset),
                Err(_) => {}
            }
        }
        let end = scan::container_end(bytes, start);
        if let Err(reached) = end {
            self.effort += reached - start;
        }
        end
    }

    /// The end of the line, if records stand outside of any container and one may end there.
    fn line_end(&mut self, start: usize) -> Option<usize> {
        if !self.outcome.state.frames.is_empty() {
            return None;
        }
        let line_feed = self.line_feed(start);
        if line_feed == self.bytes.len() {
            return None;
        }
        let line = &self.bytes[start..line_feed];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = start + line.len();
        let whole = line.ends_with(b"}") && line.len() <= self.max_record();
        (whole && self.failed_line != Some(end)).then_some(end)
    }

    /// A record whose shape was not known, or that ends where the bytes do.
    fn unfamiliar(&mut self, start: usize, end: usize) -> Step {
        if self.bytes.len() - end >= idq_shape::LOOKAHEAD {
            self.parser.records.learn(&self.bytes[start..end]);
        }
        self.good(start, end)
    }

    fn good(&mut self, start: usize, end: usize) -> Step {
        // A block and the record that it begins in are far smaller than 4 GiB.
        let start_in_chunk = self.chunk.origin + start;
        self.chunk.chunk.starts.push(start_in_chunk as u32);
        self.chunk.chunk.lengths.push((end - start) as u32);
        let outcome = &mut self.outcome;
        if outcome.separator.is_none() {
            let record = &self.bytes[start..end];
            let gap = outcome.state.gap.take();
            let learned = gap.and_then(|gap| Separator::learn(&gap, record, &outcome.state));
            outcome.state.gap = learned.is_none().then(Vec::new);
            outcome.separator = learned;
        }
        outcome.consumed = end;
        outcome.records += 1;
        outcome.state.set_expect(Expect::SeparatorOrEnd);
        outcome.state.bad_in_a_row = 0;
        Step::On
    }

    /// A record whose brackets do not close before `scope`: it is not all here yet, or it is broken.
    fn unclosed(&mut self, start: usize, scope: usize, reached: usize) -> Step {
        let Err(error) = value_end(&self.bytes[start..scope]) else {
            return Step::Done;
        };
        // The end of a record that is too deep is known once its brackets have closed.
        let open = error.kind == ErrorKind::UnexpectedEnd
            || error.kind == ErrorKind::TooDeep && reached == scope;
        if open && scope == self.bytes.len() && self.more_may_come(start) {
            return Step::Done;
        }
        if error.kind == ErrorKind::UnexpectedEnd && !self.last && scope == self.bytes.len() {
            let error = RecordError::at(start, self.too_long());
            return self.bad(start, BadEnd::Unknown, error);
        }
        self.effort += error.offset;
        let path = crate::exact::path_before(&self.bytes[start..scope], error.offset);
        let error = RecordError {
            offset: start + error.offset,
            path,
            kind: RecordErrorKind::Json(error.kind),
        };
        self.bad(start, BadEnd::Brackets { scope }, error)
    }
}
