//! The decisions of error recovery: whether parsing can resume at an offset.

use idq_json::{ErrorKind, scan};

use super::{Decision, RecoveryScan, ResumeContext};
use crate::framing::classify::{KeySearch, find_key};
use crate::framing::page::{ends_with_key, records_key_at_end, value_length};
use crate::framing::separator::Separator;
use crate::framing::state::{Container, Expecting, page_index};

/// Number of consecutive valid objects that prove an array of records. Objects in a profile can look like records, but
/// their arrays are short, and the text after such an array cannot follow an array of records.
const MIN_CHAIN_OBJECTS: usize = 8;

impl<'a> RecoveryScan<'a> {
    /// Returns the decision at the end of the bytes: `at_end` if no more bytes follow, else undecided.
    fn decide_at_end(&self, at_end: Decision) -> Decision {
        if self.is_last {
            at_end
        } else {
            Decision::Undecided
        }
    }

    /// Decides on the line after a line feed. Returns the offset of the first character of the line, or of the record
    /// if the line starts with the learned indentation, and the decision.
    pub(super) fn decide_line(&mut self, line_feed: usize) -> (usize, Decision) {
        let line = &self.bytes[line_feed + 1..];
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let indentation = line.iter().take_while(is_blank).count();
        let first = line_feed + 1 + indentation;
        let Some(&byte) = self.bytes.get(first) else {
            return (first, self.decide_at_end(Decision::Skip));
        };
        // A line that starts as records have started so far is the strongest evidence.
        if let Some((learned, context)) = self.learned_line() {
            let known = &line[..line.len().min(learned.len())];
            let record = line_feed + 1 + learned.len();
            // The bytes may end within the indentation, or right before the bracket.
            match self.bytes.get(record) {
                None if learned.starts_with(known) => {
                    return (first, self.decide_at_end(Decision::Skip));
                }
                Some(b'{') if known == learned => return (record, Decision::Resume(context)),
                _ => {}
            }
        }
        let decision = if self.containers.is_empty() {
            self.decide_line_outside(indentation, byte)
        } else {
            self.decide_line_in_container(line_feed, indentation, byte)
        };
        (first, decision)
    }

    /// Decides on a line outside any container, by its indentation and its first character.
    fn decide_line_outside(&mut self, indentation: usize, first: u8) -> Decision {
        let learned = self.separator_at_depth().and_then(Separator::indentation);
        let may_start = match first {
            b'{' | b'[' => true,
            b'}' | b']' | b',' | b':' | b'\r' | b'\n' => false,
            // If each record is a line, any other line is a separate reject.
            _ => !self.starts_with_lone_bracket(),
        };
        // A deeper line belongs to the record around it.
        if may_start && indentation <= learned.map_or(0, <[u8]>::len) {
            Decision::RESUME_WITH_ITEM
        } else {
            Decision::Skip
        }
    }

    /// Decides on a line in a container: a bracket in the first column, in a dump whose records do not start lines.
    fn decide_line_in_container(
        &mut self,
        line_feed: usize,
        indentation: usize,
        first: u8,
    ) -> Decision {
        if indentation > 0 || !matches!(first, b'{' | b'[') {
            return Decision::Skip;
        }
        // Objects inside a record without indentation start lines as well, after a comma, an opening bracket or a
        // colon.
        let before = self.bytes[self.start..line_feed].trim_ascii_end().last();
        if self.bytes[self.start] == b'{' && matches!(before, Some(b',' | b'[' | b':')) {
            return Decision::Skip;
        }
        match (first, self.containers.last(), self.outermost_key) {
            (b'[', ..) => Decision::Resume(ResumeContext::Outside),
            // The next wrapper, or a record of the open one.
            (_, Some(Container::Array(_)), Some(key)) => {
                match find_key(self.bytes, line_feed + 1, key) {
                    KeySearch::Found => Decision::Resume(ResumeContext::AfterPage),
                    KeySearch::Failed(error) if error.kind == ErrorKind::UnexpectedEnd => {
                        self.bytes_scanned += error.offset - line_feed;
                        self.decide_at_end(Decision::RESUME_WITH_ITEM)
                    }
                    KeySearch::Failed(_) | KeySearch::Absent(_) => Decision::RESUME_WITH_ITEM,
                }
            }
            _ if page_index(self.containers).is_some() => {
                Decision::Resume(ResumeContext::AfterPage)
            }
            _ => Decision::RESUME_WITH_ITEM,
        }
    }

