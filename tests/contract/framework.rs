//! The API's own reading, rule by rule as its vendor's framework reads a request, beside the strict reading.

use idq::{Engine, Query};
use serde_json::json;

use crate::{
    as_the_api, ids_with, page_with, permission_assist, provisionr, record, refusal_with, strict,
};

/// Loads four records; `d` is deleted, and `c` has the empty state.
fn directory() -> Engine {
    provisionr(
        [
            ("a", "active", "zoe@a.example"),
            ("b", "staged", "ann@b.example"),
            ("c", "", "joe@c.example"),
            ("d", "active", "eve@d.example"),
        ]
        .map(|(id, state, email)| {
            let mut fields = vec![("state", json!(state)), ("email", json!(email))];
            if id == "d" {
                fields.push(("timestamp.deleted_at", json!("2026-01-03T00:00:00Z")));
            }
            record(id, &fields)
        }),
    )
}

/// Asserts the ids that a request finds by the API's own reading, joined.
fn assert_found(cases: &[(&str, &str)]) {
    let engine = directory();
    for (request, expected) in cases {
        let found = ids_with(&engine, request, &as_the_api());
        assert_eq!(found.concat(), *expected, "{request}");
    }
}

/// Asserts that a request is refused by the strict reading, at either of its stages, at the text that is marked.
fn assert_refused_strictly(cases: &[(&str, &str)]) {
    let engine = directory();
    for (request, marked) in cases {
        let (texts, span) = match Query::parse(request) {
            Err(errors) => (errors.texts().to_vec(), errors.errors()[0].span),
            Ok(query) => match engine.matches_with(&query, &strict()) {
                Err(idq::Error::Bind(errors)) => (query.texts().to_vec(), errors.errors()[0].span),
                other => panic!("{request}: expected a refusal, found {:?}", other.is_ok()),
            },
        };
        let span = span.unwrap();
        assert_eq!(
            &texts[span.text].text[span.start..span.end],
            *marked,
            "{request}"
        );
    }
}

/// Returns the parameters of the page URLs of a request by the API's own reading, decoded but for white space.
fn url(request: &str) -> String {
    let page = page_with(&directory(), request, &as_the_api());
    let url = page["last_page_url"].as_str().unwrap();
    let (_, parameters) = url.split_once('?').unwrap();
    parameters
        .replace("%5B", "[")
        .replace("%5D", "]")
        .replace("%2C", ",")
}

#[test]
fn page_urls_have_the_parameters_as_they_were_parsed() {
    for (request, expected) in [
        // Filters together at the place of the first one.
        (
            "filter[state]=active&sort=email&filter[email]=zoe@a.example",
            "filter[state]=active&filter[email]=zoe%40a.example&sort=email&page=1",
        ),
        // A repeated name once, at its first place with its last value.
        ("sort=id&utm=x&sort=email", "sort=email&utm=x&page=1"),
        (
            "filter[state]=x&filter[email]=y&filter[state]=z",
            "filter[state]=z&filter[email]=y&page=1",
        ),
        // Lists with their keys.
        (
            "filter[state][]=active&filter[state][]=a,b",
            "filter[state][0]=active&filter[state][1]=a,b&page=1",
        ),
        (
            "filter[state][4]=active&filter[state][]=b&filter[state][x]=c",
            "filter[state][4]=active&filter[state][5]=b&filter[state][x]=c&page=1",
        ),
        (
            "sort[]=email&sort[]=-state",
            "sort[0]=email&sort[1]=-state&page=1",
        ),
        ("utm[a][b]=1&utm[a][]=2", "utm[a][b]=1&utm[a][0]=2&page=1"),
        // Nothing without a value, and no page of any form.
        (
            "filter[state]=&utm=&filter[email][]=&filter[state][]=%20&x",
            "page=1",
        ),
        ("page[]=3&page[a]=4&utm=x", "utm=x&page=1"),
        ("=x&[a]=y", "page=1"),
        // Values are trimmed, inside a list and outside.
        (
            "filter[state]=+active%E2%80%8B&filter[email][]=%00x%C2%A0&utm=%20y+z%20",
            "filter[state]=active&filter[email][0]=x&utm=y%20z&page=1",
        ),
        // Names are those of PHP's variables.
        (
            "utm.source=1&+utm+medium=2",
            "utm_source=1&utm_medium=2&page=1",
        ),
        ("filter=abc", "filter=abc&page=1"),
        // The parameters of extensions keep their place; each expression counts.
        (
            "where=state pr&per_page=5&where=id pr&utm=1",
            "where=state%20pr&per_page=5&where=id%20pr&utm=1&page=1",
        ),
    ] {
        assert_eq!(url(request), expected, "{request}");
    }
}

