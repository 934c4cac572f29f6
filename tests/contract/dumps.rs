//! Variations of dumps: spelling, framing, timestamps, missing and undocumented fields.

use idq::{Engine, Loader, Source};
use idq_tests::encode;
use serde_json::json;

use crate::{ids, page_text, permission_assist, provisionr, record};

fn opened(texts: &[&str]) -> Engine {
    let sources = texts
        .iter()
        .map(|text| Source::bytes("dump", text.as_bytes()));
    Engine::load(Loader::new(sources.collect())).unwrap()
}

/// Returns records with three spellings of `Zoë`.
fn zoes(field: &str) -> Vec<String> {
    [r"Zo\u00eb", "Zoë", r"Zo\u00EB", r"\u005ao\u00eb"]
        .iter()
        .enumerate()
        .map(|(number, name)| format!(r#"{{"id":"{number}","{field}":"{name}"}}"#))
        .collect()
}

#[test]
fn escaped_spellings_are_equal_to_exact_and_partial_filters() {
    let engine = provisionr(zoes("email"));
    assert_eq!(ids(&engine, "filter[email]=Zo%C3%AB").len(), 4);
    assert_eq!(ids(&engine, "filter[email_search]=O%C3%8B").len(), 4);
}

#[test]
fn escaped_spellings_of_keywords_are_equal() {
    assert_eq!(
        ids(&provisionr(zoes("state")), "filter[state]=Zo%C3%AB").len(),
        4
    );
    assert_eq!(
        ids(&permission_assist(zoes("title")), "filter[title]=Zo%C3%AB").len(),
        4
    );
}

#[test]
fn escaped_spellings_are_equal_to_sorts() {
    for key in ["email", "vendor_id", "state"] {
        assert_eq!(
            ids(&provisionr(zoes(key)), &format!("sort=-{key}")),
            ["0", "1", "2", "3"]
        );
    }
}

#[test]
fn escapes_in_keys_are_decoded() {
    let engine = provisionr([r#"{"\u0069d":"a","st\u0061te":"active"}"#]);
    assert_eq!(ids(&engine, "filter[state]=active"), ["a"]);
}

#[test]
fn escapes_of_php_and_aspnet_are_equal() {
    let text = "Zoë O'Hara <a/b> & \"+1\" 💡";
    let php = r#"Zo\u00eb O'Hara <a\/b> & \"+1\" \ud83d\udca1"#;
    let dot_net = r"Zo\u00EB O\u0027Hara \u003Ca/b\u003E \u0026 \u0022\u002B1\u0022 \uD83D\uDCA1";
    let record = |id: &str, email: &str| format!(r#"{{"id":"{id}","email":"{email}"}}"#);
    let engine = provisionr([record("php", php), record("aspnet", dot_net)]);
    let found = ids(&engine, &format!("filter[email]={}", encode(text)));
    assert_eq!(found, ["php", "aspnet"]);
}

#[test]
fn record_with_any_spelling_is_returned_byte_for_byte() {
    let spelled =
        "{ \"id\" : \"a\\/b\",\n\t\"n\": 1.50, \"email\":\"Zo\\u00eb\", \"new\": [1e3 , {}] }";
    let engine = provisionr([spelled]);
    assert!(page_text(&engine, "").contains(spelled));
    assert_eq!(engine.get("a/b").unwrap()[0].as_bytes(), spelled.as_bytes());
}

#[test]
fn undocumented_fields_are_kept() {
    let engine = provisionr([json!({"id": "a", "later": {"x": 1}})]);
    assert!(page_text(&engine, "").contains(r#""later":{"x":1}"#));
    assert_eq!(
        engine.snapshot().unknown_fields().collect::<Vec<_>>(),
        ["later"]
    );
}

#[test]
fn timestamps_with_fractions_and_offsets_are_compared_as_instants() {
    let same = [
        "2023-11-07T05:31:56.123456Z",
        "2023-11-07T05:31:56.1234567Z",
        "2023-11-07T05:31:56.123456789Z",
        "2023-11-07T06:31:56.123456+01:00",
        "2023-11-07T00:01:56.123456-05:30",
    ];
    let engine = provisionr(
        same.map(|instant| record(instant, &[("timestamp.created_at", json!(instant))])),
    );
    let instant = encode("2023-11-07T05:31:56.123456Z");
    let request = format!("filter[created_after]={instant}&filter[created_before]={instant}");
    assert_eq!(ids(&engine, &request), same);
    assert_eq!(ids(&engine, "sort=-created_at"), same);
}

#[test]
fn timestamps_with_one_to_nine_fraction_digits_are_accepted() {
    for digits in 1..=9 {
        let instant = format!(
            "2023-11-07T05:31:56.{}Z",
            "123456789".get(..digits).unwrap()
        );
        let engine = provisionr([record("a", &[("timestamp.created_at", json!(instant))])]);
        let day = "filter[created_after]=2023-11-07&filter[created_before]=2023-11-07";
        assert_eq!(ids(&engine, day), ["a"], "{instant}");
    }
}

#[test]
fn dump_in_any_framing_has_the_same_records() {
    let (a, b) = (
        r#"{"id":"a","vendor_id":"1","state":"active"}"#,
        r#"{"id":"b","vendor_id":"2","state":"staged"}"#,
    );
    let page = |records: &str| {
        format!(r#"{{"current_page":1,"data":[{records}],"first_page_url":"u","total":2}}"#)
    };
    for text in [
        format!("[{a},{b}]"),
        format!("[\n  {a} ,\n  {b}\n]\n"),
        format!("{a}\n{b}"),
        format!("{a}\r\n{b}\r\n"),
        page(&format!("{a},{b}")),
        format!("{}\n{}", page(a), page(b)),
        format!("{}{}", page(a), page(b)),
        format!("[{},{}]", page(a), page(b)),
        format!("\u{feff}[{a},{b}]"),
    ] {
        let engine = opened(&[&text]);
        assert_eq!(engine.api().name, "provisionr");
        assert_eq!(ids(&engine, ""), ["a", "b"], "{text}");
    }
    assert_eq!(ids(&opened(&[&page(a), &page(b)]), ""), ["a", "b"]);
}

/// The same records as an array, lines, pages in a folder, pages in a file, indented and compressed.
#[test]
fn fixtures_of_one_api_have_the_same_answers() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures");
    for (api, names) in [
        (
            "provisionr",
            [
                "-pages",
                "-pages.ndjson",
                "-indented.json",
                ".json",
                ".ndjson.gz",
                ".json.zst",
            ],
        ),
        (
            "permission-assist",
            [
                "-pages",
                "-pages.ndjson",
                "-indented.json",
                ".json",
                ".ndjson.gz",
                ".json",
            ],
        ),
    ] {
        let open = |name: &str| {
            let names = [format!("{folder}/{api}{name}")];
            Engine::open(idq::expand(&names).unwrap().sources).unwrap()
        };
        let lines = open(".ndjson");
        assert_eq!(lines.api().name, api);
        for name in names {
            let engine = open(name);
            for request in ["", "page=2", "filter[id_search]=a,7"] {
                assert_eq!(
                    ids(&engine, request),
                    ids(&lines, request),
                    "{api}{name} {request}"
                );
            }
        }
    }
}

#[test]
fn pages_of_permission_assist_are_detected_by_their_envelope() {
    let record = r#"{"id":"a","lastName":"Chen"}"#;
    let text =
        format!(r#"{{"items":[{record}],"totalCount":1,"page":1,"pageSize":50,"totalPages":1}}"#);
    let engine = opened(&[&text]);
    assert_eq!(engine.api().name, "permission-assist");
    assert_eq!(ids(&engine, ""), ["a"]);
}

#[test]
fn repeated_identity_is_matched_each_time() {
    let engine = provisionr([record("a", &[]), record("b", &[]), record("a", &[])]);
    assert_eq!(ids(&engine, ""), ["a", "b", "a"]);
    assert_eq!(engine.get("a").unwrap().len(), 2);
    assert_eq!(engine.snapshot().repeated_ids(), 1);
}
