//! Hints and errors about expressions and keys of counts: names, values and notations that a new user gets wrong.

use std::fmt::Write as _;

use tempfile::TempDir;

use crate::idq::{Idq, idq, words};
use crate::{folder, folder_with};

/// Records with states in several cases, documents with arrays, keys with dots and members that the API does not
/// document.
const PEOPLE: &str = r#"{"id":"1","vendor_id":"v","state":"active","email":"Ann@a.example","profile":{"department":"Sales","emails":[{"address":"ann@a.example","type":"work"}]},"custom":{"level":1}}
{"id":"2","vendor_id":"v","state":"Active","email":"bob@a.example","profile":{"department":"Support","manager":{"id":7},"cost.center":"x"}}
{"id":"3","vendor_id":"v","state":"ACTIVE","email":"cy@a.example","profile":{"department":null},"timestamp":{"deleted_at":"2026-01-01T00:00:00Z"}}
{"id":"4","vendor_id":"v","state":"staged","email":"","a.b":true}
"#;

/// Creates a folder with the records as a dump and as a snapshot file.
fn people() -> TempDir {
    let folder = folder_with(&[("people.ndjson", PEOPLE.to_owned())]);
    Idq::new(["pack", "people.ndjson", "-o", "people.idq", "--quiet"])
        .within(&folder)
        .succeeds();
    folder
}

/// Runs `idq count` on the dump and on the snapshot file, and returns its hints, which are the same.
fn hints_of(folder: &TempDir, arguments: &[&str]) -> String {
    let [dump, packed] = ["people.ndjson", "people.idq"].map(|source| {
        let ran = Idq::new(["count", source]).args(arguments);
        let ran = ran.within(folder).succeeds();
        let messages = ran.messages();
        let hints = messages.lines().filter(|line| line.starts_with("hint: "));
        hints.collect::<Vec<_>>().join("\n")
    });
    assert_eq!(dump, packed, "{arguments:?}");
    dump
}

/// Lists the hints of expressions.
fn hints(expressions: &[&str]) -> String {
    let folder = people();
    let mut listed = String::new();
    for expression in expressions {
        let hints = hints_of(&folder, &["-w", expression]);
        writeln!(listed, "{expression}\n{hints}").unwrap();
    }
    listed
}

