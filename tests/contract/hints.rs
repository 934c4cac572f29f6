//! Hints about empty results.

use serde_json::json;

use crate::{provisionr, record, strict};

fn directory() -> idq::Engine {
    let when = json!("2026-01-01T00:00:00Z");
    provisionr([
        record("kept", &[("state", json!("active"))]),
        record(
            "deleted",
            &[
                ("state", json!("deactivated")),
                ("timestamp.deleted_at", when.clone()),
                ("timestamp.deprovisioned_at", when),
            ],
        ),
    ])
}

fn hints(request: &str) -> String {
    let engine = directory();
    let query = idq::Query::parse(request).unwrap();
    let matches = engine.matches_with(&query, &strict()).unwrap();
    let hints = matches.hints(matches.count().unwrap());
    let hints: Vec<String> = hints.iter().map(ToString::to_string).collect();
    hints.join("\n")
}

#[test]
fn filter_on_excluded_deleted_records_has_a_hint() {
    for filter in [
        "deleted_after",
        "deleted_before",
        "deprovisioned_after",
        "deprovisioned_before",
    ] {
        for trashed in ["", "&filter[trashed]=without"] {
            let hint = hints(&format!("filter[{filter}]=2026-01-01{trashed}"));
            assert_eq!(
                hint,
                format!(
                    "filter[{filter}] excludes deleted records by default: add filter[trashed]=with or filter[trashed]=only"
                ),
            );
        }
    }
}

#[test]
fn query_that_includes_deleted_records_or_has_matches_has_no_hint() {
    assert_eq!(
        hints("filter[deleted_after]=2026-01-01&filter[trashed]=with"),
        ""
    );
    assert_eq!(
        hints("filter[deleted_after]=2027-01-01&filter[trashed]=only"),
        ""
    );
    assert_eq!(hints("filter[created_after]=2027-01-01"), "");
}

#[test]
fn value_that_no_record_has_is_a_hint() {
    insta::assert_snapshot!(hints("filter[state]=actve"), @"no record has `actve` for filter[state]; others have `active`");
}

#[test]
fn path_of_a_record_that_was_set_aside_is_one_that_no_record_has() {
    let dump = concat!(
        r#"{"id":"1","profile":{"start":"2026","a":{"b":1}},"timestamp":{"created_at":"soon"}}"#,
        "\n",
        r#"{"id":"2","profile":{"stop":"2026"}}"#,
    );
    let loader = idq::Loader::new(vec![idq::Source::bytes("dump", dump.as_bytes())])
        .api(idq::api::Api::provisionr())
        .on_bad_record(idq::OnBadRecord::Skip);
    let engine = idq::Engine::load(loader).unwrap();
    let hints = |expression: &str| {
        let expression = idq::Expression::parse(expression).unwrap();
        let query = idq::Query::new().and_where(expression);
        let matches = engine.matches_with(&query, &strict()).unwrap();
        let hints = matches.hints(matches.count().unwrap());
        let hints: Vec<String> = hints.iter().map(ToString::to_string).collect();
        hints.join("\n")
    };
    assert_eq!(hints("profile.start pr"), "no record has profile.start");
    assert_eq!(hints("profile.a pr"), "no record has profile.a");
    assert_eq!(
        hints("profile.sto pr"),
        "no record has profile.sto; did you mean profile.stop?"
    );
}
