use idq_json::{ErrorKind, Reader, scan};

use crate::frames::{Class, Expect, Frame, State, classify};
use crate::options::OnBadRecord;
use crate::record::{MAX_RECORD, RecordError, RecordErrorKind, RecordParser, shortened};
use crate::resynchronise::{Resume, Separator, resume};
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use crate::sniff::{BYTE_ORDER_MARK, is_records_key};

/// A stretch of a block that is no good record.
#[derive(Debug)]
pub(crate) struct Bad {
    /// How many records of the block come before it, good and bad.
    pub(crate) index: u64,
    pub(crate) start: usize,
    pub(crate) length: usize,
    /// Its offset counts from the start of the block.
    pub(crate) error: RecordError,
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
            last,
            chunk,
            outcome,
            neighbour: None,
        };
        while parse.step() == Step::On {}
        parse.outcome
    }
}

#[derive(PartialEq, Eq)]
enum Step {
    On,
    /// The block is done with, stopped, or waits for more bytes.
    Done,
}

struct Parse<'p, 's, 'b> {
    parser: &'p mut BlockParser<'s>,
    bytes: &'b [u8],
    last: bool,
    chunk: &'p mut ChunkBuilder,
    outcome: Outcome,
    /// Where the record before this place ended, if nothing but a separator has come since.
    neighbour: Option<usize>,
}

impl Parse<'_, '_, '_> {
    fn step(&mut self) -> Step {
        let mut position = self.outcome.consumed;
        if !self.outcome.state.begun && self.bytes[position..].starts_with(BYTE_ORDER_MARK) {
            position += BYTE_ORDER_MARK.len();
        }
        position = scan::skip_whitespace(self.bytes, position);
        self.outcome.consumed = position;
        let Some(&byte) = self.bytes.get(position) else {
            return self.end();
        };
        self.outcome.state.begun = true;
        match (self.outcome.state.frames.last().copied(), byte) {
            (None, b'[') => self.enter(Frame::Array),
            (None | Some(Frame::Array(Expect::FirstOrEnd | Expect::Item)), b'{') => {
                match classify(self.bytes, position) {
                    Class::Page => self.enter(Frame::Page),
                    // A page that is cut off before its records is reported like a record that is.
                    Class::Record | Class::Unclear => self.record(),
                }
            }
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
                self.outcome.consumed += 1;
                self.outcome.state.set_expect(Expect::Item);
                Step::On
            }
            (Some(Frame::Page(Expect::FirstOrEnd | Expect::Item)), b'"') => self.page_member(),
            (Some(Frame::Page(_)), found) => {
                let kind = ErrorKind::Unexpected {
                    expected: "the rest of a page",
                    found,
                };
                self.bad_at(position, RecordErrorKind::Json(kind))
            }
            (
                Some(Frame::Array(Expect::SeparatorOrEnd) | Frame::Records(Expect::SeparatorOrEnd)),
                _,
            ) => self.bad_at(
                position,
                RecordErrorKind::NotASeparator(self.found(position)),
            ),
            _ => self.bad_at(position, RecordErrorKind::NotAnObject(self.found(position))),
        }
    }

    /// The text at a place, cut short.
    fn found(&self, position: usize) -> String {
        let rest = &self.bytes[position..];
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or(rest);
        let text = String::from_utf8_lossy(&line[..line.len().min(200)]).into_owned();
        format!("`{}`", shortened(text.trim_end()))
    }

    fn end(&mut self) -> Step {
        if !self.last {
            return Step::Done;
        }
        if !self.outcome.state.frames.is_empty() {
            self.outcome.state.frames.clear();
            self.bad_at(
                self.bytes.len(),
                RecordErrorKind::Json(ErrorKind::UnexpectedEnd),
            );
        } else if !self.outcome.state.begun {
            self.outcome.state.begun = true;
            self.bad_at(self.bytes.len(), RecordErrorKind::Empty);
        }
        Step::Done
    }

    fn enter(&mut self, frame: fn(Expect) -> Frame) -> Step {
        self.outcome.state.push(frame);
        self.outcome.consumed += 1;
        self.neighbour = None;
        Step::On
    }

    fn leave(&mut self) -> Step {
        self.outcome.state.pop();
        self.outcome.consumed += 1;
        self.neighbour = None;
        Step::On
    }

    /// A key of a page and, unless it is the records, its value.
    fn page_member(&mut self) -> Step {
        let start = self.outcome.consumed;
        match page_member(self.bytes, start) {
            Ok(PageMember::Records(position)) => {
                self.outcome.consumed = position;
                self.enter(Frame::Records)
            }
            Ok(PageMember::Other(position)) => {
                self.outcome.consumed = position;
                self.outcome.state.set_expect(Expect::SeparatorOrEnd);
                Step::On
            }
            Err(error) if self.may_wait(start, error.kind) => Step::Done,
            Err(error) => {
                let kind = RecordErrorKind::Json(error.kind);
                self.bad(
                    start,
                    None,
                    RecordError {
                        offset: error.offset,
                        path: None,
                        kind,
                    },
                )
            }
        }
    }

    /// Whether an error can be due to bytes that have not come yet.
    fn may_wait(&self, start: usize, kind: ErrorKind) -> bool {
        kind == ErrorKind::UnexpectedEnd && !self.last && self.bytes.len() - start <= MAX_RECORD
    }

    fn record(&mut self) -> Step {
        let start = self.outcome.consumed;
        if self.outcome.separator.is_none()
            && let Some(end) = self.neighbour
        {
            self.outcome.separator = Separator::learn(self.bytes, end, start, &self.outcome.state);
        }
        if let Some(end) = self.line_end(start)
            && self
                .parser
                .records
                .parse(&self.bytes[start..end], self.chunk)
                .is_ok()
        {
            return self.good(start, end);
        }
        let Some(end) = scan::container_end(self.bytes, start) else {
            return self.unclosed(start);
        };
        if end - start > MAX_RECORD {
            let error = RecordError {
                offset: start,
                path: None,
                kind: RecordErrorKind::TooLong,
            };
            return self.bad(start, Some(end), error);
        }
        match self
            .parser
            .records
            .parse(&self.bytes[start..end], self.chunk)
        {
            Ok(()) => self.good(start, end),
            Err(mut error) => {
                error.offset += start;
                self.bad(start, Some(end), error)
            }
        }
    }

    /// The end of the line, if records stand outside of any container and one may end there.
    fn line_end(&self, start: usize) -> Option<usize> {
        if !self.outcome.state.frames.is_empty() {
            return None;
        }
        let rest = &self.bytes[start..];
        let line = &rest[..memchr::memchr(b'\n', rest)?];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (line.ends_with(b"}") && line.len() <= MAX_RECORD).then_some(start + line.len())
    }

    fn good(&mut self, start: usize, end: usize) -> Step {
        // Blocks are far smaller than 4 GiB.
        self.chunk.chunk.starts.push(start as u32);
        self.chunk.chunk.lengths.push((end - start) as u32);
        self.outcome.consumed = end;
        self.outcome.records += 1;
        self.outcome.state.set_expect(Expect::SeparatorOrEnd);
        self.neighbour = Some(end);
        Step::On
    }

    /// A record whose brackets do not close: it is not all here yet, or it is broken.
    fn unclosed(&mut self, start: usize) -> Step {
        let mut reader = Reader::new(&self.bytes[start..]);
        let error = loop {
            match reader.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => return Step::Done,
                Err(error) => break error,
            }
        };
        if self.may_wait(start, error.kind) {
            return Step::Done;
        }
        let kind = match error.kind {
            ErrorKind::UnexpectedEnd if !self.last => RecordErrorKind::TooLong,
            kind => RecordErrorKind::Json(kind),
        };
        let path = crate::exact::path_before(&self.bytes[start..], error.offset);
        self.bad(
            start,
            None,
            RecordError {
                offset: start + error.offset,
                path,
                kind,
            },
        )
    }

    fn bad_at(&mut self, position: usize, kind: RecordErrorKind) -> Step {
        self.bad(
            position,
            None,
            RecordError {
                offset: position,
                path: None,
                kind,
            },
        )
    }

    fn bad(&mut self, start: usize, end: Option<usize>, error: RecordError) -> Step {
        self.neighbour = None;
        let stop = self.parser.on_bad_record == OnBadRecord::Stop;
        let bytes_left = start < self.bytes.len();
        let missing_separator =
            matches!(error.kind, RecordErrorKind::NotASeparator(_)) && self.bytes[start] == b'{';
        let resume = if stop || !bytes_left {
            None
        } else if missing_separator {
            // Nothing but the comma is lost.
            Some(Resume {
                position: start,
                expect: Expect::Item,
            })
        } else {
            let sound = error.is_about_meaning();
            resume(
                self.bytes,
                start,
                end,
                sound,
                &self.outcome.state,
                self.outcome.separator.as_ref(),
            )
        };
        if !stop
            && resume.is_none()
            && bytes_left
            && !self.last
            && self.bytes.len() - start <= MAX_RECORD
        {
            return Step::Done;
        }
        let resume = resume.unwrap_or(Resume {
            position: self.bytes.len(),
            expect: Expect::Item,
        });
        self.outcome.bad.push(Bad {
            index: self.outcome.records,
            start,
            length: resume.position - start,
            error,
        });
        self.outcome.records += 1;
        self.outcome.consumed = resume.position;
        if let Some(Frame::Page(_)) = self.outcome.state.frames.last() {
            self.outcome.state.frames.clear();
        }
        self.outcome.state.set_expect(resume.expect);
        self.outcome.stopped = stop;
        if stop { Step::Done } else { Step::On }
    }
}