#[test]
fn expression_that_compares_with_case_hints_at_values_of_another_case() {
    insta::assert_snapshot!(hints(&[
        r#"state eq "aCtive""#,
        r#"state eq "active""#,
        r#"state in ["active", "Active"]"#,
        r#"not (state ne "STAGED") or email pr"#,
        // E-mail addresses have no case, unless it is asked for.
        r#"email eq "ANN@a.example" and email eq_cs "ANN@a.example""#,
        r#"included.directory_user[state eq "x"] or state eq "Staged""#,
    ]), @r#"
    state eq "aCtive"
    hint: state is case-sensitive: 2 records have `Active`, `active`
    state eq "active"
    hint: state is case-sensitive: 1 record has `Active`
    state in ["active", "Active"]

    not (state ne "STAGED") or email pr
    hint: state is case-sensitive: 1 record has `staged`
    email eq "ANN@a.example" and email eq_cs "ANN@a.example"

    included.directory_user[state eq "x"] or state eq "Staged"
    hint: no record has `x` in included.directory_user.state
    hint: state is case-sensitive: 1 record has `staged`
    "#);
}

#[test]
fn text_of_an_expression_that_no_record_has_hints_at_near_ones() {
    insta::assert_snapshot!(hints(&[
        r#"state eq "stagged""#,
        r#"profile.department eq "Sale""#,
        r#"profile.department in ["SALES", "x"] and id eq null"#,
        r#"profile.emails[type eq "wrok"]"#,
        r#"state eq "active,staged""#,
        r#"profile.department eq "2026-01-31""#,
        r#"profile.manager.id eq "7""#,
        // Others are selected, so that the value may be intended.
        r#"state eq "nothing" or id eq "1""#,
    ]), @r#"
    state eq "stagged"
    hint: no record has `stagged` in state; others have `staged`
    profile.department eq "Sale"
    hint: no record has `Sale` in profile.department; others have `Sales`
    profile.department in ["SALES", "x"] and id eq null
    hint: no record has `x` in profile.department; others have `Sales`, `Support`
    profile.emails[type eq "wrok"]
    hint: no record has `wrok` in profile.emails.type; others have `work`
    state eq "active,staged"
    hint: no record has `active,staged` in state; write a list for several values: in ["A", "B"]
    profile.department eq "2026-01-31"

    profile.manager.id eq "7"

    state eq "nothing" or id eq "1"
    "#);
}

#[test]
fn path_that_no_record_has_is_a_hint_also_in_brackets_and_for_dotted_keys() {
    insta::assert_snapshot!(hints(&[
        r#"profile.emails[adress co "x"]"#,
        r#"profile[emals[address co "x"] and emails[type pr]]"#,
        r#"profile.emials[adress co "x"]"#,
        "profile.cost.center pr",
        "custom.levl pr",
        "a.b pr",
    ]), @r#"
    profile.emails[adress co "x"]
    hint: no record has profile.emails.adress; did you mean profile.emails.address?
    profile[emals[address co "x"] and emails[type pr]]
    hint: no record has profile.emals; did you mean profile.emails?
    profile.emials[adress co "x"]
    hint: no record has profile.emials; did you mean profile.emails?
    profile.cost.center pr
    hint: no record has profile.cost.center; a key with a dot is in quotes: profile."cost.center"
    custom.levl pr
    hint: no record has custom.levl; did you mean custom.level?
    a.b pr
    hint: no record has a.b; a key with a dot is in quotes: "a.b"
    "#);
}

#[test]
fn key_of_a_count_with_a_path_that_no_record_has_is_a_hint() {
    let folder = people();
    let mut listed = String::new();
    for by in [
        "profile.departmnt",
        "profile.cost.center",
        "profile.emails.adress:domain",
        "profile.manager",
        "profile.emails",
        "profile.manager:presence",
        "profile.department,custom.levl",
    ] {
        writeln!(listed, "{by}\n{}", hints_of(&folder, &["--by", by])).unwrap();
    }
    insta::assert_snapshot!(listed, @r#"
    profile.departmnt
    hint: no record has profile.departmnt; did you mean profile.department?
    profile.cost.center
    hint: no record has profile.cost.center; a key with a dot is in quotes: profile."cost.center"
    profile.emails.adress:domain
    hint: no record has profile.emails.adress; did you mean profile.emails.address?
    profile.manager
    hint: some records have an object at profile.manager, counted as {…}: name a member of it, such as profile.manager.id
    profile.emails
    hint: some records have an object at profile.emails, counted as {…}: name a member of it, such as profile.emails.address
    profile.manager:presence

    profile.department,custom.levl
    hint: no record has custom.levl; did you mean custom.level?
    "#);
}

#[test]
fn unknown_name_is_reported_with_near_names_of_the_records() {
    let folder = people();
    let mut listed = String::new();
    for words in [
        ["-w", r#"department eq "Sales""#],
        ["-w", "adress pr or profil.manager.id eq 7"],
        ["-w", "Custom.level eq 1"],
        ["-w", "cost pr or nothing_like_it pr"],
        ["-w", "trashed eq true"],
        ["-w", r#"email_search co "x" and created_after gt "2026""#],
        ["--by", "departmnt"],
        ["--by", "trashed"],
        ["-f", "state="],
        ["-f", "email_search="],
        ["-f", "created_after="],
    ] {
        let ran = Idq::new(["count", "people.ndjson"]).args(words);
        writeln!(listed, "{}\n", ran.within(&folder).run().failure()).unwrap();
    }
    insta::assert_snapshot!(listed, @r#"
    error: expected the name of a field, found `department`
      -w: department eq "Sales"
          ^^^^^^^^^^
      help: did you mean `profile.department`?
    exit status 2


    error: expected the name of a field, found `adress`
      -w: adress pr or profil.manager.id eq 7
          ^^^^^^
      help: did you mean `profile.emails.address`?

    expected the name of a field, found `profil.manager.id`
      -w: adress pr or profil.manager.id eq 7
                       ^^^^^^^^^^^^^^^^^
      help: did you mean `profile.manager.id`?
    exit status 2


    error: expected the name of a field, found `Custom.level`
      -w: Custom.level eq 1
          ^^^^^^^^^^^^
      help: did you mean `custom.level`?
    exit status 2


    error: expected the name of a field, found `cost`
      -w: cost pr or nothing_like_it pr
          ^^^^
      help: `idq fields` lists the fields, `idq info FILE --paths` the other names of the records

    expected the name of a field, found `nothing_like_it`
      -w: cost pr or nothing_like_it pr
                     ^^^^^^^^^^^^^^^
      help: `idq fields` lists the fields, `idq info FILE --paths` the other names of the records
    exit status 2


    error: expected the name of a field, found `trashed`
      -w: trashed eq true
          ^^^^^^^
      help: `trashed` is a filter, given beside expressions: `-f trashed=only`; its field is `timestamp.deleted_at`
    exit status 2


    error: expected the name of a field, found `email_search`
      -w: email_search co "x" and created_after gt "2026"
          ^^^^^^^^^^^^
      help: `email_search` is a filter, given beside expressions: `-f email_search=VALUE`; its field is `email`

    expected the name of a field, found `created_after`
      -w: email_search co "x" and created_after gt "2026"
                                  ^^^^^^^^^^^^^
      help: `created_after` is a filter, given beside expressions: `-f created_after=VALUE`; its field is `timestamp.created_at`
    exit status 2


    error: expected the name of a field, found `departmnt`
      --by: departmnt
            ^^^^^^^^^
      help: did you mean `profile.department`?
    exit status 2


    error: expected the name of a field, found `trashed`
      --by: trashed
            ^^^^^^^
      help: `trashed` is a filter, given beside expressions: `-f trashed=only`; its field is `timestamp.deleted_at`
    exit status 2


    error: expected a value for filter[state], found none
      -f: state=
                ^
      help: the expression `state eq null` (`-w`, `where=`) has the records without a value, and `state eq ""` those with the empty text
    exit status 2


    error: expected a value for filter[email_search], found none
      -f: email_search=
                       ^
      help: the expression `email eq null` (`-w`, `where=`) has the records without a value
    exit status 2


    error: expected a value for filter[created_after], found none
      -f: created_after=
                        ^
      help: the expression `timestamp.created_at eq null` (`-w`, `where=`) has the records without a value
    exit status 2
    "#);
}

#[test]
fn unknown_records_are_described_by_the_attributes_that_they_lack() {
    let folder = people();
    let last_line = |expression: &str| {
        let unknown = ["count", "people.ndjson", "--unknown", "only", "-w"];
        let ran = Idq::new(unknown).args([expression]).within(&folder);
        let messages = ran.succeeds().messages();
        assert!(!messages.contains("hint"), "{messages}");
        messages.lines().last().unwrap().to_owned()
    };
    for (expression, expected) in [
        (
            r#"profile.department eq "x""#,
            "1 of the 3 has no value to compare: 1 has no profile.department (1 missing)",
        ),
        (
            r#"profile.manager.id gt 1 and profile.department eq "Sales""#,
            "2 of the 3 have no value to compare: 2 have no profile.manager.id (2 missing), 1 has no \
             profile.department (1 missing)",
        ),
        (
            r#"state eq "ACTIVE" and email eq "x""#,
            "each of the 3 has a value in state, email",
        ),
        // A value of another type is a value.
        (
            r#"custom.level eq "high""#,
            "2 of the 3 have no value to compare: 2 have no custom.level (2 missing)",
        ),
    ] {
        assert_eq!(last_line(expression), expected, "{expression}");
    }
}

#[test]
fn columns_in_an_array_are_a_hint_at_the_array() {
    let folder = people();
    let line = "query people.ndjson -o csv --columns profile.emails.address,profile.departmnt";
    let messages = Idq::new(line.split(' ')).within(&folder).succeeds();
    let messages = messages.messages();
    let hints: Vec<&str> = messages
        .lines()
        .filter(|line| line.starts_with("hint: "))
        .collect();
    insta::assert_snapshot!(hints.join("\n"), @"
    hint: --columns: `profile.emails.address` is in an array, which a column does not enter: choose `profile.emails`
    hint: --columns: none of the 3 records of the answer has `profile.departmnt`; did you mean `profile.department`?
    ");
}

#[test]
fn pack_of_no_record_is_a_warning_with_its_reason() {
    let folder = folder();
    let path = folder.path().join("none.idq");
    let path = path.to_str().unwrap();
    let line = "pack provisionr.ndjson -w";
    let pack = |extra: &[&str]| {
        let values = [&[r#"state eq "Orphan""#, "-o", path][..], extra].concat();
        Idq::new(words(line, &values)).succeeds().messages()
    };
    let messages = pack(&[]);
    let lines: Vec<&str> = messages.lines().take(2).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    hint: state is case-sensitive: 3 records have `orphan`
    warning: no record satisfies the request: the snapshot file has no records
    ");
    assert_eq!(pack(&["--quiet"]), "");
    assert_eq!(idq(&format!("count {path} --quiet")).text(), "0\n");
}
