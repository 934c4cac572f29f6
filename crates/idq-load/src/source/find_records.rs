//! Finding of the records of a dump whose first object is neither a record nor a page of an API.
//!
//! Programs wrap records: `{"value":[…],"Count":2}`, `{"realm":"x","users":[…]}`, `{"kind":"user","data":{…}}`. The first
//! object of a source decides where its records are, whatever the keys: in the array of objects that it holds, or in the
//! object with an id.

use idq_api::ApiRegistry;
use idq_json::{Error, ErrorKind, Event, Reader};

use super::detect_api::strip_marks;
use crate::framing::is_page;
use crate::records_path::RecordsPath;

/// The place of the records of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordsPlace {
    /// They are not wrapped, or are those of an API's pages.
    Top,
    /// They are at the end of a path.
    Path(RecordsPath),
    /// They could be at the end of any of these paths.
    Several(Vec<RecordsPath>),
    /// The bytes end before a record was found.
    Undecided,
}

/// The maximum number of keys of a path that is found.
const MAX_KEYS: usize = 8;

/// The number of keys of an API's records by which an object without an id is a malformed record, rather than an object
/// around records.
const MIN_RECORD_KEYS: usize = 3;

/// Finds the records of a source by its first bytes, which may be cut anywhere.
pub(crate) fn find_records(bytes: &[u8], apis: &ApiRegistry) -> RecordsPlace {
    let bytes = strip_marks(bytes);
    let mut reader = Reader::new(bytes);
    let start = loop {
        match reader.next_event() {
            Ok(Some(Event::ArrayStart)) => {}
            Ok(Some(Event::ObjectStart)) => break reader.span().start,
            _ => return RecordsPlace::Top,
        }
    };
    let mut search = Search {
        apis,
        keys: Vec::new(),
        records: Vec::new(),
        record_keys: 0,
        others: Vec::new(),
        has_array: false,
        is_cut: false,
    };
    if search.search_object(reader.clone(), false) == Found::Record
        || search.is_malformed_record(bytes, reader)
    {
        return RecordsPlace::Top;
    }
    // A malformed object counts as a page by any key of one, unless records under another key are found in it.
    let is_elsewhere = |keys: &Vec<String>| !apis.is_records_key(&keys[0]);
    if is_page(bytes, start, apis) && !search.records.iter().any(is_elsewhere) {
        return RecordsPlace::Top;
    }
    let is_cut = search.is_cut;
    let mut paths = search.paths();
    match paths.len() {
        0 if is_cut => RecordsPlace::Undecided,
        0 => RecordsPlace::Top,
        1 => RecordsPlace::Path(paths.remove(0)),
        _ => RecordsPlace::Several(paths),
    }
}

/// The result of the search of an object.
#[derive(PartialEq, Eq)]
enum Found {
    /// The object is a record.
    Record,
    /// The object is no record. Those inside it, if any, were added to the search.
    Other,
}

/// A search for records inside an object.
struct Search<'a> {
    apis: &'a ApiRegistry,
    /// The keys of the objects around the current value.
    keys: Vec<String>,
    /// The paths at which objects with an id were found.
    records: Vec<Vec<String>>,
    /// The number of keys of an API's records that the last object had which was tested.
    record_keys: usize,
    /// The paths at which other objects were found in arrays.
    others: Vec<Vec<String>>,
    /// Whether an array of records was found.
    has_array: bool,
    /// Whether the bytes ended in an object.
    is_cut: bool,
}

impl<'a> Search<'a> {
    /// Searches the object whose opening bracket the reader has just read.
    fn search_object(&mut self, reader: Reader<'a>, is_in_array: bool) -> Found {
        if self.is_record(reader.clone()) {
            return Found::Record;
        }
        let found_before = self.records.len() + self.others.len();
        if self.keys.len() < MAX_KEYS {
            self.search_members(reader);
        }
        if is_in_array && self.records.len() + self.others.len() == found_before {
            add_once(&mut self.others, &self.keys);
        }
        Found::Other
    }

    /// Returns whether an object is a record, perhaps a malformed one: it has an id, or several keys of records.
    fn is_record(&mut self, mut reader: Reader<'a>) -> bool {
        self.record_keys = 0;
        loop {
            match reader.next_event() {
                Ok(Some(Event::Key(key))) => {
                    let key = key.decode();
                    if self.apis.is_id_key(&key) {
                        return true;
                    }
                    self.record_keys += usize::from(self.apis.is_record_key(&key));
                }
                Ok(_) => break,
                Err(error) => {
                    self.is_cut |= error.kind == ErrorKind::UnexpectedEnd;
                    break;
                }
            }
            if let Err(error) = reader.skip_value() {
                self.is_cut |= error.kind == ErrorKind::UnexpectedEnd;
                break;
            }
        }
        self.record_keys >= MIN_RECORD_KEYS
    }

