//! Tests of the reader against `serde_json`: the same texts are accepted, with the same values.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use idq_json::{ErrorKind, Event, MAX_DEPTH, Reader, Scalar, compact};
use proptest::prelude::*;
use serde_json::value::RawValue;

/// Reads all events, and returns the kind of the first error.
fn accepts(bytes: &[u8]) -> Result<(), ErrorKind> {
    let mut reader = Reader::new(bytes);
    loop {
        match reader.next_event() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(()),
            Err(error) => {
                assert!(error.offset <= bytes.len());
                return Err(error.kind);
            }
        }
    }
}

/// Returns whether `serde_json` accepts a text. It builds strings, so lone surrogates fail, but leaves numbers as
/// spelled, so large numbers pass.
fn serde_accepts(bytes: &[u8]) -> bool {
    #[derive(Debug)]
    struct Any;
    impl<'de> serde::Deserialize<'de> for Any {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let raw = <&RawValue>::deserialize(deserializer)?;
            let text = raw.get();
            let fail = serde::de::Error::custom;
            match text.as_bytes()[0] {
                b'{' => {
                    let members: Vec<(String, Any)> = members(text).map_err(fail)?;
                    drop(members);
                }
                b'[' => drop(serde_json::from_str::<Vec<Any>>(text).map_err(fail)?),
                b'"' => drop(serde_json::from_str::<String>(text).map_err(fail)?),
                _ => {}
            }
            Ok(Any)
        }
    }
    fn members(text: &str) -> serde_json::Result<Vec<(String, Any)>> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Vec<(String, Any)>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        serde::Deserializer::deserialize_map(&mut serde_json::Deserializer::from_str(text), Members)
    }
    serde_json::from_slice::<Any>(bytes).is_ok()
}

#[test]
fn malformed_text_is_rejected_with_its_kind_of_error() {
    let unexpected = |expected, found| ErrorKind::Unexpected { expected, found };
    let cases: &[(&[u8], ErrorKind)] = &[
        (b"", ErrorKind::UnexpectedEnd),
        (b"{", ErrorKind::UnexpectedEnd),
        (b"{\"a\"", ErrorKind::UnexpectedEnd),
        (b"{\"a\":1,", ErrorKind::UnexpectedEnd),
        (b"tru", ErrorKind::UnexpectedEnd),
        (b"{\"a\" 1}", unexpected("`:`", b'1')),
        (b"{\"a\":1,}", unexpected("a key", b'}')),
        (b"{a:1}", unexpected("a key or `}`", b'a')),
        (b"[1,]", unexpected("a value", b']')),
        (b"[1 2]", unexpected("`,` or `]`", b'2')),
        (b"[1}", unexpected("`,` or `]`", b'}')),
        (b"{\"a\":1]", unexpected("`,` or `}`", b']')),
        (b"nul!", unexpected("true, false or null", b'!')),
        (b"{} x", ErrorKind::TrailingBytes(b'x')),
        (b"[01]", ErrorKind::InvalidNumber(b'1')),
        (b"[\"\\ud800\"]", ErrorKind::LoneSurrogate),
        (b"[\"\\q\"]", ErrorKind::InvalidEscape(b'q')),
        (b"[\"\x01\"]", ErrorKind::ControlCharacter(1)),
        (b"[\"\xff\"]", ErrorKind::InvalidUtf8(0xFF)),
    ];
    for (text, kind) in cases {
        assert_eq!(
            accepts(text),
            Err(*kind),
            "{}",
            String::from_utf8_lossy(text)
        );
        assert!(!serde_accepts(text), "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn nesting_beyond_the_maximum_is_rejected() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert_eq!(accepts(&nested(MAX_DEPTH)), Ok(()));
    assert_eq!(accepts(&nested(MAX_DEPTH + 1)), Err(ErrorKind::TooDeep));
    assert_eq!(accepts(&vec![b'['; 10_000_000]), Err(ErrorKind::TooDeep));
}

#[test]
fn compact_removes_white_space_outside_strings_only() {
    let mut out = Vec::new();
    compact(
        b" { \"a b\" : [ 1.50 ,\n\t\"\\\" \\u00eb\" ] }\r\n",
        &mut out,
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"a b":[1.50,"\" \u00eb"]}"#
    );
}

/// Generates concatenated tokens, which are often JSON.
fn almost_json() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        Just(b"{".to_vec()),
        Just(b"}".to_vec()),
        Just(b"[".to_vec()),
        Just(b"]".to_vec()),
        Just(b",".to_vec()),
        Just(b":".to_vec()),
        Just(b" ".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"true".to_vec()),
        Just(b"null".to_vec()),
        Just(b"fals".to_vec()),
        Just(b"-0".to_vec()),
        Just(b"1e999".to_vec()),
        Just(b"1.".to_vec()),
        Just(b"12".to_vec()),
        Just(b"\"a\"".to_vec()),
        Just(b"\"a\":".to_vec()),
        Just(b"\"\\u00eb\"".to_vec()),
        Just(b"\"\\ud83d\\ude00\"".to_vec()),
        Just(b"\"\\ud83d\"".to_vec()),
        Just(b"\"\xc3\xab\"".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Builds a tree from events, recursively.
fn rebuild(reader: &mut Reader<'_>, event: Event<'_>) -> serde_json::Value {
    match event {
        Event::ObjectStart => {
            let mut map = serde_json::Map::new();
            while let Some(Event::Key(key)) = reader.next_event().unwrap() {
                let event = reader.next_event().unwrap().unwrap();
                map.insert(key.decode().into_owned(), rebuild(reader, event));
            }
            map.into()
        }
        Event::ArrayStart => {
            let mut items = Vec::new();
            loop {
                match reader.next_event().unwrap().unwrap() {
                    Event::ArrayEnd => return items.into(),
                    event => items.push(rebuild(reader, event)),
                }
            }
        }
        Event::Scalar(Scalar::String(text)) => text.decode().into_owned().into(),
        Event::Scalar(Scalar::Number(spelling)) => serde_json::from_str(spelling).unwrap(),
        Event::Scalar(Scalar::Boolean(boolean)) => boolean.into(),
        Event::Scalar(Scalar::Null) => serde_json::Value::Null,
        Event::ObjectEnd | Event::ArrayEnd | Event::Key(_) => {
            unreachable!("not the start of a value")
        }
    }
}

proptest! {
    #[test]
    fn reader_accepts_the_texts_that_serde_json_accepts(bytes in almost_json()) {
        prop_assert_eq!(accepts(&bytes).is_ok(), serde_accepts(&bytes));
    }

    #[test]
    fn reader_yields_the_values_that_serde_json_wrote(value in value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let mut reader = Reader::new(text.as_bytes());
            let event = reader.next_event().unwrap().unwrap();
            prop_assert_eq!(&rebuild(&mut reader, event), &value);
            prop_assert_eq!(reader.next_event(), Ok(None));
            let mut compacted = Vec::new();
            compact(text.as_bytes(), &mut compacted);
            prop_assert_eq!(String::from_utf8(compacted).unwrap(), value.to_string());
        }
    }
}