#[test]
fn page_urls_select_the_same_records_in_the_same_order() {
    let engine = directory();
    for request in [
        "filter[state]=+active%E2%80%8B,staged&sort=--email,,0",
        "filter[state][7]=active&filter[state][]=&filter[state][]=staged&sort[x]=-email",
        "filter[state][]=%EF%BB%BF%20active&filter[trashed][]=only&sort=0",
        "filter[email_search]=5%&filter=abc&sort[]=state",
        "filter[trashed]=with&filter[state]=x&filter[state]=active&sort=-state&where=id pr",
    ] {
        let given = ids_with(&engine, request, &as_the_api());
        let linked = ids_with(&engine, &format!("?{}", url(request)), &as_the_api());
        assert_eq!(given, linked, "{request}");
    }
}

#[test]
fn pages_are_integers_of_php() {
    let engine = directory();
    for (request, expected) in [
        ("page=2", 2_u64),
        ("page=%2B2", 2),
        ("page=+2", 2),
        ("page=%E2%80%8B2%00", 2),
        ("page=02", 1),
        ("page=%2B02", 1),
        ("page=-2", 1),
        ("page=2.0", 1),
        ("page=9223372036854775807", 9_223_372_036_854_775_807),
        ("page=9223372036854775808", 1),
        ("page=18446744073709551615", 1),
        ("page[]=2", 1),
        ("page=2&page[]=3", 1),
        ("page[]=3&page=2", 2),
    ] {
        let page = page_with(&engine, request, &as_the_api());
        assert_eq!(page["current_page"], expected, "{request}");
    }
    assert_eq!(page_with(&engine, "page=02", &strict())["current_page"], 2);
    assert_refused_strictly(&[("page=%2B2", "%2B2"), ("page[]=2", "page[]")]);
}

#[test]
fn page_sizes_are_integers_of_php() {
    let engine = directory();
    for (request, expected) in [
        ("per_page=2", 2),
        ("per_page=%2B2", 2),
        ("per_page=02", 15),
        ("per_page=0", 15),
        ("per_page=9223372036854775808", 15),
        ("per_page[]=2", 15),
    ] {
        let page = page_with(&engine, request, &as_the_api());
        assert_eq!(page["per_page"], expected, "{request}");
    }
}

#[test]
fn sort_with_any_number_of_signs_descends() {
    assert_found(&[
        ("sort=email", "bca"),
        ("sort=-email", "acb"),
        ("sort=--email", "acb"),
        ("sort=---email", "acb"),
        ("sort=state,--email", "cab"),
    ]);
    assert_refused_strictly(&[("sort=--email", "-email")]);
}

#[test]
fn sort_by_zero_or_nothing_is_no_sort() {
    assert_found(&[
        ("sort=0", "abc"),
        ("sort=", "abc"),
        ("sort=,0,,email", "bca"),
        ("sort=%00+", "abc"),
        ("sort[]=0&sort[]=&sort[]=email", "bca"),
    ]);
    assert_refused_strictly(&[("sort=0", "0"), ("sort=,email", "")]);
}

