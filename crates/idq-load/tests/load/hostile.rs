//! Tests of texts with a malicious structure: the number of scanned bytes is linear in the length of the text.

use idq_json::work;
use idq_load::{Columns, Loader, OnBadRecord, Parser, Source};
use proptest::prelude::*;

use crate::support::{skip, skip_in};

/// The length in bytes of a text of repeated pieces.
const TEXT_BYTES: usize = 400 << 10;

/// The maximum number of scanned bytes per byte of a text. Quadratic work scans thousands.
const MAX_SCANS_PER_BYTE: u64 = 24;

/// The minimum length to which the maximum applies: a short text with many errors may be scanned more often.
const MIN_TEXT_BYTES: u64 = 1 << 20;

fn repeat(piece: &str) -> String {
    piece.repeat(TEXT_BYTES / piece.len())
}

/// Loads some columns of a text, skipping malformed records, and returns the number of bytes scanned.
fn measure_work(text: &str, columns: Columns) -> u64 {
    // The counter is thread-local.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(|| {
        let source = Source::bytes("text", text.as_bytes());
        let loader = Loader::new(vec![source])
            .api(idq_api::Api::provisionr())
            .columns(columns)
            .on_bad_record(OnBadRecord::Skip);
        work::take();
        loader.load().unwrap();
        work::take()
    })
}

fn check_work(text: &str, piece: &str) {
    // Where documents become no columns, shapes may leave their content out.
    for columns in [Columns::All, Columns::Ids] {
        let (work, length) = (measure_work(text, columns), text.len() as u64);
        assert!(
            work <= MAX_SCANS_PER_BYTE * length.max(MIN_TEXT_BYTES),
            "{work} bytes scanned of {length}: {piece:?}"
        );
    }
}

const GOOD: &str = r#"{"id":"a","state":"active"}"#;

