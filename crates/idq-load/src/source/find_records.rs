//! Finding of the records of a dump whose first object is neither a record nor a page of an API.
//!
//! Programs wrap records: `{"value":[…],"Count":2}`, `{"realm":"x","users":[…]}`, `{"kind":"user","data":{…}}`. The first
//! object of a source that has others inside it decides where its records are, whatever the keys: in the array of objects
//! that it holds, or in the object with an id.

use idq_api::ApiRegistry;
use idq_json::{ErrorKind, Event, Reader};

use super::outermost::OutermostObjects;
use crate::framing::is_page;
use crate::records_path::RecordsPath;

/// The result of the search for the records of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordsSearch {
    /// The records are not wrapped, or are those of an API's pages.
    Unwrapped,
    /// The records are at the end of a path.
    Wrapped(RecordsPath),
    /// The records could be at the end of any of these paths.
    Ambiguous(Vec<RecordsPath>),
    /// The bytes end before a record was found.
    Undecided,
}

/// The maximum number of keys of a path that is found.
const MAX_KEYS: usize = 8;

/// The maximum number of paths that are kept of a source whose records could be in several places.
const MAX_PATHS: usize = 5;

/// The maximum number of places that are compared.
const MAX_CANDIDATES: usize = 100;

/// The maximum number of outermost objects without any object inside them that may precede the first wrapper, and of
/// those after a first object that are compared with it.
const MAX_OTHER_OBJECTS: usize = 16;

/// The number of keys of an API's records by which an object without an id is a malformed record, rather than an object
/// around records.
const MIN_RECORD_KEYS: usize = 3;

/// The number of keys of an API's records by which an object with an id is a record, whatever is in it.
const MAX_WRAPPER_KEYS: usize = 6;

/// Finds the records of a source by its first bytes, which may be cut anywhere.
pub(crate) fn find_records(bytes: &[u8], apis: &ApiRegistry) -> RecordsSearch {
    let mut objects = OutermostObjects::new(bytes);
    for _ in 0..MAX_OTHER_OBJECTS {
        let Ok(reader) = objects.next() else {
            return RecordsSearch::Unwrapped;
        };
        let (text, start) = objects.last();
        let mut search = ObjectSearch::new(apis);
        if search.search_object(reader.clone(), false) == Found::Record
            || is_page(text, start, apis) && !search.finds_records_elsewhere()
            || search.is_malformed_record(reader, objects.clone())
        {
            return RecordsSearch::Unwrapped;
        }
        let is_cut = search.is_cut;
        let has_records = search.candidates.iter().any(|candidate| candidate.keys > 0);
        let mut paths = search.into_paths();
        match paths.len() {
            // Records may follow in the bytes that are missing.
            _ if is_cut && !has_records => return RecordsSearch::Undecided,
            // An empty wrapper, or an error of the API: the next object may have records.
            0 => {}
            1 => return RecordsSearch::Wrapped(paths.remove(0)),
            _ => return RecordsSearch::Ambiguous(paths),
        }
    }
    RecordsSearch::Unwrapped
}

/// The result of the search of an object.
#[derive(PartialEq, Eq)]
enum Found {
    /// The object is a record.
    Record,
    /// The object is no record. Those inside it, if any, were added to the search.
    Other,
}

/// A place at which objects were found.
struct Candidate {
    /// The keys on the way.
    path: Vec<String>,
    /// Whether they are in an array.
    is_array: bool,
    /// The number of keys of records that the first object has; 0 for one that is no record.
    keys: usize,
}

/// A search for records inside an object.
struct ObjectSearch<'a> {
    apis: &'a ApiRegistry,
    /// The keys of the objects around the current value.
    keys: Vec<String>,
    candidates: Vec<Candidate>,
    /// Whether the bytes ended in an object.
    is_cut: bool,
}

impl<'a> ObjectSearch<'a> {
    /// Creates a search.
    fn new(apis: &'a ApiRegistry) -> Self {
        Self {
            apis,
            keys: Vec::new(),
            candidates: Vec::new(),
            is_cut: false,
        }
    }

    /// Searches the object whose opening bracket the reader has just read. An object with an id is a record, unless
    /// those inside it are more like records than itself.
    fn search_object(&mut self, reader: Reader<'a>, is_in_array: bool) -> Found {
        let keys = self.read_keys(reader.clone());
        let found_before = self.candidates.len();
        if self.keys.len() < MAX_KEYS && !(keys.has_id && keys.of_records >= MAX_WRAPPER_KEYS) {
            self.search_members(reader);
        }
        let inside = &self.candidates[found_before..];
        let best_inside = inside.iter().map(|candidate| candidate.keys).max();
        let is_best = keys.of_records >= best_inside.unwrap_or(0);
        // An object that is malformed is a record rather than a whole page of them.
        if keys.is_record() && (is_best || keys.is_malformed) {
            self.candidates.truncate(found_before);
            self.add(is_in_array, keys.of_records);
            return Found::Record;
        }
        if is_in_array && inside.is_empty() {
            self.add(is_in_array, 0);
        }
        Found::Other
    }

