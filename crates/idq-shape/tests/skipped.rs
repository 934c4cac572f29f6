//! Tests that a container that is skipped matches if and only if it is valid.

use idq_json::Reader;
use idq_shape::{Capture, FieldResolver, KeyInfo, ScalarKinds, Shapes, SimdLevel};
use proptest::prelude::*;

/// Skips the containers of the key `skipped`, and captures nothing.
#[derive(Debug)]
struct Skipping;

impl FieldResolver for Skipping {
    /// Whether containers are skipped.
    type FieldId = bool;

    fn resolve_root(&self) -> bool {
        false
    }

    fn resolve_key(&mut self, _: bool, key: &str) -> bool {
        key == "skipped"
    }

    fn resolve_element(&mut self, _: bool) -> bool {
        false
    }

    fn resolve_scalar(&self, is_skipped: bool) -> Capture {
        let kinds = ScalarKinds::ANY;
        Capture {
            slot: Some(0),
            tag: None,
            kinds: if is_skipped {
                kinds.or(ScalarKinds::SKIPPED)
            } else {
                kinds
            },
        }
    }

    fn resolve_presence(&self, _: bool) -> KeyInfo {
        KeyInfo::default()
    }

    fn resolve_empty(&self, _: bool) -> Option<u32> {
        None
    }

    fn resolve_element_start(&self, _: bool) -> Option<u32> {
        None
    }
}

/// Returns the end of a record with a value of the key `skipped`, of the shapes of records with other values.
fn match_value(simd_level: SimdLevel, value: &[u8]) -> Option<usize> {
    let mut shapes = Shapes::new(Skipping, simd_level);
    assert!(shapes.learn(br#"{"id":"a","skipped":{"b":[1]},"c":null}"#));
    let bytes = [record(value), vec![b'\n'; 256]].concat();
    let (captures, _) = shapes.read(&bytes, 0)?;
    Some(captures.end())
}

fn record(value: &[u8]) -> Vec<u8> {
    [&br#"{"id":"a","skipped":"#[..], value, br#","c":null}"#].concat()
}

/// Returns the end of a record by the reader of `idq-json`; `None` if it is not valid.
fn end_by_reader(record: &[u8]) -> Option<usize> {
    let mut reader = Reader::new(record);
    loop {
        reader.next_event().ok()??;
        if reader.depth() == 0 {
            return Some(reader.span().end);
        }
    }
}

fn check(value: &[u8], is_valid: bool) {
    for simd_level in [SimdLevel::Native, SimdLevel::Portable] {
        let found = match_value(simd_level, value);
        let expected = is_valid.then(|| record(value).len());
        assert_eq!(found, expected, "{simd_level:?}: {}", value.escape_ascii());
    }
    let found = end_by_reader(&record(value)).is_some();
    assert_eq!(found, is_valid, "{}", value.escape_ascii());
}

#[test]
fn any_valid_value_matches() {
    let long = format!(r#"{{"{0}":"{0}\n{0}"}}"#, "x".repeat(300));
    for value in [
        "{}",
        "[]",
        "null",
        "\"text\"",
        "-1.5e-3",
        r#"{"a":1,"a":[true,false,null,0,-0.5,1e9,12345678,123456789012345678901]}"#,
        "{ \"a\" :\t[ ] ,\r\n\"b\" : { } }",
        r#"[[[]],{},{"":""},"","\"","\\","\/\b\u00e9\ud83d\ude00","é€😀"]"#,
        r#"{"a\"b":{"c":[{"d":[[1,2],[3]]}]}}"#,
        &long,
    ] {
        check(value.as_bytes(), true);
    }
}

#[test]
fn no_malformed_value_matches() {
    let values: [&[u8]; 38] = [
        b"",
        b"{",
        b"[",
        b"}",
        b"]",
        b"[}",
        b"{]",
        b"{,}",
        b"[,]",
        b"[1,]",
        b"{\"a\":1,}",
        b"{\"a\"}",
        b"{\"a\":}",
        b"{\"a\",1}",
        b"{\"a\":1 \"b\":2}",
        b"{\"a\":1:2}",
        b"{1:2}",
        b"{a:1}",
        b"{\"a\":{}",
        b"{\"a\":[}",
        b"[1 2]",
        b"[1]]",
        b"[01]",
        b"[1.]",
        b"[.5]",
        b"[1e]",
        b"[+1]",
        b"[-]",
        b"[nul]",
        b"[nulll]",
        b"[truefalse]",
        b"[\"\\x\"]",
        b"[\"\\u12g4\"]",
        b"[\"\\ud83d\"]",
        b"[\"a\nb\"]",
        b"[\"\xC3\"]",
        b"{\"\xFF\":1}",
        b"[\x0C1]",
    ];
    for value in values {
        check(value, false);
    }
}

#[test]
fn containers_match_up_to_a_depth() {
    for (depth, is_match) in [
        (1, true),
        (63, true),
        (64, true),
        (65, false),
        (5_000, false),
    ] {
        let arrays = ["[".repeat(depth), "]".repeat(depth)].concat();
        let objects = [
            r#"{"a":"#.repeat(depth - 1),
            "{".to_owned(),
            "}".repeat(depth),
        ]
        .concat();
        for value in [arrays, objects] {
            for simd_level in [SimdLevel::Native, SimdLevel::Portable] {
                let found = match_value(simd_level, value.as_bytes());
                assert_eq!(found.is_some(), is_match, "{depth}");
            }
        }
    }
}

/// Generates values of any shape, with white space.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|boolean| boolean.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        r#""([ -!#-\[\]-~]|\\[\\"/bfnrt]|\\u00e[0-9a-f]|[äß€😀]){0,70}""#,
    ];
    let blank = prop::sample::select(vec!["", "", "", " ", "\n\t", "\r\n  "]);
    (scalar, blank)
        .prop_recursive(5, 40, 5, |inner| {
            let inner = inner.prop_map(|(value, blank)| format!("{blank}{value}{blank}"));
            let array = prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(",")));
            let object = prop::collection::vec(inner, 0..5).prop_map(|values| {
                let members = values.iter().map(|value| format!("\"k\":{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            });
            let blank = prop::sample::select(vec!["", " "]);
            (prop_oneof![array, object], blank)
        })
        .prop_map(|(value, _)| value)
}

proptest! {
    #[test]
    fn value_matches_if_and_only_if_the_json_reader_accepts_it(
        value in value(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 0..3),
    ) {
        let mut changed = value.into_bytes();
        for (index, byte, kind) in changes {
            let index = index.index(changed.len().max(1));
            match kind {
                0 if index < changed.len() => changed[index] = byte,
                1 if index < changed.len() => drop(changed.remove(index)),
                _ => changed.insert(index, byte),
            }
        }
        let record = record(&changed);
        let expected = end_by_reader(&record).filter(|&end| end == record.len());
        for simd_level in [SimdLevel::Native, SimdLevel::Portable] {
            let found = match_value(simd_level, &changed);
            // A change may end the record early, or make another key.
            match found {
                Some(end) => prop_assert_eq!(end_by_reader(&record), Some(end)),
                None => prop_assert!(expected.is_none() || ends_early(&changed)),
            }
        }
    }
}

/// Returns whether a value ends before its last byte, so that other members or white space follow it.
fn ends_early(value: &[u8]) -> bool {
    let mut reader = Reader::new(value);
    while let Ok(Some(_)) = reader.next_event() {
        if reader.depth() == 0 {
            return reader.span().end < value.len() || reader.span().start > 0;
        }
    }
    true
}
