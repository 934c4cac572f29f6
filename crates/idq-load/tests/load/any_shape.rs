//! Tests that records of any shape have the same values and the same errors by every parser: any order of keys, any
//! white space, keys that are data, and whatever the structural reader leaves to other parsers.

use idq_load::{Columns, OnBadRecord, Parser, Source};
use idq_snapshot::LoadErrorKind;
use proptest::prelude::*;

use crate::support::{PARSERS, View, loader, view};

/// Loads a dump with some columns, skipping malformed records. A dump whose records may be in several places is an
/// error.
fn load(bytes: &[u8], columns: Columns, parser: Parser, block: usize) -> Result<View, String> {
    let loader = loader(bytes)
        .columns(columns)
        .api_if_unknown(idq_api::Api::provisionr())
        .on_bad_record(OnBadRecord::Skip);
    let loaded = loader.block_size(block).parser(parser).load();
    match loaded {
        Ok(snapshot) => Ok(view(&snapshot)),
        Err(error) if matches!(*error.kind, LoadErrorKind::AmbiguousPath(_)) => {
            Err(error.to_string())
        }
        Err(error) => panic!("{error}: {}", bytes.escape_ascii()),
    }
}

/// Checks that the parsers agree on a dump, in blocks of some lengths.
fn check(bytes: &[u8], blocks: &[usize]) -> Result<View, String> {
    for columns in [Columns::Queried, Columns::Parts(Vec::new())] {
        let expected = load(bytes, columns.clone(), Parser::Reference, 8 << 20);
        let found = load(bytes, columns, Parser::Structural, 8 << 20);
        assert_eq!(found, expected, "{}", bytes.escape_ascii());
    }
    let expected = load(bytes, Columns::All, Parser::Reference, 8 << 20);
    for parser in PARSERS {
        for &block in blocks {
            let found = load(bytes, Columns::All, parser, block);
            let text = bytes.escape_ascii();
            assert_eq!(found, expected, "{parser:?}, blocks of {block}: {text}");
        }
    }
    expected
}

/// Checks each record between two others, as lines and as an array.
fn check_records(records: &[&str]) {
    let good = r#"{"state":"active","id":"good"}"#;
    for record in records {
        for (before, between, after) in [("", "\n", "\n"), ("[", ",", "]"), ("[ ", " ,\n", "\n]")] {
            let dump = [before, good, between, record, between, good, after].concat();
            let view = check(dump.as_bytes(), &[16, 1 << 20]).unwrap();
            assert!(view.ids().starts_with("good"), "{record}");
        }
    }
}

#[test]
fn records_with_any_order_and_spacing_are_read_alike() {
    check_records(&[
        r#"{"profile":{"b":[1,{"c":null}],"a":{}},"id":"1","timestamp":{"created_at":"2026-01-31T09:30:00Z"}}"#,
        "{ \"included\" : { \"directory_user\" : null } ,\n\t\"id\" : \"1\" , \"state\" :\r\"x\" }",
        r#"{"count":{"workspace_logs_parent":12345678,"workspace_logs_record":0},"id":"1"}"#,
        r#"{"included":[],"links":{"self":"https:\/\/a\/identities\/1"},"id":"1"}"#,
        r#"{"profile":"text","id":"1"}"#,
        r#"{"profile":[[],[[]],[{}]],"id":"1"}"#,
        r#"{"profile":{"":"","\u00e9":1,"a\"b":"\ud83d\ude00"},"id":"1","vendor_id":"Zoë"}"#,
        r#"{"st\u0061te":"x","unknown":{"a":[true,false]},"included":{"new":1},"id":"1"}"#,
    ]);
}

