//! [`Page`]: one answer of an API's list, read by the envelope of the API's description.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use idq_api::{Api, ApiRegistry, PageMember};
use idq_json::{
    Error as JsonError, ErrorKind, Event, Reader, Scalar, compact, strip_byte_order_mark,
};
use twox_hash::XxHash3_64;

/// The most keys that an error names.
const MAX_NAMED_KEYS: usize = 8;

/// The body of an answer, and the extent of the members of its outermost object.
pub(crate) struct Body<'b> {
    /// The bytes without a mark.
    bytes: &'b [u8],
    /// The keys and the extents of the members; `None` if the body is an array of records.
    members: Option<Members<'b>>,
}

/// The members of an object, in order.
type Members<'b> = Vec<(Cow<'b, str>, Range<usize>)>;

impl<'b> Body<'b> {
    /// Reads the members, and validates the whole body.
    ///
    /// # Errors
    /// The body is not one JSON object or array.
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, JsonError> {
        let bytes = strip_byte_order_mark(bytes);
        let mut reader = Reader::new(bytes);
        reader.skip_value()?;
        reader.next_event()?;
        let first = bytes.trim_ascii_start().first().copied();
        let members = match first {
            Some(b'{') => Some(read_members(bytes, 0)?),
            Some(b'[') => None,
            // A lone scalar is valid JSON and no page.
            found => {
                return Err(JsonError {
                    kind: ErrorKind::Unexpected {
                        expected: "a page: an object or an array",
                        found: found.unwrap_or_default(),
                    },
                    offset: 0,
                });
            }
        };
        Ok(Self { bytes, members })
    }

    /// Returns the API of the page, by its envelope, or by its first record.
    pub(crate) fn detect_api(&self, apis: &ApiRegistry) -> Option<Arc<Api>> {
        let Some(members) = &self.members else {
            return self.detect_by_record(0..self.bytes.len(), apis);
        };
        let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_ref()).collect();
        let by_envelope = apis.by_envelope(&keys).cloned();
        by_envelope.or_else(|| {
            let mut members = members.iter();
            let (_, records) = members.find(|(key, _)| apis.is_records_key(key))?;
            self.detect_by_record(records.clone(), apis)
        })
    }

    /// Returns the API of the first record of an array.
    fn detect_by_record(&self, array: Range<usize>, apis: &ApiRegistry) -> Option<Arc<Api>> {
        let start = elements(self.bytes, array).next()?.ok()?.start;
        let keys = read_members(self.bytes, start).ok()?;
        let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_ref()).collect();
        apis.detect(&keys).cloned()
    }

    /// Returns the keys of the body, for an error.
    pub(crate) fn describe(&self) -> String {
        let Some(members) = &self.members else {
            return "an array".to_owned();
        };
        let keys = members.iter().take(MAX_NAMED_KEYS);
        let keys: Vec<String> = keys.map(|(key, _)| idq_grammar::quote(key)).collect();
        match (keys.is_empty(), members.len() > MAX_NAMED_KEYS) {
            (true, _) => "an object without keys".to_owned(),
            (false, true) => format!("an object with the keys {}, …", keys.join(", ")),
            (false, false) => format!("an object with the keys {}", keys.join(", ")),
        }
    }

    /// Returns the text under the first of these keys that has one, such as the message of an error.
    pub(crate) fn text_under<'k>(&self, keys: impl Iterator<Item = &'k str>) -> Option<String> {
        let members = self.members.as_ref()?;
        let text = |key: &str| match scalar(self.bytes, find(members, key)?.clone())? {
            Scalar::String(text) => Some(text.decode().into_owned()),
            _ => None,
        };
        keys.filter_map(text).next()
    }

    /// Reads the page by the envelope of an API. `None` if there is no array of records.
    pub(crate) fn page(&self, api: &Api) -> Option<Page<'b>> {
        let Some(members) = &self.members else {
            return Some(Page::of_records(self.bytes, 0..self.bytes.len()));
        };
        let records = find(members, api.envelope.records_key())?.clone();
        if self.bytes.get(records.start) != Some(&b'[') {
            return None;
        }
        let mut page = Page::of_records(self.bytes, records);
        // Pages of some servers have their numbers one level deeper.
        let inner = api.envelope.foreign_keys.iter();
        let inner = inner.filter_map(|key| find(members, key));
        let inner: Vec<Members<'b>> = inner
            .filter_map(|object| read_members(self.bytes, object.start).ok())
            .collect();
        for (key, member) in &api.envelope.members {
            let mut found = std::iter::once(members).chain(&inner);
            let found = found.find_map(|members| find(members, key));
            if let Some(value) = found.and_then(|value| scalar(self.bytes, value.clone())) {
                page.set(*member, value);
            }
        }
        Some(page)
    }
}

