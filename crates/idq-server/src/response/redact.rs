//! Records without one of their members.

use idq::json::{Error, Event, Reader};

/// The record without the members of this key at its top; everything else stays as it is spelled.
pub(crate) fn without(record: &[u8], key: &str) -> Result<Vec<u8>, Error> {
    let mut reader = Reader::new(record);
    let mut kept = Vec::with_capacity(record.len());
    // What is kept goes up to here already.
    let mut copied = 0;
    // Where the member before ended, its comma not included.
    let mut end = None;
    reader.next_event()?;
    while let Some(Event::Key(name)) = reader.next_event()? {
        let start = reader.span().start;
        let drop = name.decode() == key;
        reader.skip_value()?;
        let value_end = reader.span().end;
        if drop {
            match end {
                // From behind the member before: with the comma that separates the two.
                Some(end) => {
                    // Two that go in a row have nothing between them.
                    kept.extend_from_slice(record.get(copied..end).unwrap_or_default());
                    copied = value_end;
                }
                // The first: with the comma behind it, if there is one.
                None => {
                    kept.extend_from_slice(&record[copied..start]);
                    let next = reader.next_start();
                    let comma = record.get(next) == Some(&b',');
                    copied = if comma { next + 1 } else { value_end };
                }
            }
        } else {
            end = Some(value_end);
        }
    }
    kept.extend_from_slice(&record[copied..]);
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn a_member_goes_wherever_it_stands() {
        for (record, expected) in [
            (r#"{"a":1,"p":{"x":[1,2]},"b":2}"#, r#"{"a":1,"b":2}"#),
            (r#"{"p":{},"b":2}"#, r#"{"b":2}"#),
            (r#"{ "p" : {} , "b":2}"#, r#"{  "b":2}"#),
            (r#"{"a":1,"p":null}"#, r#"{"a":1}"#),
            (r#"{"p":"}"}"#, r#"{}"#),
            (r#"{}"#, r#"{}"#),
            (r#"{"a":{"p":1}}"#, r#"{"a":{"p":1}}"#),
            // Twice, and spelled with an escape.
            (r#"{"p":1,"p":2,"a":3,"p":4}"#, r#"{"a":3}"#),
            (r#"{"a":3,"p":1,"\u0070":2}"#, r#"{"a":3}"#),
            (r#"{"a":3,"p":1,"p":2,"b":4}"#, r#"{"a":3,"b":4}"#),
            (
                "{\n  \"a\": 1,\n  \"p\": 2,\n  \"b\": 3\n}",
                "{\n  \"a\": 1,\n  \"b\": 3\n}",
            ),
        ] {
            let kept = without(record.as_bytes(), "p").unwrap();
            assert_eq!(String::from_utf8(kept).unwrap(), expected, "{record}");
        }
    }
}
