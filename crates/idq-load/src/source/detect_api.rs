//! Detection of the API of a dump by the keys of its first record, or of the page envelope around it, and of the path
//! to its records.
//!
//! Detection reads only the first bytes, and leaves their validation to the load.

use std::borrow::Cow;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry};
use idq_json::{Error, ErrorKind, Event, Reader, strip_byte_order_mark};
use idq_snapshot::{LoadError, LoadErrorKind, MAX_RECORD};

use super::Input;
use super::error_answer::error_answer;
use super::find_records::{RecordsSearch, find_records};
use super::outermost::OutermostObjects;
use crate::options::OnBadRecord;
use crate::records_path::RecordsPath;

/// The number of bytes in which the API is detected, enough for many records. More are read only if the bytes end
/// inside the first record.
pub(crate) const DETECTION_BYTES: usize = 256 << 10;

/// The number of bytes in which the API is detected if each of many sources is checked before the load. They usually
/// contain a record.
pub(crate) const PRELOAD_DETECTION_BYTES: usize = 64 << 10;

/// The factor by which the look-ahead grows until it contains the first record.
const LOOK_AHEAD_GROWTH: usize = 4;

/// The maximum number of keys of an object that are kept for detection, in addition to documented keys.
pub(crate) const MAX_DETECTION_KEYS: usize = 1_000;

/// The maximum number of objects that are examined if the first record is malformed.
const MAX_EXAMINED_OBJECTS: usize = 256;

/// The character before each record of a JSON text sequence (RFC 7464).
pub(crate) const RECORD_SEPARATOR: u8 = 0x1E;

/// The character at the end of a text file of DOS, which `copy` without `/b` still adds.
pub(crate) const END_OF_DOS_FILE: u8 = 0x1A;

/// The detection of the API of a source, and of the path to its records.
pub(crate) struct Detection<'a> {
    /// The APIs that can be detected.
    pub(crate) apis: &'a ApiRegistry,
    /// The treatment of malformed records.
    pub(crate) on_bad_record: OnBadRecord,
    /// The API that the caller has set.
    pub(crate) api: Option<&'a Arc<Api>>,
    /// The path to the records that the caller has set.
    pub(crate) records_path: Option<&'a RecordsPath>,
}

/// The result of the detection in a source.
pub(crate) struct Detected {
    /// The API, if the records identify it; that of the caller, if there is one.
    pub(crate) api: Option<Arc<Api>>,
    /// The path to the records, if they are wrapped.
    pub(crate) records_path: Option<RecordsPath>,
    /// Whether more bytes could change the result.
    is_undecided: bool,
}

impl Detection<'_> {
    /// Detects by the first `wanted` bytes of an input, or more if the first record is longer. The input does not
    /// advance, except over long white space.
    pub(crate) fn detect_in_input(
        &self,
        input: &mut Input,
        mut wanted: usize,
    ) -> Result<Detected, LoadError> {
        input.skip_whitespace()?;
        let name = input.name.clone();
        loop {
            let bytes = input.peek(wanted)?;
            let length = bytes.len();
            let detected = self.detect(bytes, &name)?;
            let may_be_longer = length >= wanted && length < MAX_RECORD;
            if !detected.is_undecided || !may_be_longer || !ends_in_first_record(bytes) {
                return Ok(detected);
            }
            wanted = (length * LOOK_AHEAD_GROWTH).min(MAX_RECORD);
        }
    }

    /// Detects by the first bytes of a source, which may be cut anywhere.
    ///
    /// # Errors
    /// The records could be at the end of several paths; an error answer of an API, unless malformed records are
    /// skipped.
    pub(crate) fn detect(&self, bytes: &[u8], name: &str) -> Result<Detected, LoadError> {
        if self.on_bad_record == OnBadRecord::Stop
            && let Some(message) = error_answer(bytes)
        {
            return Err(LoadError::new(name, LoadErrorKind::ErrorAnswer(message)));
        }
        let found = match self.records_path {
            Some(path) => RecordsSearch::Wrapped(path.clone()),
            None => find_records(bytes, self.apis),
        };
        let is_path_undecided = found == RecordsSearch::Undecided;
        let records_path = match found {
            RecordsSearch::Wrapped(path) => Some(path),
            RecordsSearch::Unwrapped | RecordsSearch::Undecided => None,
            RecordsSearch::Ambiguous(paths) => {
                let paths = paths.iter().map(ToString::to_string).collect();
                return Err(LoadError::new(name, LoadErrorKind::AmbiguousPath(paths)));
            }
        };
        let api = match (self.api, &records_path) {
            (Some(api), _) => Some(Arc::clone(api)),
            (None, Some(path)) => {
                let detected = detect_api_on_path(bytes, self.apis, path.keys());
                detected.or_else(|| match self.on_bad_record {
                    OnBadRecord::Stop => None,
                    OnBadRecord::Skip => detect_api_anywhere(bytes, self.apis),
                })
            }
            (None, None) => detect_api(bytes, self.apis, self.on_bad_record),
        };
        Ok(Detected {
            is_undecided: is_path_undecided || api.is_none(),
            api,
            records_path,
        })
    }
}

