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
fn several_filters_form_a_conjunction() {
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
fn exact_filter_with_a_list_matches_any_value() {
    assert_eq!(
        ids(&states(), "filter[state]=active,staged"),
        ["active", "staged"]
    );
}

#[test]
fn partial_filter_with_a_list_matches_any_value() {
    let engine = emails(["ann@x", "bob@x", "cyd@x"]);
    assert_eq!(
        ids(&engine, "filter[email_search]=ANN,cyd"),
        ["ann@x", "cyd@x"]
    );
}

#[test]
fn white_space_inside_a_value_is_kept() {
    assert_eq!(
        ids(&states(), "filter[state]=active, staged"),
        ["active", "spaced"]
    );
}

#[test]
fn white_space_around_a_value_is_trimmed() {
    assert_eq!(ids(&states(), "filter[state]=%20active+"), ["active"]);
    assert_eq!(ids(&states(), "filter[state]=%20staged"), ["staged"]);
    assert_eq!(ids(&states(), "filter[trashed]=+with+").len(), 7);
}

#[test]
fn empty_alternative_of_an_exact_filter_is_a_value() {
    assert_eq!(ids(&states(), "filter[state]=active,"), ["active", "empty"]);
    assert_eq!(ids(&states(), "filter[state]=,active"), ["active", "empty"]);
    assert_eq!(ids(&states(), "filter[state]=,"), ["empty"]);
}

#[test]
fn empty_alternative_of_a_partial_filter_is_dropped() {
    let engine = emails(["ann@x", "bob@x", ""]);
    assert_eq!(ids(&engine, "filter[email_search]=ann,"), ["ann@x"]);
    assert_eq!(ids(&engine, "filter[email_search]=,,bob"), ["bob@x"]);
}

#[test]
fn exact_filter_compares_bytes() {
    assert_eq!(ids(&states(), "filter[state]=Active"), ["Active"]);
    let engine = emails(["Zoë", "Zoe\u{308}", "zoë"]);
    assert_eq!(ids(&engine, "filter[email]=Zo%C3%AB"), ["Zoë"]);
}

#[test]
fn comma_in_a_bracketed_list_is_literal() {
    let engine = emails(["a,b", "a", "b"]);
    assert_eq!(ids(&engine, "filter[email][]=a,b"), ["a,b"]);
    assert_eq!(ids(&engine, "filter[email]=a,b"), ["a", "b"]);
}

#[test]
fn partial_filter_lowercases_text_and_value() {
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
fn partial_filter_neither_expands_nor_strips_characters() {
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
fn wildcards_of_a_partial_filter_are_literal() {
    let engine = emails(["100%", "100x", "a_b", "axb", "c\\d", "c%d"]);
    assert_eq!(ids(&engine, "filter[email_search]=100%25"), ["100%"]);
    assert_eq!(ids(&engine, "filter[email_search]=a_b"), ["a_b"]);
    assert_eq!(ids(&engine, "filter[email_search]=%5C"), ["c\\d"]);
    assert_eq!(ids(&engine, "filter[email_search]=%25"), ["100%", "c%d"]);
}

#[test]
fn partial_match_never_spans_two_records() {
    let engine = emails(["abc", "def"]);
    assert_eq!(ids(&engine, "filter[email_search]=cd"), [""; 0]);
    assert_eq!(ids(&engine, "filter[email_search]=abcd"), [""; 0]);
}

#[test]
fn null_or_missing_field_matches_no_exact_filter() {
    assert_eq!(ids(&states(), "filter[state]=null"), [""; 0]);
    let all = "active,Active,staged, staged,";
    let found = ids(&states(), &format!("filter[state]=x,{all}"));
    assert_eq!(found, ["active", "Active", "staged", "spaced", "empty"]);
}

#[test]
fn null_or_missing_field_matches_no_partial_filter() {
    let engine = provisionr([
        record("null", &[("email", Value::Null)]),
        record("missing", &[]),
        record("text", &[("email", json!("null"))]),
    ]);
    assert_eq!(ids(&engine, "filter[email_search]=null,n,u"), ["text"]);
}

#[test]
fn null_or_missing_field_matches_no_date_filter() {
    let engine = provisionr([
        record("null", &[("timestamp.created_at", Value::Null)]),
        record("missing", &[]),
        record("parent is null", &[("timestamp", Value::Null)]),
    ]);
    assert_eq!(ids(&engine, "filter[created_before]=9999-12-31"), [""; 0]);
    assert_eq!(ids(&engine, "filter[created_after]=0001-01-01"), [""; 0]);
}

#[test]
fn null_or_missing_parent_matches_no_filter() {
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
