use std::borrow::Cow;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry};
use idq_json::{ErrorKind, Event, Reader};

use crate::error::LoadError;
use crate::input::Input;
use crate::options::OnBadRecord;
use crate::record::MAX_RECORD;

/// How many bytes are looked at for the API before all of them are: enough for many records.
pub(crate) const FIRST_LOOK: usize = 256 << 10;

/// The same where each of many sources is looked at before the first is loaded: mostly enough for one record. Blanks are
/// passed in pieces of this length, so that no fewer bytes are read.
pub(crate) const SHORT_LOOK: usize = 64 << 10;

/// Keys of an object that are kept to tell its API by, beside those that some API documents.
pub(crate) const MAX_KEYS: usize = 1_000;

/// How many objects are looked at where the first one is broken.
const LOOKS: usize = 256;

/// The API that the first records of an input tell of, which stay to be taken. At first `wanted` bytes are looked at.
pub(crate) fn sniff_input(
    input: &mut Input,
    apis: &ApiRegistry,
    mut wanted: usize,
    on_bad_record: OnBadRecord,
) -> Result<Option<Arc<Api>>, LoadError> {
    input.pass_blanks()?;
    loop {
        let bytes = input.peek(wanted)?;
        let found = sniff(bytes, apis, on_bad_record);
        // The first record may be one of the longest.
        let length = bytes.len();
        let may_go_on = length >= wanted && length < MAX_RECORD && is_cut(bytes);
        if found.is_some() || !may_go_on {
            return Ok(found);
        }
        wanted = (length * 4).min(MAX_RECORD);
    }
}

/// Whether the bytes end inside their first record.
fn is_cut(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(without_mark(bytes));
    let mut around = None;
    loop {
        match reader.next_event() {
            Ok(Some(Event::ObjectStart)) => {
                around.get_or_insert(reader.depth() - 1);
            }
            Ok(Some(Event::ObjectEnd)) if around == Some(reader.depth()) => return false,
            Ok(Some(_)) => {}
            Ok(None) => return false,
            Err(error) => return error.kind == ErrorKind::UnexpectedEnd,
        }
    }
}

/// The API that the first bytes of a dump tell of: by its first record's keys, or by the page around it.
///
/// The bytes may be cut anywhere; what can be read of them is what counts. Where bad records are skipped and the first
/// one is bad, it is the later object with the most keys that some API documents: objects inside a profile have fewer.
pub(crate) fn sniff(
    bytes: &[u8],
    apis: &ApiRegistry,
    on_bad_record: OnBadRecord,
) -> Option<Arc<Api>> {
    let bytes = without_mark(bytes);
    let mut reader = Reader::new(bytes);
    while let Ok(Some(event)) = reader.next_event() {
        match event {
            Event::ArrayStart => {}
            Event::ObjectStart => {
                if let Some(told) = object(&mut reader, apis, false) {
                    return Some(told.api);
                }
                break;
            }
            _ => break,
        }
    }
    if on_bad_record == OnBadRecord::Stop {
        return None;
    }
    let later = later_objects(bytes).filter_map(|start| {
        let mut reader = Reader::new(&bytes[start..]);
        let _ = reader.next_event();
        object(&mut reader, apis, false)
    });
    // Of equals the first counts.
    let best = later.reduce(|best, told| if told.keys > best.keys { told } else { best });
    best.map(|told| told.api)
}

/// What an object tells of.
struct Told {
    api: Arc<Api>,
    /// How many of its keys say so.
    keys: usize,
}

/// Where objects start that can be records: after a line break, a comma or a bracket.
fn later_objects(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let first_of_item = |start: &usize| {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let before = bytes[..*start].iter().rev().find(|byte| !blank(byte));
        matches!(before, None | Some(b'\n' | b',' | b'['))
    };
    memchr::memchr_iter(b'{', bytes)
        .filter(first_of_item)
        .take(LOOKS)
}

/// The bytes behind a UTF-8 byte-order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The API of the object that the reader has just entered: a record, or a page unless it lies in one already.
fn object(reader: &mut Reader<'_>, apis: &ApiRegistry, in_page: bool) -> Option<Told> {
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    while let Ok(Some(Event::Key(key))) = reader.next_event() {
        let key = key.decode();
        let records = !in_page && apis.is_records_key(&key);
        if keys.len() < MAX_KEYS || apis.is_documented_key(&key) {
            keys.push(key);
        }
        if records
            && !keys.iter().any(|key| apis.is_id_key(key))
            && matches!(reader.clone().next_event(), Ok(Some(Event::ArrayStart)))
        {
            let mut inside = reader.clone();
            let _ = inside.next_event();
            if let Ok(Some(Event::ObjectStart)) = inside.next_event()
                && let Some(told) = object(&mut inside, apis, true)
            {
                return Some(told);
            }
        }
        if reader.skip_value().is_err() {
            break;
        }
    }
    let page = if in_page {
        None
    } else {
        apis.by_envelope(&keys)
    };
    let api = page.or_else(|| apis.detect(&keys))?.clone();
    let is_known = |key: &&Cow<'_, str>| {
        let mut fields = api.fields.iter();
        apis.is_envelope_key(key) || fields.any(|field| field.name.split('.').next() == Some(key))
    };
    let keys = keys.iter().filter(is_known).count();
    Some(Told { api, keys })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        let apis = ApiRegistry::built_in();
        let found = sniff(text.as_bytes(), apis, OnBadRecord::Stop)?;
        apis.by_name(&found.name).map(|api| api.name.as_str())
    }

    #[test]
    fn records_and_pages_tell_their_api() {
        assert_eq!(name(r#"[{"id":"1","vendor_id":"#), Some("provisionr"));
        assert_eq!(
            name("\u{feff} {\"firstName\":null}"),
            Some("permission-assist")
        );
        assert_eq!(name(r#"{"current_page":1,"data":[]}"#), Some("provisionr"));
        assert_eq!(
            name(r#"[{"items":[],"totalCount":0}]"#),
            Some("permission-assist")
        );
        assert_eq!(
            name(r#"{"data":[{"id":1,"profile":{"a":"#),
            Some("provisionr")
        );
        assert_eq!(
            name(r#"{"id":"1","data":[{"firstName":1}],"state":"active"}"#),
            Some("provisionr")
        );
        assert_eq!(name("[]"), None);
        assert_eq!(name(""), None);
        assert_eq!(name("%PDF"), None);
    }
}
