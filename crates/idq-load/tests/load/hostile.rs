//! Texts made to take long: the bytes that are looked at stay in proportion to the text, whatever the damage.

use idq_api::Api;
use idq_json::work;
use idq_load::{Loader, OnBadRecord, Parser, Source};
use proptest::prelude::*;

use crate::support::{skip, skip_in};

/// Bytes of a text made of copies of a piece.
const LENGTH: usize = 400 << 10;

/// Bytes that may be looked at for each byte of a text; anything quadratic looks at thousands.
const LOOKS_PER_BYTE: u64 = 24;

/// A text counts as at least this long: a short one with many errors is worth more looks.
const LEAST_LENGTH: u64 = 1 << 20;

fn very_many(piece: &str) -> String {
    piece.repeat(LENGTH / piece.len())
}

/// Loads a text, bad records skipped, and returns the bytes looked at.
fn work_of(text: &str) -> u64 {
    // Work is counted thread by thread.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.unwrap().install(|| {
        let source = Source::bytes("text", text.as_bytes());
        let loader = Loader::new(vec![source])
            .api(Api::provisionr())
            .on_bad_record(OnBadRecord::Skip);
        work::take();
        loader.load().unwrap();
        work::take()
    })
}

fn check_work(text: &str, piece: &str) {
    let (work, length) = (work_of(text), text.len() as u64);
    assert!(
        work <= LOOKS_PER_BYTE * length.max(LEAST_LENGTH),
        "{work} bytes looked at of {length}: {piece:?}"
    );
}

const GOOD: &str = r#"{"id":"a","state":"active"}"#;

/// Beginnings after which the pieces stand: outside of everything, in an array, in a page, in a record.
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

fn load(piece: &str) {
    for beginning in beginnings() {
        let text = beginning + &very_many(piece);
        let view = skip_in(text.as_bytes(), 1 << 18, Parser::Shapes);
        assert!(view.is_ok(), "{piece}");
        check_work(&text, piece);
    }
}

#[test]
fn brackets_that_never_close() {
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
        load(piece);
    }
}

#[test]
fn strings_that_never_close() {
    for piece in [
        "\"",
        "\\",
        r#"{"id":"a"#,
        "{\"id\":\"a\n",
        r#"{"id":"a","x":"},{"id":"b","#,
    ] {
        load(piece);
    }
}

#[test]
fn separators_that_separate_nothing() {
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
        load(piece);
    }
}

#[test]
fn what_is_no_json_at_all() {
    for piece in ["x", "x\n", "\0", "\u{feff}", "\u{1F600}", "\\u", "-", "1e"] {
        load(piece);
    }
}

#[test]
fn broken_pages() {
    for piece in [
        r#"{"data":["#,
        r#"{"data":[{"#,
        r#"":["#,
        r#""data":["#,
        r#"{"current_page":x,"data":[{"id":"a"}]}"#,
        "{\"current_page\":1,\"data\":[{\"id\":\"a\"},\n",
    ] {
        load(piece);
    }
}

#[test]
fn records_that_lost_their_end_are_all_passed_in_linear_work() {
    let lost = r#"{"id":"a","state":"s"},{"id":"q","#;
    for beginning in ["[", "", "{\"current_page\":1,\"data\":["] {
        let text = beginning.to_owned() + &very_many(lost);
        check_work(&text, lost);
        let view = skip(text.as_bytes());
        assert_eq!(view.records.len(), LENGTH / lost.len(), "{beginning}");
    }
}

#[test]
fn long_texts_without_an_end_are_looked_at_in_linear_work() {
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
        load(&piece);
    }
    // A whole line of blanks before each of many short lines.
    let text = format!("{{{}\n{}", " ".repeat(LENGTH), "x\n".repeat(LENGTH / 2));
    check_work(&text, "a bracket, blanks, lines");
}

/// Parts of dumps, sound and broken, that damage is made of.
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
    fn any_damage_is_passed_in_linear_work(
        beginning in 0_usize..6,
        piece in prop::collection::vec(prop::sample::select(&FRAGMENTS[..]), 1..12),
    ) {
        let piece = piece.concat();
        let text = beginnings()[beginning].clone() + &very_many(&piece);
        check_work(&text, &piece);
    }
}

/// Every line is a broken record that goes on for ever as far as its brackets tell: sound lines are found all the same.
#[test]
fn sound_lines_survive_among_many_hostile_ones() {
    let hostile = "{\"id\":\"b\",\"profile\":[1,\n".repeat(50_000);
    let text = format!("{hostile}{GOOD}\n{hostile}{GOOD}\n{hostile}");
    let view = skip_in(text.as_bytes(), 1 << 18, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a a");
}

#[test]
fn records_on_one_long_line() {
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
fn a_page_may_have_very_many_members() {
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

/// Thousands of bad lines in a row are no dump with a broken line here and there: they are set aside together.
#[test]
fn very_many_bad_lines_in_a_row_are_set_aside_together() {
    let text = format!("{GOOD}\n{}{GOOD}\n", "no record\n".repeat(5_000));
    let view = skip_in(text.as_bytes(), 8 << 20, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a a");
    assert_eq!(view.rejects.len(), 1_000);
    let last = &view.rejects[999];
    assert_eq!(last.line, 1_001);
    assert_eq!(last.raw, "no record\n".repeat(4_001).trim_end().as_bytes());
}

/// Brackets between them make no difference.
#[test]
fn very_many_open_brackets_are_set_aside_together() {
    let text = format!("{GOOD}\n{}", "[\n".repeat(5_000));
    let view = skip_in(text.as_bytes(), 8 << 20, Parser::Shapes).unwrap();
    assert_eq!(view.ids(), "a");
    assert_eq!(view.rejects.len(), 1_000);
}

#[test]
fn unknown_names_are_the_first_thousand_whatever_the_blocks() {
    let line = |number: usize| format!("{{\"id\":\"a\",\"x{:04}\":1}}\n", number * 7 % 3_000);
    let text: String = (0..3_000).map(line).collect();
    let expected = skip_in(text.as_bytes(), 8 << 20, Parser::Exact)
        .unwrap()
        .unknown;
    assert_eq!(expected.len(), 1_000);
    assert_eq!(expected[999], "x0999");
    for block in [100, 1_000, 10_000] {
        let view = skip_in(text.as_bytes(), block, Parser::Shapes).unwrap();
        assert_eq!(view.unknown, expected);
    }
}

/// Neither half of a broken pair hides the other's neighbours.
#[test]
fn a_small_text_is_cut_anywhere() {
    let text = format!("[{GOOD},{{\"id\":\"b\",[}},{GOOD}]");
    assert_eq!(skip(text.as_bytes()).ids(), "a a");
}
