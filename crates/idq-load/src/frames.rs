use idq_json::{ErrorKind, scan};

use crate::sniff::{is_id_key, is_records_key};

/// Where in the structure around the records a parse stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    /// What is open around the records, outermost first; never more than an array of pages' records.
    pub(crate) frames: Vec<Frame>,
    /// Whether any value has begun.
    pub(crate) begun: bool,
}

/// A container around records, and what it expects next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frame {
    /// An array of records or of pages.
    Array(Expect),
    /// A saved page.
    Page(Expect),
    /// The array of a page's records.
    Records(Expect),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    FirstOrEnd,
    Item,
    SeparatorOrEnd,
}

impl State {
    pub(crate) fn set_expect(&mut self, next: Expect) {
        if let Some(Frame::Array(expect) | Frame::Page(expect) | Frame::Records(expect)) =
            self.frames.last_mut()
        {
            *expect = next;
        }
    }

    pub(crate) fn push(&mut self, frame: fn(Expect) -> Frame) {
        self.frames.push(frame(Expect::FirstOrEnd));
    }

    /// Leaves the innermost container, which was one value of the one around it.
    pub(crate) fn pop(&mut self) {
        self.frames.pop();
        self.set_expect(Expect::SeparatorOrEnd);
    }
}

/// What an object outside of pages is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Record,
    Page,
    /// The text ends before that can be said.
    Unclear,
}

/// Tells a record from a page: whichever key comes first, an id or an array of records.
///
/// An object with neither is a record, which then fails for want of an id.
pub(crate) fn classify(bytes: &[u8], start: usize) -> Class {
    let mut position = scan::skip_whitespace(bytes, start + 1);
    loop {
        match bytes.get(position) {
            None => return Class::Unclear,
            Some(b'"') => {}
            Some(_) => return Class::Record,
        }
        let end = match scan::string_end(bytes, position + 1) {
            Ok(end) => end,
            Err(error) if error.kind == ErrorKind::UnexpectedEnd => return Class::Unclear,
            Err(_) => return Class::Record,
        };
        let key = std::str::from_utf8(&bytes[position + 1..end.quote]).unwrap_or_default();
        let colon = scan::skip_whitespace(bytes, end.quote + 1);
        let value = scan::skip_whitespace(bytes, colon + 1);
        match (bytes.get(colon), bytes.get(value)) {
            (None, _) | (Some(b':'), None) => return Class::Unclear,
            (Some(b':'), Some(b'[')) if is_records_key(key) => return Class::Page,
            (Some(b':'), _) if !is_id_key(key) => {}
            _ => return Class::Record,
        }
        let after = match bytes[value] {
            b'{' | b'[' => scan::container_end(bytes, value),
            b'"' => scan::string_end(bytes, value + 1)
                .ok()
                .map(|end| end.quote + 1),
            _ => bytes[value..]
                .iter()
                .position(|byte| matches!(byte, b',' | b'}'))
                .map(|length| value + length),
        };
        let Some(after) = after.map(|after| scan::skip_whitespace(bytes, after)) else {
            return Class::Unclear;
        };
        match bytes.get(after) {
            None => return Class::Unclear,
            Some(b',') => position = scan::skip_whitespace(bytes, after + 1),
            Some(_) => return Class::Record,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_an_array_of_records_before_any_id() {
        let class = |text: &str| classify(text.as_bytes(), 0);
        assert_eq!(class(r#"{"id":"#), Class::Unclear);
        assert_eq!(class(r#"{"id":"1""#), Class::Record);
        assert_eq!(
            class(r#"{"email":"x","profile":{"id":1},"id":"1"}"#),
            Class::Record
        );
        assert_eq!(class(r#"{"current_page":1,"data":["#), Class::Page);
        assert_eq!(
            class(r#"{ "links" : [{"id":1}] , "items" : [ "#),
            Class::Page
        );
        assert_eq!(class(r#"{"id":"1","data":[]}"#), Class::Record);
        assert_eq!(class(r#"{"message":"Unauthenticated."}"#), Class::Record);
        assert_eq!(class(r#"{"data":{"id":1}}"#), Class::Record);
        assert_eq!(class("{}"), Class::Record);
        assert_eq!(class("{"), Class::Unclear);
        assert_eq!(class(r#"{"a":1"#), Class::Unclear);
        assert_eq!(class("{a:1}"), Class::Record);
    }
}
