//! Classification of objects as records or saved pages, by their first members.

use idq_api::ApiRegistry;
use idq_json::{Error, ErrorKind, Event, Reader, scan, work};

/// The kind of an object outside pages.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ObjectKind {
    Record,
    Page,
    /// The bytes end before a decisive key.
    Undecided,
}

/// Classifies the object that starts at `start` by the first decisive key: an id, or a page's key for records with an
/// array of objects. Returns the kind, and the number of bytes that were scanned.
///
/// An object with neither key is a record, which is later rejected because it has no id. If the array under a page's
/// key for records has no objects, the other keys decide.
///
/// Values are skipped by their brackets and not validated: nearly every object is a record whose first key is its id,
/// and the scanned bytes are validated when they are parsed.
pub(super) fn classify_object(
    bytes: &[u8],
    start: usize,
    apis: &ApiRegistry,
) -> (ObjectKind, usize) {
    let mut scan = MemberScan {
        bytes,
        apis,
        position: scan::skip_whitespace(bytes, start + 1),
        scanned_to: start,
        has_envelope_key: false,
        records: RecordsValue::Unseen,
    };
    loop {
        if let Some(kind) = scan.scan_member() {
            return (kind, scan.scanned_to - start);
        }
    }
}

/// Returns whether the object that starts at `start` is a page of an API, as far as the bytes show.
pub(crate) fn is_page(bytes: &[u8], start: usize, apis: &ApiRegistry) -> bool {
    classify_object(bytes, start, apis).0 == ObjectKind::Page
}

/// The result of a search for a key of an object.
pub(super) enum KeySearch {
    Found,
    /// The object ends at this offset, without the key.
    Absent(usize),
    /// The object is cut off or malformed before the key.
    Failed(Error),
}

/// Searches the object that starts at `start` for a key.
pub(super) fn find_key(bytes: &[u8], start: usize, wanted: &str) -> KeySearch {
    let mut reader = Reader::new(&bytes[start..]);
    let mut find = || {
        reader.next_event()?;
        while let Some(Event::Key(key)) = reader.next_event()? {
            if key.decode() == wanted {
                return Ok(None);
            }
            reader.skip_value()?;
        }
        Ok(Some(reader.span().end))
    };
    match find() {
        Ok(None) => KeySearch::Found,
        Ok(Some(end)) => KeySearch::Absent(start + end),
        Err(Error { kind, offset }) => KeySearch::Failed(Error {
            kind,
            offset: start + offset,
        }),
    }
}

/// A scan over the members of an object.
struct MemberScan<'a> {
    /// The bytes of the block, up to the end of the object's scope.
    bytes: &'a [u8],
    /// The APIs whose keys distinguish pages from records.
    apis: &'a ApiRegistry,
    /// The start of the next member.
    position: usize,
    /// The end of the bytes that were scanned.
    scanned_to: usize,
    /// Whether the object has a key that only pages have.
    has_envelope_key: bool,
    /// The value under a page's key for records.
    records: RecordsValue,
}

/// The value under a page's key for records, so far.
#[derive(PartialEq, Eq)]
enum RecordsValue {
    Unseen,
    /// An array without elements.
    Empty,
    /// An array whose first element is not an object.
    Other,
}

