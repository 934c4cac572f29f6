//! Random query strings under the API's own reading against the oracle of that reading.

use idq::{BindOptions, Clock, Conformance, Engine, Loader, Query, Source};
use idq_tests::{FrameworkAnswer, framework_answer};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

/// Number of tested query strings.
const QUERIES: u32 = 4_000;

/// Names of parameters, encoded in part: of every form that the reading distinguishes.
const NAMES: &[&str] = &[
    "filter[state]",
    "filter[state]",
    "filter%5Bstate%5D",
    "+filter[state]",
    "filter[state][]",
    "filter[state][]",
    "filter[state][0]",
    "filter[state][1]",
    "filter[state][-3]",
    "filter[state][01]",
    "filter[state][+]",
    "filter[state][a%]",
    "filter[email]",
    "filter[email][x]",
    "filter[email_search]",
    "filter[email_search][]",
    "filter[trashed]",
    "filter[trashed]",
    "filter[trashed][]",
    "filter",
    "filter[]",
    "filter[state][a][b]",
    "filter[state",
    "filter[state]x",
    "filter[%FF]",
    "filter[unknown]",
    "sort",
    "sort",
    "sort[]",
    "sort[a]",
    "sort[a][b]",
    "sort[a",
    "page",
    "page",
    "page[]",
    "per_page",
    "per.page",
    "where",
    "utm",
    "utm.source",
    "utm[a][]",
    "utm[a][b",
    "utm%FF",
    "5",
    "[a]",
    "",
];

/// Values of parameters, encoded in part.
const VALUES: &[&str] = &[
    "active",
    "active",
    "+active%E2%80%8B",
    "%00staged",
    "staged",
    "active,staged",
    "active,",
    ",",
    "%20",
    "",
    "with",
    "only",
    "only%C2%AD",
    "without",
    "banana",
    "email",
    "-email",
    "--email",
    "-state",
    "state,-email",
    "0",
    "-",
    "email,0",
    "2",
    "%2B2",
    "02",
    "9223372036854775808",
    "9223372036854775807",
    "a@x",
    "A@X,b",
    "5%",
    "%zz",
    "%FF",
    "id%20pr",
];

/// Generates a record from its number.
fn record() -> impl Strategy<Value = Value> {
    let text = |texts: &[Option<&'static str>]| select(texts.to_vec());
    let state = text(&[None, Some("active"), Some("staged"), Some(""), Some("5%")]);
    let email = text(&[None, Some("a@x"), Some("A@x"), Some("b@y"), Some("5%")]);
    let deleted = text(&[None, Some("2026-01-01T00:00:00Z")]);
    (state, email, deleted).prop_map(|(state, email, deleted)| {
        json!({"state": state, "email": email, "timestamp": {"deleted_at": deleted}})
    })
}

/// Generates a query string; most have few pairs, so that most are accepted.
fn query() -> impl Strategy<Value = String> {
    let pair =
        (select(NAMES), select(VALUES), any::<bool>()).prop_map(|(name, value, is_fitting)| {
            // Half of the values are of the kind that the name takes.
            let value = match name.trim_start_matches('+') {
                _ if !is_fitting => value,
                name if name.starts_with("sort") => "-email",
                name if name.contains("page") => "2",
                "where" => "id%20pr",
                _ => value,
            };
            format!("{name}={value}")
        });
    proptest::collection::vec(pair, 0..6).prop_map(|pairs| pairs.join("&"))
}

fn load(records: &[Value]) -> Engine {
    let numbered = records.iter().enumerate().map(|(number, record)| {
        let mut record = record.clone();
        record["id"] = json!(number.to_string());
        record.to_string()
    });
    let dump = numbered.collect::<Vec<_>>().join("\n");
    let loader = Loader::new(vec![Source::bytes("dump", dump.as_bytes())]);
    Engine::load(loader.api(idq::api::Api::provisionr())).unwrap()
}

/// Returns the answer of the engine; `None` if it refuses the request.
fn answer(engine: &Engine, query: &str) -> Option<FrameworkAnswer> {
    let query = Query::parse_as(&format!("?{query}"), Conformance::Api).ok()?;
    let options = BindOptions::new(Conformance::Api, Clock::fixed_at(0));
    let matches = engine.matches_with(&query, &options).ok()?;
    let rows = matches.rows().unwrap();
    let page: Value = serde_json::from_str(&matches.page().unwrap().to_json().unwrap()).unwrap();
    let url = page["last_page_url"].as_str().unwrap();
    let (_, parameters) = url.split_once('?').unwrap();
    let parameters = parameters.rsplit_once("page=").unwrap().0;
    Some(FrameworkAnswer {
        order: rows.iter().map(|row| row.0 as usize).collect(),
        number: page["current_page"].as_u64().unwrap(),
        per_page: page["per_page"].as_u64().unwrap(),
        parameters: parameters.trim_end_matches('&').to_owned(),
    })
}

/// Returns whether the value of an expression of a query string is one.
fn has_valid_expressions(query: &str) -> bool {
    let mut values = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("where="));
    values.all(|value| value == "id%20pr")
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A failure becomes a named test instead of a persisted seed.
        failure_persistence: None,
        ..ProptestConfig::with_cases(QUERIES)
    })]

    #[test]
    fn requests_by_the_reading_of_the_api_equal_the_oracle(
        records in proptest::collection::vec(record(), 1..6),
        query in query(),
    ) {
        let query = if has_valid_expressions(&query) { query } else { query.replace("where=", "x=") };
        let expected = framework_answer(&query, &records);
        prop_assert_eq!(answer(&load(&records), &query), expected, "{}", query);
    }
}

#[test]
fn random_query_strings_are_mostly_accepted() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let drawn = (0..400).map(|_| query().new_tree(&mut runner).unwrap().current());
    let accepted = drawn
        .filter(|query| framework_answer(query, &[]).is_some())
        .count();
    assert!(accepted > 100, "{accepted} of 400");
}
