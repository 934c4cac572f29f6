//! The summary on standard error, `--quiet`, and the number of `idq count`.

use crate::{Idq, folder_with, idq, record};

#[test]
fn summary_is_the_last_line() {
    let messages: String = [
        "query provisionr.json -f state=active",
        "query provisionr.json -p 2 -o ndjson",
        "query provisionr.json --all",
        "count provisionr-pages provisionr.ndjson.gz -f email=adele.eze@omalley.example",
        "get provisionr.json --id dridt_01fm25z9m1sz9m5c7ybneym61e",
        "get provisionr.json --id nobody",
        "info permission-assist.json",
        "generate --api provisionr --rows 2000",
    ]
    .into_iter()
    .map(|line| format!("idq {line}\n{}", idq(line).messages()))
    .collect();
    insta::assert_snapshot!(messages, @"
    idq query provisionr.json -f state=active
    44 records matched (2 deleted left out: add -f trashed=with); page 1 of 3; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.json -p 2 -o ndjson
    54 records matched (6 deleted left out: add -f trashed=with); page 2 of 4; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.json --all
    54 records matched (6 deleted left out: add -f trashed=with); all printed; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count provisionr-pages provisionr.ndjson.gz -f email=adele.eze@omalley.example
    note: 60 records with the id of an earlier one: --dedupe keeps the newest
    4 records matched; loaded 120 records (219.89 kB) from 5 sources in [time]
    idq get provisionr.json --id dridt_01fm25z9m1sz9m5c7ybneym61e
    1 record found; loaded 60 records (107.03 kB) from 1 source in [time]
    idq get provisionr.json --id nobody
    error: no record has the id `nobody`
    0 records found; loaded 60 records (107.03 kB) from 1 source in [time]
    idq info permission-assist.json
    17 fields; loaded 60 records (32.65 kB) from 1 source in [time]
    idq generate --api provisionr --rows 2000
    wrote 2,000 records (3.58 MB)
    ");
}

#[test]
fn quiet_command_prints_errors_alone() {
    let repeated = record("a", "active", "2026-01-01T00:00:00Z");
    let folder = folder_with(&[(
        "dump.ndjson",
        format!("{repeated}\n{repeated}\n{{\"id\":5}}\n"),
    )]);
    let messages = |line: &str| {
        let ran = Idq::new(line.split(' ')).within(&folder).run();
        format!("{}exit status {}\n", ran.stderr, ran.status)
    };
    for line in [
        "query dump.ndjson --on-bad-record skip --quiet",
        "count dump.ndjson --on-bad-record skip --quiet --dedupe",
        "count dump.ndjson --on-bad-record skip --quiet -f state=actve",
        "count dump.ndjson --on-bad-record skip --quiet -f deleted_before=2020-01-01",
        "info dump.ndjson --on-bad-record skip --quiet --rejects bad.ndjson",
        "get dump.ndjson --id a --on-bad-record skip --quiet",
        "generate --api provisionr --rows 3 --quiet",
    ] {
        assert_eq!(messages(line), "exit status 0\n", "{line}");
    }
    insta::assert_snapshot!(messages("count dump.ndjson --quiet"), @"
    error: dump.ndjson: record 3, line 3, byte 220, field id: expected a string (`--ids as-text` reads numbers), found the number 5
    exit status 3
    ");
    insta::assert_snapshot!(messages("get dump.ndjson --id b --on-bad-record skip --quiet"), @"
    error: no record has the id `b`
    exit status 1
    ");
}

#[test]
fn count_prints_the_number_alone() {
    assert_eq!(idq("count provisionr.json").text(), "54\n");
    assert_eq!(idq("count provisionr.json -f trashed=with").text(), "60\n");
    assert_eq!(
        idq("count permission-assist.json -f status=Active").text(),
        "49\n"
    );
}

#[test]
fn progress_without_a_terminal_is_hidden() {
    let ran = idq("count provisionr.json");
    assert_eq!(ran.stderr.lines().count(), 1);
    assert!(!ran.stderr.contains(['\r', '\u{1b}']));
}
