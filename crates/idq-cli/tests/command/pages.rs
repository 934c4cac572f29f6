//! Pages of `idq query`.

use crate::{Idq, folder_with, idq};

#[test]
fn pages_in_turn_have_all_records() {
    for (dump, sort, page_size) in [
        ("provisionr.ndjson", "-s state,-email", "--per-page 7"),
        ("provisionr.ndjson", "", ""),
        ("permission-assist.ndjson", "-s status", ""),
        ("permission-assist.ndjson", "", ""),
    ] {
        let all = idq(&format!("query {dump} {sort} --all -o ndjson"));
        let mut pages = String::new();
        for page in 1.. {
            let ran = idq(&format!(
                "query {dump} {sort} {page_size} -p {page} -o ndjson"
            ));
            if ran.text().is_empty() {
                break;
            }
            pages.push_str(ran.text());
        }
        assert!(!pages.is_empty() && pages == all.text(), "{dump} {sort}");
    }
}

#[test]
fn page_past_the_end_is_empty() {
    let ran = idq("query provisionr.ndjson -p 99 -f state=suspended");
    insta::assert_snapshot!(ran.text(), @r#"{"current_page":99,"data":[],"first_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=suspended&page=1","from":null,"last_page":1,"last_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=suspended&page=1","links":[{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=suspended&page=98","label":"&laquo; Previous","page":98,"active":false},{"url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=suspended&page=1","label":"1","page":1,"active":false},{"url":null,"label":"Next &raquo;","page":null,"active":false}],"next_page_url":null,"path":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities","per_page":15,"prev_page_url":"https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=suspended&page=98","to":null,"total":1}"#);
    insta::assert_snapshot!(ran.messages(), @"
    hint: page 99 is past the last page, 1
    1 record matched (1 deleted left out: add -f trashed=with); page 99 of 1; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
    let ran = idq("query permission-assist.ndjson -p 99");
    insta::assert_snapshot!(ran.text(), @r#"{"items":[],"totalCount":60,"page":99,"pageSize":50,"totalPages":2}"#);
}

#[test]
fn sort_with_a_leading_hyphen_descends() {
    let dates = |sort: &[&str]| {
        let ran = Idq::new(["query", "provisionr.ndjson", "--all", "-o", "csv"])
            .args(["--columns", "timestamp.created_at"])
            .args(sort)
            .succeeds();
        let lines: Vec<String> = ran.text().lines().skip(1).map(str::to_owned).collect();
        lines
    };
    let mut ascending = dates(&[]);
    ascending.sort();
    assert_eq!(dates(&["-s", "created_at"]), ascending);
    ascending.reverse();
    for sort in [
        &["-s", "-created_at"][..],
        &["-s-created_at"],
        &["--sort=-created_at"],
    ] {
        assert_eq!(dates(sort), ascending, "{sort:?}");
    }
}

#[test]
fn page_links_repeat_the_request() {
    let ran = idq("query provisionr.ndjson -f state=active -s -email --per-page 40");
    let next = ran.text().split(r#""next_page_url":"#).nth(1).unwrap();
    insta::assert_snapshot!(next.split(',').next().unwrap(), @r#""https://wks-a72ab92b.provisionr.io/api/v1/directory/identities?filter%5Bstate%5D%5B%5D=active&sort=-email&per_page=40&page=2""#);
}

#[test]
fn dump_without_records_has_an_empty_page() {
    let folder = folder_with(&[("empty.json", "[]")]);
    let ran = |words: &str| Idq::new(words.split_whitespace()).within(&folder).run();
    insta::assert_snapshot!(ran("query empty.json --api permission-assist").text(), @r#"{"items":[],"totalCount":0,"page":1,"pageSize":50,"totalPages":0}"#);
    // The URL of an API names it like the option.
    insta::assert_snapshot!(ran("query empty.json -q https://pa.example/api/identities?page=1").text(), @r#"{"items":[],"totalCount":0,"page":1,"pageSize":50,"totalPages":0}"#);
    assert_eq!(ran("count empty.json --api provisionr").text(), "0\n");
    insta::assert_snapshot!(ran("count empty.json").failure(), @"
    error: empty.json: the records do not identify their API: name it with --api (provisionr or permission-assist)
    exit status 3
    ");
}