/// A page: its records, and what its envelope says about the others.
#[derive(Debug, Clone)]
pub(crate) struct Page<'b> {
    /// The bytes that the extents refer to.
    bytes: &'b [u8],
    /// The extent of the array of records.
    records: Range<usize>,
    /// The number of records on all pages.
    pub(crate) total: Option<u64>,
    /// The number of this page.
    pub(crate) number: Option<u64>,
    /// The number of records on a full page.
    pub(crate) per_page: Option<u64>,
    /// The number of the last page.
    pub(crate) last_page: Option<u64>,
    /// The number of the next page, or null.
    pub(crate) next_number: Option<Option<u64>>,
    /// The URL of the next page, or null.
    pub(crate) next_url: Option<Option<String>>,
}

impl<'b> Page<'b> {
    /// Returns a page without numbers.
    fn of_records(bytes: &'b [u8], records: Range<usize>) -> Self {
        Self {
            bytes,
            records,
            total: None,
            number: None,
            per_page: None,
            last_page: None,
            next_number: None,
            next_url: None,
        }
    }

    /// Sets a member of the envelope. A value of another kind than the member's is left out.
    fn set(&mut self, member: PageMember, value: Scalar<'b>) {
        let number = || value.to_text().parse::<u64>().ok();
        match member {
            PageMember::Total => self.total = number(),
            PageMember::Page => self.number = number(),
            PageMember::PerPage => self.per_page = number(),
            PageMember::PageCount | PageMember::LastPage => self.last_page = number(),
            PageMember::NextPage => {
                self.next_number = match value {
                    Scalar::Null => Some(None),
                    _ => number().map(Some),
                }
            }
            PageMember::NextPageUrl => {
                self.next_url = match value {
                    Scalar::Null => Some(None),
                    Scalar::String(url) => Some(Some(url.decode().into_owned())),
                    _ => None,
                }
            }
            _ => {}
        }
    }

    /// Returns whether there are no records.
    pub(crate) fn is_empty(&self) -> bool {
        elements(self.bytes, self.records.clone()).next().is_none()
    }

    /// Returns a hash of the bytes of the records, by which a page that is repeated is found.
    pub(crate) fn records_hash(&self) -> u64 {
        // Stable, because a later run compares it.
        XxHash3_64::oneshot(&self.bytes[self.records.clone()])
    }

    /// Appends the records to `out`, one a line. A record that spans lines is appended without the white space outside
    /// its strings, every other one verbatim.
    ///
    /// # Errors
    /// The description of an element that is not an object.
    pub(crate) fn write_records(&self, out: &mut Vec<u8>) -> Result<WrittenRecords, JsonError> {
        let mut written = WrittenRecords::default();
        for element in elements(self.bytes, self.records.clone()) {
            let element = element?;
            let record = &self.bytes[element.clone()];
            if record.first() != Some(&b'{') {
                return Err(JsonError {
                    kind: ErrorKind::Unexpected {
                        expected: "a record",
                        found: record.first().copied().unwrap_or_default(),
                    },
                    offset: element.start,
                });
            }
            // Inside strings, JSON has line breaks as escapes only.
            if record.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
                compact(record, out);
                written.respelled += 1;
            } else {
                out.extend_from_slice(record);
            }
            out.push(b'\n');
            written.records += 1;
        }
        Ok(written)
    }
}

/// Numbers of records that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WrittenRecords {
    /// All records.
    pub(crate) records: u64,
    /// Records that spanned lines.
    pub(crate) respelled: u64,
}

/// Returns the extent of the value under a key; the last one of a repeated key, as most readers do.
fn find<'m>(members: &'m Members<'_>, key: &str) -> Option<&'m Range<usize>> {
    let mut members = members.iter().rev();
    members
        .find(|(found, _)| found == key)
        .map(|(_, value)| value)
}

/// Returns the scalar at an extent; `None` for a container.
fn scalar(bytes: &[u8], value: Range<usize>) -> Option<Scalar<'_>> {
    match Reader::new(&bytes[value]).next_event() {
        Ok(Some(Event::Scalar(scalar))) => Some(scalar),
        _ => None,
    }
}

/// Reads the keys and the extents of the members of the object at an offset; none if there is another value.
fn read_members(bytes: &[u8], start: usize) -> Result<Members<'_>, JsonError> {
    let mut reader = Reader::new(&bytes[start..]);
    let mut members = Vec::new();
    if reader.next_event()? != Some(Event::ObjectStart) {
        return Ok(members);
    }
    while let Some(Event::Key(key)) = reader.next_event()? {
        let value_start = reader.next_start();
        reader.skip_value()?;
        let value = start + value_start..start + reader.span().end;
        members.push((key.decode(), value));
    }
    Ok(members)
}

