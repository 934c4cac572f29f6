//! Parsing of bytes between records that the state does not allow: missing or superfluous commas and brackets, and
//! other text.

use idq_json::{Error, ErrorKind, scan};
use idq_snapshot::RecordErrorKind;

use super::{BlockParse, MAX_CONSECUTIVE_REJECTS, Step};
use crate::framing::page::value_length;
use crate::framing::recovery::{RejectEnd, ResumeContext, ResumePoint};
use crate::framing::{Container, Expecting, ObjectKind};
use crate::options::OnBadRecord;
use crate::record::{RecordError, shortened};

/// The maximum number of bytes of unexpected text in an error.
const MAX_UNEXPECTED_TEXT_BYTES: usize = 200;

impl BlockParse<'_, '_, '_> {
    /// Parses a byte that the state does not allow. If a token is missing or superfluous, no record is lost.
    pub(super) fn parse_unexpected(&mut self, position: usize, found: u8) -> Step {
        let container = self.outcome.state.innermost();
        match container {
            Some(Container::Page(Expecting::Item) | Container::Wrapper(Expecting::Item))
                if found == b'}' =>
            {
                return self.reject_token(
                    position,
                    RecordErrorKind::SuperfluousComma(Some('}')),
                    ResumeContext::OpenContainer(Expecting::SeparatorOrEnd),
                );
            }
            Some(Container::Page(expecting)) => {
                return self.parse_unexpected_in_page(position, expecting, found);
            }
            Some(Container::Wrapper(expecting)) => {
                return self.parse_unexpected_in_wrapper(position, expecting, found);
            }
            _ => {}
        }
        let Some(text) = self.unexpected_text(position) else {
            return Step::Done;
        };
        let is_separator_due = matches!(
            container,
            Some(
                Container::Array(Expecting::SeparatorOrEnd)
                    | Container::Records(Expecting::SeparatorOrEnd)
            )
        );
        match found {
            b'{' if is_separator_due => self.parse_missing_separator(position, text),
            _ if is_separator_due => {
                self.reject_element(position, RecordErrorKind::NotASeparator(text))
            }
            b',' if container.is_none() => self.parse_comma_outside(position),
            b',' => self.reject_comma(position),
            b']' if container.is_some() => self.reject_token(
                position,
                RecordErrorKind::SuperfluousComma(Some(']')),
                ResumeContext::OpenContainer(Expecting::SeparatorOrEnd),
            ),
            _ if container.is_some() => {
                self.reject_element(position, RecordErrorKind::NotAnObject(text))
            }
            _ => self.reject_at(position, RecordErrorKind::NotAnObject(text)),
        }
    }

    /// Rejects the text at an offset where a container expects a value. If it is a value, such as `null`, the reject ends
    /// with it, so that no record after it on the same line is lost.
    pub(super) fn reject_element(&mut self, position: usize, kind: RecordErrorKind) -> Step {
        let after_value: &[u8] = match self.outcome.state.innermost() {
            Some(Container::Wrapper(_)) => b",}",
            _ => b",]{",
        };
        let scope = self.scope(position);
        let (reached, end) = match value_length(&self.bytes[position..scope]) {
            Ok(length) => {
                let end = position + length;
                let next = scan::skip_whitespace(&self.bytes[..scope], end);
                match self.bytes[..scope].get(next) {
                    None => (next, None),
                    Some(byte) if after_value.contains(byte) => {
                        (next, Some(RejectEnd::Certain(end)))
                    }
                    // A value inside a record that lacks its start is followed by other text.
                    Some(_) => (next, Some(RejectEnd::Unknown)),
                }
            }
            Err(Error { kind, offset }) => {
                let is_cut = kind == ErrorKind::UnexpectedEnd;
                let end = (!is_cut).then_some(RejectEnd::Unknown);
                (position + offset, end)
            }
        };
        if end.is_none() && scope == self.bytes.len() && self.needs_more(position) {
            return Step::Done;
        }
        self.bytes_scanned += reached - position;
        let error = RecordError::new(position, kind);
        self.reject(position, end.unwrap_or(RejectEnd::Unknown), error)
    }

    /// Parses a byte that a page does not allow.
    fn parse_unexpected_in_page(
        &mut self,
        position: usize,
        expecting: Expecting,
        found: u8,
    ) -> Step {
        let expected = "the rest of a page";
        let kind = RecordErrorKind::Json(ErrorKind::Unexpected { expected, found });
        match (expecting, found) {
            // A superfluous bracket has closed the records.
            (Expecting::Item, b'{') => {
                let records = Container::Records(Expecting::Item);
                self.reject_token(position, kind, ResumeContext::ReopenedArray(records))
            }
            _ => self.reject_at(position, kind),
        }
    }

    /// Parses a comma outside any container. If a record follows, the reject is the comma alone.
    fn parse_comma_outside(&mut self, position: usize) -> Step {
        match self
            .bytes
            .get(scan::skip_whitespace(self.bytes, position + 1))
        {
            None if self.needs_more(position) => Step::Done,
            Some(b'{' | b'[') => self.reject_comma(position),
            _ => self.reject_at(position, RecordErrorKind::SuperfluousComma(None)),
        }
    }

    /// Rejects a superfluous comma alone, and resumes after it.
    fn reject_comma(&mut self, position: usize) -> Step {
        let error = RecordError::new(position, RecordErrorKind::SuperfluousComma(None));
        if self.parser.on_bad_record == OnBadRecord::Stop {
            return self.stop(position, error);
        }
        let resume = ResumePoint {
            position: position + 1,
            context: ResumeContext::OpenContainer(Expecting::Item),
        };
        self.set_aside(position, error, resume)
    }

    /// Parses an object directly after a record of an array: the next record, or the next page if this page was cut
    /// off.
    fn parse_missing_separator(&mut self, position: usize, text: String) -> Step {
        let kind = RecordErrorKind::NotASeparator(text);
        if let Some(Container::Records(_)) = self.outcome.state.innermost() {
            let scope = self.scope(position);
            match self.classify(position, scope) {
                ObjectKind::Undecided if self.needs_more(position) => return Step::Done,
                ObjectKind::Page => {
                    return self.reject_token(position, kind, ResumeContext::AfterPage);
                }
                _ => {}
            }
        }
        let context = match self.starts_next_wrapper(position) {
            None => return Step::Done,
            Some(true) => ResumeContext::AfterPage,
            Some(false) => ResumeContext::OpenContainer(Expecting::Item),
        };
        self.reject_token(position, kind, context)
    }

    /// Returns the text at an offset for a message: a value, or the rest of the line, shortened. Returns `None` if the
    /// text may continue after the block.
    pub(super) fn unexpected_text(&self, position: usize) -> Option<String> {
        if self.outcome.state.consecutive_rejects >= MAX_CONSECUTIVE_REJECTS {
            // The text is not used: the reject is merged into one that has a message.
            return Some(String::new());
        }
        let rest = &self.bytes[position..];
        let rest = &rest[..rest.len().min(MAX_UNEXPECTED_TEXT_BYTES)];
        let line = match memchr::memchr(b'\n', rest) {
            Some(end) => &rest[..end],
            None if rest.len() < MAX_UNEXPECTED_TEXT_BYTES && !self.is_last => return None,
            None => rest,
        };
        let text = &line[..value_length(line).unwrap_or(line.len())];
        let text = String::from_utf8_lossy(text);
        Some(format!("`{}`", shortened(text.trim_end())))
    }
}
