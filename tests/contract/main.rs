//! The contract, row by row: what each part of the two APIs means, as named cases.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ages;
mod cancel;
mod dates;
mod dumps;
mod errors;
mod filter_rules;
mod filters;
mod hints;
mod page_urls;
mod pages;
mod permission_assist;
mod profile_search;
mod readings;
mod snapshots;
mod sorts;
mod urls;

use std::sync::Arc;

use idq::{BindOptions, Clock, Conformance, Loader, Query, Snapshot, Source};
use serde_json::Value;

/// A snapshot of Provisionr records, each given as JSON.
fn provisionr<R: ToString>(records: impl IntoIterator<Item = R>) -> Snapshot {
    load(idq::api::Api::provisionr(), records)
}

/// A snapshot of Permission Assist records, each given as JSON.
fn permission_assist<R: ToString>(records: impl IntoIterator<Item = R>) -> Snapshot {
    load(idq::api::Api::permission_assist(), records)
}

fn load<R: ToString>(api: &Arc<idq::api::Api>, records: impl IntoIterator<Item = R>) -> Snapshot {
    let records: Vec<String> = records
        .into_iter()
        .map(|record| record.to_string())
        .collect();
    let dump = format!("[{}]", records.join(","));
    let loader = Loader::new(vec![Source::bytes("dump", dump.as_bytes())]).api(api);
    Snapshot::load(loader).unwrap()
}

/// Strict, at noon of the first of February 2026.
fn strict() -> BindOptions {
    reading(Conformance::Strict)
}

/// As the API reads it, at the same time.
fn as_the_api() -> BindOptions {
    reading(Conformance::Api)
}

fn reading(conformance: Conformance) -> BindOptions {
    let now = "2026-02-01T12:00:00Z".parse().unwrap();
    BindOptions::new(conformance, Clock::fixed(now))
}

/// The ids of all matches of a request's text, in order, read strictly.
fn ids(snapshot: &Snapshot, request: &str) -> Vec<String> {
    ids_with(snapshot, request, &strict())
}

/// The ids of all matches, in order.
fn ids_with(snapshot: &Snapshot, request: &str, options: &BindOptions) -> Vec<String> {
    let query = Query::parse(request).unwrap();
    let matches = snapshot.matches_with(&query, options).unwrap();
    let records = matches.records().unwrap();
    let id = |record: Result<Vec<u8>, idq::Error>| {
        let record: Value = serde_json::from_slice(&record.unwrap()).unwrap();
        record["id"].as_str().unwrap().to_owned()
    };
    records.map(id).collect()
}

/// What a strict reading says of a request it refuses.
fn refusal(snapshot: &Snapshot, request: &str) -> String {
    refusal_with(snapshot, request, &strict())
}

fn refusal_with(snapshot: &Snapshot, request: &str, options: &BindOptions) -> String {
    let query = Query::parse(request).unwrap();
    snapshot
        .matches_with(&query, options)
        .unwrap_err()
        .to_string()
}

/// The page that a request asks for, as the API writes it.
fn page(snapshot: &Snapshot, request: &str) -> Value {
    serde_json::from_str(&page_text(snapshot, request)).unwrap()
}

/// The page as text.
fn page_text(snapshot: &Snapshot, request: &str) -> String {
    let query = Query::parse(request).unwrap();
    let matches = snapshot.matches_with(&query, &strict()).unwrap();
    matches.page().unwrap().to_json().unwrap()
}

/// A Provisionr record whose fields are set at dotted paths.
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