    /// Returns whether the first object of a source is a record that was damaged: it has a key of records, or no array of
    /// records, and it is malformed, or followed by a record. The reader has just read its opening bracket.
    fn is_malformed_record(&mut self, mut bytes: &'a [u8], mut reader: Reader<'a>) -> bool {
        // The last object that was tested was inside the first one.
        self.is_record(reader.clone());
        let has_record_key = self.record_keys > 0;
        if self.has_array && !has_record_key {
            return false;
        }
        let depth = reader.depth();
        let mut is_in_first = true;
        loop {
            match reader.next_event() {
                Ok(Some(Event::ObjectStart)) if reader.depth() == depth => {
                    if self.is_record(reader.clone()) {
                        return true;
                    }
                }
                Ok(Some(Event::ObjectEnd)) if reader.depth() < depth => is_in_first = false,
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(Error {
                    kind: ErrorKind::TrailingBytes(_),
                    offset,
                }) => {
                    bytes = strip_marks(&bytes[offset..]);
                    reader = Reader::new(bytes);
                }
                Err(error) => {
                    let is_cut = error.kind == ErrorKind::UnexpectedEnd;
                    return is_in_first && has_record_key && !is_cut;
                }
            }
        }
    }

    /// Searches the values of an object.
    fn search_members(&mut self, mut reader: Reader<'a>) {
        while let Ok(Some(Event::Key(key))) = reader.next_event() {
            self.keys.push(key.decode().into_owned());
            self.search_value(reader.clone());
            self.keys.pop();
            if reader.skip_value().is_err() {
                break;
            }
        }
    }

    /// Searches the next value: an object, or the first object of an array.
    fn search_value(&mut self, mut reader: Reader<'a>) {
        let mut is_in_array = false;
        loop {
            match reader.next_event() {
                Ok(Some(Event::ArrayStart)) => is_in_array = true,
                Ok(Some(Event::ObjectStart)) => break,
                _ => return,
            }
        }
        if self.search_object(reader, is_in_array) == Found::Record {
            self.has_array |= is_in_array;
            add_once(&mut self.records, &self.keys);
        }
    }

    /// Returns the paths to records, or, without any, to other objects in arrays.
    fn paths(self) -> Vec<RecordsPath> {
        let paths = if self.records.is_empty() {
            self.others
        } else {
            self.records
        };
        paths.into_iter().map(RecordsPath::new).collect()
    }
}

/// Adds a path, unless the list has it.
fn add_once(paths: &mut Vec<Vec<String>>, path: &[String]) {
    if !paths.iter().any(|known| known == path) {
        paths.push(path.to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_object_decides_where_records_are() {
        let place = |text: &str| match find_records(text.as_bytes(), ApiRegistry::built_in()) {
            RecordsPlace::Top => "top".to_owned(),
            RecordsPlace::Path(path) => path.to_string(),
            RecordsPlace::Several(paths) => {
                let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                paths.join(" or ")
            }
            RecordsPlace::Undecided => "undecided".to_owned(),
        };
        for (text, expected) in [
            (r#"{"id":"1"}"#, "top"),
            (r#"[{"id":"1"}]"#, "top"),
            (r#"[[{"id":"1"}]]"#, "top"),
            (r#"{"data":[{"id":"1"}],"total":1}"#, "top"),
            (r#"{"value":[{"id":"1"}],"Count":1}"#, "value"),
            (r#"{"realm":"x","users":[{"id":"1"}]}"#, "users"),
            (r#"[{"users":[[{"id":"1"}]]}]"#, "users"),
            (r#"{"kind":"user","data":{"id":"1"}}"#, "data"),
            (
                r#"{"hits":{"hits":[{"_source":{"id":"1"}}]}}"#,
                "hits.hits._source",
            ),
            // An object with an id is a record, others in arrays only where no object has one.
            (r#"{"links":[{"url":"x"}],"users":[{"id":"1"}]}"#, "users"),
            (r#"{"users":[{"mail":"x"}]}"#, "users"),
            (
                r#"{"users":[{"id":"1"}],"groups":[{"id":"2"}]}"#,
                "users or groups",
            ),
            (r#"{"a.b":[{"id":"1"}]}"#, r#""a.b""#),
            // A malformed record is not an object around records.
            (
                r#"{"email":"x","state":"y","profile":{"boss":{"id":"1"}}}"#,
                "top",
            ),
            (r#"[{"ie":"a","profile":[{"id":"1"}]},{"id":"b"}]"#, "top"),
            (r#"[{"boss":{"id":"1"}},{"id":"b"}]"#, "top"),
            (r#"{"state":"x","list":[{"id":"1"}],}"#, "top"),
            (r#"[{"state":"x","users":[{"id":"1"}]}]"#, "users"),
            (
                "{\"state\":\"x\",\"user\":{\"id\":\"1\"}}\n{\"state\":\"y\"}",
                "user",
            ),
            (r#"{"message":"Unauthenticated."}"#, "top"),
            (r#"{"users":[]}"#, "top"),
            (r#"{"users":[{"id":"#, "users"),
            (r#"{"realm":"x","use"#, "undecided"),
            ("null", "top"),
            ("", "top"),
        ] {
            assert_eq!(place(text), expected, "{text}");
        }
    }
}