/// Detects the API by the first record at the end of a path that has keys of an API.
fn detect_api_on_path(bytes: &[u8], apis: &ApiRegistry, keys: &[String]) -> Option<Arc<Api>> {
    let mut objects = OutermostObjects::new(bytes);
    while let Ok(mut object) = objects.next() {
        // An object that is cut off or malformed has no record that can be read.
        if let Ok(Some(api)) = detect_in_object(&mut object, apis, keys) {
            return Some(api);
        }
    }
    None
}

/// Detects the API in the object whose opening bracket the reader has just read, and reads the object to its end.
fn detect_in_object(
    reader: &mut Reader<'_>,
    apis: &ApiRegistry,
    keys: &[String],
) -> Result<Option<Arc<Api>>, Error> {
    let Some((wanted, inner)) = keys.split_first() else {
        let depth = reader.depth();
        let detected = detect_by_object(&mut reader.clone(), apis, ObjectPosition::InPage);
        while detected.is_none() && reader.depth() >= depth {
            reader.next_event()?;
        }
        return Ok(detected.map(|detected| detected.api));
    };
    while let Some(Event::Key(key)) = reader.next_event()? {
        if key.decode() == *wanted {
            if let Some(api) = detect_in_value(reader, apis, inner)? {
                return Ok(Some(api));
            }
        } else {
            reader.skip_value()?;
        }
    }
    Ok(None)
}

/// Detects the API in the next value: an object, or those of an array.
fn detect_in_value(
    reader: &mut Reader<'_>,
    apis: &ApiRegistry,
    keys: &[String],
) -> Result<Option<Arc<Api>>, Error> {
    let depth = reader.depth();
    loop {
        if let Some(Event::ObjectStart) = reader.next_event()?
            && let Some(api) = detect_in_object(reader, apis, keys)?
        {
            return Ok(Some(api));
        }
        if reader.depth() <= depth {
            return Ok(None);
        }
    }
}

/// Returns whether the bytes end before their first object does.
fn ends_in_first_record(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(strip_marks(bytes));
    let mut parent_depth = None;
    loop {
        match reader.next_event() {
            Ok(Some(Event::ObjectStart)) => {
                parent_depth.get_or_insert(reader.depth() - 1);
            }
            Ok(Some(Event::ObjectEnd)) if parent_depth == Some(reader.depth()) => return false,
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(error) => return error.kind == ErrorKind::UnexpectedEnd,
        }
    }
}

/// Detects the API by the first bytes of a dump, which may be cut anywhere.
///
/// If the first record is malformed and malformed records are skipped, the object with the most documented keys
/// decides, because objects inside a profile have fewer.
fn detect_api(bytes: &[u8], apis: &ApiRegistry, on_bad_record: OnBadRecord) -> Option<Arc<Api>> {
    if let Ok(mut first) = OutermostObjects::new(bytes).next()
        && let Some(detected) = detect_by_object(&mut first, apis, ObjectPosition::Outermost)
    {
        return Some(detected.api);
    }
    match on_bad_record {
        OnBadRecord::Stop => None,
        OnBadRecord::Skip => detect_api_anywhere(bytes, apis),
    }
}

/// Detects the API by the object with the most documented keys among those that can be records.
fn detect_api_anywhere(bytes: &[u8], apis: &ApiRegistry) -> Option<Arc<Api>> {
    let bytes = strip_marks(bytes);
    let detected = possible_record_starts(bytes).filter_map(|start| {
        let mut reader = Reader::new(&bytes[start..]);
        // Skips the opening bracket.
        let _ = reader.next_event();
        detect_by_object(&mut reader, apis, ObjectPosition::Outermost)
    });
    // The first of several objects with the most keys.
    let best = detected.reduce(|best, next| if next.keys > best.keys { next } else { best });
    best.map(|detected| detected.api)
}

