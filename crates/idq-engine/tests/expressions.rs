//! Boolean expressions: evaluation, and the APIs' rules for the plain filters of the same query.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use idq_api::Api;
use idq_engine::{
    BindErrorKind, BindErrors, BindOptions, BoundQuery, Caches, account, bind, deleted_left_out,
    hints,
};
use idq_grammar::{Clock, Conformance, Expression, Query};
use idq_load::{Columns, Loader, Source};
use idq_snapshot::Snapshot;

/// Two active records, a deleted one, one without a state, and one whose e-mail address is null.
const DUMP: &str = r#"
{"id":"a","vendor_id":"1","state":"active","email":"Ada@example.com","timestamp":{"deleted_at":null}}
{"id":"b","vendor_id":"2","state":"active","email":"bob@example.org","timestamp":{}}
{"id":"c","vendor_id":"3","state":"staged","email":"eve@example.com","timestamp":{"deleted_at":"2026-01-02T00:00:00Z"}}
{"id":"d","vendor_id":"4","email":"dan@example.com"}
{"id":"e","vendor_id":"5","state":"staged","email":null}
"#;

fn snapshot() -> Snapshot {
    let source = Source::bytes("example", DUMP.as_bytes().to_vec());
    let loader = Loader::new(vec![source]).api(Api::provisionr());
    loader.columns(Columns::All).load().unwrap()
}

fn bound(query: &Query, conformance: Conformance) -> Result<BoundQuery, BindErrors> {
    let options = BindOptions::new(conformance, Clock::fixed_at(0));
    bind(query, Api::provisionr(), &options)
}