#[test]
fn sort_by_a_sign_alone_is_refused() {
    let engine = directory();
    for (request, found) in [
        ("sort=-", "-"),
        ("sort=email,--", "--"),
        ("sort[]=-", "-"),
        ("sort=-0", "0"),
    ] {
        let refusal = refusal_with(&engine, request, &as_the_api());
        let expected = format!("expected a sort key, found `{found}`");
        assert!(refusal.starts_with(&expected), "{request}: {refusal}");
    }
}

#[test]
fn sort_list_sorts_by_its_items() {
    assert_found(&[
        ("sort[]=email", "bca"),
        ("sort[]=state&sort[]=-email", "cab"),
        ("sort[x]=-email", "acb"),
        ("sort[0]=state&sort[0]=-email", "acb"),
        ("sort=state&sort[]=email", "bca"),
        ("sort[]=email&sort=-email", "acb"),
    ]);
    // An item is one key: only a text is split at commas.
    let refusal = refusal_with(&directory(), "sort[]=state,email", &as_the_api());
    assert!(
        refusal.starts_with("expected a sort key, found `state,email`"),
        "{refusal}"
    );
    assert_refused_strictly(&[("sort[]=email", "sort[]")]);
}

#[test]
fn items_of_a_list_are_trimmed() {
    assert_found(&[
        ("filter[state][]=%20active", "a"),
        (
            "filter[state][]=%20active&filter[state][]=staged%E2%80%8B",
            "ab",
        ),
        ("filter[email_search][]=%09ANN%00", "b"),
        // Parts of a text are not.
        ("filter[state]=staged,%20active", "b"),
    ]);
    let found = ids_with(&directory(), "filter[state][]=%20active", &strict());
    assert!(found.is_empty());
}

#[test]
fn empty_item_of_a_list_is_no_value_and_finds_nothing() {
    assert_found(&[
        ("filter[state][]=", ""),
        ("filter[state][]=&filter[state][]=%E2%80%8B", ""),
        ("filter[state][]=&filter[state][]=active", "a"),
        // An empty part of a text is the empty text.
        ("filter[state]=active,", "ac"),
        ("filter[state]=,", "c"),
        // A search for nothing is none, and so is a date.
        ("filter[email_search][]=", "abc"),
        ("filter[created_after][]=", "abc"),
        ("filter[deprovisioned_pending_deactivation][]=", "abc"),
    ]);
    assert_refused_strictly(&[("filter[state][]=", "")]);
}

#[test]
fn invisible_characters_around_values_are_trimmed() {
    for character in [
        "%E2%80%8B",
        "%00",
        "%C2%AD",
        "%EF%BB%BF",
        "%C2%A0",
        "%E2%81%A0",
        "%E3%80%80",
        "%E2%A0%80",
        "%0A",
    ] {
        assert_found(&[
            (
                &format!("filter[state]={character}active{character}{character}"),
                "a",
            ),
            (&format!("filter[state]={character}"), "abc"),
            (&format!("sort={character}-email{character}"), "acb"),
            (&format!("filter[trashed]=only{character}"), "d"),
        ]);
    }
    assert!(ids_with(&directory(), "filter[state]=active%E2%80%8B", &strict()).is_empty());
}

#[test]
fn trashed_list_is_without() {
    assert_found(&[
        ("filter[trashed]=only", "d"),
        ("filter[trashed][]=only", "abc"),
        ("filter[trashed][]=with", "abc"),
        ("filter[trashed][x]=with&filter[trashed][]=only", "abc"),
        ("filter[trashed][]=with&filter[trashed]=only", "d"),
    ]);
}

#[test]
fn any_key_in_brackets_makes_a_list() {
    assert_found(&[
        ("filter[state][a]=active", "a"),
        ("filter[state][a]=active&filter[state][b]=staged", "ab"),
        ("filter[state][ ]=active&filter[state][]=staged", "ab"),
    ]);
    assert_refused_strictly(&[("filter[state][a]=active", "[a]")]);
}

