//! Familiar records are read right, and nothing that is not a valid record is ever read.

use idq_json::{ErrorKind, Event, Reader, Scalar};
use idq_shape::{Instructions, Kinds, MAX_SLOTS, Passed, Roles, Shapes, Use, Value};
use proptest::prelude::*;

/// Lists every scalar under its path, as text; slot 0 takes whatever is at `id`.
#[derive(Debug, Default)]
struct Places {
    paths: Vec<String>,
}

impl Places {
    fn add(&mut self, path: String) -> u32 {
        self.paths.push(path);
        self.paths.len() as u32 - 1
    }
}

impl Roles for Places {
    /// The position of the path; the record itself has none.
    type Role = Option<u32>;

    fn root(&self) -> Self::Role {
        None
    }

    fn key(&mut self, of: Self::Role, key: &str) -> Self::Role {
        let around = of.map_or("", |of| &self.paths[of as usize]);
        Some(self.add(format!("{around}.{key}")))
    }

    fn element(&mut self, of: Self::Role) -> Self::Role {
        let around = of.map_or("", |of| &self.paths[of as usize]);
        Some(self.add(format!("{around}[]")))
    }

    fn scalar(&self, role: Self::Role) -> Use {
        let path = role.map_or("", |role| &self.paths[role as usize]);
        Use {
            slot: (path == ".id").then_some(0),
            tag: role,
            kinds: if path == ".id" {
                Kinds::STRING.or(Kinds::NULL)
            } else {
                Kinds::ANY
            },
        }
    }

    fn passed(&self, role: Self::Role) -> Passed {
        let path = role.map_or("", |role| &self.paths[role as usize]);
        Passed {
            marks: u64::from(path == ".marked"),
            note: role.filter(|_| path == ".noted"),
        }
    }

    fn empty(&self, role: Self::Role) -> Option<u32> {
        role
    }
}

const ALL: [Instructions; 2] = [Instructions::Widest, Instructions::Portable];

/// More than a walk looks ahead.
const BEHIND: [u8; 256] = [b'\n'; 256];

fn shapes(instructions: Instructions) -> Shapes<Places> {
    Shapes::new(Places::default(), instructions)
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Missing => "missing".into(),
        Value::Null => "null".into(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Number(spelling) => spelling.into(),
        Value::String(text) => format!("{:?}", text.decode()),
    }
}

/// What a record is read as: its end, its paths and values.
type Read = (usize, Vec<(String, String)>);

fn read(shapes: &mut Shapes<Places>, record: &[u8]) -> Option<Read> {
    let bytes = [record, &BEHIND].concat();
    let (record, places) = shapes.read(&bytes, 0)?;
    let listed = record
        .listed()
        .map(|(tag, value)| (places.paths[tag as usize].clone(), shown(value)))
        .collect();
    Some((record.end(), listed))
}

