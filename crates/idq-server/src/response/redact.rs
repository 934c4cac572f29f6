//! Removal of one member from a record's JSON text. The other bytes stay as they are, which a parse into a tree and a
//! serialisation could not guarantee (number spelling, white space, duplicate keys).

use idq::json::{Error, Event, Reader};

/// Returns the record without its top-level members of this key, however the key is escaped.
///
/// # Errors
/// The record is not valid JSON.
pub(crate) fn remove_member(record: &[u8], key: &str) -> Result<Vec<u8>, Error> {
    let mut reader = Reader::new(record);
    let mut redacted = Vec::with_capacity(record.len());
    // The end of the input that has been copied or dropped.
    let mut copied = 0;
    // The end of the last member that stays, before its comma.
    let mut last_end = None;
    reader.next_event()?;
    while let Some(Event::Key(name)) = reader.next_event()? {
        let start = reader.span().start;
        let is_removed = name.decode() == key;
        reader.skip_value()?;
        let value_end = reader.span().end;
        if !is_removed {
            last_end = Some(value_end);
            continue;
        }
        match last_end {
            // A later member is removed from the end of the one before: with the comma between them.
            Some(end) => {
                // The second of two removed members in a row starts at `copied` already: the range is empty.
                redacted.extend_from_slice(record.get(copied..end).unwrap_or_default());
                copied = value_end;
            }
            // The first member is removed with the comma that follows it, if any.
            None => {
                redacted.extend_from_slice(&record[copied..start]);
                let next = reader.next_start();
                let has_comma = record.get(next) == Some(&b',');
                copied = if has_comma { next + 1 } else { value_end };
            }
        }
    }
    redacted.extend_from_slice(&record[copied..]);
    Ok(redacted)
}

#[cfg(test)]
mod tests {
    use super::remove_member;

    #[test]
    fn member_at_any_position_is_removed_with_its_comma() {
        for (record, expected) in [
            (r#"{"a":1,"p":{"x":[1,2]},"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"p":{},"b":2}"#, r#"{"b":2}"#),
            (r#"{ "p" : {} , "b":2}"#, r#"{  "b":2}"#),
            (r#"{"a":1,"p":null}"#, r#"{"a":1}"#),
            (r#"{"p":"}"}"#, r#"{}"#),
            (r#"{}"#, r#"{}"#),
            (r#"{"a":{"p":1}}"#, r#"{"a":{"p":1}}"#),
            // Duplicate keys, and a key with an escape sequence.
            (r#"{"p":1,"p":2,"a":3,"p":4}"#, r#"{"a":3}"#),
            (r#"{"a":3,"p":1,"\u0070":2}"#, r#"{"a":3}"#),
            (r#"{"a":3,"p":1,"p":2,"b":4}"#, r#"{"a":3,"b":4}"#),
            (
                "{\n  \"a\": 1,\n  \"p\": 2,\n  \"b\": 3\n}",
                "{\n  \"a\": 1,\n  \"b\": 3\n}",
            ),
        ] {
            let redacted = remove_member(record.as_bytes(), "p").unwrap();
            assert_eq!(String::from_utf8(redacted).unwrap(), expected, "{record}");
        }
    }
}
