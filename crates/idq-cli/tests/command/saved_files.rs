//! Files as people save them: what the command says about their reading.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::{Idq, folder, read_fixture};

/// Returns the records of the fixture of Provisionr.
fn records() -> Vec<String> {
    let text = String::from_utf8(read_fixture("provisionr.ndjson")).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Counts the active records of a source in a folder, and returns the messages.
fn count(folder: &Path, words: &str) -> String {
    let words = format!("count {words} -f state=active");
    let ran = Idq::new(words.split(' ')).within(folder).run();
    format!("{}{}", ran.text(), ran.messages())
}

#[test]
fn utf16_is_named_in_the_summary_and_in_info() {
    let folder = folder();
    let text = format!("\u{feff}[{}]", records().join(","));
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("people.json"), bytes).unwrap();
    assert_snapshot!(count(folder.path(), "people.json"), @"
    44
    44 records matched (2 deleted left out: add -f trashed=with); loaded 60 records (107.03 kB, converted from UTF-16LE) from 1 source in [time]
    ");
    let ran = Idq::new(["info", "people.json"]).within(&folder).run();
    let sources: Vec<&str> = ran
        .text()
        .lines()
        .skip_while(|line| *line != "Sources")
        .take(4)
        .collect();
    assert_snapshot!(sources.join("\n"), @"
    Sources
      name         compression      bytes      records
      people.json  plain, UTF-16LE  107.03 kB  60
    ");
}

#[test]
fn wrapped_records_and_what_is_left_out_are_told() {
    let folder = folder();
    let all = records().join(",");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write(
        "users.json",
        format!(r#"{{"realm":"x","users":[{all}],"groups":[{{"name":"y"}}]}}"#),
    );
    write(
        "two.json",
        format!(r#"{{"users":[{all}],"admins":[{all}]}}"#),
    );
    assert_snapshot!(count(folder.path(), "users.json"), @"
    44
    note: users.json: the records are those of `users`; the objects of `groups` are left out (--records groups reads them instead)
    44 records matched (2 deleted left out: add -f trashed=with); loaded 60 records (107.07 kB) from 1 source in [time]
    ");
    assert_snapshot!(count(folder.path(), "two.json --records admins"), @"
    44
    note: two.json: the records are those of `admins`; the objects of `users` are left out (--records users reads them instead)
    44 records matched (2 deleted left out: add -f trashed=with); loaded 60 records (214.07 kB) from 1 source in [time]
    ");
    let refused = Idq::new(["count", "two.json"]).within(&folder).run();
    assert_snapshot!(refused.failure(), @"
    error: two.json: the records could be those of `users` or of `admins`; choose with `--records users` or `--records admins`
    exit status 3
    ");
    let refused = Idq::new(["count", "two.json", "--records", "a..b"])
        .within(&folder)
        .run();
    assert_snapshot!(refused.failure(), @"
    error: invalid value 'a..b' for '--records <PATH>': expected keys with dots between them, such as `response.users`, with a key in double quotes if it has a dot

    For more information, try '--help'.
    exit status 2
    ");
}

#[test]
fn archives_and_folders_pass_over_what_is_no_dump() {
    let folder = folder();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("README.md", b"# The export of Monday\n");
    write("export.log", b"done\n");
    write("people.ndjson", &read_fixture("provisionr.ndjson"));
    assert_snapshot!(count(folder.path(), "."), @"
    44
    note: ignored ./README.md: a line that starts with `#` or `//`
    note: ignored ./export.log: not JSON
    44 records matched (2 deleted left out: add -f trashed=with); loaded 60 records (107.03 kB) from 1 source in [time]
    ");
    fs::remove_file(folder.path().join("people.ndjson")).unwrap();
    let refused = Idq::new(["count", "."]).within(&folder).run();
    assert_snapshot!(refused.failure(), @"
    error: .: expected dumps (JSON), found none; ./README.md: a line that starts with `#` or `//`
    exit status 3
    ");
    let refused = Idq::new(["count", "README.md"]).within(&folder).run();
    assert_snapshot!(refused.failure(), @"
    error: README.md: expected a dump (JSON), found a line that starts with `#` or `//`; JSON has no comments, so remove these lines, or skip them with `--on-bad-record skip`
    exit status 3
    ");
}

#[test]
fn profiles_cut_by_the_depth_of_an_exporter_are_told_once_with_the_option_to_raise() {
    let folder = folder();
    let record = |(id, profile): (usize, &&str)| {
        format!(r#"{{"id":"{id}","vendor_id":"v","links":{{}},"profile":{profile}}}"#)
    };
    let profiles = [
        r#"{"dept":"IT"}"#,
        r#""@{dept=IT}""#,
        r#""System.Object[]""#,
        r#"{"dept":"IT","manager":"@{name=Ines}"}"#,
    ];
    let records: Vec<String> = profiles.iter().enumerate().map(record).collect();
    fs::write(folder.path().join("cut.ndjson"), records.join("\n")).unwrap();
    let run = |words: &str| {
        let ran = Idq::new(words.split(' ')).within(&folder).run();
        format!("{}{}", ran.text(), ran.messages())
    };
    // Profiles are read whole, so texts one level inside them count too.
    assert_snapshot!(run("query cut.ndjson -o csv --columns id -f profile_search=IT"), @"
    id
    0
    1
    3
    note: 3 values of profile (first in cut.ndjson, record 2) look cut by the depth limit of the exporter: texts such as @{…} or System.Object[] in place of objects; raise the limit and export again (PowerShell: ConvertTo-Json -Depth 10)
    3 records matched; page 1 of 1; loaded 4 records (275 B) from 1 source in [time]
    ");
    // Without their column only whole profiles are seen.
    assert_snapshot!(run("count cut.ndjson"), @"
    4
    note: 2 values of profile (first in cut.ndjson, record 2) look cut by the depth limit of the exporter: texts such as @{…} or System.Object[] in place of objects; raise the limit and export again (PowerShell: ConvertTo-Json -Depth 10)
    4 records matched; loaded 4 records (275 B) from 1 source in [time]
    ");
    assert_snapshot!(run("count cut.ndjson --quiet"), @"4");
    assert_snapshot!(run("pack cut.ndjson -o cut.idq"), @"
    note: 3 values of profile (first in cut.ndjson, record 2) look cut by the depth limit of the exporter: texts such as @{…} or System.Object[] in place of objects; raise the limit and export again (PowerShell: ConvertTo-Json -Depth 10)
    packed 4 records into 65.25 kB; loaded 4 records (275 B) from 1 source in [time]; [time] in all
    ");
    assert_snapshot!(run("count cut.idq"), @"
    4
    4 records matched; opened 4 records (packed, 65.25 kB) in [time]
    ");
}

#[test]
fn dates_without_a_zone_are_told_once_and_recorded() {
    let folder = folder();
    let text = records().join("\n").replace("Z\"", "\"");
    fs::write(folder.path().join("local.ndjson"), text).unwrap();
    let run = |words: &str| {
        let ran = Idq::new(words.split(' ')).within(&folder).run();
        format!("{}{}", ran.text(), ran.messages())
    };
    let first = r"-s created_at --per-page 1 -o csv --columns timestamp.created_at -f created_before=2021-11-09T11:00:00Z";
    let in_utc = run(&format!("query local.ndjson {first}"));
    assert_snapshot!(in_utc, @"
    timestamp.created_at
    note: 277 dates without a time zone, read in UTC: --timezone names another zone
    0 records matched; page 1 of 1; loaded 60 records (106.70 kB) from 1 source in [time]
    ");
    let in_berlin = run(&format!(
        "query local.ndjson {first} --timezone Europe/Berlin"
    ));
    assert_snapshot!(in_berlin, @"
    timestamp.created_at
    2021-11-09T11:05:17
    note: 277 dates without a time zone, read in Europe/Berlin
    1 record matched; page 1 of 1; loaded 60 records (106.70 kB) from 1 source in [time]
    ");
    run("pack local.ndjson -o local.idq --timezone Europe/Berlin");
    let packed = run(&format!("query local.idq {first}"));
    assert_snapshot!(packed, @"
    timestamp.created_at
    2021-11-09T11:05:17
    1 record matched; page 1 of 1; opened 60 records (packed, 136.29 kB) in [time]
    ");
    let other = run("count local.idq --by timestamp.created_at:year --timezone Asia/Tokyo -o csv");
    assert_snapshot!(other, @"
    timestamp.created_at:year,timestamp.created_at:year.presence,count
    2021,value,3
    2022,value,20
    2023,value,5
    2024,value,6
    2025,value,8
    2026,value,12
    note: 277 dates without a time zone were read in Europe/Berlin when this snapshot file was packed: --timezone moves the days of the request and calendar buckets alone
    54 records matched (6 deleted left out: add -f trashed=with); 6 groups; opened 60 records (packed, 136.29 kB) in [time]
    ");
}

#[test]
fn options_for_dates_and_ids_are_named_in_the_refusal() {
    let folder = folder();
    let record =
        r#"{"id":7,"vendor_id":"v","state":"active","timestamp":{"created_at":1720919582928}}"#;
    fs::write(folder.path().join("other.json"), record).unwrap();
    let refused = |words: &str| Idq::new(words.split(' ')).within(&folder).run().failure();
    assert_snapshot!(refused("count other.json"), @"
    error: other.json: record 1, line 1, byte 6, field id: expected a string (`--ids as-text` reads numbers), found the number 7
    exit status 3
    ");
    assert_snapshot!(refused("count other.json --ids as-text"), @"
    error: other.json: record 1, line 1, byte 67, field timestamp.created_at: expected an RFC 3339 date-time (`--dates epoch-ms` reads milliseconds since 1970), found the number 1720919582928
    exit status 3
    ");
    assert_snapshot!(count(folder.path(), "other.json --ids as-text --dates epoch-ms,dotnet"), @"
    1
    1 record matched; loaded 1 record (82 B) from 1 source in [time]
    ");
    let found = Idq::new("get other.json --id 7 --ids as-text --dates epoch-ms".split(' '));
    assert_eq!(found.within(&folder).run().text(), format!("{record}\n"));
}

#[test]
fn plus_sign_of_a_query_string_is_explained() {
    let words = [
        "count",
        "provisionr.ndjson",
        "-q",
        "filter[email]=a+b@x.example",
    ];
    assert_snapshot!(Idq::new(words).run().messages(), @"
    hint: in a query string, `+` is a space: write %2B for a plus sign
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
    // It is literal with -f, and an answer with matches needs no explanation.
    let words = ["count", "provisionr.ndjson", "-f", "email=a+b@x.example"];
    assert!(!Idq::new(words).run().messages().contains("plus sign"));
    let words = [
        "count",
        "provisionr.ndjson",
        "-q",
        "filter[state]=active&x=a+b",
        "--conformance",
        "api",
    ];
    assert!(!Idq::new(words).run().messages().contains("plus sign"));
}
