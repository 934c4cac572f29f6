//! Parsing of one record of a block: finds its end, parses it, and accepts or rejects it.

use idq_json::{ErrorKind, scan};
use idq_snapshot::RecordErrorKind;

use super::{BlockParse, EndScan, Step};
use crate::framing::page::value_length;
use crate::framing::recovery::RejectEnd;
use crate::framing::{Expecting, Separator};
use crate::record::{ObjectPosition, RecordError, path_before};

impl BlockParse<'_, '_, '_> {
    /// Parses the object at the current position as a record: by a known shape, else as the whole line, else up to its
    /// closing bracket.
    pub(super) fn parse_record(&mut self) -> Step {
        let start = self.outcome.consumed;
        if let Some(step) = self.parse_by_fast_path(start) {
            return step;
        }
        // In a dump of lines, a search for the line feed is cheaper than one for the closing bracket.
        if let Some(end) = self.line_end(start) {
            let record = &self.bytes[start..end];
            if self.parser.records.parse(record, self.chunk).is_ok() {
                return self.accept_new_shape(start, end);
            }
            self.failed_line_end = Some(end);
        }
        let scope = self.scope(start);
        let end = match self.find_record_end(start, scope) {
            Ok(end) => end,
            Err(reached) => return self.parse_unclosed(start, scope, reached),
        };
        if end - start > self.max_record_bytes() {
            let error = RecordError::new(start, self.too_long());
            return self.reject(start, RejectEnd::Certain(end), error);
        }
        let record = &self.bytes[start..end];
        match self.parser.records.parse(record, self.chunk) {
            Ok(()) => self.accept_new_shape(start, end),
            Err(mut error) => {
                self.bytes_scanned += end - start;
                error.offset += start;
                let end = if error.is_about_content() {
                    RejectEnd::Certain(end)
                } else {
                    RejectEnd::Brackets { scope }
                };
                self.reject(start, end, error)
            }
        }
    }

    /// Parses the record by its structural index while shapes are paused, otherwise by a known shape and then by its
    /// index. Returns `None` if other parsers must parse it.
    fn parse_by_fast_path(&mut self, start: usize) -> Option<Step> {
        if self.parser.records.is_index_first() {
            let end = self.parse_by_index(start, ObjectPosition::Record)?;
            return Some(self.accept(start, end));
        }
        if let Some(step) = self.parse_by_shape(start, ObjectPosition::Record) {
            return Some(step);
        }
        let end = self.parse_by_index(start, ObjectPosition::Record)?;
        Some(self.accept_new_shape(start, end))
    }

    /// Parses the object by a known shape.
    fn parse_by_shape(&mut self, start: usize, object: ObjectPosition) -> Option<Step> {
        if self.is_exhausted() {
            return None;
        }
        // The bytes end at the maximum length of a record, so that a longer record does not match.
        let bytes = &self.bytes[..self.bytes.len().min(start + self.max_record_bytes())];
        let records = &mut self.parser.records;
        match records.parse_known_shape(bytes, start, object, self.chunk) {
            Ok(end) => Some(self.accept(start, end)),
            Err(scanned) => {
                self.bytes_scanned += scanned;
                None
            }
        }
    }

    /// Parses the object by its structural index. Returns its end if it is a record that was added.
    fn parse_by_index(&mut self, start: usize, object: ObjectPosition) -> Option<usize> {
        if self.is_exhausted() {
            return None;
        }
        let records = &mut self.parser.records;
        let end = records.parse_any_shape(self.bytes, start, object, self.chunk);
        if let Err(reached) = end {
            self.bytes_scanned += reached.saturating_sub(start);
        }
        end.ok()
    }

    /// Parses an object outside pages by a known shape, or by its structural index while shapes are paused: unlike the
    /// classification, both read the object once.
    pub(super) fn parse_before_classification(&mut self, start: usize) -> Option<Step> {
        let object = ObjectPosition::OutsidePages;
        if !self.parser.records.is_index_first() {
            return self.parse_by_shape(start, object);
        }
        let end = self.parse_by_index(start, object)?;
        Some(self.accept(start, end))
    }

    /// Returns the end of the record that starts at `start`; otherwise the offset up to which it was searched.
    fn find_record_end(&mut self, start: usize, scope: usize) -> Result<usize, usize> {
        let bytes = &self.bytes[..scope];
        if self.end_scan == EndScan::Validating {
            match value_length(&bytes[start..]) {
                Ok(length) => return Ok(start + length),
                Err(error) if error.kind != ErrorKind::TooDeep => return Err(start + error.offset),
                // The reader stops at deep nesting, but the record still has an end.
                Err(_) => {}
            }
        }
        let end = scan::container_end(bytes, start);
        if let Err(reached) = end {
            self.bytes_scanned += reached - start;
        }
        end
    }

    /// Returns the end of the line if the line may be one record: outside any container, and with a closing bracket at
    /// its end.
    fn line_end(&mut self, start: usize) -> Option<usize> {
        if !self.outcome.state.containers.is_empty() {
            return None;
        }
        let line_feed = self.find_line_feed(start);
        if line_feed == self.bytes.len() {
            return None;
        }
        let line = &self.bytes[start..line_feed];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let end = start + line.len();
        let may_be_record = line.ends_with(b"}") && line.len() <= self.max_record_bytes();
        (may_be_record && self.failed_line_end != Some(end)).then_some(end)
    }

    /// Accepts a record that did not match a known shape, and learns its shape. A record at the end of the block is not
    /// learned: its shape may be known, because a match requires lookahead.
    fn accept_new_shape(&mut self, start: usize, end: usize) -> Step {
        if self.bytes.len() - end >= idq_shape::LOOKAHEAD_BYTES {
            let record = &self.bytes[start..end];
            self.parser.records.learn_shape(record);
        }
        self.accept(start, end)
    }

    /// Adds the location of a record whose values were added. Learns the separator from two records without a bracket
    /// or reject between them.
    fn accept(&mut self, start: usize, end: usize) -> Step {
        self.chunk.add_location(start, end);
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
        outcome.state.set_expecting(Expecting::SeparatorOrEnd);
        outcome.state.consecutive_rejects = 0;
        Step::Continue
    }

    /// Parses a record whose brackets do not close before `scope`: it needs more bytes, or it is malformed.
    fn parse_unclosed(&mut self, start: usize, scope: usize, reached: usize) -> Step {
        let Err(error) = value_length(&self.bytes[start..scope]) else {
            return Step::Done;
        };
        // A record that is nested too deeply ends where its brackets close.
        let is_open = error.kind == ErrorKind::UnexpectedEnd
            || error.kind == ErrorKind::TooDeep && reached == scope;
        if is_open && scope == self.bytes.len() && self.needs_more(start) {
            return Step::Done;
        }
        if error.kind == ErrorKind::UnexpectedEnd && !self.is_last && scope == self.bytes.len() {
            let error = RecordError::new(start, self.too_long());
            return self.reject(start, RejectEnd::Unknown, error);
        }
        self.bytes_scanned += error.offset;
        let path = path_before(&self.bytes[start..scope], error.offset);
        let error = RecordError {
            offset: start + error.offset,
            path,
            kind: RecordErrorKind::Json(error.kind),
        };
        self.reject(start, RejectEnd::Brackets { scope }, error)
    }
}
