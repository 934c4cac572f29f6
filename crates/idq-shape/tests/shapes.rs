//! Tests that a match agrees with the reader of `idq-json`, for learned records, combinations of their parts, and
//! damaged records.

use idq_json::{ErrorKind, Event, Reader, Scalar};
use idq_shape::{
    Capture, FieldResolver, KeyInfo, MAX_SLOTS, ScalarKinds, Shapes, SimdLevel, Tagged,
};
use proptest::prelude::*;

/// Tags every scalar with the number of its path; slot 0 receives the scalar at `.id`.
#[derive(Debug, Default)]
struct AllPaths {
    paths: Vec<String>,
}

impl AllPaths {
    fn add(&mut self, path: String) -> u32 {
        self.paths.push(path);
        self.paths.len() as u32 - 1
    }

    /// Returns a path by its number; the record itself has neither.
    fn path(&self, field: Option<u32>) -> &str {
        field.map_or("", |field| &self.paths[field as usize])
    }
}

impl FieldResolver for AllPaths {
    /// The number of the path; the record itself has none.
    type FieldId = Option<u32>;

    fn resolve_root(&self) -> Self::FieldId {
        None
    }

    fn resolve_key(&mut self, object: Self::FieldId, key: &str) -> Self::FieldId {
        Some(self.add(format!("{}.{key}", self.path(object))))
    }

    fn resolve_element(&mut self, array: Self::FieldId) -> Self::FieldId {
        Some(self.add(format!("{}[]", self.path(array))))
    }

    fn resolve_scalar(&self, field: Self::FieldId) -> Capture {
        let is_id = self.path(field) == ".id";
        Capture {
            slot: is_id.then_some(0),
            tag: field,
            kinds: if is_id {
                ScalarKinds::STRING.or(ScalarKinds::NULL)
            } else {
                ScalarKinds::ANY
            },
        }
    }

    fn resolve_presence(&self, field: Self::FieldId) -> KeyInfo {
        KeyInfo {
            flags: u64::from(self.path(field) == ".flagged"),
            unknown_key: field.filter(|_| self.path(field) == ".unknown"),
        }
    }

    fn resolve_empty(&self, field: Self::FieldId) -> Option<u32> {
        field
    }

    fn resolve_element_start(&self, element: Self::FieldId) -> Option<u32> {
        element
    }
}

const SIMD_LEVELS: [SimdLevel; 2] = [SimdLevel::Native, SimdLevel::Portable];

/// The bytes after a record, more than [`LOOKAHEAD_BYTES`](idq_shape::LOOKAHEAD_BYTES).
const PADDING: [u8; 256] = [b'\n'; 256];

fn shapes(simd_level: SimdLevel) -> Shapes<AllPaths> {
    Shapes::new(AllPaths::default(), simd_level)
}

fn format_scalar(scalar: Scalar<'_>) -> String {
    match scalar {
        Scalar::String(text) => format!("{:?}", text.decode()),
        other => other.to_text().into_owned(),
    }
}

fn format_tagged(tagged: Tagged<'_>) -> String {
    match tagged {
        Tagged::Scalar(scalar) => format_scalar(scalar),
        Tagged::EmptyObject => "{}".to_owned(),
        Tagged::EmptyArray => "[]".to_owned(),
        Tagged::Element => "element".to_owned(),
    }
}

/// The content of a record: its end, and its paths with their scalars, empty containers and starts of elements.
type Content = (usize, Vec<(String, String)>);

fn read(shapes: &mut Shapes<AllPaths>, record: &[u8]) -> Option<Content> {
    let bytes = [record, &PADDING].concat();
    let (captures, resolver) = shapes.read(&bytes, 0)?;
    let scalars = captures
        .tagged()
        .map(|(tag, scalar)| (resolver.path(Some(tag)).to_owned(), format_tagged(scalar)))
        .collect();
    Some((captures.end(), scalars))
}

