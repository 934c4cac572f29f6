//! Which records are which: repeated ids, the newest of them, and the API that wrote them.

use idq_api::Api;
use idq_load::{Columns, LoadErrorKind, Loader, OnBadRecord, Source};

use crate::support::{View, loader, ndjson, view};

fn record(id: &str, vendor_id: u32, updated: &str) -> String {
    format!(r#"{{"id":"{id}","vendor_id":"{vendor_id}","timestamp":{{"updated_at":{updated}}}}}"#)
}

fn of_files(files: &[&[u8]]) -> Loader<'static> {
    let source = |(index, bytes): (usize, &&[u8])| Source::bytes(format!("file {index}"), *bytes);
    Loader::new(files.iter().enumerate().map(source).collect()).columns(Columns::All)
}

/// The vendor ids that are left, which tell the records apart.
fn deduplicated(records: &[String]) -> String {
    let snapshot = loader(ndjson(records)).dedupe(true).load().unwrap();
    assert_eq!(snapshot.rows() + snapshot.dropped(), records.len() as u64);
    vendor_ids(&view(&snapshot))
}

fn vendor_ids(view: &View) -> String {
    let id = |record: &Vec<u8>| {
        let record: serde_json::Value = serde_json::from_slice(record).unwrap();
        record["vendor_id"].as_str().unwrap().to_owned()
    };
    view.records.iter().map(id).collect::<Vec<_>>().join(" ")
}

#[test]
fn repeated_ids_are_kept_and_counted() {
    let records = [
        record("a", 1, "null"),
        record("b", 2, "null"),
        record("a", 3, "null"),
        record("a", 4, "null"),
    ];
    let snapshot = loader(ndjson(&records)).load().unwrap();
    assert_eq!(
        (snapshot.rows(), snapshot.repeated_ids(), snapshot.dropped()),
        (4, 2, 0)
    );
    assert_eq!(view(&snapshot).ids(), "a b a a");
}

#[test]
fn ids_that_are_spelled_differently_are_one_id() {
    let records = [
        br#"{"id":"Zo\u00eb"}"#.to_vec(),
        "{\"id\":\"Zoë\"}".as_bytes().to_vec(),
    ];
    let snapshot = loader(ndjson(&records))
        .api(Api::provisionr())
        .load()
        .unwrap();
    assert_eq!(snapshot.repeated_ids(), 1);
}

#[test]
fn the_newest_of_equal_ids_is_kept() {
    let day = |day: u32| format!("\"2026-01-0{day}T00:00:00Z\"");
    assert_eq!(
        deduplicated(&[
            record("a", 1, &day(2)),
            record("a", 2, &day(3)),
            record("a", 3, &day(1))
        ]),
        "2"
    );
    // An instant is an instant, whatever its offset.
    let later = "\"2026-01-01T23:00:00-05:00\"";
    assert_eq!(
        deduplicated(&[record("a", 1, &day(2)), record("a", 2, later)]),
        "2"
    );
}

#[test]
fn of_equally_new_records_the_first_is_kept() {
    let day = "\"2026-01-01T00:00:00Z\"";
    assert_eq!(
        deduplicated(&[
            record("a", 1, day),
            record("b", 2, day),
            record("a", 3, day)
        ]),
        "1 2"
    );
    assert_eq!(
        deduplicated(&[record("a", 1, "null"), record("a", 2, "null")]),
        "1"
    );
}

#[test]
fn no_update_time_is_older_than_any() {
    let old = "\"0001-01-01T00:00:00Z\"";
    assert_eq!(
        deduplicated(&[
            record("a", 1, "null"),
            record("a", 2, old),
            record("a", 3, "null")
        ]),
        "2"
    );
}

#[test]
fn repeats_are_found_across_sources() {
    let day = |day: u32| format!("\"2026-01-0{day}T00:00:00Z\"");
    let (one, other) = (record("a", 1, &day(1)), record("a", 2, &day(2)));
    let snapshot = of_files(&[one.as_bytes(), other.as_bytes()])
        .dedupe(true)
        .load()
        .unwrap();
    assert_eq!(vendor_ids(&view(&snapshot)), "2");
    assert_eq!((snapshot.repeated_ids(), snapshot.dropped()), (1, 1));
}