/// The same by the exact reader; `None` where it is no valid object, or has a repeated key.
fn expected(record: &[u8]) -> Option<Read> {
    let mut reader = Reader::new(record);
    let mut values = Vec::new();
    // The paths of the open containers, whether each is an array, and the keys it has had.
    let mut open: Vec<(String, bool, Vec<String>)> = Vec::new();
    let mut path = String::new();
    let mut empty = false;
    loop {
        let event = reader.next_event().ok()??;
        if let Some((around, true, _)) = open.last()
            && !matches!(event, Event::ArrayEnd)
        {
            path = format!("{around}[]");
        }
        let scalar = match event {
            Event::ObjectStart | Event::ArrayStart => {
                open.push((path.clone(), event == Event::ArrayStart, Vec::new()));
                empty = true;
                continue;
            }
            Event::Key(key) => {
                let key = key.decode().into_owned();
                let (around, _, keys) = open.last_mut()?;
                if keys.contains(&key) {
                    return None;
                }
                path = format!("{around}.{key}");
                keys.push(key);
                empty = false;
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => {
                let (closed, ..) = open.pop()?;
                if open.is_empty() {
                    return Some((reader.span().end, values));
                }
                std::mem::take(&mut empty).then_some((closed, "null".to_owned()))
            }
            Event::Scalar(Scalar::String(text)) => {
                Some((path.clone(), format!("{:?}", text.decode())))
            }
            Event::Scalar(Scalar::Number(spelling)) => Some((path.clone(), spelling.to_owned())),
            Event::Scalar(Scalar::Boolean(boolean)) => Some((path.clone(), boolean.to_string())),
            Event::Scalar(Scalar::Null) => Some((path.clone(), "null".to_owned())),
        };
        if open.is_empty() {
            // Not an object.
            return None;
        }
        empty = false;
        values.extend(scalar);
    }
}

/// Learns records, and again what was forgotten when an object turned out to have its keys in any order.
fn learn<S: AsRef<str>>(shapes: &mut Shapes<Places>, records: &[S]) {
    for _ in 0..8 {
        for record in records {
            shapes.learn(record.as_ref().as_bytes());
        }
    }
}

/// Learns records, and checks that each is then read as the exact reader reads it.
fn check_familiar(records: &[&str]) {
    for instructions in ALL {
        let mut shapes = shapes(instructions);
        learn(&mut shapes, records);
        for record in records {
            let expected = expected(record.as_bytes());
            assert!(expected.is_some(), "{record}");
            assert_eq!(read(&mut shapes, record.as_bytes()), expected, "{record}");
        }
    }
}

/// After some records others are refused.
fn check_refused(learned: &[&str], refused: &[&str]) {
    for instructions in ALL {
        let mut shapes = shapes(instructions);
        learn(&mut shapes, learned);
        for record in refused {
            assert_eq!(read(&mut shapes, record.as_bytes()), None, "{record}");
        }
    }
}

#[test]
fn records_of_every_make_become_familiar() {
    check_familiar(&[
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
fn what_is_null_here_may_be_an_object_there() {
    check_familiar(&[
        r#"{"id":"a","x":null,"y":1}"#,
        r#"{"id":"a","x":{"k":"v"},"y":1}"#,
        r#"{"id":"a","x":{},"y":1}"#,
        r#"{"id":"a","x":["v"],"y":1}"#,
        r#"{"id":"a","x":[],"y":1}"#,
        r#"{"id":"a","x":[{"k":1},{"k":2,"l":3}],"y":1}"#,
    ]);
}

#[test]
fn shapes_that_were_never_seen_whole_are_familiar_by_their_parts() {
    let mut shapes = shapes(Instructions::Widest);
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
fn a_repeated_key_is_refused_even_where_orders_differ() {
    let loose = [
        r#"{"a":1,"b":2,"c":3}"#,
        r#"{"c":1,"b":2,"a":3}"#,
        r#"{"b":1,"c":{"x":1,"y":1},"a":3}"#,
        r#"{"b":1,"c":{"y":1,"x":1},"a":[{"x":1,"y":1},{"y":1,"x":1}]}"#,
    ];
    check_familiar(&loose);
    check_refused(
        &loose,
        &[
            r#"{"a":1,"b":2,"a":3}"#,
            r#"{"a":1,"b":2,"c":3,"b":2,"a":3}"#,
            r#"{"b":1,"c":{"x":1,"y":1,"x":1},"a":3}"#,
            r#"{"b":1,"c":{"x":1,"y":1},"a":[{"x":1,"y":1,"x":1}]}"#,
        ],
    );
}

#[test]
fn parts_of_a_record_with_a_repeated_key_are_no_parts_of_others() {
    let mut shapes = shapes(Instructions::Widest);
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
fn what_was_learned_of_a_record_before_it_was_refused_leads_nobody_astray() {
    let mut shapes = shapes(Instructions::Widest);
    for record in [
        r#"{"x":{"p":1,"s":2,"r":3},"q":4}"#,
        r#"{"x":{"p":1,"s":2,"r":3,"email":5},"q":4}"#,
        r#"{"x":{"p":1,"s":2,"r":3}}"#,
        r#"{"x":{"p":1},"q":4}"#,
    ] {
        assert!(shapes.learn(record.as_bytes()), "{record}");
    }
    // Its first texts are new, its last one is too long.
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
fn a_full_graph_still_reads_what_it_knows_right() {
    let mut shapes = shapes(Instructions::Widest);
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
fn a_repeated_key_is_no_shape() {
    let mut shapes = shapes(Instructions::Widest);
    let record = br#"{"a":1,"a":2}"#;
    assert!(!shapes.learn(record) || read(&mut shapes, record).is_none());
}

#[test]
fn marks_and_notes_are_those_of_what_was_passed() {
    let mut shapes = shapes(Instructions::Widest);
    // Both start alike for longer than a head.
    let key = "k".repeat(40);
    let records = [
        format!(r#"{{"id":"a","{key}1":1}}"#),
        format!(r#"{{"id":"a","{key}2":{{}},"marked":1,"noted":[]}}"#),
    ];
    for record in &records {
        assert!(shapes.learn(record.as_bytes()));
    }
    for (record, marks, notes) in [
        (&records[0], 0, 0),
        (&records[1], 1, 1),
        (&records[0], 0, 0),
    ] {
        let bytes = [record.as_bytes(), &BEHIND].concat();
        let (record, _) = shapes.read(&bytes, 0).unwrap();
        assert_eq!((record.marks(), record.notes().len()), (marks, notes));
        assert_eq!(shown(record.slot(0)), r#""a""#);
        assert_eq!(record.slot(MAX_SLOTS - 1), Value::Missing);
    }
}

#[test]
fn a_kind_that_may_not_be_there_is_unfamiliar() {
    check_refused(&[r#"{"id":"a"}"#], &[r#"{"id":1}"#, r#"{"id":true}"#]);
    check_familiar(&[r#"{"id":"a"}"#, r#"{"id":null}"#]);
}

#[test]
fn keys_without_end_stop_being_learned_and_nothing_else_breaks() {
    let mut shapes = shapes(Instructions::Widest);
    for number in 0..20_000 {
        shapes.learn(format!(r#"{{"id":"a","key{number}":1}}"#).as_bytes());
    }
    let record = br#"{"id":"a","key1":1}"#;
    assert_eq!(read(&mut shapes, record), expected(record));
    assert_eq!(read(&mut shapes, br#"{"id":"a","key19999":1}"#), None);
}

#[test]
fn a_record_near_the_end_of_the_bytes_is_left_to_others() {
    let mut shapes = shapes(Instructions::Widest);
    let record = br#"{"id":"a"}"#;
    assert!(shapes.learn(record));
    for behind in 0..BEHIND.len() {
        let bytes = [&record[..], &BEHIND[..behind]].concat();
        let end = shapes.read(&bytes, 0).map(|(record, _)| record.end());
        assert!(matches!(end, None | Some(10)));
        for start in 1..bytes.len() + 2 {
            assert!(shapes.read(&bytes, start).is_none());
        }
    }
}

/// Records as a program writes them: members in one order, some absent, values of all kinds.
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
    fn what_is_learned_is_read_as_the_exact_reader_reads_it(
        records in prop::collection::vec(record(), 1..12),
    ) {
        for instructions in ALL {
            let mut shapes = shapes(instructions);
            learn(&mut shapes, &records);
            for record in &records {
                prop_assert_eq!(read(&mut shapes, record.as_bytes()), expected(record.as_bytes()));
            }
        }
    }

    #[test]
    fn a_changed_record_is_read_right_or_left_to_others(
        records in prop::collection::vec(record(), 1..6),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
        which in any::<prop::sample::Index>(),
    ) {
        let mut changed = which.get(&records).clone().into_bytes();
        for (place, byte, how) in changes {
            let place = place.index(changed.len());
            match how {
                0 => changed[place] = byte,
                1 => changed.insert(place, byte),
                _ => {
                    changed.remove(place);
                }
            }
            if changed.is_empty() {
                changed.push(byte);
            }
        }
        for instructions in ALL {
            let mut shapes = shapes(instructions);
            learn(&mut shapes, &records);
            let bytes = [&changed[..], &BEHIND].concat();
            if let Some(found) = read(&mut shapes, &changed) {
                let expected = expected(&bytes[..found.0]);
                prop_assert_eq!(Some(found), expected);
            }
        }
    }
}

#[test]
fn the_exact_reader_agrees_that_what_is_expected_is_valid() {
    // The oracle itself: it refuses what the reader refuses.
    assert_eq!(expected(br#"{"a":1,"a":2}"#), None);
    assert_eq!(expected(br#"{"a":01}"#), None);
    assert_eq!(Reader::new(b"{").next_event().map(|_| ()), Ok(()));
    assert!(matches!(
        Reader::new(b"]").next_event().map_err(|error| error.kind),
        Err(ErrorKind::Unexpected { .. })
    ));
}