/// Reads a record with the reader of `idq-json`; `None` if it is not a valid object, or has a repeated key.
fn expected(record: &[u8]) -> Option<Content> {
    let mut reader = Reader::new(record);
    let mut values = Vec::new();
    // For each open container its path, whether it is an array, and its keys so far.
    let mut open: Vec<(String, bool, Vec<String>)> = Vec::new();
    let mut path = String::new();
    let mut empty = false;
    loop {
        let event = reader.next_event().ok()??;
        if let Some((parent, true, _)) = open.last()
            && !matches!(event, Event::ArrayEnd)
        {
            path = format!("{parent}[]");
            values.push((path.clone(), "element".to_owned()));
        }
        let scalar = match event {
            Event::ObjectStart | Event::ArrayStart => {
                open.push((path.clone(), event == Event::ArrayStart, Vec::new()));
                empty = true;
                continue;
            }
            Event::Key(key) => {
                let key = key.decode().into_owned();
                let (parent, _, keys) = open.last_mut()?;
                if keys.contains(&key) {
                    return None;
                }
                path = format!("{parent}.{key}");
                keys.push(key);
                empty = false;
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                let (closed, ..) = open.pop()?;
                if open.is_empty() {
                    return Some((reader.span().end, values));
                }
                let empty_container = if event == Event::ArrayEnd { "[]" } else { "{}" };
                std::mem::take(&mut empty).then_some((closed, empty_container.to_owned()))
            }
            Event::Scalar(scalar) => Some((path.clone(), format_scalar(scalar))),
        };
        if open.is_empty() {
            // Not an object.
            return None;
        }
        empty = false;
        values.extend(scalar);
    }
}

/// Learns records repeatedly, because an object that becomes unordered clears the automaton.
fn learn<S: AsRef<str>>(shapes: &mut Shapes<AllPaths>, records: &[S]) {
    for _ in 0..8 {
        for record in records {
            shapes.learn(record.as_ref().as_bytes());
        }
    }
}

/// Checks that records match once they are learned, with the content that the reader of `idq-json` finds.
fn check_learned(records: &[&str]) {
    for simd_level in SIMD_LEVELS {
        let mut shapes = shapes(simd_level);
        learn(&mut shapes, records);
        for record in records {
            let expected = expected(record.as_bytes());
            assert!(expected.is_some(), "{record}");
            assert_eq!(read(&mut shapes, record.as_bytes()), expected, "{record}");
        }
    }
}

/// Checks that records do not match after other records were learned.
fn check_refused(learned: &[&str], refused: &[&str]) {
    for simd_level in SIMD_LEVELS {
        let mut shapes = shapes(simd_level);
        learn(&mut shapes, learned);
        for record in refused {
            assert_eq!(read(&mut shapes, record.as_bytes()), None, "{record}");
        }
    }
}

#[test]
fn records_of_every_layout_once_learned_are_read() {
    check_learned(&[
        r#"{"id":"a"}"#,
        r#"{"id":"a","b":null,"c":true,"d":false,"e":-1.5e+3,"f":0,"g":12345678901234567890}"#,
        r#"{ "id" : "a" , "list" : [ 1 , "x" , [ ] , { } , [ [ null ] ] ] }"#,
        "{\n\t\"id\": \"a\",\r\n  \"deep\": {\"er\": {\"est\": \"x\"}}\n}",
        r#"{"id":"\u00eb\ud83d\ude00\/\\\"","ë":"ëü€😀"}"#,
        r#"{"id":"","a key that is far longer than the head of a literal, which has thirty-two bytes":"x"}"#,
        r#"{"id":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"}"#,
    ]);
}

#[test]
fn path_with_scalars_and_containers_is_read_as_either() {
    check_learned(&[
        r#"{"id":"a","x":null,"y":1}"#,
        r#"{"id":"a","x":{"k":"v"},"y":1}"#,
        r#"{"id":"a","x":{},"y":1}"#,
        r#"{"id":"a","x":["v"],"y":1}"#,
        r#"{"id":"a","x":[],"y":1}"#,
        r#"{"id":"a","x":[{"k":1},{"k":2,"l":3}],"y":1}"#,
    ]);
}