fn ids(query: &Query, conformance: Conformance) -> String {
    let snapshot = snapshot();
    let query = bound(query, conformance).unwrap();
    let mut reader = snapshot.reader();
    let rows = query.all(&snapshot, &Caches::default()).unwrap();
    assert_eq!(
        query.count(&snapshot, &Caches::default()).unwrap(),
        rows.len() as u64
    );
    let id = |row| {
        let record = snapshot.record(row, &mut reader).unwrap();
        char::from(record[br#"{"id":""#.len()])
    };
    rows.into_iter().map(id).collect()
}

fn filter(name: &str, value: &str) -> Expression {
    Expression::filter(name, value)
}

#[test]
fn expressions_of_and_or_and_not_select_their_records() {
    let active = || filter("state", "active");
    let com = || filter("email_search", "EXAMPLE.COM");
    let with = || filter("trashed", "with");
    let only = || filter("trashed", "only");
    for (expression, expected) in [
        (active().or(com()), "abd"),
        (active().and(com()), "a"),
        (!active(), "de"),
        ((!active()).or(com()), "ade"),
        (!(active().or(com())), "e"),
        (!(!active()), "ab"),
        ((!com()).or(filter("id", "a")), "abe"),
        (Expression::And(vec![]), "abde"),
        (Expression::Or(vec![]), ""),
        (!Expression::Or(vec![]), "abde"),
        (active().or(with()), "abcde"),
        (com().and(with()), "acd"),
        (com().and(only()), "c"),
        (active().or(only()), "abc"),
        (!only(), "abde"),
    ] {
        let query = Query::new().and_where(expression.clone());
        let found = ids(&query, Conformance::Strict);
        assert_eq!(found, expected, "{expression:?}");
    }
}

#[test]
fn deleted_records_are_excluded_unless_some_filter_is_on_them() {
    let staged = || filter("state", "staged");
    let query = Query::new().and_where(staged().or(staged()));
    assert_eq!(ids(&query, Conformance::Strict), "e");
    // No default is added, although the filter is only one operand of a disjunction.
    let query = Query::new().and_where(staged().or(filter("trashed", "only")));
    assert_eq!(ids(&query, Conformance::Strict), "ce");
    let query = Query::new()
        .filter("trashed", "with")
        .and_where(staged().or(filter("id", "a")));
    assert_eq!(ids(&query, Conformance::Strict), "ace");
}

#[test]
fn deleted_records_are_counted_where_the_default_excludes_them() {
    let snapshot = snapshot();
    let staged = || filter("state", "staged");
    for (expression, expected) in [
        (staged().or(filter("id", "a")), Some(1)),
        (!filter("id", "c"), Some(0)),
        (staged().or(filter("trashed", "without")), None),
    ] {
        let query = Query::new().and_where(expression);
        let query = bound(&query, Conformance::Strict).unwrap();
        assert_eq!(
            deleted_left_out(&query, &snapshot, &Caches::default()).unwrap(),
            expected
        );
    }
}

#[test]
fn hints_are_about_plain_filters_alone() {
    let snapshot = snapshot();
    let nested = Query::new().and_where(filter("state", "actve"));
    let nested = bound(&nested, Conformance::Strict).unwrap();
    assert_eq!(hints(&nested, &snapshot, 0), []);
    let plain = Query::new()
        .filter("state", "actve")
        .and_where(!filter("id", "a"));
    let plain = bound(&plain, Conformance::Strict).unwrap();
    let hints = hints(&plain, &snapshot, 0);
    assert_eq!(
        hints[0].to_string(),
        "no record has `actve` for filter[state]; others have `active`"
    );
}

#[test]
fn repeated_filters_are_mistakes_among_plain_ones_alone() {
    let active = || filter("state", "active");
    let nested = Query::new()
        .filter("state", "active")
        .and_where(active())
        .and_where(active().and(filter("state", "staged").or(active())));
    assert_eq!(ids(&nested, Conformance::Strict), "ab");
    let plain = Query::new()
        .filter("state", "active")
        .filter("state", "staged");
    let errors = bound(&plain, Conformance::Strict).unwrap_err();
    let name = "state".to_owned();
    let kind = BindErrorKind::RepeatedFilter { name };
    assert_eq!(errors.errors()[0].kind, kind);
    // The API reads the last plain filter, and the expression as well.
    let both = plain.and_where(filter("id", "e").or(filter("id", "a")));
    assert_eq!(ids(&both, Conformance::Api), "e");
}

#[test]
fn ignored_filters_are_no_operands() {
    let empty = || filter("state", "");
    let active = || filter("state", "active");
    for (expression, expected) in [
        (empty(), "abde"),
        (!empty(), "abde"),
        (empty().or(active()), "ab"),
        (empty().and(active()), "ab"),
        (empty().or(empty()), "abde"),
        (active().and((!empty()).or(empty())), "ab"),
        (active().or(filter("trashed", "")), "abde"),
    ] {
        let query = Query::new().and_where(expression.clone());
        assert_eq!(ids(&query, Conformance::Api), expected, "{expression:?}");
    }
    let errors = bound(&Query::new().and_where(!empty()), Conformance::Strict).unwrap_err();
    let name = "state".to_owned();
    assert_eq!(errors.errors()[0].kind, BindErrorKind::EmptyValue { name });
}

#[test]
fn mistakes_of_all_filters_of_a_tree_are_reported() {
    let tree = filter("stat", "x").or(!filter("created_after", "soon").and(filter("page", "1")));
    let errors = bound(&Query::new().and_where(tree), Conformance::Strict).unwrap_err();
    let errors = errors.errors().iter();
    let errors: Vec<String> = errors.map(|error| error.kind.to_string()).collect();
    assert_eq!(
        errors,
        [
            "expected the name of a filter, found `stat`",
            "filter[created_after]: expected a date, found `soon`",
            "expected the name of a filter, found `page`",
        ]
    );
}

#[test]
fn fields_are_those_of_the_whole_condition_and_of_the_order() {
    let query = Query::new()
        .filter("id", "a")
        .and_where(filter("state", "a").or(!filter("profile_search", "x")))
        .sort("email");
    let api = Api::provisionr();
    let fields = bound(&query, Conformance::Strict).unwrap().fields();
    let names: Vec<&str> = fields
        .iter()
        .map(|&field| &*api.fields[field].name)
        .collect();
    let expected = ["id", "state", "email", "profile", "timestamp.deleted_at"];
    assert_eq!(names, expected);
}

#[test]
fn api_outside_of_the_registry_is_bound_by_its_own_url() {
    let mut api = Api::clone(Api::provisionr());
    "staff".clone_into(&mut api.name);
    "/staff".clone_into(&mut api.collection_path);
    let api = Arc::new(api);
    let options = BindOptions::new(Conformance::Strict, Clock::fixed_at(0));
    let query = Query::parse("https://host/staff?filter[id]=a").unwrap();
    assert_eq!(bind(&query, &api, &options).unwrap().api(), &api);
    let query = Query::parse("https://host/staff/17").unwrap();
    let errors = bind(&query, &api, &options).unwrap_err();
    let kind = &errors.errors()[0].kind;
    assert!(matches!(kind, BindErrorKind::OneIdentity { .. }));
}

/// Returns the ids of the records of a dump that satisfy an expression, and the names in its account.
fn found(dump: &str, expression: &str) -> (String, Vec<String>) {
    let source = Source::bytes("example", dump.as_bytes().to_vec());
    let loader = Loader::new(vec![source]).api(Api::provisionr());
    let snapshot = loader.columns(Columns::All).load().unwrap();
    let query = Query::new().and_where(Expression::parse(expression).unwrap());
    let query = bound(&query, Conformance::Strict).unwrap();
    let caches = Caches::default();
    let rows = query.all(&snapshot, &caches).unwrap();
    let mut reader = snapshot.reader();
    let id = |row| {
        let record = snapshot.record(row, &mut reader).unwrap();
        char::from(record[br#"{"id":""#.len()])
    };
    let account = account(&query, &snapshot, &caches).unwrap().unwrap();
    let names = account.attributes.into_iter().map(|each| each.name);
    (rows.into_iter().map(id).collect(), names.collect())
}

#[test]
fn number_of_a_field_compares_by_value_with_another_attribute() {
    let dump = r#"
{"id":"a","count":{"workspace_logs_parent":9,"workspace_logs_record":10},"profile":{"n":9.0}}
{"id":"b","count":{"workspace_logs_parent":1e1,"workspace_logs_record":10},"profile":{"n":"10"}}
"#;
    for (expression, expected) in [
        (
            "count.workspace_logs_parent lt count.workspace_logs_record",
            "a",
        ),
        (
            "count.workspace_logs_parent eq count.workspace_logs_record",
            "b",
        ),
        ("count.workspace_logs_parent eq profile.n", "a"),
        ("profile.n ge count.workspace_logs_parent", "a"),
    ] {
        assert_eq!(found(dump, expression).0, expected, "{expression}");
    }
}

#[test]
fn value_path_on_an_object_that_is_null_or_missing_has_no_element() {
    let dump = r#"
{"id":"a","included":{"directory_user":{"id":"u"}}}
{"id":"b","included":{"directory_user":{}}}
{"id":"c","included":{"directory_user":null}}
{"id":"d"}
"#;
    let (ids, _) = found(dump, "included.directory_user[not (email pr)]");
    assert_eq!(ids, "ab");
}

#[test]
fn account_names_an_attribute_as_the_api_does_in_whichever_case_it_is_written() {
    let dump = r#"
{"id":"a","timestamp":{"own":1}}
{"id":"b"}
"#;
    let expression = "TIMESTAMP.own gt 0 or timestamp.own lt 0 or EMAIL eq \"x\"";
    let (ids, names) = found(dump, expression);
    assert_eq!(
        (ids.as_str(), names),
        ("a", vec!["timestamp.own".to_owned(), "email".to_owned()])
    );
}