#[test]
fn records_with_repeated_keys_are_read_alike() {
    check_records(&[
        r#"{"id":"1","state":"a","state":"b"}"#,
        r#"{"id":"1","state":"a","st\u0061te":"b"}"#,
        r#"{"id":"1","state":"a","profile":{"a":1,"b":2,"a":3}}"#,
        r#"{"id":"1","state":"a","profile":{"a":1},"profile":{"b":2}}"#,
        r#"{"id":"1","state":"a","profile":[{"a":1},{"a":2}]}"#,
        r#"{"id":"1","state":"a","new":1,"new":2}"#,
        r#"{"id":"1","state":"a","included":{"new":1,"n\u0065w":2}}"#,
        r#"{"id":"1","state":"a","new":{"a":1,"a":2}}"#,
        r#"{"id":"1","included":{"directory_user":{"id":"x"}},"included":null}"#,
    ]);
}

#[test]
fn malformed_records_are_rejected_alike() {
    check_records(&[
        r#"{"id":"1","state":"a",}"#,
        r#"{"id":"1",,"state":"a"}"#,
        r#"{"id":"1" "state":"a"}"#,
        r#"{"id":"1","state","a"}"#,
        r#"{"id":"1","state":"a"]"#,
        r#"{"id":"1","state":"a","profile":[1,]}"#,
        r#"{"id":"1","state":"a","profile":[1}"#,
        r#"{"id":"1","state":"a","profile":01}"#,
        r#"{"id":"1","state":"a","profile":-}"#,
        r#"{"id":"1","state":"a","profile":1.}"#,
        r#"{"id":"1","state":"a","profile":12345678x}"#,
        r#"{"id":"1","state":"a","profile":nul}"#,
        r#"{"id":"1","state":"a","profile":nullx}"#,
        r#"{"id":"1","state":"a","profile":null"x"}"#,
        r#"{"id":"1","state":"a","profile":true false}"#,
        r#"{"id":"1","state":"a","profile":"\x"}"#,
        r#"{"id":"1","state":"a","profile":"\ud800"}"#,
        "{\"id\":\"1\",\"state\":\"a\",\"profile\":\"\t\"}",
        r#"{"id":"1","state":"a","profile":\"}"#,
        r#"{"id":1,"state":"a"}"#,
        r#"{"id":null,"state":"a"}"#,
        r#"{"state":"a"}"#,
        r#"{"id":"1","state":{"a":1}}"#,
        r#"{"id":"1","count":{"workspace_logs_parent":"1"}}"#,
        r#"{"id":"1","included":{"directory_user":[1]}}"#,
        r#"{"id":"1","timestamp":{"created_at":"yesterday"}}"#,
        r#"{"id":"1","kind":"Identity","firstName":"a"}"#,
    ]);
}

/// Tokens have no entries of their own in the structural index, so the walk checks the bytes between two entries.
#[test]
fn anything_between_two_tokens_is_judged_alike() {
    let tokens = [
        "{",
        r#""id""#,
        ":",
        r#""1""#,
        ",",
        r#""profile""#,
        ":",
        "[",
        "1",
        ",",
        r#""a""#,
        ",",
        "{",
        r#""b""#,
        ":",
        "{",
        "}",
        "}",
        ",",
        "[",
        "]",
        "]",
        ",",
        r#""count""#,
        ":",
        "{",
        "}",
        ",",
        r#""new""#,
        ":",
        r#""c""#,
        "}",
    ];
    // Some are longer than the index at first.
    let insertions = [
        " ",
        "\n\t\r",
        &" ".repeat(300),
        "\u{C}",
        "x",
        "1",
        "null",
        "\"",
        "\"x\"",
        " \"x\" ",
        "\"\n\"",
        "\"\n \"",
        "\"\n\u{1}\"",
        "\"\u{1}:\"",
        "\"\\x\"",
        "\\",
        "\\\"",
        ",",
        ":",
        "{",
        "}",
        "[]",
        "é",
    ];
    let good = r#"{"state":"active","id":"good"}"#;
    for at in 1..tokens.len() {
        let (before, after) = (tokens[..at].concat(), tokens[at..].concat());
        for insertion in insertions {
            let record = [&before, insertion, &after].concat();
            let dump = format!("{record}\n{good}\n");
            let _ = check(dump.as_bytes(), &[1 << 20]);
        }
    }
    let dump = format!("{}\n{good}", tokens.concat());
    for end in 0..dump.len() {
        let _ = check(&dump.as_bytes()[..end], &[1 << 20]);
    }
}