    /// Adds the objects at the current path. The first object of a source has none.
    fn add(&mut self, is_array: bool, keys: usize) {
        let is_known = |known: &Candidate| known.path == self.keys;
        let is_full = self.candidates.len() >= MAX_CANDIDATES;
        if !self.keys.is_empty() && !is_full && !self.candidates.iter().any(is_known) {
            self.candidates.push(Candidate {
                path: self.keys.clone(),
                is_array,
                keys,
            });
        }
    }

    /// Returns whether arrays of records were found, and none of them under an API's own key for the records of a page.
    fn finds_records_elsewhere(&self) -> bool {
        let arrays = self.candidates.iter();
        let mut arrays = arrays.filter(|candidate| candidate.is_array && candidate.keys > 0);
        let is_of_page = |candidate: &Candidate| match &candidate.path[..] {
            [key] => self.apis.is_records_key(key),
            _ => false,
        };
        arrays.clone().next().is_some() && !arrays.any(is_of_page)
    }

    /// Reads the keys of an object, as far as the bytes have it.
    fn read_keys(&mut self, mut reader: Reader<'a>) -> ObjectKeys {
        let mut keys = ObjectKeys::default();
        loop {
            let event = reader.next_event();
            if let Ok(Some(Event::Key(key))) = &event {
                let key = key.decode();
                keys.has_id |= self.apis.is_id_key(&key);
                keys.of_records += usize::from(self.apis.is_record_key(&key));
            }
            let read = match event {
                Ok(Some(Event::Key(_))) => reader.skip_value(),
                Ok(_) => return keys,
                Err(error) => Err(error),
            };
            if let Err(error) = read {
                keys.is_malformed = error.kind != ErrorKind::UnexpectedEnd;
                self.is_cut |= !keys.is_malformed;
                return keys;
            }
        }
    }

    /// Returns whether the first object of a source is a record that was damaged: no array in it has objects that are
    /// more like records, and it is malformed, or followed by a record with an id.
    fn is_malformed_record(&mut self, reader: Reader<'a>, mut rest: OutermostObjects<'a>) -> bool {
        let keys = self.read_keys(reader);
        let is_like_records = |candidate: &Candidate| candidate.keys > keys.of_records;
        let mut inside = self.candidates.iter();
        if inside.any(|candidate| candidate.is_array && is_like_records(candidate)) {
            return false;
        }
        if keys.is_malformed && keys.of_records > 0 && !self.candidates.iter().any(is_like_records)
        {
            return true;
        }
        for _ in 0..MAX_OTHER_OBJECTS {
            let Ok(next) = rest.next() else {
                return false;
            };
            let mut other = ObjectSearch::new(self.apis);
            if other.read_keys(next.clone()).has_id
                && other.search_object(next, false) == Found::Record
            {
                return true;
            }
        }
        false
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
        self.search_object(reader, is_in_array);
    }

    /// Returns the paths to the records: to the objects that have the most keys of records, in arrays if any of these
    /// are.
    fn into_paths(self) -> Vec<RecordsPath> {
        let most = self.candidates.iter().map(|candidate| candidate.keys).max();
        let mut best = self.candidates;
        best.retain(|candidate| Some(candidate.keys) == most);
        let has_array = best.iter().any(|candidate| candidate.is_array);
        let best = best
            .into_iter()
            .filter(|candidate| candidate.is_array == has_array);
        best.take(MAX_PATHS)
            .map(|candidate| RecordsPath::new(candidate.path))
            .collect()
    }
}

/// The keys of an object, as far as they decide on records.
#[derive(Default)]
struct ObjectKeys {
    /// Whether one of them is the key of an id.
    has_id: bool,
    /// The number of keys that the records of an API have, the id included.
    of_records: usize,
    /// Whether the object is malformed after them.
    is_malformed: bool,
}

impl ObjectKeys {
    /// Returns whether the object is a record, perhaps a malformed one.
    fn is_record(&self) -> bool {
        self.has_id || self.of_records >= MIN_RECORD_KEYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_object_decides_where_records_are() {
        let found = |text: &str| match find_records(text.as_bytes(), ApiRegistry::built_in()) {
            RecordsSearch::Unwrapped => "top".to_owned(),
            RecordsSearch::Wrapped(path) => path.to_string(),
            RecordsSearch::Ambiguous(paths) => {
                let paths: Vec<String> = paths.iter().map(ToString::to_string).collect();
                paths.join(" or ")
            }
            RecordsSearch::Undecided => "undecided".to_owned(),
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
            (
                "{\"kind\":1,\"data\":{\"id\":\"1\",\"vendor_id\":\"a\"}}\n{\"data\":{\"id\":\"2\"},\"state\":1,\"email\":1,\"kind\":1}",
                "data",
            ),
            (r#"{"message":"Unauthenticated."}"#, "top"),
            (r#"{"users":[]}"#, "top"),
            (
                "{\"users\":[]}\n{\"error\":\"x\"}\n{\"users\":[{\"id\":\"1\"}]}",
                "users",
            ),
            (
                r#"{"data":[{"id":"1"}],"meta":{"request":{"id":"x"}}}"#,
                "top",
            ),
            (r#"{"tenant":{"id":"t"},"users":[{"id":"1"}]}"#, "users"),
            (r#"{"groups":[{"name":"x"},"#, "undecided"),
            (r#"{"users":[{"id":"#, "users"),
            (r#"{"realm":"x","use"#, "undecided"),
            ("null", "top"),
            ("", "top"),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
