//! The bytes of pages in both built-in envelopes, and in an invented one.

use idq_api::{Api, Envelope, PageMember};
use idq_render::{PageInfo, write_page};
use serde_json::{Value, json};

use crate::{owned, page};

fn written(envelope: &Envelope, info: &PageInfo<'_>, records: &[&str]) -> String {
    let mut out = Vec::new();
    write_page(envelope, info, records, &mut out).expect("a write to memory succeeds");
    String::from_utf8(out).expect("it is UTF-8")
}

fn paginator() -> Envelope {
    Envelope::laravel_paginator()
}

fn counted() -> &'static Envelope {
    &Api::permission_assist().envelope
}

/// Breaks a page into one line for each link, for a legible snapshot.
fn lines(page: &str) -> String {
    page.replace("{\"url\"", "\n{\"url\"")
}

#[test]
fn paginator_page_has_every_field_and_verbatim_records() {
    let parameters = owned(&[("filter[state]", "active,pending"), ("sort", "-email")]);
    let info = page(2, 33, &parameters);
    let records = [
        r#"{"id":"a\/b"}"#,
        "{ \"id\" : \"\\u00eb\",\n \"n\": 1.50 }",
    ];
    insta::assert_snapshot!(written(&paginator(), &info, &records), @r#"
    {"current_page":2,"data":[{"id":"a\/b"},{ "id" : "\u00eb",
     "n": 1.50 }],"first_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","from":16,"last_page":3,"last_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","links":[{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","label":"&laquo; Previous","page":1,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","label":"1","page":1,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=2","label":"2","page":2,"active":true},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","label":"3","page":3,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","label":"Next &raquo;","page":3,"active":false}],"next_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","path":"https://acme.example/api/v1/directory/identities","per_page":15,"prev_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","to":17,"total":33}
    "#);
}

#[test]
fn links_of_the_first_page_are_null_before_it_and_have_gaps() {
    let shown = lines(&written(&paginator(), &page(1, 30 * 15, &[]), &["{}"]));
    let links = &shown[shown.find("\"links\"").unwrap()..];
    insta::assert_snapshot!(links, @r#"
    "links":[
    {"url":null,"label":"&laquo; Previous","page":null,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=1","label":"1","page":1,"active":true},
    {"url":"https://acme.example/api/v1/directory/identities?page=2","label":"2","page":2,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=3","label":"3","page":3,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=4","label":"4","page":4,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=5","label":"5","page":5,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=6","label":"6","page":6,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=7","label":"7","page":7,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=8","label":"8","page":8,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=9","label":"9","page":9,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=10","label":"10","page":10,"active":false},
    {"url":null,"label":"...","active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=29","label":"29","page":29,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=30","label":"30","page":30,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=2","label":"Next &raquo;","page":2,"active":false}],"next_page_url":"https://acme.example/api/v1/directory/identities?page=2","path":"https://acme.example/api/v1/directory/identities","per_page":15,"prev_page_url":null,"to":1,"total":450}
    "#);
}

#[test]
fn page_past_the_end_is_empty() {
    insta::assert_snapshot!(lines(&written(&paginator(), &page(9, 16, &[]), &[])), @r#"
    {"current_page":9,"data":[],"first_page_url":"https://acme.example/api/v1/directory/identities?page=1","from":null,"last_page":2,"last_page_url":"https://acme.example/api/v1/directory/identities?page=2","links":[
    {"url":"https://acme.example/api/v1/directory/identities?page=8","label":"&laquo; Previous","page":8,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=1","label":"1","page":1,"active":false},
    {"url":"https://acme.example/api/v1/directory/identities?page=2","label":"2","page":2,"active":false},
    {"url":null,"label":"Next &raquo;","page":null,"active":false}],"next_page_url":null,"path":"https://acme.example/api/v1/directory/identities","per_page":15,"prev_page_url":"https://acme.example/api/v1/directory/identities?page=8","to":null,"total":16}
    "#);
}

#[test]
fn collection_without_records_has_one_page() {
    let info = page(1, 0, &[]);
    let page: Value = serde_json::from_str(&written(&paginator(), &info, &[])).unwrap();
    let numbers = ["current_page", "last_page", "total"].map(|key| page[key].as_u64());
    assert_eq!(numbers, [Some(1), Some(1), Some(0)]);
    for key in ["from", "to", "prev_page_url", "next_page_url"] {
        assert_eq!(page[key], Value::Null, "{key}");
    }
    assert_eq!(page["links"].as_array().unwrap().len(), 3);
    assert_eq!(page["links"][1]["active"], true);
}

#[test]
fn counted_page_states_totals_and_no_pages_of_nothing() {
    let info = PageInfo {
        per_page: 50,
        ..page(2, 51, &[])
    };
    insta::assert_snapshot!(written(counted(), &info, &[r#"{"id":"x"}"#]), @r#"{"items":[{"id":"x"}],"totalCount":51,"page":2,"pageSize":50,"totalPages":2}"#);
    insta::assert_snapshot!(written(counted(), &PageInfo { total: 0, ..info }, &[]), @r#"{"items":[],"totalCount":0,"page":2,"pageSize":50,"totalPages":0}"#);
}

#[test]
fn invented_envelope_has_its_members_in_their_order() {
    let envelope = Envelope::new([
        ("next", PageMember::NextPage),
        ("previous", PageMember::PreviousPage),
        ("people", PageMember::Records),
        ("\"total\"", PageMember::Total),
    ]);
    let text = written(&envelope, &page(2, 33, &[]), &["1", "2"]);
    assert_eq!(
        text,
        r#"{"next":3,"previous":1,"people":[1,2],"\"total\"":33}"#
    );
    let text = written(&envelope, &page(3, 33, &[]), &[]);
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        read,
        json!({"next": null, "previous": 2, "people": [], "\"total\"": 33})
    );
}
