//! Malformed records: errors, skipping, the file of rejects, outputs that are sources.

use std::fs;

use crate::{Idq, folder, folder_with, idq, read_fixture};

#[test]
fn malformed_record_stops_the_load_by_default() {
    insta::assert_snapshot!(idq("count damaged.ndjson").failure(), @"
    error: damaged.ndjson: record 2, line 2, byte 1901, field state: expected a string, found the number 5
    exit status 3
    ");
}

#[test]
fn malformed_records_with_skip_are_skipped_and_counted() {
    let ran = idq("count damaged.ndjson --on-bad-record skip");
    assert_eq!(ran.text(), "2\n");
    insta::assert_snapshot!(ran.messages(), @"
    note: skipped 1 record that could not be read: --rejects FILE keeps them
    2 records matched; loaded 2 records (3.18 kB) from 1 source in [time]
    ");
}

#[test]
fn rejects_are_written_with_their_locations_and_bytes() {
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
    insta::assert_snapshot!(ran.messages(), @"
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
fn rejects_of_an_array_on_standard_input_are_written() {
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
fn rejects_of_a_sound_dump_are_an_empty_file() {
    let folder = folder_with(&[
        ("dump.ndjson", read_fixture("provisionr.ndjson")),
        ("bad.ndjson", b"of old".to_vec()),
    ]);
    let words = "count dump.ndjson --on-bad-record skip --rejects bad.ndjson";
    Idq::new(words.split(' ')).within(&folder).succeeds();
    assert_eq!(fs::read(folder.path().join("bad.ndjson")).unwrap(), b"");
}

#[test]
fn rejects_file_that_is_a_source_is_refused() {
    let folder = folder_with(&[("dump.ndjson", read_fixture("damaged.ndjson"))]);
    let words = "count dump.ndjson --on-bad-record skip --rejects ./dump.ndjson";
    let ran = Idq::new(words.split(' ')).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @"
    error: --rejects: ./dump.ndjson is one of the sources: name another file
    exit status 2
    ");
    assert!(fs::read(folder.path().join("dump.ndjson")).unwrap() == read_fixture("damaged.ndjson"));
}

#[cfg(unix)]
#[test]
fn output_that_is_a_source_by_any_name_is_refused_and_the_source_kept() {
    use std::process::Stdio;

    let damaged = read_fixture("damaged.ndjson");
    let folder = folder_with(&[("d", &damaged), ("kept", &damaged)]);
    let path = |name: &str| folder.path().join(name);
    fs::hard_link(path("d"), path("hard")).unwrap();
    std::os::unix::fs::symlink("d", path("symbolic")).unwrap();
    let skip = "--on-bad-record skip --rejects";
    for line in [
        format!("count - {skip} d"),
        format!("count d {skip} hard"),
        format!("count hard {skip} symbolic"),
        format!("count symbolic {skip} ./d"),
        format!("count /dev/stdin {skip} d"),
        format!("count /dev/fd/0 {skip} hard"),
        format!("query kept - {skip} hard"),
        format!("count . {skip} hard"),
        "export - -o hard --format csv --on-bad-record skip".to_owned(),
        "pack - -o hard --on-bad-record skip".to_owned(),
    ] {
        let ran = Idq::new(line.split(' '))
            .within(&folder)
            .input_from(path("d"))
            .run();
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("is one of the sources"), "{line}");
        assert!(fs::read(path("d")).unwrap() == damaged, "{line}");
    }
    let append = || fs::File::options().append(true).open(path("hard")).unwrap();
    for line in [
        "query d --all -o ndjson",
        "count d",
        "info d",
        "get d --id x",
    ] {
        let mut command = Idq::new(line.split(' ')).within(&folder).into_command();
        let output = command.stdout(append()).output().unwrap();
        let messages = String::from_utf8(output.stderr).unwrap();
        assert!(
            messages.contains("standard output is one of the sources"),
            "{line}: {messages}"
        );
        let mut command = Idq::new(line.split(' ')).within(&folder).into_command();
        let output = command.stderr(append()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(fs::read(path("d")).unwrap() == damaged, "{line}");
    }
    let packed = crate::pack(folder.path(), &["provisionr.json"]);
    let bytes = fs::read(&packed).unwrap();
    let serve = "serve d --listen 127.0.0.1:0 --no-auth";
    for line in [
        "verify people.idq",
        "unpack people.idq",
        "count people.idq",
        serve,
    ] {
        for standard in ["output", "error"] {
            let mut command = Idq::new(line.split(' ')).within(&folder).into_command();
            let source = if line == serve { "d" } else { "people.idq" };
            let append = fs::File::options().append(true).open(path(source)).unwrap();
            match standard {
                "output" => command.stdout(append),
                _ => command.stderr(append),
            };
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{line}: standard {standard}");
        }
        assert!(fs::read(&packed).unwrap() == bytes, "{line}");
        assert!(fs::read(path("d")).unwrap() == damaged, "{line}");
    }
    // A terminal and the null device can be input and output at once.
    let mut command = Idq::new(["count", "-"]).into_command();
    let null = fs::File::options().read(true).write(true).open("/dev/null");
    let null = null.unwrap();
    command
        .stdin(null.try_clone().unwrap())
        .stdout(null)
        .stderr(Stdio::piped());
    let messages = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(messages.contains("the file is empty"), "{messages}");
}

#[test]
fn rejects_replace_a_file_as_a_whole_or_not_at_all() {
    let folder = folder_with(&[
        ("dump.ndjson", read_fixture("damaged.ndjson")),
        ("mixed.json", read_fixture("permission-assist.json")),
        ("bad.ndjson", b"of old".to_vec()),
    ]);
    let read = || fs::read_to_string(folder.path().join("bad.ndjson")).unwrap();
    let skip = "--on-bad-record skip --rejects bad.ndjson";
    for line in [
        format!("count dump.ndjson mixed.json {skip}"),
        format!("count dump.ndjson missing.json {skip}"),
        format!("query dump.ndjson -f nonsense=1 {skip}"),
    ] {
        Idq::new(line.split(' ')).within(&folder).run().failure();
        assert_eq!(read(), "of old", "{line}");
    }
    let line = format!("count dump.ndjson {skip}");
    Idq::new(line.split(' ')).within(&folder).succeeds();
    assert!(read().starts_with(r#"{"file":"dump.ndjson","record":2"#));
    let names = fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 3, "nothing unfinished is left");
}

#[cfg(target_os = "linux")]
#[test]
fn rejects_to_a_redirected_stream_are_appended() {
    let folder = folder_with(&[("dump.ndjson", read_fixture("damaged.ndjson"))]);
    for name in ["/dev/stdout", "/dev/fd/1", "out"] {
        let line = format!("count dump.ndjson --on-bad-record skip --rejects {name}");
        fs::write(folder.path().join("out"), "").unwrap();
        let ran = Idq::new(line.split(' '))
            .within(&folder)
            .output_to(folder.path().join("out"))
            .run();
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        let written = fs::read_to_string(folder.path().join("out")).unwrap();
        let lines: Vec<&str> = written.lines().collect();
        assert!(
            lines[0].starts_with(r#"{"file":"dump.ndjson""#),
            "{name}: {written}"
        );
        assert_eq!(lines[1..], ["2"], "{name}");
    }
}

#[test]
fn rejects_without_skip_are_refused() {
    insta::assert_snapshot!(idq("count damaged.ndjson --rejects bad.ndjson").failure(), @"
    error: --rejects needs --on-bad-record skip
    exit status 2
    ");
}

#[test]
fn rejects_file_that_cannot_be_written_is_an_error_before_the_load() {
    let ran = idq("count damaged.ndjson --on-bad-record skip --rejects /no/such/folder/bad.ndjson");
    insta::assert_snapshot!(ran.failure(), @"
    error: cannot write /no/such/folder/bad.ndjson: No such file or directory (os error 2)
    exit status 3
    ");
}

#[test]
fn error_of_a_malformed_record_quotes_little_of_it() {
    let secret = "s3cret-".repeat(40);
    let ran = Idq::new(["count", "-"])
        .input(format!(
            r#"{{"id":"a","state":["{secret}"],"vendor_id":"v","email":"jane.doe@corp.example"}}"#
        ))
        .run();
    let messages = ran.failure();
    assert!(
        messages.len() < 200 && !messages.contains("jane.doe"),
        "{messages}"
    );
}
