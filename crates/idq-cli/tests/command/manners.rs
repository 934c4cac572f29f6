//! Manners on a terminal: widths, pagers, colours, indented JSON, records as blocks.

use std::fs;

use crate::terminal::{terminal, terminal_of_width};
use crate::{fixtures, folder, idq};

/// Records with names that are wide, combined, right-to-left or of emoji.
const WIDE_NAMES: [&str; 5] = [
    "田中太郎・山田花子",
    "Zoe\u{308} Ångström",
    "אברהם כהן",
    "محمد العربي",
    "👩\u{200d}🚀 Ada 👋🏽",
];

#[test]
fn outputs_on_terminals_of_every_width_fit() {
    let folder = folder();
    let records = WIDE_NAMES.iter().enumerate().map(|(index, name)| {
        format!(
            r#"{{"id":"00000000-0000-4000-8000-00000000000{index}","kind":"Identity","firstName":"{name}","lastName":"{name}","emailAddress":"person{index}@northwind.example","status":"Active","createdDate":"2026-01-0{}T00:00:00Z"}}"#,
            index + 1
        )
    });
    let dump = records.collect::<Vec<_>>().join("\n");
    fs::write(folder.path().join("names.ndjson"), dump).unwrap();
    for file in ["provisionr.json", "permission-assist.json"] {
        fs::copy(fixtures().join(file), folder.path().join(file)).unwrap();
    }
    for columns in [40, 60, 80, 120, 200, 300] {
        for line in [
            "idq query names.ndjson -o table",
            "idq query provisionr.json",
            "idq query permission-assist.json -s -createdDate",
            "idq info provisionr.json",
            "idq info permission-assist.json --paths",
            "idq fields",
            "idq count names.ndjson --by firstName",
            "idq count provisionr.json --by state,timestamp.created_at:year",
            "idq count provisionr.json --by timestamp.created_at:month,state",
            "idq count permission-assist.json --by createdDate:year,supervisorName",
            "idq count names.ndjson --by firstName,lastName",
        ] {
            let quiet = if line.contains("fields") {
                ""
            } else {
                " --quiet"
            };
            let seen =
                terminal_of_width(&format!("NO_COLOR=1 {line}{quiet}"), folder.path(), columns);
            for shown in seen.lines() {
                let width = display_width(shown);
                assert!(width <= columns, "{line}: {width} of {columns}: {shown}");
            }
        }
    }
}

/// Returns the number of columns that a line takes: two for wide characters and emoji, none for combining ones.
fn display_width(line: &str) -> usize {
    let width = |character: char| match u32::from(character) {
        0x300..=0x36f | 0x200d | 0x1f3fb..=0x1f3ff => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xff00..=0xff60
        | 0x1f300..=0x1faff => 2,
        _ => 1,
    };
    line.chars().map(width).sum()
}