impl MemberScan<'_> {
    /// Scans one member. Returns the kind of the object once it is decided.
    fn scan_member(&mut self) -> Option<ObjectKind> {
        let bytes = self.bytes;
        self.scanned_to = self.position;
        match bytes.get(self.position) {
            None => return Some(ObjectKind::Undecided),
            Some(b'"') => {}
            Some(b'}') => return Some(self.kind_at_end()),
            Some(_) => return Some(self.kind_of_malformed()),
        }
        let key_end = match scan::validated_string_close(bytes, self.position + 1) {
            Ok(quote) => quote,
            Err(error) => return Some(self.kind_of_cut(error.kind == ErrorKind::UnexpectedEnd)),
        };
        let key = std::str::from_utf8(&bytes[self.position + 1..key_end]).unwrap_or_default();
        let colon = scan::skip_whitespace(bytes, key_end + 1);
        let value = scan::skip_whitespace(bytes, colon + 1);
        if self.apis.is_id_key(key) {
            return Some(ObjectKind::Record);
        }
        self.has_envelope_key |= self.apis.is_envelope_key(key);
        match (bytes.get(colon), bytes.get(value)) {
            (None, _) | (Some(b':'), None) => return Some(ObjectKind::Undecided),
            (Some(b':'), Some(b'[')) if self.apis.is_records_key(key) => {
                match bytes.get(scan::skip_whitespace(bytes, value + 1)) {
                    None => return Some(ObjectKind::Undecided),
                    Some(b'{') => return Some(ObjectKind::Page),
                    Some(b']') => self.records = RecordsValue::Empty,
                    Some(_) if self.records == RecordsValue::Unseen => {
                        self.records = RecordsValue::Other;
                    }
                    Some(_) => {}
                }
            }
            (Some(b':'), Some(_)) => {}
            (Some(_), _) => return Some(self.kind_of_malformed()),
        }
        let value_end = match self.scan_value(value) {
            Ok(end) => end,
            Err(kind) => return Some(kind),
        };
        let next = scan::skip_whitespace(bytes, value_end);
        self.scanned_to = next;
        match bytes.get(next) {
            None => return Some(ObjectKind::Undecided),
            Some(b',') => self.position = scan::skip_whitespace(bytes, next + 1),
            Some(b'}') => return Some(self.kind_at_end()),
            Some(_) => return Some(self.kind_of_malformed()),
        }
        None
    }

    /// Returns the end of the value that starts at an offset; the kind of the object if the value does not end.
    fn scan_value(&mut self, start: usize) -> Result<usize, ObjectKind> {
        let bytes = self.bytes;
        match bytes[start] {
            b'{' | b'[' => scan::container_end(bytes, start).map_err(|reached| {
                self.scanned_to = reached;
                self.kind_of_cut(reached == bytes.len())
            }),
            b'"' => match scan::validated_string_close(bytes, start + 1) {
                Ok(quote) => Ok(quote + 1),
                Err(error) => {
                    self.scanned_to = error.offset;
                    Err(self.kind_of_cut(error.kind == ErrorKind::UnexpectedEnd))
                }
            },
            _ => {
                let mut scalar = bytes[start..].iter();
                let length = scalar.position(|byte| matches!(byte, b',' | b'}'));
                let end = length.map_or(bytes.len(), |length| start + length);
                work::add(end - start);
                Ok(end)
            }
        }
    }

    /// Returns the kind of an object whose members were all scanned.
    fn kind_at_end(&self) -> ObjectKind {
        match self.records {
            RecordsValue::Empty => ObjectKind::Page,
            RecordsValue::Other if self.has_envelope_key => ObjectKind::Page,
            _ => ObjectKind::Record,
        }
    }

    /// Returns the kind of an object that is cut off, if `is_cut`, or malformed.
    fn kind_of_cut(&self, is_cut: bool) -> ObjectKind {
        if is_cut {
            ObjectKind::Undecided
        } else {
            self.kind_of_malformed()
        }
    }

    /// Returns the kind of a malformed object. It is a page if it has a key of a page, so that its records can be
    /// found.
    fn kind_of_malformed(&self) -> ObjectKind {
        if self.has_envelope_key || self.records != RecordsValue::Unseen {
            ObjectKind::Page
        } else {
            ObjectKind::Record
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ObjectKind::{Page, Record, Undecided};
    use super::*;

    fn check(cases: &[(&str, ObjectKind)]) {
        for (text, kind) in cases {
            assert_eq!(
                classify_object(text.as_bytes(), 0, ApiRegistry::built_in()).0,
                *kind,
                "{text}"
            );
        }
    }

    #[test]
    fn object_with_an_array_of_objects_before_any_id_is_a_page() {
        check(&[
            (r#"{"id":"#, Record),
            (r#"{"id":"1""#, Record),
            (r#"{"email":"x","profile":{"id":1},"id":"1"}"#, Record),
            (r#"{"current_page":1,"data":["#, Undecided),
            (r#"{"current_page":1,"data":[{"#, Page),
            (r#"{ "links" : [{"id":1}] , "items" : [ {"#, Page),
            (r#"{"id":"1","data":[]}"#, Record),
            (r#"{"message":"Unauthenticated."}"#, Record),
            (r#"{"data":{"id":1}}"#, Record),
            ("{}", Record),
            ("{", Undecided),
            (r#"{"a":1"#, Undecided),
            ("{a:1}", Record),
        ]);
    }

    #[test]
    fn object_with_an_id_and_a_pages_key_for_records_is_a_record() {
        check(&[
            (r#"{"data":[1,2],"id":"1"}"#, Record),
            (r#"{"items":[],"id":"1"}"#, Record),
            (r#"{"data":[]}"#, Page),
            (r#"{"items":[],"totalCount":0}"#, Page),
            (r#"{"items":[7],"totalCount":0}"#, Page),
            (r#"{"items":[7]}"#, Record),
            (r#"{"path":"x","from":1}"#, Record),
        ]);
    }

    #[test]
    fn malformed_object_with_an_envelope_key_is_a_page() {
        check(&[
            (r#"{"current_page" 1,"data":[{}]}"#, Page),
            (r#"{"total":x,"data":[{}]}"#, Page),
        ]);
    }
}