#[test]
fn last_value_of_one_key_counts() {
    assert_found(&[
        ("filter[state][0]=active&filter[state][0]=staged", "b"),
        ("filter[state][]=active&filter[state][0]=staged", "b"),
        ("filter[state][1]=active&filter[state][01]=staged", "ab"),
        ("filter[state][a]=active&filter[state][a]=", ""),
        ("filter[state]=active&filter[state][]=staged", "b"),
        ("filter[state][]=active&filter[state]=staged", "b"),
    ]);
}

#[test]
fn filter_without_a_name_is_no_filter() {
    assert_found(&[
        ("filter=abc", "abc"),
        ("filter", "abc"),
        ("filter=abc&filter[state]=active", "a"),
        // The text replaces all filters before it.
        ("filter[state]=active&filter=abc", "abc"),
    ]);
    assert_refused_strictly(&[("filter=abc", "filter"), ("filter", "filter")]);
}

#[test]
fn percent_sign_alone_is_literal() {
    let engine = provisionr([
        record("a", &[("state", json!("5%"))]),
        record("b", &[("state", json!("%zz"))]),
    ]);
    for (request, expected) in [
        ("filter[state]=5%", "a"),
        ("filter[state]=%zz", "b"),
        ("filter[state]=%25zz", "b"),
        ("utm=%&%=1&filter[state]=%zz%00", "b"),
    ] {
        assert_eq!(
            ids_with(&engine, request, &as_the_api()).concat(),
            expected,
            "{request}"
        );
    }
    assert_refused_strictly(&[("filter[state]=5%", "%"), ("utm=%zz", "%zz")]);
}

#[test]
fn bytes_that_are_not_utf_8_are_ignored_in_an_ignored_parameter() {
    assert_found(&[
        ("utm=%FF&filter[state]=active", "a"),
        ("%FF=x&%C3[a]=%FF&filter[state]=active", "a"),
    ]);
    assert_eq!(url("utm=%FF&x=1"), "x=1&page=1");
    for request in [
        "filter[state]=%FF",
        "filter[%FF]=x",
        "sort=%FF",
        "page=%FF",
        "sort[]=%FF",
        "where=%FF",
    ] {
        let errors = Query::parse_as(request, as_the_api().conformance).unwrap_err();
        assert!(
            errors
                .to_string()
                .contains("expected percent-encoded UTF-8"),
            "{errors}"
        );
    }
    assert_refused_strictly(&[("utm=%FF", "%FF")]);
}

#[test]
fn boolean_texts_are_searched_as_texts() {
    let engine = provisionr(
        ["true", "false", "1", "0"]
            .map(|state| record(state, &[("state", json!(state)), ("email", json!(state))])),
    );
    for (request, expected) in [
        ("filter[state]=true", "true"),
        ("filter[state]=false", "false"),
        ("filter[email_search]=true", "true"),
        ("filter[email_search]=false", "false"),
        ("filter[state][]=true", "true"),
    ] {
        assert_eq!(
            ids_with(&engine, request, &as_the_api()).concat(),
            expected,
            "{request}"
        );
    }
}

#[test]
fn corners_of_php_that_lose_a_filter_or_fail_there_are_refused() {
    for (request, expected) in [
        (
            "filter[state=active",
            "expected `]` at the end of the filter's name",
        ),
        (
            "filter[state]x=active",
            "expected `=` after the filter's name, found `x`",
        ),
        (
            "filter[state][a][b]=active",
            "expected `=` after the filter's name, found `[b]`",
        ),
        (
            "filter[state][=active",
            "expected `]` at the end of the filter's name",
        ),
        (
            "filter[]=active",
            "expected the name of a filter, found nothing",
        ),
        (
            "sort[a][b]=email",
            "expected `=` after the brackets of `sort`, found `[b]`",
        ),
    ] {
        let errors = Query::parse_as(request, as_the_api().conformance).unwrap_err();
        assert!(
            errors.to_string().starts_with(expected),
            "{request}: {errors}"
        );
    }
}