#[test]
fn records_beyond_the_limits_of_the_structural_reader_are_read_alike() {
    let deep = format!(
        r#"{{"id":"1","state":"a","profile":{}{}}}"#,
        "[".repeat(90),
        "]".repeat(90)
    );
    let long = format!(
        r#"{{"state":"a","profile":"{}","id":"1"}}"#,
        "x".repeat(3 << 20)
    );
    let page_like = r#"{"data":[1],"state":"a","id":"1"}"#;
    check_records(&[&deep, page_like]);
    let view = check(format!("{long}\n{long}\n").as_bytes(), &[8 << 20]).unwrap();
    assert_eq!(view.ids(), "1 1");
}

/// The page's key for records is not the key of a record.
#[test]
fn pages_in_a_dump_of_shuffled_records_are_read_alike() {
    let page = r#"{"data":[{"state":"a","id":"2"}],"current_page":1}"#;
    let lines = format!("{{\"state\":\"a\",\"id\":\"1\"}}\n{page}\n{page}\n");
    assert_eq!(
        check(lines.as_bytes(), &[20, 1 << 20]).unwrap().ids(),
        "1 2 2"
    );
}

/// Records whose keys have another order in each record exhaust the patience with shapes.
#[test]
fn thousands_of_records_in_random_order_and_then_in_one_order_are_read_alike() {
    let members = [
        r#""id":"a""#,
        r#""state":"active""#,
        r#""email":"a@b""#,
        r#""vendor_id":null"#,
        r#""profile":{"a":1}"#,
        r#""count":{"workspace_logs_parent":1}"#,
        r#""included":null"#,
    ];
    let mut dump = String::new();
    for record in 0..6_000_usize {
        let mut order = members.to_vec();
        if record < 4_000 {
            order.rotate_left(record % 7);
            order.swap(record / 7 % 7, record / 49 % 7);
            order.swap(record / 343 % 7, 3);
        }
        dump += &format!("{{{}}}\n", order.join(","));
    }
    let expected = load(dump.as_bytes(), Columns::All, Parser::Reference, 8 << 20);
    let found = load(dump.as_bytes(), Columns::All, Parser::Shapes, 8 << 20);
    assert_eq!(found, expected);
}