#[test]
fn record_that_combines_learned_parts_is_read() {
    let mut shapes = shapes(SimdLevel::Native);
    for record in [
        r#"{"a":1,"b":1,"d":1}"#,
        r#"{"b":1,"c":1,"d":1}"#,
        r#"{"a":1,"c":1}"#,
    ] {
        shapes.learn(record.as_bytes());
    }
    let record = br#"{"a":1,"b":1,"c":1,"d":1}"#;
    assert_eq!(read(&mut shapes, record), expected(record));
}

#[test]
fn repeated_key_in_an_unordered_object_does_not_match() {
    let unordered = [
        r#"{"a":1,"b":2,"c":3}"#,
        r#"{"c":1,"b":2,"a":3}"#,
        r#"{"b":1,"c":{"x":1,"y":1},"a":3}"#,
        r#"{"b":1,"c":{"y":1,"x":1},"a":[{"x":1,"y":1},{"y":1,"x":1}]}"#,
    ];
    check_learned(&unordered);
    check_refused(
        &unordered,
        &[
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":1,"b":2,"c":3,"b":2,"a":3}"#,
            r#"{"b":1,"c":{"x":1,"y":1,"x":1},"a":3}"#,
            r#"{"b":1,"c":{"x":1,"y":1},"a":[{"x":1,"y":1,"x":1}]}"#,
        ],
    );
}

#[test]
fn literals_of_a_record_with_a_repeated_key_are_not_learned() {
    let mut shapes = shapes(SimdLevel::Native);
    for record in [
        r#"{"id":"1","email":{"x":1},"state":"active","email":"a@b"}"#,
        r#"{"id":"2","state":"active"}"#,
        r#"{"id":"2","email":"a","state":"active"}"#,
    ] {
        shapes.learn(record.as_bytes());
    }
    let record = br#"{"id":"3","email":{"x":1},"state":"active"}"#;
    assert_eq!(read(&mut shapes, record), None);
}

#[test]
fn records_after_a_partly_learned_record_match_correctly_or_not_at_all() {
    let mut shapes = shapes(SimdLevel::Native);
    for record in [
        r#"{"x":{"p":1,"s":2,"r":3},"q":4}"#,
        r#"{"x":{"p":1,"s":2,"r":3,"email":5},"q":4}"#,
        r#"{"x":{"p":1,"s":2,"r":3}}"#,
        r#"{"x":{"p":1},"q":4}"#,
    ] {
        assert!(shapes.learn(record.as_bytes()), "{record}");
    }
    // Its first literals are new, and its last literal is too long.
    let too_long = format!(
        r#"{{"x":{{"p":1 ,"s":2 ,"r":3}},"q":4{}}}"#,
        " ".repeat(5_000)
    );
    assert!(!shapes.learn(too_long.as_bytes()));
    for record in [
        r#"{"x":{"p":1},"q":4}}"#,
        r#"{"x":{"p":1},"q":4,"email":5}"#,
        r#"{"x":{"p":1},"q":4}"#,
        r#"{"x":{"p":1,"s":2,"r":3,"email":5},"q":4}"#,
    ] {
        if let Some(found) = read(&mut shapes, record.as_bytes()) {
            let whole = &record.as_bytes()[..found.0];
            assert_eq!(Some(&found), expected(whole).as_ref(), "{record}");
        }
    }
}

#[test]
fn full_automaton_still_reads_learned_records() {
    let mut shapes = shapes(SimdLevel::Native);
    let record = |number: usize| {
        format!(
            r#"{{"id":"a","o{}":{{"k{}":1,"l":2}},"z":3}}"#,
            number % 30,
            number / 30 % 30
        )
    };
    for number in 0..900 {
        for spaces in 0..20 {
            let spaced = record(number).replace(",\"l\"", &format!(",{}\"l\"", " ".repeat(spaces)));
            shapes.learn(spaced.as_bytes());
        }
    }
    let mut read_some = false;
    for number in 0..900 {
        let record = record(number);
        if let Some(found) = read(&mut shapes, record.as_bytes()) {
            read_some = true;
            assert_eq!(Some(found), expected(record.as_bytes()));
        }
    }
    assert!(read_some);
}

