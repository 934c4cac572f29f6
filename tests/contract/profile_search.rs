//! Profile search: every key and every scalar value, decoded, one at a time.

use idq::{Columns, Conformance, Engine, Loader, Parser, Query, Source};
use idq_tests::encode;

use crate::{ids, provisionr, strict};

/// Returns whether a search matches a profile, given as JSON.
fn found(profile: &str, search: &str) -> bool {
    let record = format!(r#"{{"id":"it","profile":{profile}}}"#);
    let request = format!("filter[profile_search]={}", encode(search));
    let is_found = !ids(&provisionr([&record]), &request).is_empty();
    for parser in [
        Parser::Shapes,
        Parser::PortableShapes,
        Parser::Structural,
        Parser::Tape,
        Parser::Reference,
    ] {
        let copies = [&*record; COPIES].join("\n");
        let ids = ids(&loaded_for(&copies, &request, parser), &request);
        let expected = if is_found { COPIES } else { 0 };
        assert_eq!(ids.len(), expected, "{search:?} in {profile}, {parser:?}");
    }
    is_found
}

/// The number of copies of a record in a dump: the shape of the first one is known when the others are read.
const COPIES: usize = 3;

/// Loads the parts of columns that a request needs, of records in lines.
fn loaded_for(records: &str, request: &str, parser: Parser) -> Engine {
    let query = Query::parse_as(request, Conformance::Strict).unwrap();
    let api = idq::api::Api::provisionr();
    // An empty search is refused where it is evaluated.
    let bound = idq::bind(&query, api, &strict());
    let parts = bound.map_or_else(|_| Vec::new(), |bound| bound.parts());
    // No shape matches a record without some bytes after it.
    let dump = [records, &*"\n".repeat(256)].concat();
    let loader = Loader::new(vec![Source::bytes("dump", dump.as_bytes())]);
    let loader = loader.api(api).columns(Columns::Parts(parts));
    Engine::load(loader.parser(parser)).unwrap()
}

fn finds(profile: &str, searches: &[&str]) {
    for search in searches {
        assert!(found(profile, search), "{search:?} should be in {profile}");
    }
}

fn does_not_find(profile: &str, searches: &[&str]) {
    for search in searches {
        assert!(
            !found(profile, search),
            "{search:?} should not be in {profile}"
        );
    }
}

#[test]
fn keys_are_searched() {
    finds(
        r#"{"costCenter":null}"#,
        &["costCenter", "COSTCENTER", "tcen"],
    );
}

#[test]
fn string_values_are_searched() {
    finds(
        r#"{"a":"Quality Assurance"}"#,
        &["quality", "y A", "assurance"],
    );
}

#[test]
fn numbers_and_booleans_are_searched_as_json_prints_them() {
    finds(
        r#"{"a":38469374,"b":true,"c":false,"d":-16.625}"#,
        &["38469374", "4693", "true", "FALSE", "-16.6"],
    );
}

#[test]
fn numbers_are_searched_as_the_dump_spells_them() {
    finds(
        r#"{"a":1.50,"b":1e3,"c":123456789012345678901234567890}"#,
        &["1.50", "1e3", "12345678901234567890123"],
    );
    does_not_find(r#"{"a":1.50,"b":1e3}"#, &["1000"]);
}

#[test]
fn values_at_any_depth_are_searched() {
    let profile = r#"{"a":[{"b":[["deep",{"deeperKey":[7.25]}]]},[],{}]}"#;
    finds(profile, &["deep", "deeperkey", "7.25", "b"]);
}

#[test]
fn search_for_a_list_matches_any_value() {
    finds(r#"{"a":"x"}"#, &["no,x", "x,", ",x"]);
    does_not_find(r#"{"a":"x"}"#, &["no,neither"]);
}

#[test]
fn search_never_spans_two_values() {
    let profile = r#"{"first":"Ann","last":"Bell","list":["one","two"]}"#;
    does_not_find(
        profile,
        &[
            "AnnBell",
            "Ann Bell",
            "firstAnn",
            "lastBell",
            "onetwo",
            "firstlast",
        ],
    );
}

#[test]
fn search_never_spans_two_records() {
    let engine = provisionr([
        r#"{"id":"1","profile":{"a":"on"}}"#,
        r#"{"id":"2","profile":{"a":"e"}}"#,
    ]);
    assert_eq!(ids(&engine, "filter[profile_search]=one"), [""; 0]);
}

#[test]
fn punctuation_of_json_is_not_searched() {
    let profile = r#"{"a":{"b":["c",1]}}"#;
    does_not_find(profile, &["{", "}", "[", "]", ":", "\"", "c\"", "\"c"]);
}

#[test]
fn comma_in_a_search_separates_values() {
    let request = "filter[profile_search][]=,";
    let record = |profile: &str| format!(r#"{{"id":"it","profile":{profile}}}"#);
    assert_eq!(
        ids(&provisionr([record(r#"{"a":"b","c":"d"}"#)]), request),
        [""; 0]
    );
    assert_eq!(
        ids(&provisionr([record(r#"{"a":"b,c"}"#)]), request),
        ["it"]
    );
}

#[test]
fn escapes_are_decoded_before_the_search() {
    let profile = r#"{"a":"Zo\u00eb \"Q\" a\/b \ud83d\udca1","\u00fcber":1}"#;
    finds(profile, &["Zoë", "\"q\"", "a/b", "💡", "über"]);
    does_not_find(profile, &["\\u00eb", "u00eb", "\\/", "\\\"", "ud83d", "\\"]);
}

#[test]
fn null_is_not_searched() {
    does_not_find(r#"{"a":null}"#, &["null"]);
    does_not_find("null", &["null"]);
}

#[test]
fn wildcards_of_a_search_are_literal() {
    finds(r#"{"a":"50%_x"}"#, &["%_"]);
    does_not_find(r#"{"a":"50 x"}"#, &["%", "_", "50_x"]);
}

#[test]
fn empty_or_missing_profile_matches_no_search() {
    for profile in ["{}", "[]", "null", r#"{"a":{}}"#] {
        does_not_find(profile, &["x", "null", "{"]);
    }
    assert_eq!(
        ids(&provisionr([r#"{"id":"it"}"#]), "filter[profile_search]=it"),
        [""; 0]
    );
}

/// Shapes leave the content of such profiles out, except of records that may contain the text.
#[test]
fn text_is_found_in_few_of_thousands_of_profiles_with_keys_of_their_own() {
    let record = |number: usize| {
        let role = match number % 1_000 {
            7 => r#""needle""#,
            8 => r#"["a Needle",1]"#,
            9 => r#""n\u0065edle""#,
            10 => r#"{"NEEDLES":null}"#,
            _ => r#""owner""#,
        };
        format!(r#"{{"id":"{number}","profile":{{"group {number}":{{"role":{role}}}}}}}"#)
    };
    let records: Vec<String> = (0..4_000).map(record).collect();
    let request = "filter[profile_search]=needle";
    let expected = ids(&provisionr(&records), request);
    assert_eq!(expected.len(), 16);
    for parser in [Parser::Shapes, Parser::PortableShapes, Parser::Structural] {
        let engine = loaded_for(&records.join("\n"), request, parser);
        assert_eq!(ids(&engine, request), expected, "{parser:?}");
    }
}

#[test]
fn fields_outside_of_the_profile_are_not_searched() {
    let record = r#"{"id":"needle","email":"needle","included":{"directory_user":{"org":{"a":"needle"},"metadata":{"needle":1}}}}"#;
    assert_eq!(
        ids(&provisionr([record]), "filter[profile_search]=needle"),
        [""; 0]
    );
}
