//! Error recovery: finds the end of a malformed record, from which parsing can resume.
//!
//! A reject ends where its brackets close, if the text after them may follow a record, or earlier, where a record seems
//! to start: at a line with the indentation of the learned [`Separator`], or at an object that starts like a record.
//! [`decide`] judges each such offset. If there is none, the reject ends with the bytes.
//!
//! The result depends on the reject and the text after it, never on the end of the block: if more bytes could change
//! the result, it is [`ScanResult::Undecided`]. Blocks of any size therefore give the same rejects.
//!
//! # Examples
//!
//! ```text
//! {"id":"a","state":"act             the string does not end, and the next line starts with a record:
//! {"id":"b"}                         the reject ends with its line
//!
//! [{"id":"a","x":[1,},{"id":"b"}]    the brackets do not close, and a valid object after a comma ends the array:
//!                                    the reject ends before that comma
//!
//! {"id":"a","state":7}               valid JSON with a wrong type: the end is certain
//! ```

mod decide;

use std::ops::Range;

use idq_api::ApiRegistry;
use idq_json::{scan, work};

use super::page::records_key_at_end;
use super::separator::Separator;
use super::state::{Container, Expecting};

/// The position and the context from which parsing resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ResumePoint {
    /// The offset in the block.
    pub(super) position: usize,
    /// The containers that are open at the position.
    pub(super) context: ResumeContext,
}

/// The containers in which parsing resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResumeContext {
    /// The open container, with its next token.
    OpenContainer(Expecting),
    /// The array of records, which a superfluous bracket has closed, reopened.
    ReopenedArray(Container),
    /// The containers of the learned separator, with the next item of the innermost: closed ones are reopened.
    AsLearned,
    /// The parent of the innermost wrapper, with its next item.
    AfterWrapper,
    /// The parent of the open page, with its next item.
    AfterPage,
    /// No container: the next value is outside any container.
    Outside,
}

/// The result of a scan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScanResult {
    Found(ResumePoint),
    /// The reject does not end in these bytes.
    NotFound,
    /// More bytes are needed to decide.
    Undecided,
}

/// The decision on one offset.
enum Decision {
    Resume(ResumeContext),
    Skip,
    /// More bytes are needed to decide.
    Undecided,
}

impl Decision {
    /// The decision to resume with a record of the open container.
    const RESUME_WITH_ITEM: Self = Self::Resume(ResumeContext::OpenContainer(Expecting::Item));
}

/// The knowledge about the end of a reject before the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RejectEnd {
    /// The reject is valid JSON, and ends at this offset.
    Certain(usize),
    /// The reject is a malformed object: its brackets may close before `scope`, and may be unbalanced.
    Brackets {
        /// The end of the bytes that may belong to the record.
        scope: usize,
    },
    /// The end is unknown.
    Unknown,
}

/// The end of a malformed object according to its brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BracketEnd {
    /// The brackets are open at the end of the window.
    Open,
    /// The brackets close at this offset, and the text after it may follow a record.
    Closed(usize),
    /// The brackets close where no record can end, or never.
    Useless,
}

/// A scan for the end of a reject.
pub(super) struct RecoveryScan<'a> {
    /// The bytes of the block.
    pub(super) bytes: &'a [u8],
    /// The APIs whose keys distinguish pages from records.
    pub(super) apis: &'a ApiRegistry,
    /// The key under which the innermost wrapper has the records.
    pub(super) wrapper_key: Option<&'a str>,
    /// The key of the outermost wrapper.
    pub(super) outermost_key: Option<&'a str>,
    /// The start of the reject.
    pub(super) start: usize,
    /// Whether no more bytes follow.
    pub(super) is_last: bool,
    /// The containers that are open at the start of the reject.
    pub(super) containers: &'a [Container],
    /// The separator of the dump, if it was learned.
    pub(super) separator: Option<&'a Separator>,
    /// The number of bytes that may be scanned repeatedly. If none is left, only starts of lines are examined.
    pub(super) byte_budget: usize,
    /// The number of bytes that were scanned and will be scanned again.
    pub(super) bytes_scanned: usize,
    /// Whether the reject starts with a bracket that is alone on its line; `None` until it is needed.
    pub(super) starts_with_lone_bracket: Option<bool>,
}

