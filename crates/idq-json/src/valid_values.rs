//! The members and the elements of containers that are known to be valid JSON, such as those of a record that a load has
//! accepted: values are skipped by their brackets and quotes.

use crate::error::{Error, ErrorKind};
use crate::scan;
use crate::text::Text;

/// Returns the members of an object that is valid JSON, in order: each key with the spelling of its value. Repeated keys
/// are repeated; the items for other bytes are unspecified.
///
/// ```
/// let object = br#"{"a":{"x":[1,2]}, "b" : null}"#;
/// let members: Vec<_> = idq_json::valid_members(object).collect::<Result<_, _>>()?;
/// assert_eq!(members.len(), 2);
/// assert_eq!((members[0].0.decode().as_ref(), members[0].1), ("a", &br#"{"x":[1,2]}"#[..]));
/// assert_eq!((members[1].0.decode().as_ref(), members[1].1), ("b", &b"null"[..]));
/// # Ok::<(), idq_json::Error>(())
/// ```
pub fn valid_members(object: &[u8]) -> impl Iterator<Item = Result<(Text<'_>, &[u8]), Error>> {
    items(object, |position| {
        Ok(match next_member(object, position)? {
            Next::Item((key, start)) => {
                let end = value_end(object, start)?;
                Next::Item(((key, &object[start..end]), end))
            }
            Next::End(end) => Next::End(end),
        })
    })
}

/// Returns the elements of an array that is valid JSON, in order, as spelled. The items for other bytes are unspecified.
///
/// ```
/// let elements: Vec<_> = idq_json::valid_elements(br#"[1, "]", {"a":[]}]"#).collect::<Result<_, _>>()?;
/// assert_eq!(elements, [&b"1"[..], br#""]""#, br#"{"a":[]}"#]);
/// # Ok::<(), idq_json::Error>(())
/// ```
pub fn valid_elements(array: &[u8]) -> impl Iterator<Item = Result<&[u8], Error>> {
    items(array, |position| {
        Ok(match next_start(array, position, b']') {
            Next::Item(start) => {
                let end = value_end(array, start)?;
                Next::Item((&array[start..end], end))
            }
            Next::End(end) => Next::End(end),
        })
    })
}

/// The next item of a container, or its end.
pub(crate) enum Next<T> {
    /// An item.
    Item(T),
    /// The offset after the closing bracket.
    End(usize),
}

/// Iterates over the items of a container. `next` returns the item after an offset, with its end.
fn items<T>(
    container: &[u8],
    mut next: impl FnMut(usize) -> Result<Next<(T, usize)>, Error>,
) -> impl Iterator<Item = Result<T, Error>> {
    // After the opening bracket.
    let mut position = Some(scan::skip_whitespace(container, 0) + 1);
    std::iter::from_fn(move || match next(position.take()?) {
        Ok(Next::Item((item, end))) => {
            position = Some(end);
            Some(Ok(item))
        }
        Ok(Next::End(_)) => None,
        Err(error) => Some(Err(error)),
    })
}

/// Returns the offset of the next item after `position`, over white space and a comma.
fn next_start(container: &[u8], position: usize, close: u8) -> Next<usize> {
    let start = scan::skip_whitespace(container, position);
    match container.get(start) {
        Some(&byte) if byte == close => Next::End(start + 1),
        Some(b',') => Next::Item(scan::skip_whitespace(container, start + 1)),
        _ => Next::Item(start),
    }
}

/// Returns the key of the next member of an object after `position`, and the offset of its value.
pub(crate) fn next_member(
    object: &[u8],
    position: usize,
) -> Result<Next<(Text<'_>, usize)>, Error> {
    let start = match next_start(object, position, b'}') {
        Next::Item(start) => start,
        Next::End(end) => return Ok(Next::End(end)),
    };
    if object.get(start) != Some(&b'"') {
        return Err(error_at(object, "a key", start));
    }
    let end = string_end(object, start)?;
    let key = Text::at(start + 1, &object[start + 1..end - 1])?;
    let colon = scan::skip_whitespace(object, end);
    if object.get(colon) != Some(&b':') {
        return Err(error_at(object, "`:`", colon));
    }
    Ok(Next::Item((key, scan::skip_whitespace(object, colon + 1))))
}

/// Returns the end of the value that starts at `start`.
pub(crate) fn value_end(bytes: &[u8], start: usize) -> Result<usize, Error> {
    match bytes.get(start) {
        Some(b'"') => string_end(bytes, start),
        Some(b'{' | b'[') => {
            scan::container_end(bytes, start).map_err(|offset| error_at(bytes, "a bracket", offset))
        }
        // A number or a literal ends before a separator.
        Some(_) => {
            let rest = &bytes[start..];
            let ends =
                |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
            match rest.iter().position(ends).unwrap_or(rest.len()) {
                0 => Err(error_at(bytes, "a value", start)),
                length => Ok(start + length),
            }
        }
        None => Err(error_at(bytes, "a value", start)),
    }
}

/// Returns the end of the string whose opening quote is at `start`.
fn string_end(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let quote = scan::string_close(bytes, start + 1);
    quote
        .map(|quote| quote + 1)
        .ok_or_else(|| error_at(bytes, "a quote", bytes.len()))
}

/// Returns the error of a byte that the grammar does not allow, or of an early end.
pub(crate) fn error_at(bytes: &[u8], expected: &'static str, offset: usize) -> Error {
    let kind = match bytes.get(offset) {
        Some(&found) => ErrorKind::Unexpected { expected, found },
        None => ErrorKind::UnexpectedEnd,
    };
    Error { kind, offset }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_bytes_that_are_no_container_end() {
        let text = r#"{"a":"x\u00e9","b":[1,{"c":"\""},[]],"é":-1}"#.as_bytes();
        for length in 0..text.len() {
            for byte in [b'"', b'{', b'}', b'[', b']', b'\\', b':', b',', b' ', 0xFF] {
                let mut other = text.to_vec();
                other[length] = byte;
                // Each item takes at least a byte.
                for bytes in [&other[..], &other[..length], &other[length..]] {
                    assert!(valid_members(bytes).count() <= text.len());
                    assert!(valid_elements(bytes).count() <= text.len());
                }
            }
        }
    }
}
