//! `idq count --by`: tables, JSON, NDJSON, CSV, and errors.

use crate::idq::{Idq, words};
use crate::{folder, folder_with, idq, pack};

/// Records with every state of a value, two types of number and texts that need care.
const PEOPLE: &str = r#"{"id":"1","vendor_id":"v","state":"active","email":"Ann@a.example","links":{},"profile":{"groups":["b","a"],"level":1}}
{"id":"2","vendor_id":"v","state":"active","email":"bob@a.example","links":{},"profile":{"groups":["a","b"],"level":1.0}}
{"id":"3","vendor_id":"v","state":"=1+2","email":"","links":{},"profile":{"groups":[],"level":"1"}}
{"id":"4","vendor_id":"v","state":null,"links":{},"profile":{"groups":null}}
"#;

/// Returns the output of `idq count` on the hand-made records.
fn people(line: &str, values: &[&str]) -> String {
    let folder = folder_with(&[("people.ndjson", PEOPLE.to_owned())]);
    let words = words(&format!("count people.ndjson --quiet {line}"), values);
    Idq::new(words).within(&folder).succeeds().text().to_owned()
}

#[test]
fn table_of_one_key_has_percentages_and_a_total() {
    insta::assert_snapshot!(idq("count provisionr.ndjson --by state -o table").text(), @"
    state        records      %
    ───────────  ───────  ─────
    active            44   81.5
    deactivated        3    5.6
    orphan             3    5.6
    staged             2    3.7
    expiring           1    1.9
    suspended          1    1.9
    ───────────  ───────  ─────
    total             54  100.0
    ");
    insta::assert_snapshot!(people("--by state -o table --bars always", &[]), @"
    state   records      %
    ──────  ───────  ─────
    active        2   50.0  ████████████████████████████████████████
    =1+2          1   25.0  ████████████████████
    (null)        1   25.0  ████████████████████
    ──────  ───────  ─────
    total         4  100.0
    ");
    insta::assert_snapshot!(people("--by profile.groups -o table", &[]), @"
    profile.groups  records      %
    ──────────────  ───────  ─────
    a, b                  2   50.0
    (null)                1   25.0
    (empty)               1   25.0
    ──────────────  ───────  ─────
    total                 4  100.0
    ");
}

#[test]
fn table_of_dates_shows_gaps_in_their_order() {
    let line = "count provisionr.ndjson --by timestamp.created_at:quarter -f trashed=with -o table --bars always";
    insta::assert_snapshot!(idq(line).text(), @"
    timestamp.created_at:quarter  records      %
    ────────────────────────────  ───────  ─────
    2021-Q4                             3    5.0  █████████████████▏
    2022-Q1                             2    3.3  ███████████▍
    2022-Q2                             7   11.7  ████████████████████████████████████████
    2022-Q3                             7   11.7  ████████████████████████████████████████
    2022-Q4                             5    8.3  ████████████████████████████▌
    2023-Q1                             0    0.0
    2023-Q2                             2    3.3  ███████████▍
    2023-Q3                             3    5.0  █████████████████▏
    2023-Q4                             1    1.7  █████▋
    2024-Q1                             2    3.3  ███████████▍
    2024-Q2                             3    5.0  █████████████████▏
    2024-Q3                             0    0.0
    2024-Q4                             4    6.7  ██████████████████████▊
    2025-Q1                             2    3.3  ███████████▍
    2025-Q2                             2    3.3  ███████████▍
    2025-Q3                             1    1.7  █████▋
    2025-Q4                             4    6.7  ██████████████████████▊
    2026-Q1                             4    6.7  ██████████████████████▊
    2026-Q2                             2    3.3  ███████████▍
    2026-Q3                             6   10.0  ██████████████████████████████████▎
    ────────────────────────────  ───────  ─────
    total                              60  100.0
    ");
    let line =
        "count permission-assist.json --by createdDate:weekday --timezone Europe/Berlin -o table";
    insta::assert_snapshot!(idq(line).text(), @"
    createdDate:weekday  records      %
    ───────────────────  ───────  ─────
    Monday                     9   15.0
    Tuesday                   12   20.0
    Wednesday                  8   13.3
    Thursday                   7   11.7
    Friday                    12   20.0
    Saturday                   5    8.3
    Sunday                     7   11.7
    ───────────────────  ───────  ─────
    total                     60  100.0
    ");
    let line = "count provisionr.ndjson --by timestamp.last_authenticated_at:age(30d,90d,365d) --now 2026-10-01 -o table";
    insta::assert_snapshot!(idq(line).text(), @"
    timestamp.last_authenticated_at:age(30d,90d,365d)  records      %
    ─────────────────────────────────────────────────  ───────  ─────
    0-30d                                                    7   13.0
    30-90d                                                   8   14.8
    90-365d                                                 10   18.5
    365d+                                                   12   22.2
    future                                                   2    3.7
    (null)                                                  15   27.8
    ─────────────────────────────────────────────────  ───────  ─────
    total                                                   54  100.0
    ");
}

#[test]
fn table_of_two_keys_has_the_totals_of_both() {
    let line = "count provisionr.ndjson --by state,included.workspace_integration.vendor -o table";
    insta::assert_snapshot!(idq(line).text(), @"
    state        google_workspace  okta  slack  entra_id  demo  gitlab  github  total
    ───────────  ────────────────  ────  ─────  ────────  ────  ──────  ──────  ─────
    active                     12     7      8         9     4       2       2     44
    deactivated                 0     1      1         0     0       1       0      3
    orphan                      1     1      0         0     0       1       0      3
    staged                      1     1      0         0     0       0       0      2
    expiring                    0     0      1         0     0       0       0      1
    suspended                   0     1      0         0     0       0       0      1
    ───────────  ────────────────  ────  ─────  ────────  ────  ──────  ──────  ─────
    total                      14    11     10         9     4       4       2     54
    ");
    let line = "count provisionr.ndjson --by included.workspace_integration.vendor,timestamp.created_at:year --top 2 -o table";
    insta::assert_snapshot!(idq(line).text(), @"
    included.workspace_integration.vendor  2021  2022  2023  2024  2025  2026  total
    ─────────────────────────────────────  ────  ────  ────  ────  ────  ────  ─────
    google_workspace                          0     5     1     2     4     2     14
    okta                                      2     2     1     0     1     5     11
    (other: 5 values)                         1    13     3     4     3     5     29
    ─────────────────────────────────────  ────  ────  ────  ────  ────  ────  ─────
    total                                     3    20     5     6     8    12     54
    ");
}

#[test]
fn table_of_more_keys_lists_the_groups() {
    let line = "count provisionr.ndjson --by state,timestamp.deleted_at:presence --by included.workspace_integration.vendor:prefix(1) -f trashed=with -o table";
    insta::assert_snapshot!(words_output(line, &["--having", ">2"]), @"
    state                timestamp.deleted_at:presence  included.workspace_integration.vendor:prefix(1)  records      %
    ───────────────────  ─────────────────────────────  ───────────────────────────────────────────────  ───────  ─────
    active               (null)                         d                                                      4    6.7
    active               (null)                         e                                                      9   15.0
    active               (null)                         g                                                     15   25.0
    active               (null)                         o                                                      7   11.7
    active               (null)                         s                                                      8   13.3
    (not >2: 15 groups)                                                                                       17   28.3
    ───────────────────  ─────────────────────────────  ───────────────────────────────────────────────  ───────  ─────
    total                                                                                                     60  100.0
    ");
}

/// Returns the output of a line with further arguments.
fn words_output(line: &str, values: &[&str]) -> String {
    Idq::new(words(line, values)).succeeds().text().to_owned()
}

#[test]
fn groups_for_programs_have_every_record() {
    insta::assert_snapshot!(people("--by state", &[]), @r#"{"by":["state"],"total":4,"groups":[{"keys":["active"],"presence":"value","count":2},{"keys":["=1+2"],"presence":"value","count":1},{"keys":[null],"presence":"null","count":1}],"other":0}"#);
    insta::assert_snapshot!(people("--by profile.level,profile.groups -o json --top 1", &[]), @r#"{"by":["profile.level","profile.groups"],"total":4,"groups":[{"keys":[1,["a","b"]],"presence":["value","value"],"count":2},{"keys":[null,null],"presence":["missing","null"],"count":1}],"other":1}"#);
    insta::assert_snapshot!(people("--by state -o json", &["--having", ">1"]), @r#"{"by":["state"],"total":4,"groups":[{"keys":["active"],"presence":"value","count":2}],"other":0,"left_out":{"groups":2,"records":2}}"#);
    insta::assert_snapshot!(people("--by email:domain -o ndjson --top 1", &[]), @r#"
    {"keys":["a.example"],"presence":"value","count":2}
    {"keys":[null],"presence":"missing","count":1}
    {"keys":[],"presence":"other","count":1}
    "#);
    insta::assert_snapshot!(people("--by state,profile.groups -o csv", &["--having", "<2"]), @"
    state,state.presence,profile.groups,profile.groups.presence,count
    '=1+2,value,,empty,1
    ,null,,null,1
    ,left_out,,left_out,2
    ");
    insta::assert_snapshot!(people("--by state -o csv --raw-csv", &[]), @"
    state,state.presence,count
    active,value,2
    =1+2,value,1
    ,null,1
    ");
}

#[test]
fn counts_of_a_snapshot_file_and_any_threads_are_those_of_the_dump() {
    let folder = folder();
    let packed = pack(folder.path(), &["provisionr.ndjson"]);
    for by in [
        "state,profile.department",
        "included.directory_user:presence",
        "email:fold",
        "profile.name:prefix(2)",
    ] {
        let of = |source: &str, threads: &str| {
            let line = format!("count {source} --by {by} -o csv --quiet --threads {threads}");
            idq(&line).text().to_owned()
        };
        let expected = of("provisionr.ndjson", "1");
        assert!(expected.lines().count() > 1, "{by}");
        for threads in ["1", "3"] {
            assert_eq!(of("provisionr.ndjson", threads), expected);
            assert_eq!(of(&packed, threads), expected);
        }
    }
}

#[test]
fn summary_counts_the_groups() {
    let messages =
        |line: &str, values: &[&str]| Idq::new(words(line, values)).succeeds().messages();
    insta::assert_snapshot!(messages("count provisionr.ndjson --by state", &[]), @"54 records matched (6 deleted left out: add -f trashed=with); 6 groups; loaded 60 records (107.03 kB) from 1 source in [time]");
    insta::assert_snapshot!(messages("count provisionr.ndjson --by email:fold", &["--having", ">1"]), @"54 records matched (6 deleted left out: add -f trashed=with); 8 groups (32 groups with 32 records left out by --having); loaded 60 records (107.03 kB) from 1 source in [time]");
    let line = "count provisionr.ndjson --by state -w";
    insta::assert_snapshot!(messages(line, &[r#"profile.department eq "x""#]), @"
    hint: no record has `x` in profile.department; others have `Customer Success`, `Facilities`, `Logistics`, `Mortgage Lending`, `Sales Operations`, `Site Reliability`, `User Research`
    0 records matched; 0 groups; loaded 60 records (107.03 kB) from 1 source in [time]
    0 match, 54 do not; of the 54, 45 have no profile.department (45 missing)
    ");
}

#[test]
fn mistakes_in_keys_are_reported_together() {
    let line = "count provisionr.ndjson --by state:month,email:domian --by timestamp.created_at:age(90d,30d) --having x --timezone Berlin -f x=1";
    insta::assert_snapshot!(idq(line).failure(), @"
    error: expected the name of a filter, found `x`
      -f: x=1
          ^
      help: `idq fields --api provisionr` lists the filters

    expected a bucket of a text for `state`, found `month`
      --by: state:month,email:domian
                  ^^^^^
      help: write `state`, `state:domain`, `state:prefix(3)`, `state:fold`, `state:presence`

    expected a bucket, found `domian`
      --by: state:month,email:domian
                              ^^^^^^
      help: did you mean `domain`? the buckets are year, quarter, month, week, day, weekday, hour, age(30d,90d,365d), domain, prefix(3), fold, presence

    expected ascending ages, found `30d` after `90d`
      --by: timestamp.created_at:age(90d,30d)
                                 ^^^^^^^^^^^^

    expected a comparison of the count, found `x`
      --having: x
                ^
      help: write an operator (=, !=, <, <=, >, >=) and a whole number: '>1' in a shell, `%3E1` in a URL

    --timezone: expected a time zone, found `Berlin`
      help: did you mean `Europe/Berlin`? write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`
    exit status 2
    ");
    insta::assert_snapshot!(idq("count provisionr.ndjson --by created_at:month").failure(), @"
    error: expected the name of a field, found `created_at`
      --by: created_at:month
            ^^^^^^^^^^
      help: did you mean `timestamp.created_at` or `profile.created_at`?
    exit status 2
    ");
    insta::assert_snapshot!(idq("count provisionr.ndjson --top 3").failure(), @"
    error: the following required arguments were not provided:
      --by <FIELD[:BUCKET]>

    Usage: idq count --by <FIELD[:BUCKET]> --top <N> <SOURCE>...

    For more information, try '--help'.
    exit status 2
    ");
    insta::assert_snapshot!(idq("count provisionr.ndjson --by profile").failure(), @"
    error: expected a bucket of a document for `profile`, found none
      --by: profile
            ^^^^^^^
      help: write `profile:presence`, or a path such as `profile.KEY`
    exit status 2
    ");
}

#[test]
fn cross_table_without_groups_names_both_keys() {
    insta::assert_snapshot!(people("--by state,profile.level -f state=none -o table", &[]), @"
    state  profile.level  records    %
    ─────  ─────────────  ───────  ───
    ─────  ─────────────  ───────  ───
    total                       0  0.0
    ");
    insta::assert_snapshot!(people("--by state,profile.level -o table", &["--having", ">9"]), @"
    state               profile.level  records      %
    ──────────────────  ─────────────  ───────  ─────
    (not >9: 3 groups)                       4  100.0
    ──────────────────  ─────────────  ───────  ─────
    total                                    4  100.0
    ");
}

#[test]
fn reference_of_counts_has_every_bucket_and_every_option() {
    let reference = idq("help counts");
    let (reference, help) = (reference.text(), idq("count --help"));
    let buckets = idq("count provisionr.ndjson --by email:x").failure();
    let buckets = buckets.split("the buckets are ").nth(1).unwrap();
    let buckets = buckets.lines().next().unwrap();
    assert!(buckets.split(", ").count() > 10, "{buckets}");
    for bucket in buckets.split(", ") {
        let name = bucket.split('(').next().unwrap();
        let mut words = reference.split(|c: char| !c.is_alphanumeric());
        assert!(words.any(|word| word == name), "{name}");
    }
    let groups = help.text().split("Groups:").nth(1).unwrap();
    let groups = groups.split("\nCommon options").next().unwrap();
    let options = groups.lines().filter_map(|line| {
        let words = line.split_whitespace();
        words.clone().next()?.starts_with('-').then_some(words)
    });
    let names = options.filter_map(|mut words| words.find(|word| word.starts_with("--")));
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "--raw-csv") {
        let short = if name == "--output" { "-o" } else { name };
        assert!(reference.contains(short), "{name}");
    }
}
