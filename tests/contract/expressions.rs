//! Expressions over fields: a case table for each rule of the page on expressions.

use std::collections::BTreeMap;

use idq::{Engine, Expression, Query, Record};
use idq_tests::Json;
use serde_json::Value;

use crate::{permission_assist, provisionr, strict};

/// Returns the ids of the records that satisfy an expression, separated by blanks.
fn found(engine: &Engine, expression: &str) -> String {
    let parsed = Expression::parse(expression).unwrap();
    let query = Query::new().and_where(parsed);
    let matches = engine.matches_with(&query, &strict());
    let matches = matches.unwrap_or_else(|error| panic!("{expression}: {error}"));
    let id = |record: Result<Record, idq::Error>| {
        let record = String::from_utf8(record.unwrap().into_bytes()).unwrap();
        // Some records have numbers that `serde_json::Value` cannot hold.
        let Json::Text(id) = Json::parse(&record).at(&["id".to_owned()])[0].clone() else {
            panic!("{record}");
        };
        id
    };
    let ids: Vec<String> = matches.records().unwrap().map(id).collect();
    ids.join(" ")
}

/// Asserts that each expression selects its records, and that its negation selects the others.
pub(crate) fn check(engine: &Engine, cases: &[(&str, &str)]) {
    let all = found(engine, "id pr");
    for (expression, expected) in cases {
        assert_eq!(found(engine, expression), *expected, "{expression}");
        let selected: Vec<&str> = expected.split_whitespace().collect();
        let others: Vec<&str> = all
            .split_whitespace()
            .filter(|id| !selected.contains(id))
            .collect();
        let negation = format!("not ({expression})");
        assert_eq!(found(engine, &negation), others.join(" "), "{negation}");
    }
}

/// Asserts that each expression is an error.
fn refuses(engine: &Engine, expressions: &[&str]) {
    for expression in expressions {
        let query = Query::new().and_where(Expression::parse(expression).unwrap());
        assert!(
            engine.matches_with(&query, &strict()).is_err(),
            "{expression}"
        );
    }
}

