use idq_api::ApiRegistry;
use idq_json::{ErrorKind, scan, work};

/// Where in the structure around the records a parse stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct State {
    /// What is open around the records, outermost first; never more than an array of pages' records.
    pub(crate) frames: Vec<Frame>,
    /// Whether the place of a byte-order mark has been passed.
    pub(crate) opened: bool,
    /// Whether any value has begun.
    pub(crate) begun: bool,
    /// Whether this is inside a bad stretch that is longer than any record, and whose end has not been found.
    pub(crate) lost: bool,
    /// Bad stretches since the last good record.
    pub(crate) bad_in_a_row: usize,
    /// What stands between the last record and this place, as long as what separates records is still to be learned.
    pub(crate) gap: Option<Vec<u8>>,
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

    /// Leaves the page that is open, if one is, for the next item of what is around it.
    pub(crate) fn leave_page(&mut self) {
        if let Some(page) = page_of(&self.frames) {
            self.frames.truncate(page);
        }
        self.set_expect(Expect::Item);
    }
}

/// Which of these frames is the page.
pub(crate) fn page_of(frames: &[Frame]) -> Option<usize> {
    frames
        .iter()
        .position(|frame| matches!(frame, Frame::Page(_)))
}

/// What an object outside of pages is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Record,
    Page,
    /// The text ends before that can be said.
    Unclear,
}

/// Tells a record from a page: whichever key comes first, an id or an array of objects under a page's key for records.
///
/// An object with neither is a record, which then fails for want of an id. An array without elements may be a record's
/// as well; then the other keys decide.
///
/// The second part of the answer is the number of bytes that were looked at.
pub(crate) fn classify(bytes: &[u8], start: usize, apis: &ApiRegistry) -> (Class, usize) {
    let mut members = Members {
        bytes,
        apis,
        position: scan::skip_whitespace(bytes, start + 1),
        reached: start,
        envelope: false,
        records: Records::Unseen,
    };
    loop {
        if let Some(class) = members.step() {
            return (class, members.reached - start);
        }
    }
}

struct Members<'a> {
    bytes: &'a [u8],
    apis: &'a ApiRegistry,
    position: usize,
    /// The end of what was looked at.
    reached: usize,
    /// Whether there was a key that only pages have.
    envelope: bool,
    records: Records,
}

/// What a page's key for records has had as its value.
#[derive(PartialEq, Eq)]
enum Records {
    Unseen,
    /// An array without elements.
    Empty,
    /// An array of something else than objects.
    Other,
}

