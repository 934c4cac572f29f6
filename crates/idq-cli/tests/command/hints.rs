//! Hints of queries and counts: reasons for missing matches, nearest values, deleted records.

use crate::{Idq, folder_with, idq};

#[test]
fn query_without_matches_hints_at_the_reason() {
    let messages: String = [
        "count provisionr.json -f deleted_after=2020-01-01",
        "count provisionr.json -f deprovisioned_before=2000-01-01",
        "count provisionr.json -f state=actve -f state=pending",
        "query provisionr.json -f state=Active -o ndjson",
        "count permission-assist.json -f status=Terminated",
        "query provisionr.json -p 9 -o ndjson",
    ]
    .into_iter()
    .map(|line| format!("idq {line}\n{}", idq(line).messages()))
    .collect();
    insta::assert_snapshot!(messages, @"
    idq count provisionr.json -f deleted_after=2020-01-01
    hint: filter[deleted_after] excludes deleted records by default: add filter[trashed]=with or filter[trashed]=only
    0 records matched (6 deleted left out: add -f trashed=with); loaded 60 records (107.03 kB) from 1 source in [time]
    idq count provisionr.json -f deprovisioned_before=2000-01-01
    hint: filter[deprovisioned_before] excludes deleted records by default: add filter[trashed]=with or filter[trashed]=only
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count provisionr.json -f state=actve -f state=pending
    hint: no record has `actve` for filter[state]; others have `active`
    hint: no record has `pending` for filter[state]; others have `active`, `deactivated`, `expiring`, `orphan`, `staged`, `suspended`
    0 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    idq query provisionr.json -f state=Active -o ndjson
    hint: filter[state] is case-sensitive: 44 more records have `active`
    0 records matched; page 1 of 1; loaded 60 records (107.03 kB) from 1 source in [time]
    idq count permission-assist.json -f status=Terminated
    hint: no record has `Terminated` for filter[status]; others have `Active`, `Disabled`, `Removed`
    0 records matched; loaded 60 records (32.65 kB) from 1 source in [time]
    idq query provisionr.json -p 9 -o ndjson
    hint: page 9 is past the last page, 4
    54 records matched (6 deleted left out: add -f trashed=with); page 9 of 4; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
}

#[test]
fn query_with_matches_counts_deleted_records_left_out() {
    let ran = idq("count provisionr.json -f deprovisioned_after=2020-01-01");
    assert_eq!(ran.text(), "4\n");
    assert!(
        ran.stderr.contains("add filter[trashed]=with"),
        "{}",
        ran.stderr
    );
}

#[test]
fn exact_filter_with_another_case_hints_at_the_value() {
    let ran = idq("count permission-assist.json -f lastName=stark");
    insta::assert_snapshot!(ran.messages(), @"
    hint: filter[lastName] is case-sensitive: 1 more record has `Stark`; filter[lastName_search] is not
    0 records matched; loaded 60 records (32.65 kB) from 1 source in [time]
    ");
}

#[test]
fn query_that_can_match_prints_no_hint() {
    for line in [
        "count provisionr.json -f trashed=only -f deleted_after=2020-01-01",
        "count provisionr.json -f state=active",
    ] {
        assert!(!idq(line).stderr.contains("hint"), "{line}");
    }
}

#[test]
fn hints_beyond_the_bound_are_counted() {
    let states: Vec<String> = (0..3000)
        .map(|index| format!("filter[state][]=absent{index}"))
        .collect();
    let ran = Idq::new(["count", "provisionr.json", "-q", &states.join("&")]).run();
    let hints: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: "))
        .collect();
    assert_eq!(hints.len(), 10);
    assert_eq!(hints[9], "hint: and 2991 more");
    // Ten hints need no number of others.
    let ran = Idq::new(["count", "provisionr.json", "-q", &states[..10].join("&")]).run();
    let hints: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: "))
        .collect();
    assert_eq!(hints.len(), 10, "{}", ran.stderr);
    assert!(hints[9].contains("`absent9`"), "{}", hints[9]);
    let records: Vec<String> = (0..100)
        .map(|index| {
            crate::record(
                &format!("r{index}"),
                &format!("{index:03}{}", "x".repeat(500)),
                "2026-01-01T00:00:00Z",
            )
        })
        .collect();
    let folder = folder_with(&[("dump.ndjson", records.join("\n"))]);
    let ran = Idq::new(["count", "dump.ndjson", "-f", "state=?"])
        .within(&folder)
        .run();
    let hint = ran.stderr.lines().next().unwrap();
    assert!(
        hint.ends_with("…` and 88 more") && hint.len() < 1000,
        "{hint}"
    );
}

#[test]
fn error_of_thousands_of_problems_is_bounded() {
    let filters: Vec<String> = (0..3000)
        .map(|index| format!("filter[absent{index}]=x"))
        .collect();
    let ran = Idq::new(["count", "provisionr.json", "-q", &filters.join("&")]).run();
    assert!(ran.stderr.len() < 10_000, "{}", ran.stderr.len());
    assert!(
        ran.stderr.trim_end().ends_with("and 2980 more"),
        "{}",
        ran.stderr
    );
    let columns: Vec<String> = (0..3000).map(|index| format!("absent{index}")).collect();
    let ran = Idq::new([
        "query",
        "provisionr.json",
        "-o",
        "csv",
        "--columns",
        &columns.join(","),
    ])
    .run();
    assert!(
        ran.stderr.len() < 2_000 && ran.stderr.contains("and 2991 more"),
        "{}",
        ran.stderr
    );
}

#[test]
fn filter_with_matches_hints_at_values_of_another_case() {
    let record = |id: &str, email: &str, state: &str, deleted: &str| {
        format!(
            r#"{{"id":"{id}","state":"{state}","vendor_id":"v","email":"{email}","timestamp":{{"deleted_at":{deleted}}}}}"#
        )
    };
    let deleted = "\"2026-01-01T00:00:00Z\"";
    let folder = folder_with(&[(
        "dump.ndjson",
        [
            record("a", "zoe@x.example", "active", "null"),
            record("b", "Zoe@x.example", "active", "null"),
            record("c", "ZOE@X.example", "Active", "null"),
            record("d", "zOe@x.example", "active", deleted),
            record("e", "zoe@x.example.org", "active", "null"),
        ]
        .join("\n"),
    )]);
    let messages = |line: &str| {
        let ran = Idq::new(line.split(' ')).within(&folder).succeeds();
        ran.messages()
            .lines()
            .filter(|line| line.starts_with("hint"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    for (line, expected) in [
        (
            "count dump.ndjson -f email=zoe@x.example",
            "hint: filter[email] is case-sensitive: 2 more records have `ZOE@X.example`, `Zoe@x.example`; filter[email_search] is not",
        ),
        (
            "query dump.ndjson -f email=zoe@x.example -f state=active -o ndjson",
            "hint: filter[email] is case-sensitive: 1 more record has `Zoe@x.example`; filter[email_search] is not",
        ),
        (
            "count dump.ndjson -f state=active",
            "hint: filter[state] is case-sensitive: 1 more record has `Active`",
        ),
        ("count dump.ndjson -f email=zoe@x.example --quiet", ""),
        ("count dump.ndjson -f email=zoe@x.example.org", ""),
        ("count dump.ndjson -f email_search=ZOE", ""),
        ("count dump.ndjson -f email=none@x.example", ""),
    ] {
        assert_eq!(messages(line), expected, "{line}");
        let packed = line.replace("dump.ndjson", "dump.idq");
        Idq::new(["pack", "dump.ndjson", "-o", "dump.idq"])
            .within(&folder)
            .succeeds();
        assert_eq!(messages(&packed), expected, "{packed}");
    }
}

#[test]
fn column_that_no_printed_record_has_prints_a_hint() {
    let folder = folder_with(&[(
        "dump.ndjson",
        concat!(
            r#"{"id":"a","state":"s","vendor_id":"v","profile":{"department":"d","manager":{"name":"n"},"gone":null}}"#,
            "\n",
            r#"{"id":"b","state":"s","vendor_id":"v","profile":{"Title":"t"},"extra":{"key":1}}"#,
        ),
    )]);
    Idq::new(["pack", "dump.ndjson", "-o", "dump.idq"])
        .within(&folder)
        .succeeds();
    for (columns, expected) in [
        (
            "profile.departmnt",
            "hint: --columns: none of the 2 records of the answer has `profile.departmnt`; did you mean `profile.department`?",
        ),
        (
            "profile.title",
            "hint: --columns: none of the 2 records of the answer has `profile.title`; did you mean `profile.Title`?",
        ),
        (
            "profile.manager.nmae",
            "hint: --columns: none of the 2 records of the answer has `profile.manager.nmae`; did you mean `profile.manager.name`?",
        ),
        (
            "profile.mangaer.name",
            "hint: --columns: none of the 2 records of the answer has `profile.mangaer.name`; did you mean `profile.manager.name`?",
        ),
        (
            "extra.kye",
            "hint: --columns: none of the 2 records of the answer has `extra.kye`; did you mean `extra.key`?",
        ),
        (
            "profile.zzz",
            "hint: --columns: none of the 2 records of the answer has `profile.zzz`",
        ),
        ("profile.department", ""),
        ("profile.gone,profile.Title,profile,extra.key,email", ""),
    ] {
        for line in [
            "query dump.ndjson -o csv --columns",
            "query dump.idq -o table --all --columns",
            "export dump.ndjson --format csv -o - --columns",
            "export dump.idq --format parquet -o out.parquet --columns",
        ] {
            let ran = Idq::new(line.split(' ').chain([columns]))
                .within(&folder)
                .succeeds();
            let hints: Vec<&str> = ran
                .stderr
                .lines()
                .filter(|line| line.starts_with("hint"))
                .collect();
            assert_eq!(hints.join("\n"), expected, "{line} {columns}");
        }
    }
    let ran =
        Idq::new("query dump.ndjson -o csv --quiet --columns profile.x".split(' ')).within(&folder);
    assert_eq!(ran.succeeds().stderr, "");
}

#[test]
fn summary_of_any_command_counts_deleted_records_left_out() {
    for (line, expected) in [
        (
            "count provisionr.json",
            "54 records matched (6 deleted left out: add -f trashed=with); ",
        ),
        (
            "query provisionr.json --all -o ndjson",
            "54 records matched (6 deleted left out: add -f trashed=with); ",
        ),
        (
            "export provisionr.json --format ndjson -o -",
            "54 records matched (6 deleted left out: add -f trashed=with); ",
        ),
        (
            "count provisionr.json -f state=deactivated",
            "3 records matched (3 deleted left out: add -f trashed=with); ",
        ),
        (
            "count provisionr.json -f state=deactivated -f trashed=with",
            "6 records matched; ",
        ),
        (
            "count provisionr.json -f state=deactivated -f trashed=without",
            "3 records matched; ",
        ),
        (
            "count provisionr.json -f state=deactivated -f trashed=wth --conformance api",
            "3 records matched (3 deleted left out: add -f trashed=with); ",
        ),
        (
            "count provisionr.json -q filter[trashed]= --conformance api",
            "54 records matched (6 deleted left out: add -f trashed=with); ",
        ),
        (
            "count provisionr.json -f trashed=only",
            "6 records matched; ",
        ),
        (
            "count provisionr.json -f state=orphan",
            "3 records matched; ",
        ),
        ("count permission-assist.json", "60 records matched; "),
        ("count provisionr.json --quiet", ""),
    ] {
        let ran = idq(line);
        assert!(
            ran.stderr
                .lines()
                .last()
                .unwrap_or_default()
                .starts_with(expected),
            "{line}: {}",
            ran.stderr
        );
        assert!(!expected.is_empty() || ran.stderr.is_empty(), "{line}");
    }
}

#[test]
fn filter_value_among_many_distinct_ones_is_compared_with_all() {
    let folder = folder_with(&[(
        "dump.ndjson",
        (0..12_000)
            .map(|index| {
                crate::record(
                    &format!("r{index}"),
                    &format!("s{index}"),
                    "2026-01-01T00:00:00Z",
                ) + "\n"
            })
            .collect::<String>(),
    )]);
    for (state, expected) in [
        (
            "absent",
            "hint: no record has `absent` for filter[state]; records have more than 10000 distinct values",
        ),
        (
            "S7",
            "hint: no record has `S7` for filter[state]; records have more than 10000 distinct values",
        ),
        ("s9999", ""),
    ] {
        let words = ["count", "dump.ndjson", "-f", "id=r0", "-f"];
        let ran = Idq::new(words)
            .args([format!("state={state}")])
            .within(&folder)
            .succeeds();
        let hints: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.starts_with("hint"))
            .collect();
        assert_eq!(hints.join("\n"), expected);
    }
}
