//! Expressions beside the rest of a request: filters, deleted records, the account and hints.

use idq::{Engine, Expression, Query};

use crate::expressions::profiles;
use crate::{provisionr, strict};

/// Returns the account of an expression, and the ids of the records without a value.
fn accounted(engine: &Engine, expression: &str) -> (String, String) {
    let query = Query::new().and_where(Expression::parse(expression).unwrap());
    let matches = engine.matches_with(&query, &strict()).unwrap();
    let account = matches.account().unwrap().unwrap();
    let attributes: Vec<String> = account
        .attributes
        .iter()
        .map(|each| {
            format!(
                ", {}: {} null, {} missing, {} empty, {} never, {} of another kind",
                each.name, each.null, each.missing, each.empty, each.never, each.other_kind
            )
        })
        .collect();
    let unknown = matches.query().clone().only_unknown();
    let rows = unknown.map(|query| engine.bound(query).rows().unwrap());
    let rows: Vec<String> = rows
        .into_iter()
        .flatten()
        .map(|row| (row.0 + 1).to_string())
        .collect();
    let text = format!(
        "{} of {}{}",
        account.matched,
        account.population,
        attributes.concat()
    );
    (text, rows.join(" "))
}

#[test]
fn account_counts_the_records_that_a_comparison_cannot_see() {
    let engine = profiles(&[
        r#"{"department":"Sales","level":5}"#,
        r#"{"department":null,"level":"high"}"#,
        r#"{"level":{}}"#,
        "null",
        r#"{"department":[],"level":true}"#,
    ]);
    for (expression, account, unknown) in [
        (
            r#"profile.department eq "sales""#,
            "1 of 5, profile.department: 1 null, 2 missing, 1 empty, 0 never, 0 of another kind",
            "2 3 4 5",
        ),
        (
            r#"profile.department ne "sales""#,
            "4 of 5, profile.department: 1 null, 2 missing, 1 empty, 0 never, 0 of another kind",
            "2 3 4 5",
        ),
        (
            "profile.level gt 1",
            "1 of 5, profile.level: 0 null, 1 missing, 1 empty, 0 never, 2 of another kind",
            "3 4",
        ),
        (
            r#"profile.department eq "a" or PROFILE.department co "b""#,
            "0 of 5, profile.department: 1 null, 2 missing, 1 empty, 0 never, 0 of another kind",
            "2 3 4 5",
        ),
        ("profile.department pr", "1 of 5", ""),
        ("profile.department eq null", "4 of 5", ""),
    ] {
        let expected = (account.to_owned(), unknown.to_owned());
        assert_eq!(accounted(&engine, expression), expected, "{expression}");
    }
}

#[test]
fn expressions_and_the_filters_beside_them_must_all_hold() {
    let engine = provisionr([
        r#"{"id":"1","state":"active","email":"a@x"}"#,
        r#"{"id":"2","state":"active","email":"a@y"}"#,
        r#"{"id":"3","state":"staged","email":"a@x"}"#,
        r#"{"id":"4","state":"active","email":"a@x","timestamp":{"deleted_at":"2026-01-01T00:00:00Z"}}"#,
    ]);
    for (filters, expressions, expected) in [
        ("filter[state]=active", &[r#"email ew "x""#][..], vec![1]),
        ("", &[r#"email ew "x""#], vec![1, 3]),
        ("", &[r#"email ew "x""#, r#"state eq "active""#], vec![1]),
        ("filter[trashed]=with", &[r#"email ew "x""#], vec![1, 3, 4]),
        ("filter[trashed]=only", &["id pr"], vec![4]),
    ] {
        let parsed = expressions
            .iter()
            .map(|text| Expression::parse(text).unwrap());
        let query = parsed.fold(Query::parse(filters).unwrap(), Query::and_where);
        let rows = engine
            .matches_with(&query, &strict())
            .unwrap()
            .rows()
            .unwrap();
        let rows: Vec<u32> = rows.iter().map(|row| row.0 + 1).collect();
        assert_eq!(rows, expected, "{filters} {expressions:?}");
    }
}

#[test]
fn path_in_a_document_that_no_record_has_is_a_hint() {
    let engine = profiles(&[r#"{"department":"Sales"}"#]);
    let hints = |expression: &str| {
        let query = Query::new().and_where(Expression::parse(expression).unwrap());
        let matches = engine.matches_with(&query, &strict()).unwrap();
        matches.hints(matches.count().unwrap()).len()
    };
    assert_eq!(hints(r#"profile.departmant eq "Sales""#), 1);
    assert_eq!(hints(r#"profile.department eq "Sales""#), 0);
}
