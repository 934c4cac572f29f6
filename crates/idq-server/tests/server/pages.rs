//! Pages and records: envelopes, bytes, compression.

use std::collections::HashMap;

use axum::http::{Method, StatusCode};
use idq::Engine;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::support::{
    PERMISSION_ASSIST, PROVISIONR, both_apis, fixture, get, get_with, send_request, settings_for,
    start_router,
};

#[tokio::test]
async fn page_equals_that_of_the_library_with_the_requests_host_in_its_urls() {
    let router = start_router(both_apis()).await;
    let engine = Engine::open([fixture("provisionr.ndjson")]).unwrap();
    for query in [
        "",
        "page=2",
        "page=9",
        "filter%5Bstate%5D=active&sort=-created_at&per_page=5&page=3",
        "filter[email_search]=north&filter[trashed]=with",
        "filter[state]=nothing",
    ] {
        let response = get(&router, &format!("{PROVISIONR}?{query}")).await;
        assert_eq!(response.status, StatusCode::OK);
        let own = engine.snapshot().collection_url().unwrap();
        let matches = engine.query(&format!("?{query}")).unwrap();
        let expected = matches.page().unwrap();
        // URLs in records have escaped slashes and are not replaced.
        let expected = expected
            .to_json()
            .unwrap()
            .replace(own, &format!("http://localhost{PROVISIONR}"));
        assert_eq!(response.text(), expected, "{query}");
    }
}

#[tokio::test]
async fn page_of_permission_assist_has_its_own_envelope() {
    let router = start_router(both_apis()).await;
    let engine = Engine::open([fixture("permission-assist.json")]).unwrap();
    for query in [
        "",
        "page=2",
        "page=7",
        "filter[status]=Active",
        "per_page=3&unheard=of",
    ] {
        let response = get(&router, &format!("{PERMISSION_ASSIST}?{query}")).await;
        assert_eq!(response.status, StatusCode::OK);
        let known_query = if query.starts_with("per_page") {
            ""
        } else {
            query
        };
        let matches = engine.query(&format!("?{known_query}")).unwrap();
        let expected = matches.page().unwrap();
        assert_eq!(response.text(), expected.to_json().unwrap(), "{query}");
    }
}

