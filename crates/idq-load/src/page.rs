use idq_api::ApiRegistry;
use idq_json::{Error, ErrorKind, Reader, scan};

/// A key of a page and its value.
pub(crate) enum PageMember {
    /// The bracket that opens the records.
    Records(usize),
    /// The end of the value, or of the bytes.
    Other(usize),
}

/// Reads a page's key, whose quote is at `start`, and its value.
pub(crate) fn page_member(
    bytes: &[u8],
    start: usize,
    apis: &ApiRegistry,
) -> Result<PageMember, Error> {
    let fail = |kind, offset| Err(Error { kind, offset });
    let key_end = scan::string_end(bytes, start + 1)?.quote;
    let colon = scan::skip_whitespace(bytes, key_end + 1);
    match bytes.get(colon) {
        Some(b':') => {}
        Some(&found) => {
            let expected = "`:`";
            return fail(ErrorKind::Unexpected { expected, found }, colon);
        }
        None => return fail(ErrorKind::UnexpectedEnd, bytes.len()),
    }
    let value = scan::skip_whitespace(bytes, colon + 1);
    let key = std::str::from_utf8(&bytes[start + 1..key_end]).unwrap_or_default();
    if bytes.get(value) == Some(&b'[') && apis.is_records_key(key) {
        return Ok(PageMember::Records(value));
    }
    let end = value_end(&bytes[value..]).map_err(|error| Error {
        offset: value + error.offset,
        ..error
    })?;
    Ok(PageMember::Other(value + end))
}

/// The end of the value at the start of the bytes, whatever follows it.
pub(crate) fn value_end(bytes: &[u8]) -> Result<usize, Error> {
    let mut reader = Reader::new(bytes);
    reader.skip_value()?;
    Ok(reader.span().end)
}

/// Where a page's key for its records starts, if it and its colon are the last of these bytes.
pub(crate) fn records_key_at_end(bytes: &[u8], apis: &ApiRegistry) -> Option<usize> {
    let before_colon = bytes.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let key = before_colon.strip_suffix(b"\"")?;
    let quote = memchr::memrchr(b'"', key)?;
    let key = std::str::from_utf8(&key[quote + 1..]).ok()?;
    apis.is_records_key(key).then_some(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_records_is_found_before_their_bracket() {
        let at_end = |bytes: &[u8]| records_key_at_end(bytes, ApiRegistry::built_in());
        assert_eq!(at_end(br#"{"a":1,"data" : "#), Some(7));
        assert_eq!(at_end(br#""items":"#), Some(0));
        assert_eq!(at_end(br#"{"a":1,"date":"#), None);
        assert_eq!(at_end(br#"{"a":1,"data""#), None);
        assert_eq!(at_end(b":"), None);
    }
}
