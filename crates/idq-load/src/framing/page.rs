//! The members of a saved page, and the extent of JSON values.

use idq_api::ApiRegistry;
use idq_json::{Error, ErrorKind, Reader, scan};

/// A member of a page.
pub(super) enum SavedPageMember {
    /// The records, with the offset of their opening bracket.
    Records(usize),
    /// Another member, with the end of its value.
    Other(usize),
}

/// Reads the member of a page whose key starts at `start`, and its value unless the value has the records.
pub(super) fn read_page_member(
    bytes: &[u8],
    start: usize,
    apis: &ApiRegistry,
) -> Result<SavedPageMember, Error> {
    let key_end = scan::validated_string_close(bytes, start + 1)?;
    let value = value_start(bytes, key_end + 1)?;
    let key = std::str::from_utf8(&bytes[start + 1..key_end]).unwrap_or_default();
    if bytes.get(value) == Some(&b'[') && apis.is_records_key(key) {
        return Ok(SavedPageMember::Records(value));
    }
    Ok(SavedPageMember::Other(value_end(bytes, value)?))
}

/// Returns the start of the value whose key ends at `key_end`. The value may be missing.
pub(super) fn value_start(bytes: &[u8], key_end: usize) -> Result<usize, Error> {
    let colon = scan::skip_whitespace(bytes, key_end);
    let fail = |kind| {
        Err(Error {
            kind,
            offset: colon,
        })
    };
    match bytes.get(colon) {
        Some(b':') => Ok(scan::skip_whitespace(bytes, colon + 1)),
        Some(&found) => {
            let expected = "`:`";
            fail(ErrorKind::Unexpected { expected, found })
        }
        None => fail(ErrorKind::UnexpectedEnd),
    }
}

/// Returns the end of the value that starts at an offset.
pub(super) fn value_end(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let length = value_length(&bytes[start..]).map_err(|error| Error {
        offset: start + error.offset,
        ..error
    })?;
    Ok(start + length)
}

/// Returns the length of the value at the start of the bytes, whatever follows it.
pub(super) fn value_length(bytes: &[u8]) -> Result<usize, Error> {
    let mut reader = Reader::new(bytes);
    reader.skip_value()?;
    Ok(reader.span().end)
}

/// Returns whether a key and its colon end the bytes.
pub(super) fn ends_with_key(bytes: &[u8], wanted: &str) -> bool {
    key_at_end(bytes).is_some_and(|(_, key)| key == wanted)
}

/// Returns the offset of a page's key for its records, if that key and its colon end the bytes.
pub(super) fn records_key_at_end(bytes: &[u8], apis: &ApiRegistry) -> Option<usize> {
    let (offset, key) = key_at_end(bytes)?;
    apis.is_records_key(key).then_some(offset)
}

/// Returns the key that, with its colon, ends the bytes, and its offset.
fn key_at_end(bytes: &[u8]) -> Option<(usize, &str)> {
    let before_colon = bytes.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let key = before_colon.strip_suffix(b"\"")?;
    let quote = memchr::memrchr(b'"', key)?;
    let key = std::str::from_utf8(&key[quote + 1..]).ok()?;
    Some((quote, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_key_at_the_end_of_the_bytes_is_found() {
        let at_end = |bytes: &[u8]| records_key_at_end(bytes, ApiRegistry::built_in());
        assert_eq!(at_end(br#"{"a":1,"data" : "#), Some(7));
        assert_eq!(at_end(br#""items":"#), Some(0));
        assert_eq!(at_end(br#"{"a":1,"date":"#), None);
        assert_eq!(at_end(br#"{"a":1,"data""#), None);
        assert_eq!(at_end(b":"), None);
    }
}