/// The length of the first window of a scan. It doubles until the end is found, so that the work is proportional to the
/// length of the reject and not to the number of remaining bytes.
const FIRST_WINDOW_BYTES: usize = 32;

impl<'a> RecoveryScan<'a> {
    /// Finds the end of the reject, as described in the [module](self).
    pub(super) fn find_resume_point(&mut self, end: RejectEnd) -> ScanResult {
        let resume_at = |position| ResumePoint {
            position,
            context: ResumeContext::OpenContainer(Expecting::SeparatorOrEnd),
        };
        let (mut bracket_end, scope) = match end {
            RejectEnd::Certain(end) => return ScanResult::Found(resume_at(end)),
            RejectEnd::Brackets { scope } => (BracketEnd::Open, scope),
            RejectEnd::Unknown => (BracketEnd::Useless, self.start),
        };
        let (mut from, mut window) = (self.start + 1, FIRST_WINDOW_BYTES);
        loop {
            // Both scans cover the same window, so that the nearer end wins.
            let mut limit = self.bytes.len().min(self.start + window);
            if bracket_end == BracketEnd::Open {
                let limit = limit.min(scope);
                bracket_end = match scan::container_end(&self.bytes[..limit], self.start) {
                    Err(reached) if reached == limit && limit < scope => BracketEnd::Open,
                    // All kinds of brackets are counted alike: a record that ends with `]` lacks its own bracket.
                    Ok(end) if self.bytes[end - 1] == b'}' => match self.may_follow_record(end) {
                        Decision::Resume(_) => BracketEnd::Closed(end),
                        Decision::Skip => BracketEnd::Useless,
                        Decision::Undecided => return ScanResult::Undecided,
                    },
                    _ => BracketEnd::Useless,
                };
            }
            if let BracketEnd::Closed(end) = bracket_end {
                limit = limit.min(end);
            }
            match self.find_record_start(from.min(limit)..limit) {
                ScanResult::NotFound => {}
                result => return result,
            }
            match bracket_end {
                BracketEnd::Closed(end) if end == limit => {
                    return ScanResult::Found(resume_at(end));
                }
                _ if limit == self.bytes.len() => return ScanResult::NotFound,
                _ => {}
            }
            (from, window) = (limit, window * 2);
        }
    }

    /// Finds the first offset in a range where a record or a container of records seems to start.
    fn find_record_start(&mut self, range: Range<usize>) -> ScanResult {
        let bytes = self.bytes;
        let in_page = matches!(self.containers.last(), Some(Container::Page(_)));
        let (from, limit) = (range.start, range.end);
        let mut scanned_to = from;
        // A record follows a line feed or starts with a bracket; a page's key for records precedes a bracket.
        for found in memchr::memchr3_iter(b'\n', b'{', b'[', &bytes[from..limit]) {
            let mut position = from + found;
            work::add(position - scanned_to);
            scanned_to = position;
            let decision = match bytes[position] {
                b'\n' => {
                    let (first, decision) = self.decide_line(position);
                    position = first;
                    decision
                }
                _ if self.bytes_scanned >= self.byte_budget => Decision::Skip,
                b'[' if !in_page => Decision::Skip,
                b'[' => match records_key_at_end(&bytes[self.start..position], self.apis) {
                    Some(key) => {
                        position = self.start + key;
                        Decision::RESUME_WITH_ITEM
                    }
                    None => Decision::Skip,
                },
                _ => self.decide_object(position),
            };
            match decision {
                Decision::Resume(context) => {
                    return ScanResult::Found(ResumePoint { position, context });
                }
                Decision::Skip => {}
                Decision::Undecided => return ScanResult::Undecided,
            }
        }
        work::add(limit - scanned_to);
        ScanResult::NotFound
    }

    /// Returns the separator, if it was learned at the current depth of containers.
    fn separator_at_depth(&self) -> Option<&'a Separator> {
        self.separator
            .filter(|separator| separator.state.containers.len() == self.containers.len())
    }
}
