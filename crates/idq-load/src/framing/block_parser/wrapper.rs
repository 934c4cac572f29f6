//! Parsing of wrappers, the objects on the path to the records.

use idq_json::{Error, ErrorKind, Event, Reader, Scalar, scan};
use idq_snapshot::RecordErrorKind;

use super::{BlockParse, Step};
use crate::framing::classify::{KeySearch, find_key};
use crate::framing::page::{value_end, value_start};
use crate::framing::recovery::{RejectEnd, ResumeContext};
use crate::framing::{Container, Expecting};
use crate::record::RecordError;
use crate::records_path::RecordsPath;

/// The maximum number of arrays of objects that are reported as left out, and the maximum length of their keys.
const MAX_LEFT_OUT: usize = 10;
const MAX_LEFT_OUT_KEY_BYTES: usize = 200;

/// A member of a wrapper.
enum WrapperMember {
    /// The value on the path to the records starts at this offset.
    OnPath(usize),
    /// Another member, with its key and the extent of its value.
    Other {
        key: String,
        value: usize,
        end: usize,
    },
}

impl BlockParse<'_, '_, '_> {
    /// Parses an object where the records are at the end of a path: a record, or the opening bracket of a wrapper. An
    /// object without the key of the path is malformed.
    pub(super) fn parse_object_on_path(&mut self, start: usize) -> Step {
        let Some(key) = self.outcome.state.next_key().map(str::to_owned) else {
            return self.parse_record();
        };
        let scope = self.scope(start);
        match find_key(&self.bytes[..scope], start, &key) {
            KeySearch::Found => self.enter(Container::Wrapper),
            KeySearch::Absent(end) => {
                let kind = RecordErrorKind::NotAWrapper(key);
                if self.continues_closed_array(start) {
                    return self.reject_token(start, kind, ResumeContext::AsLearned);
                }
                self.reject(
                    start,
                    RejectEnd::Certain(end),
                    RecordError::new(start, kind),
                )
            }
            KeySearch::Failed(error)
                if error.kind == ErrorKind::UnexpectedEnd
                    && scope == self.bytes.len()
                    && self.needs_more(start) =>
            {
                Step::Done
            }
            KeySearch::Failed(Error { kind, offset }) => {
                self.bytes_scanned += offset - start;
                let error = RecordError::new(offset, RecordErrorKind::Json(kind));
                self.reject(start, RejectEnd::Brackets { scope }, error)
            }
        }
    }

    /// Returns whether the object at an offset is the next wrapper, after one that was cut off; `None` if more bytes are
    /// needed to decide.
    pub(super) fn starts_next_wrapper(&self, position: usize) -> Option<bool> {
        match self.outcome.state.outermost_key() {
            Some(key) => self.has_key(position, key),
            None => Some(false),
        }
    }

    /// Returns whether the object at an offset has a key; `None` if more bytes are needed to decide.
    fn has_key(&self, position: usize, key: &str) -> Option<bool> {
        match find_key(self.bytes, position, key) {
            KeySearch::Found => Some(true),
            KeySearch::Failed(error)
                if error.kind == ErrorKind::UnexpectedEnd && self.needs_more(position) =>
            {
                None
            }
            KeySearch::Failed(_) | KeySearch::Absent(_) => Some(false),
        }
    }

    /// Returns whether the object at an offset starts like the records of an array that a superfluous bracket has closed.
    fn continues_closed_array(&self, start: usize) -> bool {
        let depth = self.outcome.state.containers.len();
        let separator = self.outcome.separator.as_ref();
        separator.is_some_and(|learned| {
            learned.state.containers.len() > depth
                && self.bytes[start..].starts_with(learned.record_head())
        })
    }

    /// Parses a member of a wrapper, up to the value that is on the path to the records.
    pub(super) fn parse_wrapper_member(&mut self) -> Step {
        let start = self.outcome.consumed;
        let scope = self.scope(start);
        match self.read_wrapper_member(start, scope) {
            Ok(WrapperMember::OnPath(value)) => {
                self.outcome.consumed = value;
                self.outcome.state.gap = None;
                self.outcome.state.set_expecting(Expecting::Value);
                Step::Continue
            }
            // The digits of a number may continue in the next bytes.
            Ok(WrapperMember::Other { end, .. })
                if end == self.bytes.len() && self.needs_more(start) =>
            {
                Step::Done
            }
            Ok(WrapperMember::Other { key, value, end }) => {
                if self.is_array_of_objects(value) {
                    self.add_left_out(key);
                }
                self.outcome.consumed = end;
                self.outcome.state.gap = None;
                self.outcome.state.set_expecting(Expecting::SeparatorOrEnd);
                Step::Continue
            }
            Err(error) => self.parse_malformed_member(start, scope, error),
        }
    }

    /// Adds the path to an array of objects of the innermost wrapper that is left out.
    fn add_left_out(&mut self, key: String) {
        let is_full = self.outcome.left_out.len() >= MAX_LEFT_OUT;
        if is_full || key.len() > MAX_LEFT_OUT_KEY_BYTES {
            return;
        }
        let state = &self.outcome.state;
        let around = state.open_wrappers().saturating_sub(1);
        let keys = state.records_path.iter().flat_map(RecordsPath::keys);
        let keys = keys.take(around).cloned().chain([key]).collect();
        self.outcome
            .left_out
            .insert(RecordsPath::new(keys).to_string());
    }

    /// Reads the member whose key starts at `start`. Unless its value has the records, reads the value as well.
    fn read_wrapper_member(&self, start: usize, scope: usize) -> Result<WrapperMember, Error> {
        let bytes = &self.bytes[..scope];
        // The key is read as a value of its own.
        let mut reader = Reader::new(&bytes[start..]);
        let event = reader.next_event().map_err(|error| Error {
            offset: start + error.offset,
            ..error
        })?;
        let key = match event {
            Some(Event::Scalar(Scalar::String(key))) => key.decode().into_owned(),
            _ => String::new(),
        };
        let value = value_start(bytes, start + reader.span().end)?;
        // Null has no records, and is skipped as other members are.
        let has_records = bytes.get(value).is_some_and(|&first| first != b'n');
        if has_records && self.outcome.state.wrapper_key() == Some(&*key) {
            return Ok(WrapperMember::OnPath(value));
        }
        let end = value_end(bytes, value)?;
        Ok(WrapperMember::Other { key, value, end })
    }

    /// Returns whether the value at an offset is an array whose first element is an object.
    fn is_array_of_objects(&self, value: usize) -> bool {
        let first = scan::skip_whitespace(self.bytes, value + 1);
        self.bytes[value] == b'[' && self.bytes.get(first) == Some(&b'{')
    }

    /// Parses a byte that a wrapper does not allow.
    pub(super) fn parse_unexpected_in_wrapper(
        &mut self,
        position: usize,
        expecting: Expecting,
        found: u8,
    ) -> Step {
        let expected = "the rest of the object around the records";
        let kind = RecordErrorKind::Json(ErrorKind::Unexpected { expected, found });
        match (expecting, found) {
            // The next wrapper, whose predecessor lacks its bracket, or a record after a superfluous bracket.
            (Expecting::Item, b'{') => {
                let key = self.outcome.state.wrapper_key().unwrap_or_default();
                let context = match self.has_key(position, key) {
                    None => return Step::Done,
                    Some(true) => ResumeContext::AfterWrapper,
                    Some(false) => ResumeContext::ReopenedArray(Container::Array(Expecting::Item)),
                };
                self.reject_token(position, kind, context)
            }
            (Expecting::Value, b',' | b'}') => {
                let expected = "a value";
                let kind = RecordErrorKind::Json(ErrorKind::Unexpected { expected, found });
                let context = ResumeContext::OpenContainer(Expecting::SeparatorOrEnd);
                self.reject_token(position, kind, context)
            }
            (Expecting::Value, _) => match self.unexpected_text(position) {
                Some(text) => self.reject_element(position, RecordErrorKind::NotAnObject(text)),
                None => Step::Done,
            },
            _ => self.reject_at(position, kind),
        }
    }
}
