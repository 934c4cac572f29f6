//! `idq diff` and `idq history`.

use crate::idq::Ran;
use crate::{Idq, folder_with, idq, pack, record};

/// Two snapshots with one change each.
const DAYS: &str = "monday.ndjson tuesday.ndjson";

/// Returns a folder with two small snapshots.
fn pair(old: &[String], new: &[String]) -> tempfile::TempDir {
    let (old, new) = (old.join("\n"), new.join("\n"));
    folder_with(&[
        ("old.ndjson", old.as_bytes()),
        ("new.ndjson", new.as_bytes()),
    ])
}

/// Returns standard output of a run that may have found differences.
#[track_caller]
fn stdout(ran: &Ran) -> &str {
    assert!(matches!(ran.status, 0 | 1), "{}", ran.stderr);
    str::from_utf8(&ran.stdout).unwrap()
}

/// Runs `diff old.ndjson new.ndjson` with other arguments, without messages.
fn diff(folder: &tempfile::TempDir, arguments: &[&str]) -> (String, i32) {
    let ran = Idq::new(["diff", "old.ndjson", "new.ndjson", "--quiet"])
        .args(arguments)
        .within(folder)
        .run();
    (stdout(&ran).to_owned(), ran.status)
}

#[test]
fn diff_prints_the_changes_of_a_day() {
    let ran = idq(&format!("diff {DAYS} -o text"));
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(stdout(&ran), @r#"
    monday.ndjson → tuesday.ndjson
    added    1
    removed  1
    changed  3

    field                                   records
    ──────────────────────────────────────  ───────
    email                                         1
    included.directory_user.org.department        1
    profile.organizations.department              1
    state                                         1

    ~ dridt_01gcv9g915qr1mbrsqp8n1kmnb  active  fiona.rowntree@northwind.example  Fiona Rowntree  google_workspace
        profile.organizations[0].department: "Enterprise Architecture" → "Data Platform"
        included.directory_user.org.department: "Enterprise Architecture" → "Data Platform"
    ~ dridt_01kmqhn3gdfwz6fm9f8kwtxbge  suspended  adele.eze@omalley.example  Adele Eze  entra_id
        state: "active" → "suspended"
    - dridt_01m0pcbn4rzdbhyg1585ey7m3t  staged  nora.tate@kestrel.example  Nora Tate  google_workspace
    ~ dridt_01gxfb9515tjy2ng33tywhjba0  active  fiona.hart@northwind.example  Fiona Bristow  okta
        email: "fiona.bristow@northwind.example" → "fiona.hart@northwind.example"
    + dridt_01kee9esxer0bne55c8eh99nms  active  leila.mbeki@bramble.example  Leila Mbeki  okta
    "#);
    insta::assert_snapshot!(ran.messages(), @r"
    note: not compared, because of changes that say nothing of the identity: timestamp.updated_at, count, links (--volatile compares them)
    1 added, 1 removed, 3 changed, 8 unchanged; compared 12 records of monday.ndjson with 12 of tuesday.ndjson in [time]
    ");
}

#[test]
fn diff_of_equal_snapshots_is_empty_and_succeeds() {
    for sources in [
        "provisionr.ndjson provisionr.ndjson",
        "provisionr.json provisionr-indented.json",
        "provisionr-pages provisionr.json.zst",
        "permission-assist.json permission-assist-indented.json --volatile",
    ] {
        let ran = idq(&format!("diff {sources}"));
        assert_eq!((stdout(&ran), ran.status), ("", 0), "{sources}");
    }
}

#[test]
fn diff_of_dumps_and_snapshot_files_prints_the_same() {
    let folder = crate::folder();
    let expected = idq(&format!("diff {DAYS} --volatile --quiet"));
    let monday = pack(folder.path(), &["monday.ndjson"]);
    for (old, new) in [
        (monday.as_str(), "tuesday.ndjson"),
        ("monday.ndjson", "tuesday.ndjson"),
    ] {
        for threads in ["1", "2", "8"] {
            let ran = Idq::new([
                "diff",
                old,
                new,
                "--volatile",
                "--quiet",
                "--threads",
                threads,
            ])
            .run();
            assert_eq!(stdout(&ran), stdout(&expected), "{old} {threads}");
        }
    }
    let tuesday = pack(folder.path(), &["tuesday.ndjson"]);
    let ran = Idq::new(["diff", "monday.ndjson", &tuesday, "--volatile", "--quiet"]).run();
    assert_eq!(stdout(&ran), stdout(&expected));
}

#[test]
fn diff_with_a_request_compares_what_either_version_satisfies() {
    let old = [
        record("a", "active", "2025-01-01T00:00:00Z"),
        record("b", "staged", "2025-01-01T00:00:00Z"),
    ];
    let new = [
        record("a", "staged", "2025-01-01T00:00:00Z"),
        record("c", "staged", "2025-01-01T00:00:00Z"),
    ];
    let folder = pair(&old, &new);
    let (text, status) = diff(&folder, &["-f", "state=active"]);
    assert_eq!(status, 1);
    insta::assert_snapshot!(text, @r#"{"id":"a","change":"changed","field":"state","old":"active","new":"staged"}"#);
    let (text, _) = diff(&folder, &["-w", r#"state eq "staged""#, "-o", "csv"]);
    insta::assert_snapshot!(text, @r"
    id,change,field,old,new
    a,changed,state,active,staged
    b,removed,,,
    c,added,,,
    ");
    let (text, status) = diff(&folder, &["-f", "state=orphan"]);
    assert_eq!((text.as_str(), status), ("", 0));
}

#[test]
fn diff_of_repeated_ids_never_multiplies_them() {
    let at = |state: &str| record("a", state, "2025-01-01T00:00:00Z");
    let folder = pair(
        &[at("active"), at("staged"), at("orphan")],
        &[at("orphan"), at("active"), at("active"), at("suspended")],
    );
    let ran = Idq::new(["diff", "old.ndjson", "new.ndjson", "-o", "csv"])
        .within(&folder)
        .run();
    // The equal ones cancel, the staged one is paired with the second active one, the suspended one is left over.
    insta::assert_snapshot!(stdout(&ran), @r"
    id,change,field,old,new
    a,changed,state,staged,active
    a,added,,,
    ");
    insta::assert_snapshot!(ran.messages(), @r"
    note: 2 records with the id of an earlier one: --dedupe keeps the newest
    note: 3 records with the id of an earlier one: --dedupe keeps the newest
    note: 1 repeated value of id: equal records cancel, the others are paired in load order
    note: not compared, because of changes that say nothing of the identity: timestamp.updated_at, count, links (--volatile compares them)
    1 added, 0 removed, 1 changed, 2 unchanged; compared 3 records of old.ndjson with 4 of new.ndjson in [time]
    ");
}

#[test]
fn diff_by_another_field_counts_records_without_it() {
    let ran = idq(&format!("diff {DAYS} --by email:fold -o csv"));
    insta::assert_snapshot!(stdout(&ran), @r"
    id,change,field,old,new
    dridt_01gcv9g915qr1mbrsqp8n1kmnb,changed,profile.organizations[0].department,Enterprise Architecture,Data Platform
    dridt_01gcv9g915qr1mbrsqp8n1kmnb,changed,included.directory_user.org.department,Enterprise Architecture,Data Platform
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,changed,state,active,suspended
    dridt_01m0pcbn4rzdbhyg1585ey7m3t,removed,,,
    dridt_01gxfb9515tjy2ng33tywhjba0,removed,,,
    dridt_01kee9esxer0bne55c8eh99nms,added,,,
    dridt_01gxfb9515tjy2ng33tywhjba0,added,,,
    ");
    insta::assert_snapshot!(ran.messages(), @r"
    note: 1 repeated value of email:fold: equal records cancel, the others are paired in load order
    note: 2 records without email:fold were compared with nothing (1 of the old and 1 of the new snapshot)
    note: not compared, because of changes that say nothing of the identity: timestamp.updated_at, count, links (--volatile compares them)
    2 added, 2 removed, 2 changed, 7 unchanged; compared 11 records of monday.ndjson with 11 of tuesday.ndjson in [time]
    ");
}

#[test]
fn wrong_keys_and_options_are_usage_errors() {
    for arguments in [
        "--by state,email",
        "--by email:domain",
        "--by profile",
        "--by emial",
        "--rejects x --on-bad-record skip",
        "--by-field -o patch",
    ] {
        let ran = idq(&format!("diff {DAYS} {arguments}"));
        assert_eq!(ran.status, 2, "{arguments}");
    }
    insta::assert_snapshot!(idq(&format!("diff {DAYS} --by email:domain")).failure(), @r"
    error: --by: expected a field or FIELD:fold, found the bucket `domain`
    exit status 2
    ");
    insta::assert_snapshot!(idq(&format!("diff {DAYS} --by emial")).failure(), @r"
    error: --by: no record has a value of `emial`, by which records are paired; did you mean `email`?
    exit status 2
    ");
    insta::assert_snapshot!(idq("diff monday.ndjson").failure(), @r"
    error: 2 values required by '<SNAPSHOT> <SNAPSHOT>...'; only 1 was provided

    Usage: idq diff [OPTIONS] <SNAPSHOT> <SNAPSHOT>...

    For more information, try '--help'.
    exit status 2
    ");
}

#[test]
fn diff_of_lists_is_by_position_or_as_a_set() {
    let with =
        |groups: &str| format!(r#"{{"id":"a","state":"active","profile":{{"groups":{groups}}}}}"#);
    let folder = pair(&[with(r#"["x","y","z"]"#)], &[with(r#"["z", "x", "x"]"#)]);
    let (text, _) = diff(&folder, &["-o", "csv"]);
    insta::assert_snapshot!(text, @r"
    id,change,field,old,new
    a,changed,profile.groups[0],x,z
    a,changed,profile.groups[1],y,x
    a,changed,profile.groups[2],z,x
    ");
    let (text, _) = diff(&folder, &["-o", "csv", "--as-set", "profile.groups"]);
    insta::assert_snapshot!(text, @r"
    id,change,field,old,new
    a,changed,profile.groups[],y,
    a,changed,profile.groups[],,x
    ");
    let (text, _) = diff(&folder, &["-o", "patch", "--as-set", "profile.groups"]);
    insta::assert_snapshot!(text, @r#"{"id":"a","change":"changed","patch":[{"op":"add","path":"/profile/groups/-","value":"x"},{"op":"remove","path":"/profile/groups/1"}]}"#);
}

#[test]
fn ignored_and_chosen_paths_decide_what_is_compared() {
    let with = |profile: &str| format!(r#"{{"id":"a","state":"active","profile":{profile}}}"#);
    let old = with(r#"{"a":{"x":1,"y":[{"k":1,"l":2}]},"b":2}"#);
    for (new, arguments, expected) in [
        (
            with(r#"{"b":2.0,"a":{"y":[{"l":2,"k":1}],"x":1e0}}"#),
            "",
            "",
        ),
        (with("null"), "--ignore profile", ""),
        (with("null"), "--only profile.b", "profile.b:2:"),
        (
            with(r#"{"a":{"x":1,"y":[{"k":5,"l":6}]},"b":2}"#),
            "--ignore profile.a.y.k",
            "profile.a.y[0].l:2:6",
        ),
        (
            with(r#"{"a":{"x":1,"y":[{"k":5,"l":6}]},"b":3}"#),
            "--only profile.a.y.k",
            "profile.a.y[0].k:1:5",
        ),
        (
            with(r#"{"a":null,"b":2}"#),
            "--only profile.a.x",
            "profile.a.x:1:",
        ),
        (
            with(r#"{"a":null,"b":2}"#),
            "--ignore profile.a.x",
            r#"profile.a:{"x":1,"y":[{"k":1,"l":2}]}:null"#,
        ),
        (
            with(r#"{"a":{},"b":2}"#),
            "--ignore profile.a.x,profile.a.y",
            "",
        ),
        (
            with(r#"{"a":null,"b":2}"#),
            "--ignore profile.a.x,profile.a.y",
            r#"profile.a:{"x":1,"y":[{"k":1,"l":2}]}:null"#,
        ),
        (
            with(r#"{"a":{"x":1,"y":[{"k":1,"l":2}]},"b":"2"}"#),
            "",
            "profile.b:2:\"2\"",
        ),
    ] {
        let folder = pair(std::slice::from_ref(&old), std::slice::from_ref(&new));
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let (text, _) = diff(&folder, &words);
        let lines = text.lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let part = |name: &str| line.get(name).map(ToString::to_string).unwrap_or_default();
            format!(
                "{}:{}:{}",
                line["field"].as_str().unwrap(),
                part("old"),
                part("new")
            )
        });
        assert_eq!(
            lines.collect::<Vec<_>>().join("\n"),
            expected,
            "{new} {arguments}"
        );
    }
}

#[test]
fn chain_of_snapshots_names_both_sides_of_each_line() {
    let ran = idq("diff monday.ndjson tuesday.ndjson monday.ndjson --only state -o csv --quiet");
    insta::assert_snapshot!(stdout(&ran), @r"
    id,from,to,change,field,old,new
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,monday.ndjson,tuesday.ndjson,changed,state,active,suspended
    dridt_01m0pcbn4rzdbhyg1585ey7m3t,monday.ndjson,tuesday.ndjson,removed,,,
    dridt_01kee9esxer0bne55c8eh99nms,monday.ndjson,tuesday.ndjson,added,,,
    dridt_01kee9esxer0bne55c8eh99nms,tuesday.ndjson,monday.ndjson,removed,,,
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,tuesday.ndjson,monday.ndjson,changed,state,suspended,active
    dridt_01m0pcbn4rzdbhyg1585ey7m3t,tuesday.ndjson,monday.ndjson,added,,,
    ");
}

#[test]
fn history_shows_one_identity_over_all_snapshots() {
    let id = "dridt_01kmqhn3gdfwz6fm9f8kwtxbge";
    let days =
        "history monday.ndjson tuesday.ndjson tuesday.ndjson damaged.ndjson --on-bad-record skip";
    let ran = idq(&format!("{days} --id {id} -o csv --context email"));
    insta::assert_snapshot!(stdout(&ran), @r"
    id,snapshot,change,field,old,new,email
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,monday.ndjson,present,,,,
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,tuesday.ndjson,changed,state,active,suspended,adele.eze@omalley.example
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,tuesday.ndjson,unchanged,,,,
    dridt_01kmqhn3gdfwz6fm9f8kwtxbge,damaged.ndjson,removed,,,,adele.eze@omalley.example
    ");
    let ran = idq(&format!("{days} --id {id} -o text"));
    insta::assert_snapshot!(stdout(&ran), @r#"
    monday.ndjson: present
    tuesday.ndjson
    ~ dridt_01kmqhn3gdfwz6fm9f8kwtxbge  suspended  adele.eze@omalley.example  Adele Eze  entra_id
        state: "active" → "suspended"
    tuesday.ndjson: unchanged
    damaged.ndjson
    - dridt_01kmqhn3gdfwz6fm9f8kwtxbge  suspended  adele.eze@omalley.example  Adele Eze  entra_id
    "#);
    let ran = idq("history monday.ndjson tuesday.ndjson --id nobody --quiet");
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.messages(), @"error: no snapshot has a record with the id `nobody`");
    insta::assert_snapshot!(stdout(&ran), @r#"
    {"id":"nobody","snapshot":"monday.ndjson","change":"absent"}
    {"id":"nobody","snapshot":"tuesday.ndjson","change":"absent"}
    "#);
}

#[test]
fn history_pairs_repeated_records_like_diff() {
    let at = |state: &str| record("a", state, "2025-01-01T00:00:00Z");
    let folder = pair(&[at("active"), at("staged")], &[at("staged"), at("active")]);
    let ran = Idq::new([
        "history",
        "old.ndjson",
        "new.ndjson",
        "--id",
        "a",
        "-o",
        "csv",
    ])
    .within(&folder)
    .run();
    insta::assert_snapshot!(stdout(&ran), @r"
    id,snapshot,change,field,old,new
    a,old.ndjson,present,,,
    a,new.ndjson,unchanged,,,
    ");
}

#[test]
fn snapshots_of_two_apis_are_refused() {
    for line in [
        "diff monday.ndjson permission-assist.json",
        "history monday.ndjson permission-assist.json --id a",
    ] {
        let ran = idq(line);
        assert_eq!(ran.status, 2, "{line}");
        assert!(ran.messages().contains("expected"), "{}", ran.messages());
    }
}

#[test]
fn diff_prints_the_chosen_kinds_and_counts_all() {
    let ran = idq(&format!("diff {DAYS} --change added,removed -o csv"));
    insta::assert_snapshot!(stdout(&ran), @r"
    id,change,field,old,new
    dridt_01m0pcbn4rzdbhyg1585ey7m3t,removed,,,
    dridt_01kee9esxer0bne55c8eh99nms,added,,,
    ");
    assert!(ran.messages().contains("1 added, 1 removed, 3 changed"));
}

#[test]
fn fields_of_a_chain_have_the_names_of_both_sides() {
    let ran = idq(
        "diff monday.ndjson tuesday.ndjson monday.ndjson --by-field --only state -o csv --quiet",
    );
    insta::assert_snapshot!(stdout(&ran), @r"
    from,to,field,records
    monday.ndjson,tuesday.ndjson,state,1
    tuesday.ndjson,monday.ndjson,state,1
    ");
    let ran = idq(
        "diff monday.ndjson tuesday.ndjson monday.ndjson --by-field --only state -o ndjson --quiet",
    );
    insta::assert_snapshot!(stdout(&ran), @r#"
    {"field":"state","from":"monday.ndjson","records":1,"to":"tuesday.ndjson"}
    {"field":"state","from":"tuesday.ndjson","records":1,"to":"monday.ndjson"}
    "#);
}

#[test]
fn misspelt_path_of_a_comparison_is_an_error() {
    for option in ["--only", "--ignore", "--as-set", "--context"] {
        let ran = idq(&format!("diff {DAYS} {option} stat"));
        assert_eq!(ran.status, 2, "{option}");
    }
    insta::assert_snapshot!(idq(&format!("diff {DAYS} --only stat")).failure(), @r"
    error: --only: no record has a field `stat`
      help: did you mean `state`?
      `idq fields` lists the fields, `idq info FILE --paths` the paths in free-form objects, such as profile.department
    exit status 2
    ");
    insta::assert_snapshot!(idq("diff - -").failure(), @r"
    error: standard input is named more than once: it can be read only once
    exit status 2
    ");
}

#[cfg(unix)]
#[test]
fn diff_into_a_closed_pipe_succeeds() {
    let folder = crate::folder();
    let large = crate::large(&folder, 3_000);
    let line = format!(
        "'{}' diff monday.ndjson '{}' 2>errors | head -1; cat errors",
        env!("CARGO_BIN_EXE_idq"),
        large.display()
    );
    let line = line.replace(
        "errors",
        &format!("'{}'", folder.path().join("errors").display()),
    );
    let ran = std::process::Command::new("sh")
        .args(["-c", &line])
        .current_dir(crate::fixtures())
        .output()
        .unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
}