#[test]
fn record_with_a_repeated_key_is_not_learned() {
    let mut shapes = shapes(SimdLevel::Native);
    let record = br#"{"a":1,"a":2}"#;
    assert!(!shapes.learn(record) || read(&mut shapes, record).is_none());
}

#[test]
fn flags_and_unknown_keys_are_those_of_the_matched_literals() {
    let mut shapes = shapes(SimdLevel::Native);
    // The common start of both literals is longer than the prefix of a transition.
    let key = "k".repeat(40);
    let records = [
        format!(r#"{{"id":"a","{key}1":1}}"#),
        format!(r#"{{"id":"a","{key}2":{{}},"flagged":1,"unknown":[]}}"#),
    ];
    for record in &records {
        assert!(shapes.learn(record.as_bytes()));
    }
    for (record, flags, unknown_keys) in [
        (&records[0], 0, 0),
        (&records[1], 1, 1),
        (&records[0], 0, 0),
    ] {
        let bytes = [record.as_bytes(), &PADDING].concat();
        let (captures, _) = shapes.read(&bytes, 0).unwrap();
        let found = (captures.flags(), captures.unknown_keys().len());
        assert_eq!(found, (flags, unknown_keys));
        assert_eq!(
            captures.slot(0).map(format_scalar).as_deref(),
            Some(r#""a""#)
        );
        assert_eq!(captures.slot(MAX_SLOTS - 1), None);
    }
}

#[test]
fn scalar_of_a_kind_that_the_resolver_excludes_does_not_match() {
    check_refused(&[r#"{"id":"a"}"#], &[r#"{"id":1}"#, r#"{"id":true}"#]);
    check_learned(&[r#"{"id":"a"}"#, r#"{"id":null}"#]);
}

#[test]
fn keys_beyond_the_bound_are_not_learned_and_others_still_match() {
    let mut shapes = shapes(SimdLevel::Native);
    for number in 0..20_000 {
        shapes.learn(format!(r#"{{"id":"a","key{number}":1}}"#).as_bytes());
    }
    let record = br#"{"id":"a","key1":1}"#;
    assert_eq!(read(&mut shapes, record), expected(record));
    assert_eq!(read(&mut shapes, br#"{"id":"a","key19999":1}"#), None);
}

#[test]
fn record_with_too_many_captured_parts_does_not_match() {
    for simd_level in SIMD_LEVELS {
        for (count, matches) in [(511, true), (512, false), (513, false), (800, false)] {
            // Two parts for each element: its start and its scalar.
            let mut shapes = shapes(simd_level);
            let record = format!(r#"{{"a":[{}]}}"#, vec!["1"; count].join(","));
            learn(&mut shapes, &[r#"{"a":[1,1,1]}"#]);
            let found = read(&mut shapes, record.as_bytes());
            assert_eq!(found.is_some(), matches, "{count}");
            assert!(found.is_none() || found == expected(record.as_bytes()));
        }
    }
}

#[test]
fn record_without_lookahead_does_not_match() {
    let mut shapes = shapes(SimdLevel::Native);
    let record = br#"{"id":"a"}"#;
    assert!(shapes.learn(record));
    for length in 0..PADDING.len() {
        let bytes = [&record[..], &PADDING[..length]].concat();
        let end = shapes.read(&bytes, 0).map(|(captures, _)| captures.end());
        assert!(matches!(end, None | Some(10)));
        for start in 1..bytes.len() + 2 {
            assert!(shapes.read(&bytes, start).is_none());
        }
    }
}

#[test]
fn bytes_beyond_ascii_match_where_they_are_utf8() {
    let sequences: [&[u8]; 10] = [
        "é".as_bytes(),
        "€".as_bytes(),
        "😀".as_bytes(),
        b"\xC3",
        b"\xA9",
        b"\xE2\x82",
        b"\xC0\xAF",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
        b"\xFF",
    ];
    for simd_level in SIMD_LEVELS {
        let mut shapes = shapes(simd_level);
        learn(&mut shapes, &[r#"{"id":"a","b":"c","d":"\/e"}"#]);
        for length in [0, 1, 30, 31, 32, 62, 63, 64, 65, 130] {
            for at in [0, length / 2, length] {
                for sequence in sequences {
                    let filler = vec![b'x'; length];
                    let text = [&filler[..at], sequence, &filler[at..]].concat();
                    for (before, after) in [
                        (&br#"{"id":""#[..], &br#"","b":"c","d":"e"}"#[..]),
                        (br#"{"id":"a","b":""#, br#"","d":"e"}"#),
                        (br#"{"id":"a","b":"c","d":""#, br#""}"#),
                        (br#"{"id":"a","b":"c","d":"\/"#, br#""}"#),
                        (br#"{"id":"a","b":"c","d":"\/e"#, br#"\u00e9\n"}"#),
                    ] {
                        let record = [before, &text, after].concat();
                        let found = read(&mut shapes, &record);
                        assert_eq!(found, expected(&record), "{}", record.escape_ascii());
                    }
                }
            }
        }
    }
}

/// Generates records as one program writes them: members in one order, some absent, values of all kinds.
fn record() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|boolean| boolean.to_string()),
        any::<i32>().prop_map(|number| number.to_string()),
        any::<f64>()
            .prop_filter("JSON has no others", |number| number.is_finite())
            .prop_map(|number| format!("{number:?}")),
        r#"([ -!#-\[\]-~]|\\[\\"/bfnrt]|\\u00e[0-9a-f]|\\ud83d\\ude0[0-9]|[äß€😀]){0,80}"#
            .prop_map(|text| format!("\"{text}\"")),
    ];
    let value = scalar.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(prop::option::of(inner), 0..4).prop_map(object),
        ]
    });
    prop::collection::vec(prop::option::of(value), 1..6).prop_map(object)
}

fn object(members: Vec<Option<String>>) -> String {
    let members: Vec<String> = members
        .into_iter()
        .enumerate()
        .filter_map(|(index, value)| value.map(|value| format!("\"key{index}\":{value}")))
        .collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #[test]
    fn learned_records_are_read_as_the_json_reader_reads_them(
        records in prop::collection::vec(record(), 1..12),
    ) {
        for simd_level in SIMD_LEVELS {
            let mut shapes = shapes(simd_level);
            learn(&mut shapes, &records);
            for record in &records {
                prop_assert_eq!(read(&mut shapes, record.as_bytes()), expected(record.as_bytes()));
            }
        }
    }

    #[test]
    fn damaged_record_is_read_as_the_json_reader_reads_it_or_not_at_all(
        records in prop::collection::vec(record(), 1..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
        chosen in any::<prop::sample::Index>(),
    ) {
        let mut changed = chosen.get(&records).clone().into_bytes();
        for (index, byte, kind) in changes {
            let index = index.index(changed.len());
            match kind {
                0 => changed[index] = byte,
                1 => changed.insert(index, byte),
                _ => {
                    changed.remove(index);
                }
            }
            if changed.is_empty() {
                changed.push(byte);
            }
        }
        for simd_level in SIMD_LEVELS {
            let mut shapes = shapes(simd_level);
            learn(&mut shapes, &records);
            let bytes = [&changed[..], &PADDING].concat();
            if let Some(found) = read(&mut shapes, &changed) {
                let expected = expected(&bytes[..found.0]);
                prop_assert_eq!(Some(found), expected);
            }
        }
    }
}

#[test]
fn expected_content_of_invalid_records_is_none() {
    // Tests the oracle itself.
    assert_eq!(expected(br#"{"a":1,"a":2}"#), None);
    assert_eq!(expected(br#"{"a":01}"#), None);
    assert_eq!(Reader::new(b"{").next_event().map(|_| ()), Ok(()));
    assert!(matches!(
        Reader::new(b"]").next_event().map_err(|error| error.kind),
        Err(ErrorKind::Unexpected { .. })
    ));
}