impl Members<'_> {
    /// Looks at one member; says what the object is once that is clear.
    fn step(&mut self) -> Option<Class> {
        let bytes = self.bytes;
        self.reached = self.position;
        match bytes.get(self.position) {
            None => return Some(Class::Unclear),
            Some(b'"') => {}
            Some(b'}') => return Some(self.at_the_end()),
            Some(_) => return Some(self.broken()),
        }
        let end = match scan::string_end(bytes, self.position + 1) {
            Ok(end) => end,
            Err(error) if error.kind == ErrorKind::UnexpectedEnd => return Some(Class::Unclear),
            Err(_) => return Some(self.broken()),
        };
        let key = std::str::from_utf8(&bytes[self.position + 1..end.quote]).unwrap_or_default();
        let colon = scan::skip_whitespace(bytes, end.quote + 1);
        let value = scan::skip_whitespace(bytes, colon + 1);
        if self.apis.is_id_key(key) {
            return Some(Class::Record);
        }
        self.envelope |= self.apis.is_envelope_key(key);
        match (bytes.get(colon), bytes.get(value)) {
            (None, _) | (Some(b':'), None) => return Some(Class::Unclear),
            (Some(b':'), Some(b'[')) if self.apis.is_records_key(key) => {
                match bytes.get(scan::skip_whitespace(bytes, value + 1)) {
                    None => return Some(Class::Unclear),
                    Some(b'{') => return Some(Class::Page),
                    Some(b']') => self.records = Records::Empty,
                    Some(_) if self.records == Records::Unseen => self.records = Records::Other,
                    Some(_) => {}
                }
            }
            (Some(b':'), Some(_)) => {}
            (Some(_), _) => return Some(self.broken()),
        }
        let after = match bytes[value] {
            b'{' | b'[' => match scan::container_end(bytes, value) {
                Ok(end) => end,
                Err(reached) => {
                    self.reached = reached;
                    let is_cut = reached == bytes.len();
                    return Some(if is_cut {
                        Class::Unclear
                    } else {
                        self.broken()
                    });
                }
            },
            b'"' => match scan::string_end(bytes, value + 1) {
                Ok(end) => end.quote + 1,
                Err(error) => {
                    self.reached = error.offset;
                    let is_cut = error.kind == ErrorKind::UnexpectedEnd;
                    return Some(if is_cut {
                        Class::Unclear
                    } else {
                        self.broken()
                    });
                }
            },
            _ => {
                let mut scalar = bytes[value..].iter();
                let length = scalar.position(|byte| matches!(byte, b',' | b'}'));
                let end = length.map_or(bytes.len(), |length| value + length);
                work::add(end - value);
                end
            }
        };
        let after = scan::skip_whitespace(bytes, after);
        self.reached = after;
        match bytes.get(after) {
            None => return Some(Class::Unclear),
            Some(b',') => self.position = scan::skip_whitespace(bytes, after + 1),
            Some(b'}') => return Some(self.at_the_end()),
            Some(_) => return Some(self.broken()),
        }
        None
    }

    /// What the object is, all members of which have been seen.
    fn at_the_end(&self) -> Class {
        match self.records {
            Records::Empty => Class::Page,
            Records::Other if self.envelope => Class::Page,
            _ => Class::Record,
        }
    }

    /// What the object is, whose members stop making sense: its records may still be found in a broken page.
    fn broken(&self) -> Class {
        if self.envelope || self.records != Records::Unseen {
            Class::Page
        } else {
            Class::Record
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_an_array_of_records_before_any_id() {
        let class = |text: &str| classify(text.as_bytes(), 0, ApiRegistry::built_in()).0;
        assert_eq!(class(r#"{"id":"#), Class::Record);
        assert_eq!(class(r#"{"id":"1""#), Class::Record);
        assert_eq!(
            class(r#"{"email":"x","profile":{"id":1},"id":"1"}"#),
            Class::Record
        );
        assert_eq!(class(r#"{"current_page":1,"data":["#), Class::Unclear);
        assert_eq!(class(r#"{"current_page":1,"data":[{"#), Class::Page);
        assert_eq!(
            class(r#"{ "links" : [{"id":1}] , "items" : [ {"#),
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

    #[test]
    fn an_unknown_field_named_like_a_pages_records_does_not_make_a_page() {
        let class = |text: &str| classify(text.as_bytes(), 0, ApiRegistry::built_in()).0;
        assert_eq!(class(r#"{"data":[1,2],"id":"1"}"#), Class::Record);
        assert_eq!(class(r#"{"items":[],"id":"1"}"#), Class::Record);
        assert_eq!(class(r#"{"data":[]}"#), Class::Page);
        assert_eq!(class(r#"{"items":[],"totalCount":0}"#), Class::Page);
        assert_eq!(class(r#"{"items":[7],"totalCount":0}"#), Class::Page);
        assert_eq!(class(r#"{"items":[7]}"#), Class::Record);
        assert_eq!(class(r#"{"path":"x","from":1}"#), Class::Record);
    }

    #[test]
    fn a_broken_page_is_still_a_page() {
        let class = |text: &str| classify(text.as_bytes(), 0, ApiRegistry::built_in()).0;
        assert_eq!(class(r#"{"current_page" 1,"data":[{}]}"#), Class::Page);
        assert_eq!(class(r#"{"total":x,"data":[{}]}"#), Class::Page);
    }
}
