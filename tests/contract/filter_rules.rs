//! Rules of all filters: lists, trimming, case, null and missing values.

use serde_json::{Value, json};

use crate::{ids, provisionr, record};

fn emails<const COUNT: usize>(emails: [&str; COUNT]) -> idq::Engine {
    provisionr(emails.map(|email| record(email, &[("email", json!(email))])))
}

fn states() -> idq::Engine {
    provisionr([
        record("active", &[("state", json!("active"))]),
        record("Active", &[("state", json!("Active"))]),
        record("staged", &[("state", json!("staged"))]),
        record("spaced", &[("state", json!(" staged"))]),
        record("empty", &[("state", json!(""))]),
        record("null", &[("state", Value::Null)]),
        record("missing", &[]),
    ])
}

#[test]
fn filters_are_anded() {
    let engine = provisionr([
        record(
            "both",
            &[("state", json!("active")), ("email", json!("a@x"))],
        ),
        record(
            "one",
            &[("state", json!("active")), ("email", json!("b@x"))],
        ),
        record(
            "other",
            &[("state", json!("staged")), ("email", json!("a@x"))],
        ),
    ]);
    assert_eq!(
        ids(&engine, "filter[state]=active&filter[email]=a@x"),
        ["both"]
    );
}

#[test]
fn an_exact_list_is_any_of_them() {
    assert_eq!(
        ids(&states(), "filter[state]=active,staged"),
        ["active", "staged"]
    );
}

#[test]
fn a_partial_list_is_any_of_them() {
    let engine = emails(["ann@x", "bob@x", "cyd@x"]);
    assert_eq!(
        ids(&engine, "filter[email_search]=ANN,cyd"),
        ["ann@x", "cyd@x"]
    );
}

#[test]
fn parts_are_not_trimmed() {
    assert_eq!(
        ids(&states(), "filter[state]=active, staged"),
        ["active", "spaced"]
    );
}

#[test]
fn the_whole_value_is_trimmed() {
    assert_eq!(ids(&states(), "filter[state]=%20active+"), ["active"]);
    assert_eq!(ids(&states(), "filter[state]=%20staged"), ["staged"]);
    assert_eq!(ids(&states(), "filter[trashed]=+with+").len(), 7);
}

#[test]
fn an_empty_part_is_a_value_for_exact() {
    assert_eq!(ids(&states(), "filter[state]=active,"), ["active", "empty"]);
    assert_eq!(ids(&states(), "filter[state]=,active"), ["active", "empty"]);
    assert_eq!(ids(&states(), "filter[state]=,"), ["empty"]);
}

#[test]
fn an_empty_part_is_dropped_for_partial() {
    let engine = emails(["ann@x", "bob@x", ""]);
    assert_eq!(ids(&engine, "filter[email_search]=ann,"), ["ann@x"]);
    assert_eq!(ids(&engine, "filter[email_search]=,,bob"), ["bob@x"]);
}

#[test]
fn exact_compares_bytes() {
    assert_eq!(ids(&states(), "filter[state]=Active"), ["Active"]);
    let engine = emails(["Zoë", "Zoe\u{308}", "zoë"]);
    assert_eq!(ids(&engine, "filter[email]=Zo%C3%AB"), ["Zoë"]);
}

#[test]
fn a_comma_in_a_list_of_its_own_is_an_ordinary_character() {
    let engine = emails(["a,b", "a", "b"]);
    assert_eq!(ids(&engine, "filter[email][]=a,b"), ["a,b"]);
    assert_eq!(ids(&engine, "filter[email]=a,b"), ["a", "b"]);
}

#[test]
fn partial_lowercases_unicode_on_both_sides() {
    for (value, needle) in [
        ("ZOË@X", "zoë"),
        ("zoë@x", "ZOË"),
        ("ΟΔΟΣ", "οδος"),
        ("οδος", "ΟΔΟΣ"),
        ("οδος", "οδοσ"),
        ("İstanbul", "i\u{307}stan"),
        ("straẞe", "STRAßE"),
        ("ДОМ", "дом"),
        ("\u{212a}elvin", "kelvin"),
    ] {
        let needle = idq_tests::encode(needle);
        let request = format!("filter[email_search]={needle}");
        assert_eq!(
            ids(&emails([value]), &request),
            [value],
            "{value} {request}"
        );
    }
}

#[test]
fn partial_does_not_expand_or_strip_accents() {
    for (value, needle) in [("straße", "strasse"), ("Zoë", "zoe"), ("İ", "i\u{307}x")] {
        let request = format!("filter[email_search]={}", idq_tests::encode(needle));
        assert_eq!(
            ids(&emails([value]), &request),
            [""; 0],
            "{value} {request}"
        );
    }
}

#[test]
fn wildcards_are_ordinary_characters() {
    let engine = emails(["100%", "100x", "a_b", "axb", "c\\d", "c%d"]);
    assert_eq!(ids(&engine, "filter[email_search]=100%25"), ["100%"]);
    assert_eq!(ids(&engine, "filter[email_search]=a_b"), ["a_b"]);
    assert_eq!(ids(&engine, "filter[email_search]=%5C"), ["c\\d"]);
    assert_eq!(ids(&engine, "filter[email_search]=%25"), ["100%", "c%d"]);
}

#[test]
fn partial_matches_neither_across_two_records_nor_beyond_one() {
    let engine = emails(["abc", "def"]);
    assert_eq!(ids(&engine, "filter[email_search]=cd"), [""; 0]);
    assert_eq!(ids(&engine, "filter[email_search]=abcd"), [""; 0]);
}

#[test]
fn null_and_missing_match_no_exact_filter() {
    assert_eq!(ids(&states(), "filter[state]=null"), [""; 0]);
    let all = "active,Active,staged, staged,";
    let found = ids(&states(), &format!("filter[state]=x,{all}"));
    assert_eq!(found, ["active", "Active", "staged", "spaced", "empty"]);
}

#[test]
fn null_and_missing_match_no_partial_filter() {
    let engine = provisionr([
        record("null", &[("email", Value::Null)]),
        record("missing", &[]),
        record("text", &[("email", json!("null"))]),
    ]);
    assert_eq!(ids(&engine, "filter[email_search]=null,n,u"), ["text"]);
}

#[test]
fn null_and_missing_match_no_date_filter() {
    let engine = provisionr([
        record("null", &[("timestamp.created_at", Value::Null)]),
        record("missing", &[]),
        record("parent is null", &[("timestamp", Value::Null)]),
    ]);
    assert_eq!(ids(&engine, "filter[created_before]=9999-12-31"), [""; 0]);
    assert_eq!(ids(&engine, "filter[created_after]=0001-01-01"), [""; 0]);
}

#[test]
fn a_missing_or_null_user_is_no_match_and_no_error() {
    let engine = provisionr([
        record("user", &[("included.directory_user.id", json!("drusr_1"))]),
        record("null", &[("included.directory_user", Value::Null)]),
        record("missing", &[("included", json!({}))]),
        record("nothing", &[("included", Value::Null)]),
    ]);
    assert_eq!(
        ids(&engine, "filter[directory_user_id]=drusr_1,null,"),
        ["user"]
    );
}
