use std::borrow::Cow;

use idq_api::{APIS, Api};
use idq_json::{Event, Reader};

/// The API that the first bytes of a dump tell of: by its first record's keys, or by the page around it.
///
/// The bytes may be cut anywhere; what can be read of them is what counts.
pub(crate) fn sniff(bytes: &[u8]) -> Option<&'static Api> {
    let bytes = without_mark(bytes);
    let mut reader = Reader::new(bytes);
    loop {
        match reader.next_event() {
            Ok(Some(Event::ArrayStart)) => {}
            Ok(Some(Event::ObjectStart)) => return object(&mut reader, false),
            _ => return None,
        }
    }
}

/// The bytes behind a UTF-8 byte-order mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The API of the object that the reader has just entered: a record, or a page unless it lies in one already.
fn object(reader: &mut Reader<'_>, in_page: bool) -> Option<&'static Api> {
    let mut keys: Vec<Cow<'_, str>> = Vec::new();
    while let Ok(Some(Event::Key(key))) = reader.next_event() {
        let key = key.decode();
        let records = !in_page && is_records_key(&key);
        let id = keys.iter().any(|key| is_id_key(key));
        keys.push(key);
        if records && !id && matches!(reader.clone().next_event(), Ok(Some(Event::ArrayStart))) {
            let mut inside = reader.clone();
            let _ = inside.next_event();
            if let Ok(Some(Event::ObjectStart)) = inside.next_event()
                && let Some(api) = object(&mut inside, true)
            {
                return Some(api);
            }
        }
        if reader.skip_value().is_err() {
            break;
        }
    }
    let page = if in_page {
        None
    } else {
        idq_api::envelope_of(&keys)
    };
    page.or_else(|| idq_api::detect(&keys))
}

/// Whether some API's pages hold their records under this key.
pub(crate) fn is_records_key(key: &str) -> bool {
    APIS.into_iter()
        .any(|api| api.envelope.records_key() == key)
}

/// Whether some API's records have their id under this key.
pub(crate) fn is_id_key(key: &str) -> bool {
    APIS.into_iter().any(|api| api.fields[api.id].name == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        sniff(text.as_bytes()).map(|api| api.name)
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
