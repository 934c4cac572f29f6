//! The bytes of pages in both envelopes, and the types that read them.

use idq_api::Envelope;
use idq_render::{CountedPage, PageInfo, PageLink, PaginatorPage, write_page};

use crate::{owned, page};

fn written(envelope: Envelope, info: &PageInfo<'_>, records: &[&str]) -> String {
    let mut out = Vec::new();
    write_page(envelope, info, records, &mut out).expect("a write to memory succeeds");
    String::from_utf8(out).expect("it is UTF-8")
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
    insta::assert_snapshot!(written(Envelope::Paginator, &info, &records), @r#"
    {"current_page":2,"data":[{"id":"a\/b"},{ "id" : "\u00eb",
     "n": 1.50 }],"first_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","from":16,"last_page":3,"last_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","links":[{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","label":"&laquo; Previous","page":1,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","label":"1","page":1,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=2","label":"2","page":2,"active":true},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","label":"3","page":3,"active":false},{"url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","label":"Next &raquo;","page":3,"active":false}],"next_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=3","path":"https://acme.example/api/v1/directory/identities","per_page":15,"prev_page_url":"https://acme.example/api/v1/directory/identities?filter%5Bstate%5D=active%2Cpending&sort=-email&page=1","to":17,"total":33}
    "#);
}

#[test]
fn links_of_the_first_page_are_null_before_it_and_have_gaps() {
    let shown = lines(&written(
        Envelope::Paginator,
        &page(1, 30 * 15, &[]),
        &["{}"],
    ));
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
    insta::assert_snapshot!(lines(&written(Envelope::Paginator, &page(9, 16, &[]), &[])), @r#"
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
    let page: PaginatorPage<()> =
        serde_json::from_str(&written(Envelope::Paginator, &info, &[])).unwrap();
    assert_eq!((page.current_page, page.last_page, page.total), (1, 1, 0));
    assert_eq!((page.from, page.to), (None, None));
    assert_eq!((page.prev_page_url, page.next_page_url), (None, None));
    assert_eq!(page.links.len(), 3);
    assert!(page.links[1].active);
}

#[test]
fn counted_page_states_totals_and_no_pages_of_nothing() {
    let info = PageInfo {
        per_page: 50,
        ..page(2, 51, &[])
    };
    insta::assert_snapshot!(written(Envelope::Counted, &info, &[r#"{"id":"x"}"#]), @r#"{"items":[{"id":"x"}],"totalCount":51,"page":2,"pageSize":50,"totalPages":2}"#);
    insta::assert_snapshot!(written(Envelope::Counted, &PageInfo { total: 0, ..info }, &[]), @r#"{"items":[],"totalCount":0,"page":2,"pageSize":50,"totalPages":0}"#);
}

#[test]
fn writer_and_serialized_types_have_the_same_bytes() {
    let parameters = owned(&[("q", "\"")]);
    let info = page(20, 40 * 15, &parameters);
    let records: [&str; 2] = ["1", "2"];
    let paginator = PaginatorPage::new(&info, vec![1, 2]);
    let text = written(Envelope::Paginator, &info, &records);
    assert_eq!(serde_json::to_string(&paginator).unwrap(), text);
    let read: PaginatorPage<u8> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, paginator);
    assert_eq!(read.links.iter().filter(|link| link.is_gap()).count(), 2);

    let counted = CountedPage::new(&info, vec![1, 2]);
    let text = written(Envelope::Counted, &info, &records);
    assert_eq!(serde_json::to_string(&counted).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<CountedPage<u8>>(&text).unwrap(),
        counted
    );
}

#[test]
fn link_without_a_page_number_is_read() {
    let link: PageLink =
        serde_json::from_str(r#"{"url":"u?page=2","label":"2","active":true}"#).unwrap();
    assert_eq!((link.page, link.is_gap()), (None, false));
}