    /// Returns the start of lines with records of an array, and the context of such a record. The array is open, or is
    /// one level deeper and was closed too early. Returns `None` if records do not start lines.
    fn learned_line(&self) -> Option<(&'a [u8], ResumeContext)> {
        let separator = self.separator?;
        let indentation = separator.indentation()?;
        let learned = &separator.state.containers[..];
        if learned.len() == self.containers.len() && !learned.is_empty() {
            let context = ResumeContext::OpenContainer(Expecting::Item);
            Some((indentation, context))
        } else if learned.len() == self.containers.len() + 1 {
            let context = ResumeContext::ReopenedArray(*learned.last()?);
            Some((indentation, context))
        } else {
            None
        }
    }

    /// Returns whether the reject starts with a bracket that is alone on its line, as a record of several lines does.
    fn starts_with_lone_bracket(&mut self) -> bool {
        if let Some(known) = self.starts_with_lone_bracket {
            return known;
        }
        let rest = &self.bytes[self.start + 1..];
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r');
        let first = rest.iter().find(|byte| !is_blank(byte));
        let is_lone = matches!(self.bytes[self.start], b'{' | b'[') && matches!(first, Some(b'\n'));
        self.starts_with_lone_bracket = Some(is_lone);
        is_lone
    }

    /// Decides whether an object is a record of the open array or, if records are one level deeper, of an array that
    /// was closed too early.
    pub(super) fn decide_object(&mut self, position: usize) -> Decision {
        let (bytes, open) = (self.bytes, self.containers);
        let is_deeper = |learned: &Separator| learned.state.containers.len() == open.len() + 1;
        if let Some(Container::Wrapper(_)) = open.last()
            && !self.separator.is_some_and(is_deeper)
        {
            return self.decide_object_of_wrapper(position);
        }
        // Outside any container and without a learned separator, records of any shape may be those of an array.
        let reopened_array = [Container::Array(Expecting::Item)];
        let (containers, separator) = match (open.last(), self.separator) {
            (_, Some(learned)) if learned.state.containers.len() == open.len() + 1 => {
                (&learned.state.containers[..], Some(learned))
            }
            (Some(Container::Array(_) | Container::Records(_)), _) => {
                (open, self.separator_at_depth())
            }
            (None, None) => (&reopened_array[..], None),
            _ => return Decision::Skip,
        };
        if let Some(decision) = self.rule_out_object(position, separator) {
            return decision;
        }
        let before = bytes[self.start..position].trim_ascii_end();
        let is_first = || {
            let Some(key) = before.strip_suffix(b"[") else {
                return false;
            };
            match containers {
                [.., Container::Records(_)] => records_key_at_end(key, self.apis).is_some(),
                [.., Container::Array(_), Container::Array(_)] => follows_array(key),
                _ => self
                    .wrapper_key
                    .is_some_and(|wanted| ends_with_key(key, wanted)),
            }
        };
        // A record of an array follows a comma, or is the first one of its page, wrapper or array in an array.
        if !before.ends_with(b",") && !is_first() {
            return Decision::Skip;
        }
        // A chain in an array that was closed too early reopens it.
        match (self.decide_chain(position, containers), containers.last()) {
            (Decision::Resume(_), Some(&array)) if containers.len() > open.len() => {
                Decision::Resume(ResumeContext::ReopenedArray(array))
            }
            (decision, _) => decision,
        }
    }

    /// Decides whether an object is the only record of a wrapper: it follows the key, and the text after it may follow
    /// the record of such a wrapper.
    fn decide_object_of_wrapper(&mut self, position: usize) -> Decision {
        let before = &self.bytes[self.start..position];
        if !self
            .wrapper_key
            .is_some_and(|wanted| ends_with_key(before, wanted))
        {
            return Decision::Skip;
        }
        let end = match self.value_end(position) {
            Ok(end) => end,
            Err(decision) => return decision,
        };
        match self.may_close(end, self.containers) {
            Decision::Resume(_) => Decision::Resume(ResumeContext::OpenContainer(Expecting::Value)),
            decision => decision,
        }
    }

