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
fn the_path_is_what_the_records_agree_on() {
    for engine in [linked([COLLECTION; 3]), linked(["", COLLECTION, ""])] {
        let page = page(&engine, "");
        assert_eq!(page["path"], COLLECTION);
        assert_eq!(page["first_page_url"], format!("{COLLECTION}?page=1"));
    }
}

#[test]
fn records_that_are_not_on_the_page_count_too() {
    let page = page(
        &linked([COLLECTION, "https://other.example/identities"]),
        "per_page=1",
    );
    assert_eq!(page["path"], "/api/v1/directory/identities");
}

#[test]
fn records_that_disagree_leave_the_requests_url() {
    let engine = linked([
        COLLECTION,
        "https://other.example/api/v1/directory/identities",
    ]);
    let asked = "https://mine.example/api/v1/directory/identities";
    assert_eq!(page(&engine, &format!("{asked}?per_page=1"))["path"], asked);
    assert_eq!(
        page(&engine, "per_page=1")["path"],
        "/api/v1/directory/identities"
    );
}

#[test]
fn records_without_urls_leave_the_requests_url() {
    let asked = "https://mine.example/api/v1/directory/identities";
    assert_eq!(page(&linked([""]), asked)["path"], asked);
    assert_eq!(
        page(&linked([""]), "")["path"],
        "/api/v1/directory/identities"
    );
}

#[test]
fn records_that_agree_win_over_the_requests_url() {
    let asked = "https://mine.example/api/v1/directory/identities?per_page=3";
    assert_eq!(page(&linked([COLLECTION]), asked)["path"], COLLECTION);
}

#[test]
fn a_url_that_does_not_end_in_the_id_is_no_agreement() {
    let engine = provisionr([record(
        "a",
        &[("links.self", json!(format!("{COLLECTION}/b")))],
    )]);
    assert_eq!(page(&engine, "")["path"], "/api/v1/directory/identities");
}

#[test]
fn parameters_keep_their_order_and_page_comes_last() {
    assert_eq!(
        last_page_url("page=1&sort=-email&filter[state]=x&per_page=5&filter[id]=y"),
        "?sort=-email&filter%5Bstate%5D=x&per_page=5&filter%5Bid%5D=y&page=1",
    );
}

#[test]
fn all_but_unreserved_characters_are_encoded() {
    assert_eq!(
        last_page_url("filter[email]=a b+c,%C3%AB%26%3D/~._-*%25"),
        "?filter%5Bemail%5D=a%20b%20c%2C%C3%AB%26%3D%2F~._-%2A%25&page=1",
    );
}

#[test]
fn however_it_was_encoded_it_comes_out_one_way() {
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
fn lists_are_kept() {
    assert_eq!(
        last_page_url("filter[state][]=a,b&filter[state][]=c"),
        "?filter%5Bstate%5D%5B%5D=a%2Cb&filter%5Bstate%5D%5B%5D=c&page=1",
    );
}

#[test]
fn without_parameters_there_is_the_page_alone() {
    assert_eq!(last_page_url(""), "?page=1");
    assert_eq!(last_page_url("?page=1"), "?page=1");
}

#[test]
fn a_query_built_in_code_has_the_same_urls() {
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