enum PageMember {
    /// The bracket that opens the records.
    Records(usize),
    /// The end of the value.
    Other(usize),
}

/// Reads a page's key and its value, which starts at the key's quote.
fn page_member(bytes: &[u8], start: usize) -> Result<PageMember, idq_json::Error> {
    let fail = |kind, offset| Err(idq_json::Error { kind, offset });
    let key_end = scan::string_end(bytes, start + 1)?.quote;
    let colon = scan::skip_whitespace(bytes, key_end + 1);
    match bytes.get(colon) {
        Some(b':') => {}
        Some(&found) => {
            return fail(
                ErrorKind::Unexpected {
                    expected: "`:`",
                    found,
                },
                colon,
            );
        }
        None => return fail(ErrorKind::UnexpectedEnd, bytes.len()),
    }
    let value = scan::skip_whitespace(bytes, colon + 1);
    let key = std::str::from_utf8(&bytes[start + 1..key_end]).unwrap_or_default();
    let end = match bytes.get(value) {
        None => return fail(ErrorKind::UnexpectedEnd, bytes.len()),
        Some(b'[') if is_records_key(key) => return Ok(PageMember::Records(value)),
        Some(b'[' | b'{') => scan::container_end(bytes, value),
        Some(b'"') => Some(scan::string_end(bytes, value + 1)?.quote + 1),
        Some(_) => bytes[value..]
            .iter()
            .position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\n' | b'\r' | b'\t'))
            .map(|length| value + length),
    };
    let Some(end) = end else {
        return fail(ErrorKind::UnexpectedEnd, bytes.len());
    };
    let mut reader = Reader::new(&bytes[value..end]);
    loop {
        match reader.next_event() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(PageMember::Other(end)),
            Err(error) => return fail(error.kind, value + error.offset),
        }
    }
}