/// Returns the texts before the pieces, which are then outside any container, in an array, a page or a record.
fn beginnings() -> [String; 6] {
    [
        String::new(),
        "[".to_owned(),
        format!("[{GOOD},{GOOD},"),
        format!("{GOOD}\n{GOOD}\n"),
        format!(r#"{{"current_page":1,"data":[{GOOD},{GOOD},"#),
        r#"[{"id":"a","profile":"#.to_owned(),
    ]
}

fn check_load(piece: &str) {
    for beginning in beginnings() {
        let text = beginning + &repeat(piece);
        let view = skip_in(text.as_bytes(), 1 << 18, Parser::Shapes);
        assert!(view.is_ok(), "{piece}");
        check_work(&text, piece);
    }
}

#[test]
fn brackets_that_never_close_are_scanned_in_linear_work() {
    for piece in [
        "{",
        "[",
        "[{",
        "{\n",
        "[\n",
        r#"[{"a":"#,
        r#"{"a":[1,"#,
        "{\"a\":[1,\n",
        r#"[1,{"a":"#,
        r#"{"id":[{"id":"a"},"#,
    ] {
        check_load(piece);
    }
}

#[test]
fn strings_that_never_close_are_scanned_in_linear_work() {
    for piece in [
        "\"",
        "\\",
        r#"{"id":"a"#,
        "{\"id\":\"a\n",
        r#"{"id":"a","x":"},{"id":"b","#,
    ] {
        check_load(piece);
    }
}

#[test]
fn separators_without_records_are_scanned_in_linear_work() {
    for piece in [
        ",",
        "]",
        "}",
        "{}",
        "{},",
        "{}\n",
        "\n",
        " ",
        r#"{"id" 1},"#,
    ] {
        check_load(piece);
    }
}

#[test]
fn white_space_in_a_record_is_scanned_in_linear_work() {
    let white_space = " ".repeat(4 << 20);
    for before in [
        r#"{"id":"a","profile":"#,
        r#"{"id":"a","profile":["#,
        r#"{"id":"a","profile":{"a":1,"#,
        r#"{"id":"a","count":{"#,
        r#"{"id":"a","profile":"x""#,
        r#"{"id":"a","state""#,
    ] {
        check_work(&[before, &white_space].concat(), before);
        check_work(
            &["[", GOOD, ",", before, &white_space, GOOD].concat(),
            before,
        );
    }
}

#[test]
fn text_that_is_not_json_is_scanned_in_linear_work() {
    for piece in ["x", "x\n", "\0", "\u{feff}", "\u{1F600}", "\\u", "-", "1e"] {
        check_load(piece);
    }
}

#[test]
fn malformed_pages_are_scanned_in_linear_work() {
    for piece in [
        r#"{"data":["#,
        r#"{"data":[{"#,
        r#"":["#,
        r#""data":["#,
        r#"{"current_page":x,"data":[{"id":"a"}]}"#,
        "{\"current_page\":1,\"data\":[{\"id\":\"a\"},\n",
    ] {
        check_load(piece);
    }
}

#[test]
fn malformed_wrappers_are_scanned_in_linear_work() {
    for piece in [
        r#"{"users":["#,
        r#"{"users":[{"id":"a"},"#,
        "{\"users\":[{\"id\":\"a\"},\n",
        r#"{"users":[{"id":"a","x"}]}"#,
        r#"{"user":{"id":"a"}},{"user":{"id"x}},"#,
        r#"],[{"id":"a"},{"id":"#,
        r#"{"error":[{"x":1}]}"#,
    ] {
        check_load(piece);
    }
    for piece in [
        r#"{"users":[{"id":"a"},"#,
        r#"{"a":1,"user":{"id":"a"},"b":"#,
        r#"{"user":{"id":"a"},"#,
        r#"],"b":{"id":"a"},"#,
    ] {
        let wrapper = r#"{"users":[{"id":"a"}]}{"users":[{"id":"b"},"#;
        let text = wrapper.to_owned() + &repeat(piece);
        assert!(skip_in(text.as_bytes(), 1 << 18, Parser::Shapes).is_ok());
        check_work(&text, piece);
        let text = r#"[{"user":{"id":"a"}},{"user":"#.to_owned() + &repeat(piece);
        check_work(&text, piece);
    }
}

#[test]
fn records_without_an_end_are_scanned_in_linear_work() {
    let lost = r#"{"id":"a","state":"s"},{"id":"q","#;
    for beginning in ["[", "", "{\"current_page\":1,\"data\":["] {
        let text = beginning.to_owned() + &repeat(lost);
        check_work(&text, lost);
        let view = skip(text.as_bytes());
        assert_eq!(view.records.len(), TEXT_BYTES / lost.len(), "{beginning}");
    }
}

#[test]
fn long_texts_without_an_end_are_scanned_in_linear_work() {
    let blanks = " ".repeat(4_000);
    let deep = "[".repeat(990);
    for piece in [
        format!("{{{blanks}\nx\nx\nx\nx\n"),
        format!("{{{blanks},{{\"id\":\"a\"}},"),
        format!(r#"{{"a":{deep},"#),
        format!("{{\"a\":{deep}\n"),
        r#"{"id":"a"}{"a":[[}"#.to_owned(),
        "{\"id\":\"a\"}{\"a\":[[}\n".to_owned(),
        r#"{"total":1,"x":["#.to_owned(),
        "{\"total\":1,\"x\":[\n".to_owned(),
        format!(r#"{{"{}":1}}],"{}","#, "k".repeat(300), "k".repeat(900)),
        format!("{{\"id\":\"a\",\"x\":[1,{GOOD},{GOOD},"),
    ] {
        check_load(&piece);
    }
    // A long line of blanks before many short lines.
    let text = format!(
        "{{{}\n{}",
        " ".repeat(TEXT_BYTES),
        "x\n".repeat(TEXT_BYTES / 2)
    );
    check_work(&text, "a bracket, blanks, lines");
}

#[test]
fn documents_without_an_end_after_others_of_any_content_are_scanned_in_linear_work() {
    // Shapes with the content of these documents are soon left for shapes without it.
    let good: String = (0..1_000)
        .map(|number| format!(r#"{{"id":"a","profile":{{"k{number}":1}},"plan":[]}},"#))
        .collect();
    for piece in [
        r#"{"id":"a","profile":{"k":1},"plan":[1"#,
        r#"{"id":"a","profile":{"k":[1,"#,
        r#"{"id":"a","profile":[{"k":1},"#,
        r#"{"id":"a","profile":{"k":[{"id":"a"},"#,
        r#"{"id":"a","profile":{"k":"},{"#,
    ] {
        let text = format!("[{good}{}", repeat(piece));
        check_work(&text, piece);
        let between = format!("{piece},{}", r#"{"id":"a","profile":{"k":1}},"#.repeat(20));
        let text = format!("[{good}{}", repeat(&between));
        check_work(&text, &between);
    }
}

/// Parts of valid and malformed dumps, from which texts are generated.
const FRAGMENTS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\n",
    " ",
    "\\",
    "1",
    "x",
    r#""id":"a""#,
    r#""id":"#,
    r#""data":["#,
    r#""current_page":1,"#,
    r#"{"id":"a","state":"s"}"#,
    r#"{"id":"q","#,
    r#""profile":{"a":["#,
    "}\n{",
    "},{",
    "]}",
    "  ",
    "\"k\":{",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_repeated_damage_is_scanned_in_linear_work(
        beginning in 0_usize..6,
        piece in prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 1..12),
    ) {
        let piece = piece.concat();
        let text = beginnings()[beginning].clone() + &repeat(&piece);
        check_work(&text, &piece);
    }
}

/// The brackets of each hostile line never close, but the valid lines among them are found.
#[test]
fn valid_lines_among_many_hostile_ones_are_loaded() {
    let hostile = "{\"id\":\"b\",\"profile\":[1,\n".repeat(50_000);
    let text = format!("{hostile}{GOOD}\n{hostile}{GOOD}\n{hostile}");
    let view = skip_in(text.as_bytes(), 1 << 18, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a a");
}

#[test]
fn records_on_one_long_line_are_all_loaded() {
    let text = r#"{"id":"a"}"#.repeat(20_000) + "\n";
    assert_eq!(
        skip_in(text.as_bytes(), 8 << 20, Parser::Shapes)
            .unwrap()
            .records
            .len(),
        20_000
    );
}

#[test]
fn page_with_a_hundred_thousand_members_is_loaded() {
    let members: String = (0..100_000)
        .map(|key| format!("\"k{key}\":{key},"))
        .collect();
    let text = format!(r#"{{{members}"data":[{GOOD}]}}"#);
    assert_eq!(
        skip_in(text.as_bytes(), 8 << 20, Parser::Shapes)
            .unwrap()
            .ids(),
        "a"
    );
}

/// Thousands of consecutive malformed lines are not a dump with some malformed records.
#[test]
fn consecutive_malformed_lines_beyond_the_maximum_are_one_reject() {
    let text = format!("{GOOD}\n{}{GOOD}\n", "no record\n".repeat(5_000));
    let view = skip_in(text.as_bytes(), 8 << 20, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a a");
    assert_eq!(view.rejects.len(), 1_000);
    let last = &view.rejects[999];
    assert_eq!(last.line, 1_001);
    assert_eq!(last.raw, "no record\n".repeat(4_001).trim_end().as_bytes());
}

#[test]
fn consecutive_rejects_beyond_the_maximum_are_one_reject() {
    let text = format!("{GOOD}\n{}", "null\n".repeat(5_000));
    let view = skip_in(text.as_bytes(), 8 << 20, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a");
    assert_eq!(view.rejects.len(), 1_000);
}

#[test]
fn unknown_fields_beyond_the_maximum_are_the_first_thousand_for_any_blocks() {
    let line = |number: usize| format!("{{\"id\":\"a\",\"x{:04}\":1}}\n", number * 7 % 3_000);
    let text: String = (0..3_000).map(line).collect();
    let expected = skip_in(text.as_bytes(), 8 << 20, Parser::Reference)
        .unwrap()
        .unknown;
    assert_eq!(expected.len(), 1_000);
    assert_eq!(expected[999], "x0999");
    for block in [100, 1_000, 10_000] {
        let view = skip_in(text.as_bytes(), block, Parser::Shapes).unwrap();
        assert_eq!(view.unknown, expected);
    }
}

/// A malformed record with an unmatched pair of brackets does not hide its neighbours.
#[test]
fn small_text_in_blocks_of_any_size_loads_equally() {
    let text = format!("[{GOOD},{{\"id\":\"b\",[}},{GOOD}]");
    assert_eq!(skip(text.as_bytes()).ids(), "a a");
}