/// A detected API, and the evidence for it.
struct DetectedApi {
    /// The description of the API.
    api: Arc<Api>,
    /// The number of keys that the API documents.
    keys: usize,
}

/// Returns the offsets of objects that can be records: those after a line break, a comma or a bracket, and at the
/// start.
fn possible_record_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let is_start_of_item = |start: &usize| {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let before = bytes[..*start].iter().rev().find(|byte| !is_blank(byte));
        matches!(before, None | Some(b'\n' | b',' | b'[' | &RECORD_SEPARATOR))
    };
    memchr::memchr_iter(b'{', bytes)
        .filter(is_start_of_item)
        .take(MAX_EXAMINED_OBJECTS)
}

/// Returns the bytes without leading white space, byte-order marks, record separators and ends of files of DOS.
pub(super) fn strip_marks(mut bytes: &[u8]) -> &[u8] {
    loop {
        let text = strip_byte_order_mark(bytes).trim_ascii_start();
        let stripped = text.strip_prefix(&[RECORD_SEPARATOR]).unwrap_or(text);
        let stripped = stripped
            .strip_prefix(&[END_OF_DOS_FILE])
            .unwrap_or(stripped);
        if stripped.len() == bytes.len() {
            return bytes;
        }
        bytes = stripped;
    }
}

/// The position of an object. An object in a page is a record, never a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ObjectPosition {
    Outermost,
    InPage,
}

/// Detects the API by the object whose opening bracket the reader has just read: a record, or a page of records.
fn detect_by_object(
    reader: &mut Reader<'_>,
    apis: &ApiRegistry,
    position: ObjectPosition,
) -> Option<DetectedApi> {
    let may_be_page = position == ObjectPosition::Outermost;
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    while let Ok(Some(Event::Key(key))) = reader.next_event() {
        let key = key.decode();
        let may_be_records = may_be_page && apis.is_records_key(&key);
        if keys.len() < MAX_DETECTION_KEYS || apis.is_documented_key(&key) {
            keys.push(key);
        }
        if may_be_records
            && !keys.iter().any(|key| apis.is_id_key(key))
            && let Some(detected) = detect_by_first_element(reader, apis)
        {
            return Some(detected);
        }
        if reader.skip_value().is_err() {
            break;
        }
    }
    let api = if may_be_page {
        apis.by_envelope(&keys).or_else(|| apis.detect(&keys))?
    } else {
        apis.detect(&keys)?
    };
    let api = Arc::clone(api);
    let is_known = |key: &&Cow<'_, str>| apis.is_envelope_key(key) || api.has_top_level_key(key);
    let keys = keys.iter().filter(is_known).count();
    Some(DetectedApi { api, keys })
}

/// Detects the API by the first element of the next value, if it is an array of objects. The reader does not move.
fn detect_by_first_element(reader: &Reader<'_>, apis: &ApiRegistry) -> Option<DetectedApi> {
    let mut elements = reader.clone();
    let is_array_of_objects = matches!(elements.next_event(), Ok(Some(Event::ArrayStart)))
        && matches!(elements.next_event(), Ok(Some(Event::ObjectStart)));
    if is_array_of_objects {
        detect_by_object(&mut elements, apis, ObjectPosition::InPage)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_pages_cut_anywhere_have_their_api_detected() {
        let apis = ApiRegistry::built_in();
        let detected = |text: &str| {
            let api = detect_api(text.as_bytes(), apis, OnBadRecord::Stop);
            api.map(|api| api.name.clone())
        };
        for (text, api) in [
            (r#"[{"id":"1","vendor_id":"#, Some("provisionr")),
            ("\u{feff} {\"firstName\":null}", Some("permission-assist")),
            (r#"{"current_page":1,"data":[]}"#, Some("provisionr")),
            (
                r#"[{"items":[],"totalCount":0}]"#,
                Some("permission-assist"),
            ),
            (r#"{"data":[{"id":1,"profile":{"a":"#, Some("provisionr")),
            (
                r#"{"id":"1","data":[{"firstName":1}],"state":"active"}"#,
                Some("provisionr"),
            ),
            ("[]", None),
            ("", None),
            ("%PDF", None),
        ] {
            assert_eq!(detected(text).as_deref(), api, "{text}");
        }
    }
}