/// Returns the extents of the elements of an array.
fn elements(
    bytes: &[u8],
    array: Range<usize>,
) -> impl Iterator<Item = Result<Range<usize>, JsonError>> {
    let offset = array.start;
    let mut reader = Reader::new(&bytes[array]);
    let mut is_open = reader.next_event() == Ok(Some(Event::ArrayStart));
    std::iter::from_fn(move || {
        if !is_open {
            return None;
        }
        let event = match reader.next_event() {
            Ok(Some(Event::ArrayEnd) | None) => {
                is_open = false;
                return None;
            }
            Ok(Some(event)) => event,
            Err(error) => {
                is_open = false;
                return Some(Err(error));
            }
        };
        let start = reader.span().start;
        let is_container = matches!(event, Event::ObjectStart | Event::ArrayStart);
        let depth = reader.depth();
        while is_container && reader.depth() >= depth {
            if let Err(error) = reader.next_event() {
                is_open = false;
                return Some(Err(error));
            }
        }
        Some(Ok(offset + start..offset + reader.span().end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(body: &str) -> Option<String> {
        let body = Body::read(body.as_bytes()).unwrap();
        let api = body.detect_api(ApiRegistry::built_in());
        api.map(|api| api.name.clone())
    }

    #[test]
    fn api_is_that_of_the_envelope_or_of_the_first_record() {
        for (body, expected) in [
            (r#"{"data":[],"total":0}"#, Some("provisionr")),
            (r#"{"data":[],"meta":{}}"#, Some("provisionr")),
            (r#"{"items":[],"totalCount":0}"#, Some("permission-assist")),
            (r#"[{"id":"1","vendor_id":"a"}]"#, Some("provisionr")),
            (
                r#"{"items":[{"firstName":"a"}]}"#,
                Some("permission-assist"),
            ),
            (r#"[]"#, None),
            (r#"{"value":[]}"#, None),
            (r#"{"message":"Unauthenticated."}"#, None),
        ] {
            assert_eq!(detected(body).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn numbers_are_read_by_the_description_also_one_level_deeper() {
        let body = br#"{"links":{"next":"x"},"data":[],"meta":{"current_page":2,"last_page":"7","per_page":15,"total":99}}"#;
        let body = Body::read(body).unwrap();
        let page = body.page(Api::provisionr()).unwrap();
        assert_eq!(
            (page.number, page.last_page, page.per_page, page.total),
            (Some(2), Some(7), Some(15), Some(99))
        );
        assert_eq!(page.next_url, None);
        let body = Body::read(br#"{"data":[],"next_page_url":"https:\/\/a\/x?page=2"}"#).unwrap();
        let page = body.page(Api::provisionr()).unwrap();
        assert_eq!(page.next_url, Some(Some("https://a/x?page=2".to_owned())));
        let body = Body::read(br#"{"data":[],"next_page_url":null}"#).unwrap();
        assert_eq!(body.page(Api::provisionr()).unwrap().next_url, Some(None));
    }

    #[test]
    fn records_are_written_verbatim_one_a_line() {
        let body = b"\xEF\xBB\xBF {\"data\" : [ {\"a\": 1.50} ,{\"b\":\"\\u00eb\\/\"}, {\n \"c\":\r\n[1, \"x y\"]}\n], \"total\":3}\n";
        let body = Body::read(body).unwrap();
        let page = body.page(Api::provisionr()).unwrap();
        let mut out = Vec::new();
        let written = page.write_records(&mut out).unwrap();
        let expected = "{\"a\": 1.50}\n{\"b\":\"\\u00eb\\/\"}\n{\"c\":[1,\"x y\"]}\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert_eq!((written.records, written.respelled), (3, 1));
    }

    #[test]
    fn body_that_is_no_page_is_refused() {
        for body in [
            "",
            "<html>",
            "null",
            "7",
            "{\"data\":[",
            "[]]",
            "{\"data\":[\"\u{1}\"]}",
        ] {
            assert!(Body::read(body.as_bytes()).is_err(), "{body}");
        }
        for body in [r#"{"total":1}"#, r#"{"data":{"1":{}}}"#, r#"{"data":null}"#] {
            let body = Body::read(body.as_bytes()).unwrap();
            assert!(
                body.page(Api::provisionr()).is_none(),
                "{}",
                body.describe()
            );
        }
        let body = Body::read(br#"{"data":[{},[{}]]}"#).unwrap();
        let page = body.page(Api::provisionr()).unwrap();
        assert!(page.write_records(&mut Vec::new()).is_err());
    }
}
