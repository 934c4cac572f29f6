//! Records are printed verbatim.

use crate::{Idq, folder_with, idq, read_fixture, record};

#[test]
fn ndjson_of_one_line_records_is_verbatim() {
    for (dump, lines) in [
        ("provisionr.ndjson", "provisionr.ndjson"),
        ("provisionr.json", "provisionr.ndjson"),
        ("provisionr-pages.ndjson", "provisionr.ndjson"),
        ("provisionr-pages", "provisionr.ndjson"),
    ] {
        let ran = idq(&format!("query {dump} -f trashed=with --all -o ndjson"));
        assert!(ran.stdout == read_fixture(lines), "{dump}");
    }
}

#[test]
fn output_of_numbers_and_strings_keeps_their_spelling() {
    // Escapes, blanks, an unusual number, a repeated key, unknown keys: all are kept.
    let record = r#"{ "id" : "Zo\u00eb\/\ud83d\ude00","state":"active" ,"vendor_id":"v","email":null,"x":1.50e+03,"x":-0, "profile":{"a":"\u0000"} }"#;
    let folder = folder_with(&[("odd.ndjson", record)]);
    for (words, expected) in [
        ("query odd.ndjson --all -o ndjson", format!("{record}\n")),
        ("query odd.ndjson --all -o json", format!("[{record}]\n")),
        ("get odd.ndjson --id Zoë/😀", format!("{record}\n")),
    ] {
        let ran = Idq::new(words.split_whitespace())
            .within(&folder)
            .succeeds();
        assert_eq!(ran.text(), expected);
    }
    let ran = Idq::new(["query", "odd.ndjson"]).within(&folder).succeeds();
    assert!(ran.text().contains(&format!(r#""data":[{record}],"#)));
}

#[test]
fn ndjson_of_an_indented_record_is_one_line() {
    let ran = idq("query permission-assist-indented.json -f lastName=Quill --all -o ndjson");
    insta::assert_snapshot!(ran.text(), @r#"{"id":"dfe6a155-def0-4426-a5e1-2e574b02c421","kind":"Identity","firstName":"Erik","lastName":"Quill","emailAddress":"erik.quill@bramble.example","type":"Employee","title":"Account Manager","company":"Bramble & Fern Outfitters","division":"Corporate","department":"People & Culture (CC-7100)","office":"Toronto Annex, 41 Abbey Road","supervisorName":"Jørgensen, Tobias","createdDate":"2020-01-08T20:36:44.1309356Z","updatedDate":"2020-03-15T13:21:20.1094186Z","firstSeenDate":"2020-01-09T02:10:56.2398366Z","inactivatedDate":null,"status":"Active"}"#);
    let ran = idq("query provisionr-indented.json --all -f trashed=with -o ndjson");
    assert_eq!(ran.text().lines().count(), 60);
}

#[test]
fn json_of_an_indented_record_is_verbatim() {
    let dump = String::from_utf8(read_fixture("permission-assist-indented.json")).unwrap();
    let ran = idq("query permission-assist-indented.json -f lastName=Quill --all");
    let record = ran
        .text()
        .strip_prefix('[')
        .unwrap()
        .strip_suffix("]\n")
        .unwrap();
    assert!(record.lines().count() > 15 && dump.contains(record));
}

#[test]
fn records_with_repeated_ids_are_kept_and_counted() {
    let old = record("a", "active", "2024-01-01T00:00:00Z");
    let new = record("a", "staged", "2025-01-01T00:00:00+02:00");
    let other = record("b", "active", "2023-01-01T00:00:00Z");
    let folder = folder_with(&[("dump.ndjson", format!("{old}\n{new}\n{old}\n{other}\n"))]);
    let ran = |words: &str| {
        Idq::new(words.split_whitespace())
            .within(&folder)
            .succeeds()
    };

    let kept = ran("query dump.ndjson --all -o ndjson");
    assert_eq!(kept.text(), format!("{old}\n{new}\n{old}\n{other}\n"));
    insta::assert_snapshot!(kept.messages(), @"
    note: 2 records with the id of an earlier one: --dedupe keeps the newest
    4 records matched; all printed; loaded 4 records (433 B) from 1 source in [time]
    ");

    let newest = ran("query dump.ndjson --all -o ndjson --dedupe");
    assert_eq!(newest.text(), format!("{new}\n{other}\n"));
    insta::assert_snapshot!(newest.messages(), @"
    note: dropped 2 records: another record with the same id is as new or newer
    2 records matched; all printed; loaded 2 records (433 B) from 1 source in [time]
    ");

    assert_eq!(
        ran("get dump.ndjson --id a --dedupe").text(),
        format!("{new}\n")
    );
    assert_eq!(
        ran("count dump.ndjson --dedupe -f state=active").text(),
        "1\n"
    );
}
