//! Compares the exact JSON reader with `serde_json`: both accept the same texts and read the same values.
#![no_main]

use idq_json::{ErrorKind, Event, Reader, Scalar, compact};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Start of the keys by which `serde_json` marks its own raw values and numbers. An object with such a key is no object
/// to it, and the text after the key is parsed once more.
const SERDE_MARK: &str = "$serde_json::private::";

fuzz_target!(|bytes: &[u8]| {
    let read = read(bytes);
    if read.as_ref().is_ok_and(has_serde_mark) {
        return;
    }
    if read == Err(ErrorKind::TooDeep) {
        return;
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    deserializer.disable_recursion_limit();
    let value = <Value as serde::Deserialize>::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match (read, value) {
        (Ok(read), Ok(value)) => {
            assert_eq!(read, value);
            let mut compacted = Vec::new();
            compact(bytes, &mut compacted);
            let again: Value =
                serde_json::from_slice(&compacted).expect("compacting keeps the value");
            assert_eq!(again, value);
        }
        // A number that does not fit a double is valid nevertheless.
        (Ok(_), Err(error)) => assert!(
            error.to_string().starts_with("number out of range"),
            "{error}"
        ),
        (Err(kind), Ok(_)) => panic!("serde_json accepts what the reader calls {kind:?}"),
        (Err(_), Err(_)) => {}
    }
});

fn has_serde_mark(value: &Value) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(key, value)| key.starts_with(SERDE_MARK) || has_serde_mark(value)),
        Value::Array(items) => items.iter().any(has_serde_mark),
        _ => false,
    }
}

fn read(bytes: &[u8]) -> Result<Value, ErrorKind> {
    let mut reader = Reader::new(bytes);
    let mut next = || {
        let event = reader.next_event();
        if let Err(error) = &event {
            assert!(error.offset <= bytes.len());
        } else {
            assert!(reader.span().end <= bytes.len());
        }
        event.map_err(|error| error.kind)
    };
    // The open containers, each with its key in the object that contains it.
    let mut open: Vec<(Option<String>, Value)> = Vec::new();
    let mut key = None;
    let mut whole = Value::Null;
    while let Some(event) = next()? {
        let value = match event {
            Event::ObjectStart => {
                open.push((key.take(), Value::Object(Default::default())));
                continue;
            }
            Event::ArrayStart => {
                open.push((key.take(), Value::Array(Vec::new())));
                continue;
            }
            Event::Key(text) => {
                key = Some(text.decode().into_owned());
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                let (outer_key, value) = open.pop().expect("a closed container was open");
                key = outer_key;
                value
            }
            Event::Scalar(Scalar::String(text)) => text.decode().into_owned().into(),
            Event::Scalar(Scalar::Number(spelling)) => {
                serde_json::from_str(spelling).unwrap_or(Value::Null)
            }
            Event::Scalar(Scalar::Boolean(boolean)) => boolean.into(),
            Event::Scalar(Scalar::Null) => Value::Null,
        };
        match open.last_mut() {
            Some((_, Value::Object(members))) => {
                members.insert(key.take().expect("a member has a key"), value);
            }
            Some((_, Value::Array(items))) => items.push(value),
            _ => whole = value,
        }
    }
    Ok(whole)
}