    /// Rules out an object that does not start like a record; `None` if it does.
    fn rule_out_object(&self, position: usize, separator: Option<&Separator>) -> Option<Decision> {
        let bytes = self.bytes;
        let rest = &bytes[position..];
        match separator {
            // Records start lines, on which `decide_line` decides.
            Some(separator) if separator.indentation().is_some() => Some(Decision::Skip),
            Some(separator) => {
                let head = separator.record_head();
                if rest.starts_with(head) {
                    None
                } else if head.starts_with(rest) {
                    Some(self.decide_at_end(Decision::Skip))
                } else {
                    Some(Decision::Skip)
                }
            }
            // Without a learned record, an object with at least one key could be one.
            None => match bytes.get(scan::skip_whitespace(bytes, position + 1)) {
                None => Some(self.decide_at_end(Decision::Skip)),
                Some(b'"') => None,
                Some(_) => Some(Decision::Skip),
            },
        }
    }

    /// Decides whether the objects from an offset are a chain of records.
    fn decide_chain(&mut self, start: usize, containers: &[Container]) -> Decision {
        let bytes = self.bytes;
        let mut position = start;
        for link in 0..MIN_CHAIN_OBJECTS {
            // A later malformed record is not evidence against the valid records before it.
            let otherwise = if link == 0 {
                Decision::Skip
            } else {
                Decision::RESUME_WITH_ITEM
            };
            let end = match value_length(&bytes[position..]) {
                Ok(length) => position + length,
                Err(error) => {
                    // Scanned bytes are counted, because tests bound the work of recovery by them.
                    self.bytes_scanned += error.offset;
                    let is_cut = error.kind == ErrorKind::UnexpectedEnd && !self.is_last;
                    return if is_cut {
                        Decision::Undecided
                    } else {
                        otherwise
                    };
                }
            };
            self.bytes_scanned += end - position;
            let next = scan::skip_whitespace(bytes, end);
            match bytes.get(next) {
                None => return self.decide_at_end(Decision::RESUME_WITH_ITEM),
                Some(b',') => position = scan::skip_whitespace(bytes, next + 1),
                Some(b']') => return self.may_follow_array(next + 1, containers),
                Some(_) => return otherwise,
            }
            match bytes.get(position) {
                None => return self.decide_at_end(Decision::RESUME_WITH_ITEM),
                Some(b'{') => {}
                Some(_) => return otherwise,
            }
        }
        Decision::RESUME_WITH_ITEM
    }

    /// Decides whether the text at an offset may follow a record of the open container.
    pub(super) fn may_follow_record(&self, position: usize) -> Decision {
        let allowed: &[u8] = match self.containers.last() {
            None => b"{[",
            Some(Container::Array(_) | Container::Records(_)) => b",]",
            Some(Container::Page(_) | Container::Wrapper(_)) => b",}",
        };
        self.next_is_one_of(position, allowed)
    }

    /// Decides whether the array that ends at an offset can be the array of records. An array inside a record is
    /// followed by other parts of the record; any other text is not evidence against an array of records.
    fn may_follow_array(&mut self, position: usize, containers: &[Container]) -> Decision {
        let bytes = self.bytes;
        let is_wrapper = |container: &Container| matches!(container, Container::Wrapper(_));
        let are_nested = !containers
            .iter()
            .any(|container| matches!(container, Container::Page(_)))
            && containers.len() > 1;
        if are_nested || containers.iter().any(is_wrapper) {
            return self.may_close(position, &containers[..containers.len() - 1]);
        }
        let Some(page) = page_index(containers) else {
            return self.next_is_none_of(position, b",}]");
        };
        let next = scan::skip_whitespace(bytes, position);
        match bytes.get(next) {
            // The end of the outermost page is the end of its source, or followed by another page.
            Some(b'}') if page == 0 => self.next_is_none_of(next + 1, b",}]"),
            Some(b'}') => self.next_is_one_of(next + 1, b",]"),
            // Members of an envelope may follow its records.
            Some(b',') => self.next_is_envelope_key(scan::skip_whitespace(bytes, next + 1)),
            _ => self.next_is_none_of(next, b"]"),
        }
    }

