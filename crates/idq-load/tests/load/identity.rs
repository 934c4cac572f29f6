//! Tests of the identity of records: repeated ids, the newest record of an id, and the API of a dump.

use idq_load::{Columns, Loader, OnBadRecord, Source};
use idq_snapshot::LoadErrorKind;

use crate::support::{View, loader, ndjson, view};

fn record(id: &str, vendor_id: u32, updated: &str) -> String {
    format!(r#"{{"id":"{id}","vendor_id":"{vendor_id}","timestamp":{{"updated_at":{updated}}}}}"#)
}

fn of_files(files: &[&[u8]]) -> Loader<'static> {
    let source = |(index, bytes): (usize, &&[u8])| Source::bytes(format!("file {index}"), *bytes);
    Loader::new(files.iter().enumerate().map(source).collect()).columns(Columns::All)
}

/// Returns the vendor ids of the records that deduplication keeps.
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
fn repeated_ids_without_dedupe_are_kept_and_counted() {
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
fn ids_with_different_spellings_are_equal() {
    let records = [
        br#"{"id":"Zo\u00eb"}"#.to_vec(),
        "{\"id\":\"Zoë\"}".as_bytes().to_vec(),
    ];
    let snapshot = loader(ndjson(&records))
        .api(idq_api::Api::provisionr())
        .load()
        .unwrap();
    assert_eq!(snapshot.repeated_ids(), 1);
}

#[test]
fn newest_record_of_each_id_is_kept() {
    let day = |day: u32| format!("\"2026-01-0{day}T00:00:00Z\"");
    assert_eq!(
        deduplicated(&[
            record("a", 1, &day(2)),
            record("a", 2, &day(3)),
            record("a", 3, &day(1))
        ]),
        "2"
    );
    // Instants are compared, not their spellings.
    let later = "\"2026-01-01T23:00:00-05:00\"";
    assert_eq!(
        deduplicated(&[record("a", 1, &day(2)), record("a", 2, later)]),
        "2"
    );
}

#[test]
fn first_of_equally_new_records_is_kept() {
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
fn record_without_an_update_time_is_older_than_any() {
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
fn repeated_ids_in_different_sources_are_found() {
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
fn dedupe_without_the_update_time_among_the_columns_still_reads_it() {
    let day = |day: u32| format!("\"2026-01-0{day}T00:00:00Z\"");
    let records = [record("a", 1, &day(1)), record("a", 2, &day(2))];
    let loader = Loader::new(vec![Source::bytes("dump", ndjson(&records))]);
    let snapshot = loader
        .columns(Columns::Parts(Vec::new()))
        .dedupe(true)
        .load()
        .unwrap();
    assert_eq!(vendor_ids(&view(&snapshot)), "2");
}

const PROVISIONR_RECORD: &[u8] = br#"{"id":"a","vendor_id":"1","state":"active"}"#;
const PERMISSION_ASSIST_RECORD: &[u8] = br#"{"id":"a","kind":"Identity","firstName":"Ada"}"#;

#[test]
fn sources_of_two_apis_are_refused() {
    let error = of_files(&[PROVISIONR_RECORD, PERMISSION_ASSIST_RECORD])
        .load()
        .unwrap_err();
    assert!(matches!(*error.kind, LoadErrorKind::MixedApis { .. }));
    insta::assert_snapshot!(error, @"file 1: holds records of Permission Assist identities, but file 0 holds records of Provisionr directory identities: query them separately");
}

#[test]
fn error_of_two_apis_names_the_source_that_decided() {
    let error = of_files(&[b"no JSON", PROVISIONR_RECORD, PERMISSION_ASSIST_RECORD])
        .on_bad_record(OnBadRecord::Skip)
        .load()
        .unwrap_err();
    insta::assert_snapshot!(error, @"file 2: holds records of Permission Assist identities, but file 1 holds records of Provisionr directory identities: query them separately");
}

#[test]
fn record_of_another_api_within_a_source_is_rejected() {
    let error = loader(ndjson(&[PROVISIONR_RECORD, PERMISSION_ASSIST_RECORD]))
        .load()
        .unwrap_err();
    insta::assert_snapshot!(error, @"dump: record 2, line 2, byte 44: this record looks like one of Permission Assist identities: query them separately");
}

#[test]
fn source_without_a_detected_api_is_refused_unless_one_is_named() {
    for dump in [&b"[]"[..], br#"{"id":"a"}"#, b"[]\n[]"] {
        let error = loader(dump).load().unwrap_err();
        assert!(
            matches!(*error.kind, LoadErrorKind::UnknownApi(_)),
            "{error}"
        );
        let snapshot = loader(dump)
            .api_if_unknown(idq_api::Api::permission_assist())
            .load()
            .unwrap();
        assert_eq!(snapshot.api(), idq_api::Api::permission_assist());
    }
    insta::assert_snapshot!(loader(&b"[]"[..]).load().unwrap_err(), @"dump: the records do not identify their API: name it with --api (provisionr or permission-assist)");
}

#[test]
fn api_detected_in_a_later_source_is_used() {
    let snapshot = of_files(&[b"[]", PERMISSION_ASSIST_RECORD]).load().unwrap();
    assert_eq!(
        (snapshot.api().name.clone(), snapshot.rows()),
        ("permission-assist".to_owned(), 1)
    );
}

#[test]
fn named_api_is_not_checked() {
    let snapshot = loader(br#"{"id":"a","state":"active","x":1}"#.to_vec())
        .api(idq_api::Api::permission_assist())
        .load();
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.api(), idq_api::Api::permission_assist());
    assert_eq!(
        snapshot.unknown_fields().collect::<Vec<_>>(),
        ["state", "x"]
    );
}

/// Neither a malformed first record nor the objects in it determine the API.
#[test]
fn api_with_a_malformed_first_record_is_detected_by_a_later_one() {
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
        assert_eq!(
            (snapshot.api(), snapshot.rows()),
            (idq_api::Api::provisionr(), 1)
        );
        let error = load(OnBadRecord::Stop).unwrap_err();
        assert_eq!(error.record, Some(1));
    }
}

#[test]
fn api_detected_far_into_the_first_record_is_used() {
    let long = "x".repeat(3 << 20);
    let dump = format!(r#"[{{"id":"a","unknown":"{long}","state":"active"}},{{"id":"b"}}]"#);
    let snapshot = loader(dump).load().unwrap();
    assert_eq!(
        (snapshot.api(), snapshot.rows()),
        (idq_api::Api::provisionr(), 2)
    );
}