#[test]
fn tables_of_several_widths_show_whole_columns() {
    let shown = |columns| {
        terminal_of_width(
            "NO_COLOR=1 idq query permission-assist.json -s -createdDate -f status=Removed --quiet",
            &fixtures(),
            columns,
        )
    };
    insta::assert_snapshot!(shown(40), @"
    lastName       firstName  type
    ─────────────  ─────────  ─────────────
    Sales Mailbox  null       Mailbox
    Flint          Rosalind   Administrator
    Falk           Bianca     Vendor
    (+4 columns: --wide shows all, --column…
    ");
    insta::assert_snapshot!(shown(80), @"
    lastName       firstName  emailAddress                       type
    ─────────────  ─────────  ─────────────────────────────────  ─────────────
    Sales Mailbox  null       null                               Mailbox
    Flint          Rosalind   rosalind.flint@bramble.example     Administrator
    Falk           Bianca     bianca.falk@studio.halden.example  Vendor
    (+3 columns: --wide shows all, --columns selects some)
    ");
    insta::assert_snapshot!(shown(200), @"
    lastName       firstName  emailAddress                       type           status   department              updatedDate
    ─────────────  ─────────  ─────────────────────────────────  ─────────────  ───────  ──────────────────────  ────────────────────────────
    Sales Mailbox  null       null                               Mailbox        Removed  Sales (CC-5100)         2026-09-18T12:38:02.1071857Z
    Flint          Rosalind   rosalind.flint@bramble.example     Administrator  Removed  Logistics (CC-8100)     2026-01-07T04:06:38.4124611Z
    Falk           Bianca     bianca.falk@studio.halden.example  Vendor         Removed  Partnerships (CC-5130)  2025-05-17T03:10:21Z
    ");
}

#[test]
fn descriptions_on_a_narrow_terminal_omit_or_wrap_columns() {
    let shown = |line: &str| {
        let seen = terminal_of_width(line, &fixtures(), 60);
        seen.lines().take(24).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown("idq info provisionr.json --quiet"), @"
    API            provisionr
    Records        60
    Bytes          107.03 kB
    Repeated ids   0
    Rejected       0

    Sources
      name             compression  bytes      records
      provisionr.json  plain        107.03 kB  60

    Fields
      name                                     kind       values
      id                                       text       60
      state                                    text       60
      vendor_id                                text       60
      email                                    text       60
      profile                                  document   60
      timestamp.created_at                     date-time  60
      timestamp.updated_at                     date-time  60
      timestamp.deleted_at                     date-time  6
      timestamp.provisioned_at                 date-time  58
      timestamp.deprovisioned_at               date-time  7
      timestamp.profile_changed_at             date-time  42
      timestamp.last_authenticated_at          date-time  44
    ");
    let fields = terminal_of_width("idq fields --api permission-assist", &fixtures(), 60);
    let lines: Vec<&str> = fields.lines().collect();
    insta::assert_snapshot!(lines[lines.len() - 24..].join("\n"), @"
                                         Employee, Service
                                         Account, Vendor,
                                         Shared, Mailbox,
                                         Client, Temporary,
                                         Administrator,
                                         Auditor, Unknown.
    title            text       without  Job title.
    company          text       without  Company.
    division         text       without  Division.
    department       text       without  Department.
    office           text       without  Office.
    supervisorName   text       without  Display name of the
                                         supervisor.
    createdDate      date-time  -        Created in the source
                                         system.
    updatedDate      date-time  -        Last updated in the
                                         source system.
    firstSeenDate    date-time  -        First imported into
                                         Permission Assist.
    inactivatedDate  date-time  -        Deactivated; null
                                         while active.
    status           text       with     Status of the
                                         identity: Active,
                                         Disabled, Removed.
    ");
}

#[test]
fn wide_description_is_the_one_of_a_file() {
    for line in ["info provisionr.json --quiet", "fields"] {
        let wide = terminal_of_width(&format!("idq {line} --wide"), &fixtures(), 40);
        assert_eq!(wide, idq(line).text(), "{line}");
    }
}

#[test]
fn dumb_terminal_has_neither_colours_nor_a_pager_nor_progress() {
    let line = "idq query provisionr.json --columns id --per-page 2 2>/dev/null";
    let marked = "IDQ_PAGER='sed s/^/paged:/'";
    let seen = terminal(&format!("{marked} {line}"), &fixtures());
    assert!(seen.contains("paged:"), "{seen}");
    let seen = terminal(&format!("TERM=dumb {marked} {line}"), &fixtures());
    assert!(
        !seen.contains("paged:") && !seen.contains('\u{1b}'),
        "{seen}"
    );
}

#[test]
fn pager_shows_what_a_terminal_would() {
    let line = "query provisionr.json --columns id,email --per-page 3 --quiet";
    let direct = terminal(&format!("idq {line} --no-pager"), &fixtures());
    for pager in ["cat", "", "cat -", "tee copy >&2; cat copy; rm copy"] {
        let folder = folder();
        fs::copy(
            fixtures().join("provisionr.json"),
            folder.path().join("provisionr.json"),
        )
        .unwrap();
        let paged = terminal(&format!("IDQ_PAGER='{pager}' idq {line}"), folder.path());
        let (paged, direct) = (paged.replace("\r", ""), direct.replace("\r", ""));
        assert!(paged.starts_with(&direct), "{pager}: {paged}");
    }
    // The pager of other programs is used as well, but that of idq comes first.
    let marked = |variables: &str| terminal(&format!("{variables} idq {line}"), &fixtures());
    assert!(marked("IDQ_PAGER='sed s/^/own:/' PAGER='sed s/^/other:/'").starts_with("own:"));
    assert!(marked("unset IDQ_PAGER; PAGER='sed s/^/other:/'").starts_with("other:"));
    // `--no-pager` stands before or after the command.
    let refused = format!("IDQ_PAGER='sed s/^/own:/' idq --no-pager {line}");
    assert_eq!(terminal(&refused, &fixtures()), direct);
}

#[test]
fn pager_that_ends_early_ends_the_command_without_an_error() {
    let seen = terminal(
        "IDQ_PAGER='head -1' idq query provisionr.json --all -f trashed=with -o ndjson --quiet | wc -l; \
         IDQ_PAGER='head -c 4' idq query provisionr.json --all -o record --quiet",
        &fixtures(),
    );
    assert!(!seen.contains("error"), "{seen}");
}

#[test]
fn messages_follow_the_end_of_the_pager() {
    let seen = terminal(
        "IDQ_PAGER='cat; sleep 0.3; echo the end' idq query provisionr.json --columns id --per-page 1",
        &fixtures(),
    );
    let (end, summary) = (
        seen.find("the end").unwrap(),
        seen.find("records matched").unwrap(),
    );
    assert!(end < summary, "{seen}");
}

#[test]
fn output_to_a_file_has_no_pager() {
    let seen = terminal(
        "IDQ_PAGER='sed s/^/paged:/' idq query provisionr.json -o csv --columns id --per-page 1 --quiet | cat",
        &fixtures(),
    );
    assert!(seen.starts_with("id\n"), "{seen}");
}

#[test]
fn pretty_json_differs_in_white_space_alone() {
    for (line, plain) in [
        (
            "query provisionr.json -p 2 --pretty",
            "query provisionr.json -p 2",
        ),
        (
            "query provisionr.json --all --pretty",
            "query provisionr.json --all",
        ),
        (
            "query permission-assist.json --bare --pretty",
            "query permission-assist.json --bare",
        ),
        (
            "get provisionr.json -w state\u{20}pr --pretty",
            "get provisionr.json -w state\u{20}pr",
        ),
    ] {
        let split = |line: &str| -> Vec<String> {
            let words = line.replace("state pr", "state_pr");
            words
                .split(' ')
                .map(|word| word.replace("state_pr", "state pr"))
                .collect()
        };
        let pretty = crate::Idq::new(split(line)).succeeds();
        let plain = crate::Idq::new(split(plain)).succeeds();
        let mut compact = (Vec::new(), Vec::new());
        ::idq::json::compact(&pretty.stdout, &mut compact.0);
        ::idq::json::compact(&plain.stdout, &mut compact.1);
        assert!(compact.0 == compact.1, "{line}");
        assert!(pretty.text().lines().count() > 100, "{line}");
    }
    insta::assert_snapshot!(idq("query provisionr.json --pretty -o csv").failure(), @"
    error: --pretty does not apply to csv: add -o json
    exit status 2
    ");
    insta::assert_snapshot!(idq("get provisionr.json --id x --pretty -o record").failure(), @"
    error: --pretty does not apply to record: add -o json
    exit status 2
    ");
}

#[test]
fn records_as_blocks_have_every_value() {
    let id = {
        let page = idq("query permission-assist.json -s lastName,firstName --quiet --bare");
        let records: serde_json::Value = serde_json::from_slice(&page.stdout).unwrap();
        records[0]["id"].as_str().unwrap().to_owned()
    };
    insta::assert_snapshot!(idq(&format!("get permission-assist.json --id {id} -o record --quiet")).text(), @"
    id               a9b43883-e8ee-45a5-8e6f-0dd77aafc0bc
    kind             Identity
    firstName        Bianca
    lastName         Ainsley
    emailAddress     bianca.ainsley@kestrel.example
    type             Employee
    title            Site Reliability Engineer
    company          Kestrel Mutual Assurance
    division         Technology
    department       Engineering (CC-4100)
    office           Dublin Tower 2, 97 Mill Road
    supervisorName   Finch, Harriet
    createdDate      2023-11-18T13:14:22.8372538Z
    updatedDate      2026-07-11T04:12:34.6731978Z
    firstSeenDate    2023-11-19T02:00:49.2005768Z
    inactivatedDate  null
    status           Active
    ");
    insta::assert_snapshot!(
        idq("query permission-assist.json -s lastName,firstName -f status=Removed -o record --columns id,lastName,title --quiet").text(),
        @"
    id        2b22badd-3393-4591-9bcb-87f84cd00b58
    lastName  Falk
    title     null

    id        97e5d321-4834-40ed-aa36-79837996c9f7
    lastName  Flint
    title     Site Reliability Engineer

    id        42b0fe5d-5dea-4182-ba7a-5a6a7969582b
    lastName  Sales Mailbox
    title     null
    "
    );
}

#[test]
fn file_name_as_a_format_is_answered_with_the_command_that_writes_files() {
    let mut messages = String::new();
    for line in [
        "query provisionr.json -o out.csv",
        "query provisionr.json --output=people.parquet",
        "query provisionr.json -o ./people",
        "count provisionr.json --by state -o states.json",
        "info provisionr.json -o info.txt",
        "query provisionr.json -o xml",
    ] {
        let failure = idq(line).failure();
        let help = failure
            .lines()
            .find(|line| line.contains("help: "))
            .unwrap_or("  (no help)");
        messages.push_str(&format!("{line}\n{help}\n"));
    }
    insta::assert_snapshot!(messages, @"
    query provisionr.json -o out.csv
      help: -o is the format here: `idq export … -o out.csv` writes the matching records to a file, and `-o csv > FILE` redirects the output
    query provisionr.json --output=people.parquet
      help: -o is the format here: `idq export … -o people.parquet` writes the matching records to a file, and `-o json > FILE` redirects the output
    query provisionr.json -o ./people
      help: -o is the format here: `-o json > FILE` redirects the output
    count provisionr.json --by state -o states.json
      help: -o is the format here: `-o json > FILE` redirects the output
    info provisionr.json -o info.txt
      help: -o is the format here: `-o json > FILE` redirects the output
    query provisionr.json -o xml
      (no help)
    ");
}

#[test]
fn format_as_a_file_name_is_answered_with_a_file_name() {
    let mut messages = String::new();
    for line in [
        #[cfg(feature = "export")]
        "export provisionr.json -o csv",
        "pack provisionr.json -o json",
        "generate --api provisionr -o ndjson",
    ] {
        messages.push_str(&idq(line).failure());
    }
    insta::assert_snapshot!(messages, @"
    error: -o csv: expected the path of a file, found the name of a format: write -o people.csv, or -o ./csv for a file of that name
    exit status 2
    error: -o json: expected the path of a file, found the name of a format: write -o people.idq, or -o ./json for a file of that name
    exit status 2
    error: -o ndjson: expected the path of a file, found the name of a format: write -o people.ndjson, or -o ./ndjson for a file of that name
    exit status 2
    ");
}

#[test]
fn pager_that_cannot_be_run_is_told() {
    let seen = terminal(
        "IDQ_PAGER=no-such-pager idq query provisionr.json --columns id --per-page 1 --quiet",
        &fixtures(),
    );
    assert!(
        seen.contains("warning: the pager") && seen.contains("--no-pager"),
        "{seen}"
    );
}

#[test]
fn progress_of_an_output_is_shown_in_records() {
    let folder = folder();
    crate::large(&folder, 14_000);
    crate::pack(
        folder.path(),
        &[folder.path().join("large.ndjson").to_str().unwrap()],
    );
    for (line, verb) in [
        ("query large.ndjson --all -o ndjson --threads 1", "printing"),
        ("unpack 'people.idq'", "unpacking"),
        (
            "generate --api provisionr --rows 14000 --threads 1 -o /dev/stdout",
            "generating",
        ),
    ] {
        let line = format!("idq {line} | (sleep 1.2; cat > copy.ndjson)");
        let seen = terminal(&line, folder.path());
        assert!(
            seen.contains(&format!(" records {verb}, ")) && seen.contains(" left"),
            "{seen:?}"
        );
        assert!(
            !seen.contains(" 0/s") && !seen.contains(" 0s left"),
            "{seen:?}"
        );
    }
}