    /// Decides whether the text at an offset may close open wrappers and arrays, the last of which is innermost, or
    /// continue one of these arrays.
    fn may_close(&mut self, mut position: usize, containers: &[Container]) -> Decision {
        let bytes = self.bytes;
        for container in containers.iter().rev() {
            let is_array = matches!(container, Container::Array(_));
            position = scan::skip_whitespace(bytes, position);
            match bytes.get(position) {
                None => return self.decide_at_end(Decision::RESUME_WITH_ITEM),
                Some(b']') if is_array => position += 1,
                Some(b'}') if !is_array => position += 1,
                Some(b',') if is_array => return self.next_is_one_of(position + 1, b"[{"),
                // The members after that of the records.
                Some(b',') => match self.object_end(position + 1) {
                    Ok(end) => position = end,
                    Err(decision) => return decision,
                },
                Some(_) => return Decision::Skip,
            }
        }
        self.next_is_none_of(position, b",}]")
    }

    /// Returns the end of the object whose next member is at an offset; the decision if it has no end.
    fn object_end(&mut self, mut position: usize) -> Result<usize, Decision> {
        let bytes = self.bytes;
        loop {
            position = self.value_end(position)?;
            match bytes.get(position) {
                None => return Err(self.decide_at_end(Decision::Skip)),
                Some(b':') => position = self.value_end(position + 1)?,
                Some(_) => return Err(Decision::Skip),
            }
            match bytes.get(position) {
                None => return Err(self.decide_at_end(Decision::Skip)),
                Some(b',') => position += 1,
                Some(b'}') => return Ok(position + 1),
                Some(_) => return Err(Decision::Skip),
            }
        }
    }

    /// Returns the end of the value at an offset, and of the white space after it; the decision if it has no end.
    fn value_end(&mut self, position: usize) -> Result<usize, Decision> {
        let start = scan::skip_whitespace(self.bytes, position);
        match value_length(&self.bytes[start..]) {
            Ok(length) => {
                self.bytes_scanned += length;
                Ok(scan::skip_whitespace(self.bytes, start + length))
            }
            Err(error) => {
                self.bytes_scanned += error.offset;
                Err(match error.kind {
                    ErrorKind::UnexpectedEnd => self.decide_at_end(Decision::Skip),
                    _ => Decision::Skip,
                })
            }
        }
    }

    /// Decides whether the key at an offset is a key of a page.
    fn next_is_envelope_key(&mut self, position: usize) -> Decision {
        match self.bytes.get(position) {
            None => return self.decide_at_end(Decision::Skip),
            Some(b'"') => {}
            Some(_) => return Decision::Skip,
        }
        let quote = scan::validated_string_close(self.bytes, position + 1);
        self.bytes_scanned += match &quote {
            Ok(quote) => quote - position,
            Err(error) => error.offset - position,
        };
        match quote {
            Ok(quote) => {
                let key = std::str::from_utf8(&self.bytes[position + 1..quote]);
                if key.is_ok_and(|key| key == "links" || self.apis.is_envelope_key(key)) {
                    Decision::RESUME_WITH_ITEM
                } else {
                    Decision::Skip
                }
            }
            Err(error) if error.kind == ErrorKind::UnexpectedEnd => {
                self.decide_at_end(Decision::Skip)
            }
            Err(_) => Decision::Skip,
        }
    }

    /// Decides whether the next character is one of these, or the text ends.
    fn next_is_one_of(&self, position: usize, allowed: &[u8]) -> Decision {
        match self.bytes.get(scan::skip_whitespace(self.bytes, position)) {
            // The end of the source is no evidence against a record.
            None => self.decide_at_end(Decision::RESUME_WITH_ITEM),
            Some(byte) if allowed.contains(byte) => Decision::RESUME_WITH_ITEM,
            Some(_) => Decision::Skip,
        }
    }

    /// Decides whether the next character is none of these, or the text ends.
    fn next_is_none_of(&self, position: usize, forbidden: &[u8]) -> Decision {
        match self.bytes.get(scan::skip_whitespace(self.bytes, position)) {
            None => self.decide_at_end(Decision::RESUME_WITH_ITEM),
            Some(byte) if forbidden.contains(byte) => Decision::Skip,
            Some(_) => Decision::RESUME_WITH_ITEM,
        }
    }
}

/// Returns whether the bytes end with the comma after an array.
fn follows_array(bytes: &[u8]) -> bool {
    let before_comma = bytes.trim_ascii_end().strip_suffix(b",");
    before_comma.is_some_and(|before| before.trim_ascii_end().ends_with(b"]"))
}
