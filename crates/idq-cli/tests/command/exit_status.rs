//! Exit statuses of all kinds of outcomes.

use crate::idq;

/// `writing.rs` tests the exit statuses for outputs that cannot be written.
#[test]
fn command_of_any_outcome_has_its_exit_status() {
    for (status, line) in [
        (0, "count provisionr.json"),
        (0, "count provisionr.json -f state=nobody"),
        (0, "query provisionr.json -p 1000 -o csv"),
        (
            0,
            "get provisionr.json --id dridt_01fm25z9m1sz9m5c7ybneym61e",
        ),
        (0, "--version"),
        (0, "query --help"),
        (1, "get provisionr.json --id nobody"),
        (2, ""),
        (2, "quarry provisionr.json"),
        (2, "count"),
        (2, "count provisionr.json --colour always"),
        (2, "count provisionr.json --threads 0"),
        (2, "count provisionr.json --api okta"),
        (2, "count provisionr.json -s email"),
        (2, "query provisionr.json --all -p 2"),
        (2, "query provisionr.json --all --per-page 2"),
        (2, "query provisionr.json -o xml"),
        (2, "query permission-assist.json --per-page 2"),
        (2, "query provisionr.json -p 0"),
        (2, "query provisionr.json -s emial"),
        (2, "query provisionr.json -o csv --columns emial"),
        (2, "count provisionr.json -f state"),
        (2, "count provisionr.json -f state="),
        (2, "count provisionr.json -f stat=active"),
        (2, "count provisionr.json -f created_after=soon"),
        (2, "count provisionr.json --now soon"),
        (2, "count provisionr.json --rejects bad.ndjson"),
        (2, "get provisionr.json"),
        (2, "info"),
        (2, "generate --rows 5"),
        (
            2,
            "generate --api provisionr --shape ndjson --style indented",
        ),
        (2, "generate --api provisionr --style yaml"),
        (2, "completions tcsh"),
        (2, "man page"),
        (3, "count missing.json"),
        (3, "query missing.json"),
        (3, "get missing.json --id nobody"),
        (3, "info missing.json"),
        (3, "count damaged.ndjson"),
        (3, "count provisionr.json permission-assist.json"),
        (3, "generate --api provisionr -o /no/such/folder/dump.json"),
    ] {
        let ran = idq(line);
        assert_eq!(ran.status, status, "idq {line}\n{}", ran.stderr);
        // Every failure has a message.
        assert!(status == 0 || !ran.stderr.is_empty(), "idq {line}");
        assert!(status == 0 || ran.stdout.is_empty(), "idq {line}");
    }
}