#[tokio::test]
async fn next_page_urls_visit_each_record_once() {
    let router = start_router(both_apis()).await;
    let mut next = Some(format!("{PROVISIONR}?filter[trashed]=with&per_page=7"));
    let mut records = Vec::new();
    while let Some(target) = next {
        let response = get(&router, target.trim_start_matches("http://localhost")).await;
        let page: HashMap<String, Box<RawValue>> = serde_json::from_slice(&response.body).unwrap();
        let data: Vec<Box<RawValue>> = serde_json::from_str(page["data"].get()).unwrap();
        records.extend(data.iter().map(|record| record.get().to_owned()));
        next = serde_json::from_str(page["next_page_url"].get()).unwrap();
    }
    let dump = std::fs::read_to_string(fixture("provisionr.ndjson")).unwrap();
    assert_eq!(records, dump.lines().collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_of_permission_assist_contain_each_record_once() {
    let router = start_router(both_apis()).await;
    let mut ids = Vec::new();
    for page in 1.. {
        let page: Value = get(&router, &format!("{PERMISSION_ASSIST}?page={page}"))
            .await
            .json();
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            break;
        }
        ids.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
    }
    let all: Value =
        serde_json::from_slice(&std::fs::read(fixture("permission-assist.json")).unwrap()).unwrap();
    let mut expected: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort_unstable();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn record_has_the_bytes_of_the_dump() {
    let router = start_router(both_apis()).await;
    let dump = std::fs::read_to_string(fixture("provisionr.ndjson")).unwrap();
    for record in dump.lines() {
        let id = &record[r#"{"id":""#.len()..].split('"').next().unwrap();
        let response = get(&router, &format!("{PROVISIONR}/{id}")).await;
        assert_eq!((response.status, response.text()), (StatusCode::OK, record));
    }
    // An id may be percent-encoded.
    let response = get(
        &router,
        &format!("{PERMISSION_ASSIST}/%34%35e337b2-2a19-4d2a-aeda-989bddc314fe"),
    )
    .await;
    assert_eq!(response.json()["firstName"], "Tobias");
}

#[tokio::test]
async fn head_response_has_the_headers_of_get_and_no_body() {
    let router = start_router(both_apis()).await;
    let id = "45e337b2-2a19-4d2a-aeda-989bddc314fe";
    for target in [
        PROVISIONR.to_owned(),
        format!("{PERMISSION_ASSIST}?page=2"),
        format!("{PERMISSION_ASSIST}/{id}"),
        format!("{PERMISSION_ASSIST}/unknown"),
        format!("{PROVISIONR}?sort=nothing"),
        "/healthz".to_owned(),
        "/".to_owned(),
        "/openapi.json".to_owned(),
    ] {
        let get = get(&router, &target).await;
        let head = send_request(&router, Method::HEAD, &target, &[("host", "localhost")]).await;
        assert_eq!(head.status, get.status, "{target}");
        assert!(head.body.is_empty());
        for name in ["content-type", "etag", "cache-control"] {
            assert_eq!(head.headers.get(name), get.headers.get(name), "{target}");
        }
        assert_eq!(
            head.header("content-length"),
            get.body.len().to_string(),
            "{target}"
        );
    }
}

#[tokio::test]
async fn response_is_compressed_as_the_client_accepts() {
    let router = start_router(both_apis()).await;
    let plain = get(&router, PROVISIONR).await;
    assert_eq!(plain.header("vary"), "Accept-Encoding");
    let zstd = get_with(&router, PROVISIONR, &[("accept-encoding", "gzip, zstd")]).await;
    assert_eq!(zstd.header("content-encoding"), "zstd");
    let size = plain.body.len();
    assert_eq!(
        zstd::bulk::decompress(&zstd.body, size).unwrap(),
        plain.body
    );
    let gzip = get_with(&router, PROVISIONR, &[("accept-encoding", "gzip")]).await;
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut decoder = flate2::read::GzDecoder::new(gzip.body.as_slice());
    let mut decoded = Vec::new();
    std::io::Read::read_to_end(&mut decoder, &mut decoded).unwrap();
    assert_eq!(decoded, plain.body);
}

#[tokio::test]
async fn index_page_lists_the_served_apis() {
    let router = start_router(both_apis()).await;
    let response = get(&router, "/").await;
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    for part in ["Provisionr", PROVISIONR, PERMISSION_ASSIST, "<td>60</td>"] {
        assert!(response.text().contains(part), "{part}");
    }
    assert_eq!(get(&router, "/healthz").await.json()["status"], "ok");
}

#[tokio::test]
async fn strict_conformance_rejects_requests_that_the_api_accepts() {
    let mut strict = both_apis();
    strict.conformance = idq::Conformance::Strict;
    let (strict, forgiving) = (start_router(strict).await, start_router(both_apis()).await);
    for (target, status) in [
        (format!("{PROVISIONR}?filter[state]=a&filter[state]=b"), 422),
        (format!("{PROVISIONR}?filter[state]="), 422),
        (format!("{PROVISIONR}?filter[trashed]=banana"), 422),
        (format!("{PROVISIONR}?page=0"), 422),
        (format!("{PROVISIONR}?page=abc"), 422),
        (format!("{PROVISIONR}?sort=state,"), 422),
        (format!("{PROVISIONR}?unheard=of"), 400),
        (format!("{PERMISSION_ASSIST}?unheard=of"), 400),
        (format!("{PERMISSION_ASSIST}?per_page=3"), 400),
    ] {
        assert_eq!(get(&strict, &target).await.status, status, "{target}");
        assert_eq!(get(&forgiving, &target).await.status, 200, "{target}");
    }
}

#[tokio::test]
async fn requests_are_read_as_by_the_framework_of_the_api() {
    let mut strict = both_apis();
    strict.conformance = idq::Conformance::Strict;
    let (strict, forgiving) = (start_router(strict).await, start_router(both_apis()).await);
    let trashed = "filter%5Btrashed%5D=with";
    for (query, plain, parameters) in [
        (
            "filter[state][a]=%20active&sort[]=-email",
            "filter[state]=active&sort=-email",
            "filter%5Bstate%5D%5Ba%5D=active&sort%5B0%5D=-email",
        ),
        (
            "sort=--email&page=%2B2",
            "sort=-email&page=2",
            "sort=--email",
        ),
        (
            "filter=abc&discount=5%&utm=%FF",
            "",
            "filter=abc&discount=5%25",
        ),
        (
            "utm=1&filter[trashed]=only&filter[trashed]=with%E2%80%8B",
            "filter[trashed]=with",
            &format!("utm=1&{trashed}"),
        ),
    ] {
        let response = get(&forgiving, &format!("{PROVISIONR}?{query}")).await;
        let expected = get(&forgiving, &format!("{PROVISIONR}?{plain}")).await;
        assert_eq!(response.status, StatusCode::OK, "{query}");
        let (page, expected) = (response.json(), expected.json());
        assert_eq!(page["data"], expected["data"], "{query}");
        let url = page["first_page_url"].as_str().unwrap();
        assert!(
            url.ends_with(&format!("?{parameters}&page=1")),
            "{query}: {url}"
        );
        let refused = get(&strict, &format!("{PROVISIONR}?{query}")).await;
        assert!(refused.status.is_client_error(), "{query}");
    }
    // An empty item finds nothing, and a sort by a sign alone is refused as an unknown one is.
    let nothing = get(&forgiving, &format!("{PROVISIONR}?filter[state][]=")).await;
    assert_eq!(nothing.json()["total"], 0);
    let sort = get(&forgiving, &format!("{PROVISIONR}?sort=-")).await;
    assert_eq!(sort.status, StatusCode::BAD_REQUEST);
    assert!(
        sort.text()
            .contains("Requested sort(s) `-` are not allowed."),
        "{}",
        sort.text()
    );
}

#[tokio::test]
async fn page_from_cached_matches_equals_the_first_one() {
    let mut settings = both_apis();
    settings.limits.cache_bytes = 0;
    let router = start_router(settings).await;
    for query in [
        "",
        "page=2",
        "page=99",
        "per_page=50",
        "per_page=51",
        "filter[trashed]=only",
        "filter[trashed]=with&page=2",
    ] {
        let target = format!("{PROVISIONR}?{query}");
        // The first request fills the filter cache, from which the others are answered.
        let first = get(&router, &target).await;
        assert_eq!(first.status, StatusCode::OK);
        for _ in 0..2 {
            let again = get(&router, &target).await;
            assert_eq!((&again.body, &again.headers), (&first.body, &first.headers));
        }
    }
}

/// A snapshot file among other sources is served through its columns.
#[tokio::test]
async fn snapshot_file_beside_a_dump_is_served_as_both_dumps_are() {
    let folder = tempfile::tempdir().unwrap();
    let records = std::fs::read_to_string(fixture("provisionr.ndjson")).unwrap();
    let middle = records[..records.len() / 2].rfind('\n').unwrap() + 1;
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.ndjson"), &records[..middle]).unwrap();
    std::fs::write(path("b.ndjson"), &records[middle..]).unwrap();
    let engine = Engine::open([path("b.ndjson").as_path()]).unwrap();
    let file = path("b.idq");
    engine.pack(&file, &idq::PackOptions::default()).unwrap();
    let dumps = start_router(settings_for(&[path("a.ndjson"), path("b.ndjson")])).await;
    let mixed = start_router(settings_for(&[path("a.ndjson"), file])).await;
    for query in [
        "",
        "sort=-email&page=2",
        "filter[state]=active&sort=created_at",
        "filter[trashed]=with&per_page=50",
        "filter[email_search]=a&page=9",
    ] {
        let uri = format!("{PROVISIONR}?{query}");
        let [expected, found] = [get(&dumps, &uri).await, get(&mixed, &uri).await];
        assert_eq!(found.status, StatusCode::OK, "{query}");
        assert!(found.body == expected.body, "{query}");
    }
}