/// Where keys are data, shapes soon leave out the content of documents that no column needs.
#[test]
fn documents_whose_keys_are_data_are_read_alike_with_and_without_their_columns() {
    let api = idq_api::Api::provisionr();
    let column = |name: &str| api.field(name).unwrap().into();
    let mut lines: Vec<String> = (0..3_000)
        .map(|record| {
            let groups = format!(r#"{{"grp-{record}":{{"role":"owner","since":[{record}]}}}}"#);
            let unknown = format!(r#""plan":{{"{record}":null}}"#);
            format!(
                r#"{{"id":"{record}","profile":{groups},"state":"s{}",{unknown},"email":"é{record}@a"}}"#,
                record % 3
            )
        })
        .collect();
    // Damaged documents, long after shapes leave their content out.
    for (record, damage) in [
        (2_000, r#"{"a":1,}"#),
        (2_100, r#"[1 2]"#),
        (2_200, r#"{"a":"\x"}"#),
        (2_300, "{\"a\":\"\u{1}\"}"),
    ] {
        lines[record] = format!(r#"{{"id":"{record}","profile":{damage},"state":"bad"}}"#);
    }
    lines[2_400] = r#"{"id":"2400","profile":{"a":1,"a":2},"state":"twice","plan":[]}"#.to_owned();
    lines[2_500] = r#"{"id":"2500","profile":"text","state":"text","plan":"text"}"#.to_owned();
    lines[2_600] = r#"{"id":"2600","profile":null,"state":"null"}"#.to_owned();
    let dump = lines.join("\n");
    for columns in [
        Columns::Parts(vec![column("state"), column("email")]),
        Columns::Parts(vec![column("state"), column("profile")]),
        Columns::Parts(vec![idq_snapshot::ColumnPart {
            column: api.field("profile").unwrap(),
            extent: idq_snapshot::Extent::Path(vec!["a".to_owned()]),
        }]),
        Columns::All,
    ] {
        let expected = load(dump.as_bytes(), columns.clone(), Parser::Reference, 8 << 20);
        for parser in PARSERS {
            let found = load(dump.as_bytes(), columns.clone(), parser, 64 << 10);
            assert_eq!(found, expected, "{parser:?}");
        }
        assert_eq!(expected.unwrap().rejects.len(), 4);
    }
}

/// Returns a value of some depth, with white space.
fn value() -> impl Strategy<Value = String> {
    let scalar = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1.5e3",
        "12345678",
        "\"\"",
        "\"a\"",
        "\"\\u00eb\\\"\"",
        "\"é€\"",
        "\"2026-01-31T09:30:00Z\"",
        "\"abcdefghijklmnopqrstuvwxyz{}[],:\"",
    ]);
    let key = prop::sample::select(vec![
        "a",
        "b",
        "directory_user",
        "\\u0061",
        "long key of a member",
    ]);
    scalar
        .prop_map(str::to_owned)
        .prop_recursive(3, 12, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(" ,"))),
                prop::collection::vec((key.clone(), inner), 0..4).prop_map(|members| {
                    let members = members
                        .iter()
                        .map(|(key, value)| format!("\"{key}\" :{value}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
                }),
            ]
        })
}

/// Returns a record with members in any order.
fn record() -> impl Strategy<Value = String> {
    let names = vec![
        "id",
        "state",
        "email",
        "profile",
        "timestamp",
        "included",
        "links",
        "count",
        "new",
        "st\\u0061te",
        "data",
        "d\\u0061ta",
        "items",
        "total",
    ];
    let members = prop::sample::subsequence(names, 0..8).prop_shuffle();
    (members, prop::collection::vec(value(), 8)).prop_map(|(names, values)| {
        let members = names.iter().zip(values).map(|(name, value)| match *name {
            "id" => "\"id\":\"1\"".to_owned(),
            _ => format!("\"{name}\":{value}"),
        });
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// One byte of the dump is replaced, so that every kind of fault occurs in every kind of value.
    #[test]
    fn dumps_with_a_replaced_byte_are_read_alike(
        records in prop::collection::vec(record(), 1..6),
        position in any::<prop::sample::Index>(),
        byte in prop::sample::select(b"{}[]\",:\\ \n\0x01-.e\xC3".to_vec()),
        block in 1..200_usize,
    ) {
        let mut dump = records.join("\n").into_bytes();
        // Some dumps have objects in several places, and are refused by every parser alike.
        let _ = check(&dump, &[block]);
        let position = position.index(dump.len());
        dump[position] = byte;
        let _ = check(&dump, &[block, 1 << 20]);
    }
}

#[test]
fn source_of_many_small_blocks_is_read_alike_by_the_index() {
    let dump = r#"{"state":"a","profile":{"k\"":[1,2]},"id":"1"}"#.repeat(50);
    let source = || vec![Source::bytes("dump", dump.as_bytes())];
    for block in 1..60 {
        let loader = idq_load::Loader::new(source()).parser(Parser::Structural);
        assert_eq!(
            loader.block_size(block).load().unwrap().rows(),
            50,
            "{block}"
        );
    }
}
