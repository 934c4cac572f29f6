//! The contract of the two APIs: a test for each rule.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ages;
mod cancel;
mod dates;
mod document_expressions;
mod dumps;
mod errors;
mod expression_accounts;
mod expressions;
mod filter_rules;
mod filters;
mod framework;
mod generators;
mod hints;
mod page_urls;
mod pages;
mod permission_assist;
mod profile_search;
mod readings;
mod snapshots;
mod sorts;
mod styles;
mod urls;

use std::sync::Arc;

use idq::{BindOptions, Clock, Conformance, Engine, Loader, Query, Record, Source};
use serde_json::Value;

/// Loads Provisionr records, given as JSON.
fn provisionr<R: ToString>(records: impl IntoIterator<Item = R>) -> Engine {
    load(idq::api::Api::provisionr(), records)
}

/// Loads Permission Assist records, given as JSON.
fn permission_assist<R: ToString>(records: impl IntoIterator<Item = R>) -> Engine {
    load(idq::api::Api::permission_assist(), records)
}

fn load<R: ToString>(api: &Arc<idq::api::Api>, records: impl IntoIterator<Item = R>) -> Engine {
    let records: Vec<String> = records
        .into_iter()
        .map(|record| record.to_string())
        .collect();
    let dump = format!("[{}]", records.join(","));
    let loader = Loader::new(vec![Source::bytes("dump", dump.as_bytes())]).api(api);
    Engine::load(loader).unwrap()
}

/// Returns strict options with the clock at noon of 2026-02-01.
fn strict() -> BindOptions {
    reading(Conformance::Strict)
}

/// Returns the options of the API's own reading, with the same clock.
fn as_the_api() -> BindOptions {
    reading(Conformance::Api)
}

fn reading(conformance: Conformance) -> BindOptions {
    BindOptions::new(
        conformance,
        Clock::fixed("2026-02-01T12:00:00Z".parse().unwrap()),
    )
}

/// Returns the ids of all matches of a strictly read request, in order.
fn ids(engine: &Engine, request: &str) -> Vec<String> {
    ids_with(engine, request, &strict())
}

/// Returns the ids of all matches, in order.
fn ids_with(engine: &Engine, request: &str, options: &BindOptions) -> Vec<String> {
    let query = Query::parse_as(request, options.conformance).unwrap();
    let matches = engine.matches_with(&query, options).unwrap();
    let records = matches.records().unwrap();
    let id = |record: Result<Record, idq::Error>| {
        let record: Value = serde_json::from_slice(&record.unwrap()).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    records.map(id).collect()
}

/// Returns the error of a request that a strict reading refuses.
fn refusal(engine: &Engine, request: &str) -> String {
    refusal_with(engine, request, &strict())
}

fn refusal_with(engine: &Engine, request: &str, options: &BindOptions) -> String {
    let query = Query::parse_as(request, options.conformance).unwrap();
    engine
        .matches_with(&query, options)
        .unwrap_err()
        .to_string()
}

/// Returns the page of a request, parsed from the API's envelope.
fn page(engine: &Engine, request: &str) -> Value {
    serde_json::from_str(&page_text(engine, request)).unwrap()
}

/// Returns the page of a request under a reading.
fn page_with(engine: &Engine, request: &str, options: &BindOptions) -> Value {
    let query = Query::parse_as(request, options.conformance).unwrap();
    let matches = engine.matches_with(&query, options).unwrap();
    serde_json::from_str(&matches.page().unwrap().to_json().unwrap()).unwrap()
}

/// Returns the page as text.
fn page_text(engine: &Engine, request: &str) -> String {
    let query = Query::parse(request).unwrap();
    let matches = engine.matches_with(&query, &strict()).unwrap();
    matches.page().unwrap().to_json().unwrap()
}

/// Builds a Provisionr record with fields at dotted paths.
fn record(id: &str, fields: &[(&str, Value)]) -> Value {
    let mut record = serde_json::json!({ "id": id });
    for (path, value) in fields {
        let mut place = &mut record;
        for key in path.split('.') {
            place = &mut place[key];
        }
        *place = value.clone();
    }
    record
}
