use std::fs;

use crate::{Idq, fixture, folder, folder_with, idq};

#[test]
fn the_first_bad_record_stops_the_load() {
    insta::assert_snapshot!(idq("count damaged.ndjson").failure(), @"
    error: damaged.ndjson: record 2, line 2, byte 1901, field state: expected a string, found the number 5
    exit status 3
    ");
}

#[test]
fn bad_records_can_be_skipped_and_are_reported() {
    let ran = idq("count damaged.ndjson --on-bad-record skip");
    assert_eq!(ran.text(), "2\n");
    insta::assert_snapshot!(ran.said(), @"
    note: skipped 1 record that could not be read: --rejects FILE keeps them
    2 records matched; loaded 2 records (3.18 kB) from 1 source in [time]
    ");
}

#[test]
fn every_reject_is_written_with_its_place_and_its_bytes() {
    let good = |id| crate::record(id, "active", "2026-01-01T00:00:00Z");
    let mut dump = Vec::new();
    for line in [
        good("a").as_bytes(),
        br#"{"id":"b","state":5}"#,
        br#"{"id":"c","timestamp":{"updated_at":"soon"}}"#,
        b"{\"id\":\"d\", oops \"quoted\\u0020\t",
        b"{\"id\":\"\xff\xfe\"}",
        br#""text""#,
        good("e").as_bytes(),
    ] {
        dump.extend(line);
        dump.push(b'\n');
    }
    let folder = folder_with(&[("dump.ndjson", dump)]);
    let words = "query dump.ndjson --on-bad-record skip --rejects bad.ndjson -o csv --columns id";
    let ran = Idq::new(words.split(' ')).within(&folder).succeeds();
    assert_eq!(ran.text(), "id\na\ne\n");
    insta::assert_snapshot!(ran.said(), @"
    note: skipped 5 records that could not be read: see bad.ndjson
    2 records matched; page 1 of 1; loaded 2 records (330 B) from 1 source in [time]
    ");
    let rejects = fs::read_to_string(folder.path().join("bad.ndjson")).unwrap();
    insta::assert_snapshot!(rejects, @r#"
    {"file":"dump.ndjson","record":2,"line":2,"offset":107,"reason":"field state: expected a string, found the number 5","raw":"{\"id\":\"b\",\"state\":5}"}
    {"file":"dump.ndjson","record":3,"line":3,"offset":128,"reason":"field timestamp.updated_at: expected an RFC 3339 date-time such as 2026-01-31T09:30:00Z, found the string \"soon\"","raw":"{\"id\":\"c\",\"timestamp\":{\"updated_at\":\"soon\"}}"}
    {"file":"dump.ndjson","record":4,"line":4,"offset":173,"reason":"expected a key, found `o`","raw":"{\"id\":\"d\", oops \"quoted\\u0020"}
    {"file":"dump.ndjson","record":5,"line":5,"offset":204,"reason":"field id: expected UTF-8, found byte 0xff","raw":"{\"id\":\"��\"}","raw_base64":"eyJpZCI6Iv/+In0="}
    {"file":"dump.ndjson","record":6,"line":6,"offset":216,"reason":"expected an identity (a JSON object), found `\"text\"`","raw":"\"text\""}
    "#);
}

#[test]
fn rejects_of_an_array_and_of_standard_input() {
    let folder = folder();
    let words = "count - --on-bad-record skip --rejects bad.ndjson --api provisionr";
    let ran = Idq::new(words.split(' '))
        .within(&folder)
        .input("[\n  {\"id\": \"a\"},\n  {\"id\":\n    [1]},\n  {\"id\": \"c\"}\n]\n")
        .succeeds();
    assert_eq!(ran.text(), "2\n");
    let rejects = fs::read_to_string(folder.path().join("bad.ndjson")).unwrap();
    insta::assert_snapshot!(rejects, @r#"{"file":"standard input","record":2,"line":3,"offset":19,"reason":"field id: expected a string, found an array","raw":"{\"id\":\n    [1]}"}"#);
}

#[test]
fn without_bad_records_the_file_of_rejects_is_empty() {
    let folder = folder_with(&[
        ("dump.ndjson", fixture("provisionr.ndjson")),
        ("bad.ndjson", b"of old".to_vec()),
    ]);
    let words = "count dump.ndjson --on-bad-record skip --rejects bad.ndjson";
    Idq::new(words.split(' ')).within(&folder).succeeds();
    assert_eq!(fs::read(folder.path().join("bad.ndjson")).unwrap(), b"");
}

#[test]
fn rejects_never_overwrite_a_source() {
    let folder = folder_with(&[("dump.ndjson", fixture("damaged.ndjson"))]);
    let words = "count dump.ndjson --on-bad-record skip --rejects ./dump.ndjson";
    let ran = Idq::new(words.split(' ')).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @"
    error: --rejects: ./dump.ndjson is one of the sources: name another file
    exit status 2
    ");
    assert!(fs::read(folder.path().join("dump.ndjson")).unwrap() == fixture("damaged.ndjson"));
}

#[test]
fn rejects_need_bad_records_to_be_skipped() {
    insta::assert_snapshot!(idq("count damaged.ndjson --rejects bad.ndjson").failure(), @"
    error: --rejects needs --on-bad-record skip
    exit status 2
    ");
}

#[test]
fn a_file_of_rejects_that_cannot_be_written_stops_before_the_load() {
    let ran = idq("count damaged.ndjson --on-bad-record skip --rejects /no/such/folder/bad.ndjson");
    insta::assert_snapshot!(ran.failure(), @"
    error: cannot write /no/such/folder/bad.ndjson: No such file or directory (os error 2)
    exit status 3
    ");
}

#[test]
fn an_error_shows_little_of_a_record() {
    let secret = "s3cret-".repeat(40);
    let ran = Idq::new(["count", "-"])
        .input(format!(
            r#"{{"id":"a","state":["{secret}"],"vendor_id":"v","email":"jane.doe@corp.example"}}"#
        ))
        .run();
    let said = ran.failure();
    assert!(said.len() < 200 && !said.contains("jane.doe"), "{said}");
}