#[test]
fn request_parsed_for_the_api_and_bound_strictly_is_refused() {
    let engine = directory();
    for request in [
        "filter=abc",
        "filter[state][a]=active",
        "filter[state]=5%",
        "utm=%FF",
    ] {
        let query = Query::parse_as(request, as_the_api().conformance).unwrap();
        assert!(
            engine.matches_with(&query, &as_the_api()).is_ok(),
            "{request}"
        );
        let refusal = engine
            .matches_with(&query, &strict())
            .unwrap_err()
            .to_string();
        let parsed = Query::parse(request).unwrap_err().to_string();
        let (first, _) = parsed.split_once('\n').unwrap();
        assert!(refusal.contains(first), "{request}: {refusal}");
    }
}

#[test]
fn flags_are_lists_of_which_a_single_one_is_a_text() {
    let engine = directory();
    for (flags, found, expected) in [
        (&["trashed=only"][..], "d", "filter[trashed]=only&page=1"),
        (&["state= active "], "a", "filter[state]=active&page=1"),
        (
            &["state=active,staged"],
            "",
            "filter[state][0]=active,staged&page=1",
        ),
        (
            &["state=active", "state=staged"],
            "ab",
            "filter[state][0]=active&filter[state][1]=staged&page=1",
        ),
        (&["state="], "abc", "page=1"),
    ] {
        let mut query = Query::with_conformance(as_the_api().conformance);
        for flag in flags {
            query.add_filter_text(flag).unwrap();
        }
        let matches = engine.matches_with(&query, &as_the_api()).unwrap();
        let page = matches.page().unwrap().to_json().unwrap();
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        let ids: Vec<&str> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| each["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.concat(), found, "{flags:?}");
        let url = page["last_page_url"].as_str().unwrap();
        let url = url
            .replace("%5B", "[")
            .replace("%5D", "]")
            .replace("%2C", ",");
        assert!(url.ends_with(&format!("?{expected}")), "{flags:?}: {url}");
    }
}

#[test]
fn query_built_in_rust_is_read_as_its_text() {
    let engine = directory();
    let query = Query::new()
        .filter("state", "staged")
        .sort("--email")
        .filter("email_search", [" ann ", ""])
        .filter("state", ["active", "staged"])
        .page(1);
    let matches = engine.matches_with(&query, &as_the_api()).unwrap();
    assert_eq!(matches.count().unwrap(), 1);
    let json = matches.page().unwrap().to_json().unwrap();
    let expected = "?filter%5Bstate%5D%5B0%5D=active&filter%5Bstate%5D%5B1%5D=staged\
                    &filter%5Bemail_search%5D%5B0%5D=ann&sort=--email&page=1";
    assert!(json.contains(expected), "{json}");
}

#[test]
fn rules_of_the_grammar_hold_for_both_apis() {
    let engine = permission_assist([
        json!({"id": "a", "status": "Active", "lastName": "b"}),
        json!({"id": "b", "status": "Removed", "lastName": "a"}),
    ]);
    for (request, expected) in [
        ("filter[status][x]=%20Active%00", "a"),
        ("filter[status][]=", ""),
        ("filter=abc", "ba"),
        ("sort=--id", "ba"),
        ("sort[]=id", "ab"),
        ("sort=0", "ba"),
        ("filter[status]=Active%&utm=%FF", ""),
    ] {
        assert_eq!(
            ids_with(&engine, request, &as_the_api()).concat(),
            expected,
            "{request}"
        );
    }
    // Its framework is another one, so that its rule of page numbers stays.
    let refusal = refusal_with(&engine, "page=%2B2", &as_the_api());
    assert!(
        refusal.starts_with("expected a whole number from 1 for page"),
        "{refusal}"
    );
}
