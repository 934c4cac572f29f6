//! URLs of a page: their base and their parameters.

use serde_json::json;

use crate::{page, provisionr, record};

const COLLECTION: &str = "https://wks.provisionr.example/api/v1/directory/identities";

/// Builds records with URLs; an empty URL is left out.
fn linked<const COUNT: usize>(collections: [&str; COUNT]) -> idq::Engine {
    let mut number = 0;
    provisionr(collections.map(|collection| {
        number += 1;
        let id = format!("id-{number}");
        if collection.is_empty() {
            return record(&id, &[]);
        }
        record(&id, &[("links.self", json!(format!("{collection}/{id}")))])
    }))
}

fn last_page_url(request: &str) -> String {
    let page = page(&linked([COLLECTION]), request);
    let url = page["last_page_url"].as_str().unwrap();
    url.strip_prefix(COLLECTION).unwrap().to_owned()
}

#[test]
fn page_urls_have_the_url_on_which_records_agree() {
    for engine in [linked([COLLECTION; 3]), linked(["", COLLECTION, ""])] {
        let page = page(&engine, "");
        assert_eq!(page["path"], COLLECTION);
        assert_eq!(page["first_page_url"], format!("{COLLECTION}?page=1"));
    }
}

#[test]
fn records_of_other_pages_affect_page_urls() {
    let page = page(
        &linked([COLLECTION, "https://other.example/identities"]),
        "per_page=1",
    );
    assert_eq!(page["path"], "/api/v1/directory/identities");
}

#[test]
fn records_that_disagree_leave_the_url_of_the_request() {
    let engine = linked([
        COLLECTION,
        "https://other.example/api/v1/directory/identities",
    ]);
    let request_url = "https://mine.example/api/v1/directory/identities";
    assert_eq!(
        page(&engine, &format!("{request_url}?per_page=1"))["path"],
        request_url
    );
    assert_eq!(
        page(&engine, "per_page=1")["path"],
        "/api/v1/directory/identities"
    );
}

#[test]
fn records_without_urls_leave_the_url_of_the_request() {
    let request_url = "https://mine.example/api/v1/directory/identities";
    assert_eq!(page(&linked([""]), request_url)["path"], request_url);
    assert_eq!(
        page(&linked([""]), "")["path"],
        "/api/v1/directory/identities"
    );
}

#[test]
fn url_of_the_records_precedes_that_of_the_request() {
    let request_url = "https://mine.example/api/v1/directory/identities?per_page=3";
    assert_eq!(page(&linked([COLLECTION]), request_url)["path"], COLLECTION);
}

#[test]
fn record_url_without_its_id_is_no_agreement() {
    let engine = provisionr([record(
        "a",
        &[("links.self", json!(format!("{COLLECTION}/b")))],
    )]);
    assert_eq!(page(&engine, "")["path"], "/api/v1/directory/identities");
}

#[test]
fn page_urls_keep_the_order_of_parameters_and_end_in_page() {
    assert_eq!(
        last_page_url("page=1&sort=-email&filter[state]=x&per_page=5&filter[id]=y"),
        "?sort=-email&filter%5Bstate%5D=x&per_page=5&filter%5Bid%5D=y&page=1",
    );
}

#[test]
fn page_urls_encode_all_but_unreserved_characters() {
    assert_eq!(
        last_page_url("filter[email]=a b+c,%C3%AB%26%3D/~._-*%25"),
        "?filter%5Bemail%5D=a%20b%20c%2C%C3%AB%26%3D%2F~._-%2A%25&page=1",
    );
}

#[test]
fn page_urls_have_one_encoding_for_any_spelling() {
    let expected = "?filter%5Bemail%5D=a%40b%2Cc&page=1";
    for request in [
        "filter[email]=a@b,c",
        "filter%5Bemail%5D=a%40b%2Cc",
        "filter%5bemail%5d=%61%40b%2cc",
    ] {
        assert_eq!(last_page_url(request), expected, "{request}");
    }
}

#[test]
fn page_urls_keep_lists() {
    assert_eq!(
        last_page_url("filter[state][]=a,b&filter[state][]=c"),
        "?filter%5Bstate%5D%5B%5D=a%2Cb&filter%5Bstate%5D%5B%5D=c&page=1",
    );
}

#[test]
fn page_urls_without_parameters_have_the_page_alone() {
    assert_eq!(last_page_url(""), "?page=1");
    assert_eq!(last_page_url("?page=1"), "?page=1");
}

#[test]
fn page_urls_of_a_query_built_in_rust_are_those_of_its_text() {
    let engine = linked([COLLECTION]);
    let query = idq::Query::new()
        .filter("state", "a,b")
        .sort("-email")
        .page(1);
    let matches = engine.matches(&query).unwrap();
    let json = matches.page().unwrap().to_json().unwrap();
    assert!(
        json.contains("?filter%5Bstate%5D=a%2Cb&sort=-email&page=1"),
        "{json}"
    );
}