#[test]
fn deduplication_needs_no_column_but_its_own() {
    let day = |day: u32| format!("\"2026-01-0{day}T00:00:00Z\"");
    let records = [record("a", 1, &day(1)), record("a", 2, &day(2))];
    let loader = Loader::new(vec![Source::bytes("dump", ndjson(&records))]);
    let snapshot = loader
        .columns(Columns::Fields(Vec::new()))
        .dedupe(true)
        .load()
        .unwrap();
    assert_eq!(vendor_ids(&view(&snapshot)), "2");
}

const PROVISIONR_RECORD: &[u8] = br#"{"id":"a","vendor_id":"1","state":"active"}"#;
const PERMISSION_ASSIST_RECORD: &[u8] = br#"{"id":"a","kind":"Identity","firstName":"Ada"}"#;

#[test]
fn sources_of_two_apis_are_not_mixed() {
    let error = of_files(&[PROVISIONR_RECORD, PERMISSION_ASSIST_RECORD])
        .load()
        .unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::MixedApis { .. }));
    insta::assert_snapshot!(error, @"file 1: holds records of Permission Assist identities, but file 0 holds records of Provisionr directory identities: query them apart");
}

#[test]
fn records_of_two_apis_are_not_mixed_within_a_source() {
    let error = loader(ndjson(&[PROVISIONR_RECORD, PERMISSION_ASSIST_RECORD]))
        .load()
        .unwrap_err();
    insta::assert_snapshot!(error, @"dump: record 2, line 2, byte 44: this record looks like one of Permission Assist identities: query them apart");
}

#[test]
fn an_api_that_nothing_tells_must_be_named() {
    for dump in [&b"[]"[..], br#"{"id":"a"}"#, b"[]\n[]"] {
        let error = loader(dump).load().unwrap_err();
        assert!(
            matches!(*error.kind, LoadErrorKind::UnknownApi(_)),
            "{error}"
        );
        let snapshot = loader(dump)
            .api_if_unknown(Api::permission_assist())
            .load()
            .unwrap();
        assert_eq!(snapshot.api(), Api::permission_assist());
    }
    insta::assert_snapshot!(loader(&b"[]"[..]).load().unwrap_err(), @"dump: no record tells which API this is: name it with --api (provisionr or permission-assist)");
}

#[test]
fn a_later_source_may_tell_the_api() {
    let snapshot = of_files(&[b"[]", PERMISSION_ASSIST_RECORD]).load().unwrap();
    assert_eq!(
        (snapshot.api().name.clone(), snapshot.rows()),
        ("permission-assist".to_owned(), 1)
    );
}

#[test]
fn a_named_api_is_believed() {
    let snapshot = loader(br#"{"id":"a","state":"active","x":1}"#.to_vec())
        .api(Api::permission_assist())
        .load();
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.api(), Api::permission_assist());
    assert_eq!(
        snapshot.unknown_fields().collect::<Vec<_>>(),
        ["state", "x"]
    );
}

/// Neither a broken first record nor what its profile holds hides the API of the others.
#[test]
fn where_bad_records_are_skipped_a_later_one_tells_the_api() {
    let broken = r#"{"id":"x","list":[{"id":"1","type":"work"},{"id":"2","type":"home"}],"a" 1}"#;
    let sound = r#"{"id":"a","vendor_id":"1","state":"active","email":null}"#;
    for dump in [
        format!("{broken}\n{sound}\n"),
        format!("no record\n{sound}\n"),
        format!("[{broken},{sound}]"),
        format!("[\n  {broken},\n  {sound}\n]"),
    ] {
        let load = |action| loader(dump.as_str()).on_bad_record(action).load();
        let snapshot = load(OnBadRecord::Skip).unwrap();
        assert_eq!((snapshot.api(), snapshot.rows()), (Api::provisionr(), 1));
        let error = load(OnBadRecord::Stop).unwrap_err();
        assert_eq!(error.record, Some(1));
    }
}

#[test]
fn the_api_may_be_told_far_into_the_first_record() {
    let long = "x".repeat(3 << 20);
    let dump = format!(r#"[{{"id":"a","unknown":"{long}","state":"active"}},{{"id":"b"}}]"#);
    let snapshot = loader(dump).load().unwrap();
    assert_eq!((snapshot.api(), snapshot.rows()), (Api::provisionr(), 2));
}
