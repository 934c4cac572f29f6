//! Expressions over documents: a case table for each rule of the page on expressions.

use crate::expressions::{check, profiles};
use crate::provisionr;

#[test]
fn path_through_an_array_reaches_every_element() {
    let engine = profiles(&[
        r#"{"emails":[{"value":"a@y"},{"value":"b@X"}]}"#,
        r#"{"emails":{"value":"c@x"}}"#,
        r#"{"emails":[[{"value":"d@x"}]]}"#,
        r#"{"emails":[{"value":["e@y","f@x"]}]}"#,
        r#"{"emails":["g@x"]}"#,
        r#"{"emails":[]}"#,
        r#"{"emails":[{"value":"b@X"},{"value":null},{}]}"#,
    ]);
    check(
        &engine,
        &[
            (r#"profile.emails.value co "@x""#, "1 2 3 4 7"),
            (r#"profile.emails co "x""#, "5"),
            (r#"profile.emails.value ne "a@y""#, "2 3 4 5 6 7"),
            ("profile.emails.value eq null", "5 6"),
            ("profile.emails.value pr", "1 2 3 4 7"),
        ],
    );
}

#[test]
fn value_path_asks_for_one_element_that_satisfies_everything() {
    let engine = profiles(&[
        r#"{"emails":[{"primary":true,"value":"a@x"},{"primary":false,"value":"b@y"}]}"#,
        r#"{"emails":[{"primary":false,"value":"a@x"},{"primary":true,"value":"b@y"}]}"#,
        r#"{"emails":{"primary":true,"value":"c@x"}}"#,
        r#"{"emails":[]}"#,
        r#"{"emails":[{"primary":true}]}"#,
        r#"{"emails":[{"primary":true,"value":["d@y","d@x"]}]}"#,
        r#"{"emails":null}"#,
        r#"{"emails":[null,[]]}"#,
        "{}",
    ]);
    check(
        &engine,
        &[
            (
                r#"profile.emails[primary eq true and value co "@x"]"#,
                "1 3 6",
            ),
            (r#"profile.emails[primary eq true].value co "@x""#, "1 3 6"),
            (
                r#"profile.emails.primary eq true and profile.emails.value co "@x""#,
                "1 2 3 6",
            ),
            ("profile.emails[primary eq true and value eq null]", "5"),
            // Null and an empty array have no element.
            ("profile.emails[not (value pr)]", "5"),
            ("profile.emails[value ne \"a@x\"]", "1 2 3 5 6"),
            ("profile[emails[not (value pr)]]", "5"),
            (
                r#"profile[emails[primary eq true and value co "@x"]]"#,
                "1 3 6",
            ),
            (
                r#"profile[emails.value co "@x" and emails.value co "@y"]"#,
                "1 2 6",
            ),
        ],
    );
}

#[test]
fn number_compares_by_value_at_any_size_and_precision() {
    let engine = profiles(&[
        r#"{"n":100}"#,
        r#"{"n":1e2}"#,
        r#"{"n":100.0}"#,
        r#"{"n":100.00000000000000000001}"#,
        r#"{"n":-0}"#,
        r#"{"n":9007199254740993}"#,
        r#"{"n":1e400}"#,
        r#"{"n":"100"}"#,
    ]);
    check(
        &engine,
        &[
            ("profile.n eq 100", "1 2 3"),
            ("profile.n eq 1E+2", "1 2 3"),
            ("profile.n gt 100", "4 6 7"),
            ("profile.n le 100.00000000000000000001", "1 2 3 4 5"),
            ("profile.n eq 9007199254740992", ""),
            ("profile.n eq 0.0", "5"),
            ("profile.n ge 10e399", "7"),
            ("profile.n in [0, 9007199254740993.0]", "5 6"),
        ],
    );
}

#[test]
fn number_of_a_field_compares_by_value_with_another_attribute() {
    let engine = provisionr([
        r#"{"id":"1","count":{"workspace_logs_parent":9,"workspace_logs_record":10},"profile":{"n":9.0}}"#,
        r#"{"id":"2","count":{"workspace_logs_parent":1e1,"workspace_logs_record":10},"profile":{"n":"10"}}"#,
        r#"{"id":"3","count":{"workspace_logs_parent":10},"profile":{"n":[1,100]}}"#,
    ]);
    check(
        &engine,
        &[
            (
                "count.workspace_logs_parent lt count.workspace_logs_record",
                "1",
            ),
            (
                "count.workspace_logs_parent eq count.workspace_logs_record",
                "2",
            ),
            ("count.workspace_logs_parent eq profile.n", "1"),
            ("profile.n gt count.workspace_logs_parent", "3"),
        ],
    );
}

#[test]
fn value_of_another_kind_in_a_document_passes_no_comparison() {
    let engine = profiles(&[
        r#"{"level":7}"#,
        r#"{"level":"high"}"#,
        r#"{"level":true}"#,
        r#"{"level":"7"}"#,
        r#"{"level":{"a":7}}"#,
        r#"{"level":"true"}"#,
    ]);
    check(
        &engine,
        &[
            ("profile.level gt 5", "1"),
            ("profile.level lt 5", ""),
            ("profile.level eq 7", "1"),
            (r#"profile.level eq "7""#, "4"),
            ("profile.level eq true", "3"),
            (r#"profile.level eq "TRUE""#, "6"),
            (r#"profile.level ge """#, "2 4 6"),
            (r#"profile.level matches """#, "2 4 6"),
        ],
    );
}

#[test]
fn text_in_a_document_compares_without_case() {
    let engine = profiles(&[
        r#"{"t":"Sales"}"#,
        r#"{"t":"SALES"}"#,
        r#"{"t":"support"}"#,
        r#"{"t":""}"#,
    ]);
    check(
        &engine,
        &[
            (r#"profile.t eq "sales""#, "1 2"),
            (r#"profile.t sw "SA""#, "1 2"),
            (r#"profile.t gt "SALES""#, "3"),
            (r#"profile.t le "sales""#, "1 2 4"),
            (r#"profile.t eq_cs "SALES""#, "2"),
            (r#"profile.t co_cs "ale""#, "1"),
            (r#"profile.t matches "^S""#, "1 2"),
            ("profile.t pr", "1 2 3"),
            ("profile.t eq null", ""),
        ],
    );
}

#[test]
fn date_in_a_document_compares_with_dates_in_any_form() {
    let engine = profiles(&[
        r#"{"start":"2026-01-31"}"#,
        r#"{"start":"2026-01-31T23:30:00-08:00"}"#,
        r#"{"start":"2026-01-31 09:30"}"#,
        r#"{"start":"high"}"#,
        r#"{"start":"-90d"}"#,
        r#"{"start":20260131}"#,
    ]);
    check(
        &engine,
        &[
            (r#"profile.start eq "2026-01-31""#, "1 3"),
            (r#"profile.start ge "2026-01-31""#, "1 2 3"),
            (r#"profile.start gt "2026-01-31""#, "2"),
            (r#"profile.start lt "2026-02-01""#, "1 3"),
            (r#"profile.start le "2026-01-31T09:30:00Z""#, "1 3"),
            (r#"profile.start gt "-90d""#, "1 2 3"),
            (r#"profile.start eq "-90d""#, "5"),
            (r#"profile.start sw "2026-01""#, "1 2 3"),
            (r#"profile.start in ["2026-01-31", "high"]"#, "1 3 4"),
        ],
    );
}

#[test]
fn attribute_without_anything_in_it_has_no_value() {
    let engine = profiles(&[
        r#"{"m":null}"#,
        "{}",
        "null",
        r#"{"m":{}}"#,
        r#"{"m":[]}"#,
        r#"{"m":{"id":null}}"#,
        r#"{"m":[null,{"id":[]}]}"#,
        r#"{"m":""}"#,
        r#"{"m":{"id":""}}"#,
        r#"{"m":0}"#,
        r#"{"m":false}"#,
        r#"{"m":[null,"x"]}"#,
        r#"{"m":[""]}"#,
    ]);
    check(
        &engine,
        &[
            ("profile.m eq null", "1 2 3 4 5 6 7"),
            // As RFC 7644 has it: something in it that is not the empty text.
            ("profile.m pr", "10 11 12"),
            ("profile.m ne null", "8 9 10 11 12 13"),
            ("profile.m.id eq null", "1 2 3 4 5 6 7 8 10 11 12 13"),
            ("profile eq null", "1 2 3 4 5 6 7"),
            (r#"profile.m ne "x""#, "1 2 3 4 5 6 7 8 9 10 11 13"),
        ],
    );
}