/// Loads a record for each profile, with the ids `1`, `2` and further on.
pub(crate) fn profiles(profiles: &[&str]) -> Engine {
    let record = |(index, profile): (usize, &&str)| {
        format!(r#"{{"id":"{}","profile":{profile}}}"#, index + 1)
    };
    provisionr(profiles.iter().enumerate().map(record))
}

/// Records, and expressions with the ids of those that they select. The tests of the Python module read the same file.
#[derive(serde::Deserialize)]
struct Tables {
    records: Vec<Value>,
    cases: BTreeMap<String, Vec<(String, String)>>,
}

fn tables() -> Tables {
    serde_json::from_str(include_str!("tables/expressions.json")).unwrap()
}

fn people() -> Engine {
    provisionr(tables().records)
}

#[test]
fn expressions_select_as_their_tables_say() {
    let Tables { records, cases } = tables();
    let engine = provisionr(records);
    assert!(cases.values().map(Vec::len).sum::<usize>() > 30);
    for cases in cases.values() {
        let cases: Vec<(&str, &str)> = cases
            .iter()
            .map(|(expression, ids)| (expression.as_str(), ids.as_str()))
            .collect();
        check(&engine, &cases);
    }
}

#[test]
fn text_of_a_permission_assist_field_compares_as_the_field_sorts() {
    let engine = permission_assist([
        r#"{"id":"1","lastName":"ΟΔΟΣ","status":"Active"}"#,
        r#"{"id":"2","lastName":"Zoë","status":"active"}"#,
    ]);
    check(
        &engine,
        &[
            (r#"lastName eq "οδος""#, "1"),
            (r#"LASTNAME ew "ος""#, "1"),
            (r#"lastname co "OË""#, "2"),
            (r#"status eq "active""#, "2"),
        ],
    );
}

#[test]
fn date_compares_as_an_interval() {
    check(
        &people(),
        &[
            (r#"timestamp.created_at eq "2026-01-31""#, "ada"),
            (r#"timestamp.created_at eq "2026-01""#, "ada"),
            (r#"timestamp.created_at eq "2026""#, "ada bob"),
            (r#"timestamp.created_at ge "2026-01""#, "ada bob"),
            (r#"timestamp.created_at gt "2026-01""#, "bob"),
            (r#"timestamp.created_at lt "2026-01""#, "cy"),
            (r#"timestamp.created_at le "2026-01""#, "ada cy"),
            (r#"timestamp.created_at gt "2026-01-31""#, "bob"),
            (
                r#"timestamp.created_at le "2026-01-31T09:30:00Z""#,
                "ada cy",
            ),
            (
                r#"timestamp.created_at lt "2026-01-31T10:30:00+01:00""#,
                "cy",
            ),
            // The clock is at noon of 2026-02-01.
            (r#"timestamp.created_at lt "-1d""#, "ada cy"),
            (r#"timestamp.created_at lt "-90d""#, ""),
            (r#"timestamp.created_at in ["2025", "2026-02"]"#, "bob cy"),
        ],
    );
}

#[test]
fn field_compared_with_another_kind_of_value_is_an_error() {
    let engine = provisionr([
        r#"{"id":"1","email":"a","count":{"workspace_logs_parent":1},"included":{"directory_user":{"is_manager":true}}}"#,
    ]);
    refuses(
        &engine,
        &[
            "email eq 1",
            "email gt 1",
            "email eq true",
            "email in [\"a\", 1]",
            "timestamp.created_at gt 5",
            r#"timestamp.created_at gt "soon""#,
            r#"timestamp.created_at co "2026""#,
            r#"timestamp.created_at matches "2026""#,
            r#"count.workspace_logs_parent eq "1""#,
            r#"count.workspace_logs_parent co "1""#,
            r#"included.directory_user.is_manager eq "true""#,
            "included.directory_user.is_manager gt 1",
            r#"included.directory_user eq "a""#,
            "included.directory_user eq email",
            "email eq timestamp.created_at",
            "count.workspace_logs_parent eq email",
            "email.domain eq null",
        ],
    );
}

#[test]
fn name_of_a_field_has_any_case_and_a_key_of_a_document_does_not() {
    let engine = provisionr([
        r#"{"id":"1","state":"active","profile":{"department":"Sales","manager":{"id":7}}}"#,
        r#"{"id":"2","state":"staged","profile":{"Department":"Sales","cost.center":"x"}}"#,
        r#"{"id":"3","profile":{"urn:example:2.0:User":{"department":"Sales"},"cost":{"center":"x"}}}"#,
    ]);
    check(
        &engine,
        &[
            (r#"STATE eq "active""#, "1"),
            (r#"profile.department eq "Sales""#, "1"),
            (r#"PROFILE.department eq "Sales""#, "1"),
            (r#"profile.Department eq "Sales""#, "2"),
            ("profile.manager.id eq 7", "1"),
            (r#"profile."cost.center" eq "x""#, "2"),
            (r#"profile.cost.center eq "x""#, "3"),
            (r#"profile.urn:example:2.0:User:department eq "Sales""#, "3"),
            (
                r#"profile."urn:example:2.0:User".department eq "Sales""#,
                "3",
            ),
        ],
    );
}

#[test]
fn undocumented_member_is_an_attribute_like_a_path_in_a_document() {
    let engine = provisionr([
        r#"{"id":"1","custom":{"level":3,"tags":["x","Y"]},"included":{"directory_user":{"badge":"B1"}}}"#,
        r#"{"id":"2","custom":"text","included":{"directory_user":{"id":"u"}}}"#,
        r#"{"id":"3","custom":null,"a.b":true}"#,
    ]);
    check(
        &engine,
        &[
            ("custom.level ge 3", "1"),
            (r#"custom.tags eq "y""#, "1"),
            (r#"custom eq "TEXT""#, "2"),
            ("custom eq null", "3"),
            ("custom pr", "1 2"),
            (r#"included.directory_user.badge sw "b""#, "1"),
            (r#""a.b" eq true"#, "3"),
        ],
    );
    refuses(
        &engine,
        &[
            "Custom pr",
            "nowhere pr",
            "included.directory_user.Badge pr",
        ],
    );
}

#[test]
fn described_object_is_tested_for_presence() {
    let engine = provisionr([
        r#"{"id":"1","included":{"directory_user":{"id":"u"}}}"#,
        r#"{"id":"2","included":{"directory_user":{"id":null,"org":{"a":[]}}}}"#,
        r#"{"id":"3","included":{"directory_user":{}}}"#,
        r#"{"id":"4","included":{"directory_user":[]}}"#,
        r#"{"id":"5","included":{"directory_user":null}}"#,
        r#"{"id":"6","included":{}}"#,
        r#"{"id":"7","included":{"directory_user":{"badge":1}}}"#,
        r#"{"id":"8","included":{"directory_user":{"id":""}}}"#,
        r#"{"id":"9"}"#,
    ]);
    check(
        &engine,
        &[
            ("included.directory_user pr", "1 7 8"),
            ("included.directory_user eq null", "2 3 4 5 6 9"),
            ("included.directory_user ne null", "1 7 8"),
            ("Included.Directory_User pr", "1 7 8"),
            ("included pr", "1 7 8"),
        ],
    );
}

#[test]
fn date_that_means_never_is_no_value() {
    let engine = provisionr([
        r#"{"id":"1","timestamp":{"last_authenticated_at":"0001-01-01T00:00:00Z","created_at":"1970-01-01T00:00:00Z"}}"#,
        r#"{"id":"2","timestamp":{"last_authenticated_at":"1970-01-01T01:00:00+01:00","created_at":"2026-01-01T00:00:00Z"}}"#,
        r#"{"id":"3","timestamp":{"last_authenticated_at":"1970-01-01T00:00:00.000001Z"}}"#,
        r#"{"id":"4","timestamp":{"last_authenticated_at":null}}"#,
    ]);
    check(
        &engine,
        &[
            ("timestamp.last_authenticated_at pr", "3"),
            ("timestamp.last_authenticated_at eq null", "1 2 4"),
            (r#"timestamp.last_authenticated_at lt "2026""#, "3"),
            (r#"timestamp.last_authenticated_at eq "1970""#, "3"),
            (
                "timestamp.last_authenticated_at lt timestamp.created_at",
                "",
            ),
            (
                "timestamp.created_at gt timestamp.last_authenticated_at",
                "",
            ),
            (r#"timestamp.created_at lt "2026""#, "1"),
        ],
    );
    let engine = permission_assist([
        r#"{"id":"1","inactivatedDate":"0001-01-01T00:00:00Z"}"#,
        r#"{"id":"2","inactivatedDate":"2020-01-01T00:00:00Z"}"#,
    ]);
    check(
        &engine,
        &[
            ("inactivateddate pr", "2"),
            ("inactivatedDate eq null", "1"),
        ],
    );
}

#[test]
fn texts_of_two_fields_compare_as_texts_even_if_they_are_dates() {
    let engine = provisionr([
        r#"{"id":"1","state":"2026-01-31","vendor_id":"2026-01-31T00:00:00Z","profile":{"at":"2026-01-31"}}"#,
        r#"{"id":"2","state":"2026-02-01","vendor_id":"2026-02-01","profile":{"at":"2026-02-01 09:00"}}"#,
    ]);
    check(
        &engine,
        &[
            ("state eq vendor_id", "2"),
            ("state lt vendor_id", "1"),
            // In a document, a date compares as one.
            ("vendor_id eq profile.at", "1"),
            ("profile.at gt state", "2"),
        ],
    );
}
