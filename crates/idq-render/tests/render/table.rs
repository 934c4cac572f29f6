//! Tables at several widths, with colours, and with hostile text.

use idq_render::{Colour, ColumnSet, Table};

const RECORDS: [&str; 4] = [
    r#"{"id":7,"email":"zoe.marchand@example.com","state":"active","profile":{"title":"Head of Identity","city":"K\u00f6ln"}}"#,
    r#"{"id":12,"email":"tanaka@example.co.jp","state":"suspended","profile":{"title":"\u7530\u4e2d\u592a\u90ce","city":null}}"#,
    r#"{"id":130,"email":null,"state":"active","profile":{"title":""}}"#,
    r#"{"id":131,"email":"x","state":true,"profile":{"title":["a", 1],"city":"Lyon"}}"#,
];

fn written(width: Option<usize>, colour: Colour, columns: &[&str], records: &[&str]) -> String {
    let mut table = Table::new(ColumnSet::new(columns.to_vec()), width, colour);
    for record in records {
        table.push(record.as_bytes()).expect("it is JSON");
    }
    let mut out = Vec::new();
    table.write(&mut out).expect("a write to memory succeeds");
    String::from_utf8(out).expect("tables are UTF-8")
}

fn at(width: usize) -> String {
    let columns = ["id", "email", "state", "profile.title", "profile.city"];
    written(Some(width), Colour::Plain, &columns, &RECORDS)
}

#[test]
fn table_that_fits_is_not_truncated() {
    insta::assert_snapshot!(at(80), @r#"
    id   email                     state      profile.title     profile.city
    ───  ────────────────────────  ─────────  ────────────────  ────────────
    7    zoe.marchand@example.com  active     Head of Identity  Köln
    12   tanaka@example.co.jp      suspended  田中太郎          null
    130  null                      active                       -
    131  x                         true       ["a",1]           Lyon
    "#);
}

#[test]
fn table_that_is_too_wide_has_fewer_columns_and_shorter_texts() {
    insta::assert_snapshot!(at(60), @r#"
    id   email                     state      profile.title
    ───  ────────────────────────  ─────────  ────────────────
    7    zoe.marchand@example.com  active     Head of Identity
    12   tanaka@example.co.jp      suspended  田中太郎
    130  null                      active
    131  x                         true       ["a",1]
    (+1 column: --wide shows all, --columns selects some)
    "#);
    insta::assert_snapshot!(at(34), @"
    id   email
    ───  ────────────────────────
    7    zoe.marchand@example.com
    12   tanaka@example.co.jp
    130  null
    131  x
    (+3 columns: --wide shows all, --…
    ");
}

#[test]
fn table_in_a_very_narrow_terminal_counts_omitted_columns() {
    insta::assert_snapshot!(at(25), @"
    id   state
    ───  ─────────
    7    active
    12   suspended
    130  active
    131  true
    (+3 columns: --wide show…
    ");
    insta::assert_snapshot!(at(9), @"
    id
    ───
    7
    12
    130
    131
    (+4 colu…
    ");
    insta::assert_snapshot!(at(1), @"
    …
    ─
    7
    …
    …
    …
    …
    ");
}

#[test]
fn column_wider_than_a_format_width_is_padded() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(100_000));
    let shown = written(None, Colour::Plain, &["a", "b"], &[&long, r#"{"a":"y"}"#]);
    assert!(shown.lines().all(|line| line.len() >= 100_003));
}

#[test]
fn table_with_colour_has_a_bold_header_and_dim_marks() {
    let columns = ["id", "email", "nothing"];
    let shown = written(Some(80), Colour::Ansi, &columns, &RECORDS[2..]);
    insta::assert_snapshot!(shown.replace('\u{1b}', "ESC"), @"
    ESC[1midESC[0m   ESC[1memailESC[0m  ESC[1mnothingESC[0m
    ───  ─────  ───────
    130  ESC[2mnullESC[0m   ESC[2m-ESC[0m
    131  x      ESC[2m-ESC[0m
    ");
}

#[test]
fn text_with_control_characters_stays_in_its_cell() {
    let records = [
        r#"{"a":"\u001b[2J\u001b[1;1Hgone","b":"two\r\nlines"}"#,
        r#"{"a":"\u202egnp.exe","b":"nul \u0000 bell \u0007 c1 \u009b"}"#,
    ];
    let shown = written(None, Colour::Plain, &["a", "b"], &records);
    insta::assert_snapshot!(shown, @r"
    a                         b
    ────────────────────────  ──────────────────────────────
    \u{1b}[2J\u{1b}[1;1Hgone  two\r\nlines
    \u{202e}gnp.exe           nul \u{0} bell \u{7} c1 \u{9b}
    ");
}

#[test]
fn table_without_rows_or_columns_has_a_header_and_a_rule() {
    insta::assert_snapshot!(written(Some(80), Colour::Plain, &["id", "email"], &[]), @"
    id  email
    ──  ─────
    ");
    assert_eq!(written(Some(80), Colour::Plain, &[], &["{}"]), "\n\n\n");
}
