//! Advice on command lines that are wrong: the command that was meant.

use crate::idq::words;
use crate::{Idq, folder_with, idq};

/// Runs a command in a folder with `people.json`, and returns its message.
fn message(line: &str, values: &[&str]) -> String {
    let record = r#"{"id":"a","vendor_id":"1","state":"active"}"#;
    let folder = folder_with(&[("people.json", record), ("groups.json", record)]);
    Idq::new(words(line, values))
        .within(&folder)
        .run()
        .failure()
}

/// Returns the help of a message.
fn help(message: &str) -> &str {
    let (_, help) = message.split_once("help: ").expect(message);
    help.lines().next().unwrap()
}

#[test]
fn word_in_the_place_of_a_file_is_answered_with_the_command_that_was_meant() {
    for (line, values, expected) in [
        (
            "query people.json state=active",
            &[][..],
            "is it a filter? write `idq query people.json -f state=active`",
        ),
        (
            "query people.json state:active",
            &[],
            "is it a filter? write `idq query people.json -f state=active`",
        ),
        (
            "count state==active --quiet",
            &[],
            "is it a filter? write `idq count -f state=active --quiet FILE`",
        ),
        (
            "query people.json filter[state]=active&sort=email",
            &[],
            "is it a request? write `idq query people.json -q 'filter[state]=active&sort=email'`",
        ),
        (
            "count people.json https://a.example/api?page=2",
            &[],
            "is it a request? write `idq count people.json -q 'https://a.example/api?page=2'`",
        ),
        (
            "query people.json per_page=5",
            &[],
            "is it a request? write `idq query people.json -q per_page=5`",
        ),
        (
            "count people.json",
            &[r#"state eq "active""#],
            r#"is it an expression? write `idq count people.json -w 'state eq "active"'`"#,
        ),
        (
            "query people.json csv",
            &[],
            "is it an output format? write `idq query people.json -o csv`",
        ),
        (
            "count people.json timestamp.created_at:month",
            &[],
            "is it a key of the count? write `idq count people.json --by timestamp.created_at:month`",
        ),
        (
            "get people.json somebody -w",
            &["email pr"],
            "is it an id? write `idq get people.json --id somebody -w 'email pr'`",
        ),
        ("query people.jsn", &[], "did you mean `people.json`?"),
        ("query poeple.json", &[], "did you mean `people.json`?"),
        ("info peopel", &[], "did you mean `people.json`?"),
        (
            "pack group.json -o x.idq",
            &[],
            "did you mean `groups.json`?",
        ),
    ] {
        let message = message(line, values);
        assert!(message.contains("no such file"), "{line}: {message}");
        assert_eq!(help(&message), expected, "{line}");
    }
}

#[test]
fn word_that_is_neither_a_request_nor_near_a_file_has_no_advice() {
    for line in ["query missing.json", "count a/b/state.json", "info *.csv"] {
        let message = message(line, &[]);
        assert!(!message.contains("help:"), "{line}: {message}");
    }
}

#[test]
fn near_file_name_is_named_beside_errors_of_the_request() {
    let message = message("count peple.json -f novalue", &[]);
    insta::assert_snapshot!(message, @r"
    error: expected NAME=VALUE, found `novalue`
      -f: novalue
          ^^^^^^^
      help: write `novalue=VALUE`

    peple.json: no such file, and no file matches it as a pattern
      help: did you mean `people.json`?
    exit status 2
    ");
}

#[test]
fn file_in_the_place_of_a_command_is_answered_with_the_commands() {
    insta::assert_snapshot!(message("people.json", &[]), @r"
    error: unrecognized subcommand 'people.json'

    Usage: idq [OPTIONS] <COMMAND>

    For more information, try '--help'.

      help: a command comes first: `idq query people.json` prints records, `idq count people.json` counts them, `idq info people.json` describes the file
    exit status 2
    ");
    for (line, expected) in [
        (
            "people.json count --quiet",
            "the command comes first: `idq count people.json --quiet`",
        ),
        (
            "dumps/*.json",
            "a command comes first: `idq query 'dumps/*.json'` prints records, `idq count 'dumps/*.json'` counts them, \
             `idq info 'dumps/*.json'` describes the file",
        ),
    ] {
        assert_eq!(help(&message(line, &[])), expected, "{line}");
    }
    // A misspelt command keeps the suggestion of the parser.
    assert!(message("querry", &[]).contains("similar subcommand exists: 'query'"));
}

#[test]
fn id_without_its_option_is_answered_with_the_option() {
    for line in ["get people.json a1", "get a1 people.json"] {
        let message = message(line, &[]);
        let expected = line.replace("a1", "--id a1");
        assert_eq!(
            help(&message),
            format!("an id has an option: `idq {expected}`"),
            "{message}"
        );
    }
    assert!(!message("get people.json", &[]).contains("help: "));
}

#[test]
fn option_of_another_tool_is_answered_with_that_of_the_command() {
    insta::assert_snapshot!(message("query people.json --head 5", &[]), @r"
    error: unexpected argument '--head' found

    Usage: idq query --threads <N> <SOURCE>...

    For more information, try '--help'.

      help: `--head` is here `--limit N`
    exit status 2
    ");
    for (line, expected) in [
        ("query people.json --take=5", "`--take` is here `--limit N`"),
        ("query people.json -n 5", "`-n` is here `--limit N`"),
        ("query people.json -n5", "`-n` is here `--limit N`"),
        ("query people.json --head 5", "`--head` is here `--limit N`"),
        (
            "count people.json --limit 5",
            "`--limit` is here `--top N` with `--by`",
        ),
        (
            "pack people.json -o x.idq --limit 5",
            "every record is read; `idq query … --limit N` prints the first ones",
        ),
        (
            "query people.json --offset 5",
            "`--offset` is here `--page N` with `--per-page N`",
        ),
        (
            "query people.json --format json",
            "`--format` is here `-o FORMAT`",
        ),
        (
            "query people.json --json",
            "`--json` is here `-o FORMAT`; `--help` lists the formats",
        ),
        (
            "query people.json --fields id",
            "`--fields` is here `--columns NAME,…`",
        ),
        (
            "count people.json --fields id",
            "`--fields` is here `--by NAME,…`",
        ),
        (
            "query people.json --search x",
            "`--search` is here `-w EXPRESSION`, as in `-w 'email co \"smith\"'`",
        ),
        (
            "query people.json --state x",
            "`--state` is here `-f NAME=VALUE`; `idq fields` lists the filters",
        ),
        (
            "query people.json --url x",
            "`--url` is here `-q QUERY_OR_URL`",
        ),
        (
            "count people.json --group-by state",
            "`--group-by` is here `--by NAME`",
        ),
        (
            "query people.json --group-by state",
            "`idq count … --by NAME` counts by the values of a field",
        ),
        (
            "query people.json --order-by email",
            "`--order-by` is here `-s KEY`, and `-s -KEY` to descend",
        ),
        (
            "query people.json --reverse",
            "`--reverse` is here `-s -KEY`",
        ),
        (
            "count people.json --unique",
            "`--unique` is here `--dedupe`, which keeps the newest record of each id",
        ),
        (
            "count people.json --deleted",
            "`--deleted` is here `-f trashed=with` for deleted records too",
        ),
        (
            "count people.json --root users",
            "`--root` is here `--records PATH`",
        ),
        (
            "count people.json --lenient",
            "`--lenient` is here `--on-bad-record skip`",
        ),
        (
            "count people.json --no-color",
            "`--no-color` is here `--color always` or `--color never`",
        ),
        ("count people.json -j 4", "`-j` is here `--threads N`"),
        (
            "count people.json --tz UTC",
            "`--tz` is here `--timezone ZONE`",
        ),
        ("count people.json --silent", "`--silent` is here `--quiet`"),
        (
            "count people.json --verbose",
            "`--verbose` is here the default: messages are printed unless there is `--quiet`",
        ),
        (
            "query people.json --no-header",
            "`--no-header` is here `-o ndjson` for records alone",
        ),
        (
            "query people.json --indent",
            "`--indent` is here `--pretty`",
        ),
        (
            "query people.json --id a",
            "`idq get … --id ID` prints the records with an id",
        ),
        (
            "query --file people.json",
            "a source is written without an option, as in `idq query people.json`",
        ),
        (
            "query people.json --outfile x",
            "`--outfile` is here `-o`: a file for commands that write one, a format for those that print",
        ),
        (
            "query people.json --count",
            "`idq count …` prints the number of matches",
        ),
        ("count people.json --stats", "`idq info` describes a file"),
    ] {
        let message = message(line, &[]);
        assert_eq!(help(&message), expected, "{line}");
        assert!(!message.contains("tip:"), "{line}: {message}");
    }
    // A misspelt option of idq keeps the suggestion of the parser.
    assert!(message("query people.json --quite", &[]).contains("'--quiet'"));
}

#[test]
fn topic_that_is_misspelt_is_answered_with_the_near_ones() {
    for (line, expected) in [
        ("man querry", "did you mean `query`?"),
        ("help expresions", "did you mean `expressions`?"),
        ("help date", "did you mean `dates`?"),
        ("help cout", "did you mean `count`?"),
    ] {
        assert_eq!(help(&idq(line).failure()), expected, "{line}");
    }
    assert!(!idq("man weather").failure().contains("help:"));
}

#[test]
fn piped_input_without_a_source_is_answered_with_its_name() {
    let piped = Idq::new(["query", "-o", "json"]).input("[]").run();
    assert_eq!(
        help(&piped.failure()),
        "to read standard input, name it by `-`: `idq query - -o json`"
    );
    let folder = folder_with(&[("people.json", "[]")]);
    let redirected = Idq::new(["count"]).input_from(folder.path().join("people.json"));
    assert_eq!(
        help(&redirected.run().failure()),
        "to read standard input, name it by `-`: `idq count -`"
    );
    assert!(!Idq::new(["query"]).run().failure().contains("help: "));
}

#[test]
fn fields_of_a_file_are_those_of_its_api() {
    for (file, api) in [
        ("provisionr.ndjson", "provisionr"),
        ("permission-assist.json", "permission-assist"),
    ] {
        assert_eq!(
            idq(&format!("fields {file}")).text(),
            idq(&format!("fields --api {api}")).text()
        );
    }
    let folder = folder_with(&[("none.json", "[]")]);
    let ran = Idq::new(["fields", "none.json"]).within(&folder).run();
    assert!(
        ran.failure()
            .contains("name it with --api instead of the file")
    );
}

#[test]
fn repeated_ids_of_a_snapshot_file_are_told_when_it_is_packed_alone() {
    let record = crate::record("a", "active", "2024-01-01T00:00:00Z");
    let folder = folder_with(&[("dump.ndjson", format!("{record}\n{record}\n"))]);
    let ran = |words: &str| Idq::new(words.split(' ')).within(&folder).succeeds();
    let note = "note: 1 record with the id of an earlier one";
    assert!(ran("pack dump.ndjson -o people.idq").stderr.contains(note));
    assert!(!ran("count people.idq").stderr.contains(note));
}

#[cfg(feature = "export")]
#[test]
fn export_to_a_json_file_is_answered_with_the_formats_that_have_its_records() {
    let ran = idq("export provisionr.json -o out.json");
    insta::assert_snapshot!(ran.failure(), @r"
    error: -o out.json: expected the extension of an export, found that of JSON, whose envelope belongs to one page: write an .ndjson file, with a record on each line, or redirect `idq query … --all -o json > FILE`, one array
    exit status 2
    ");
}

#[cfg(feature = "fetch")]
#[test]
fn fetch_into_a_file_of_another_format_is_answered_with_the_way_to_it() {
    for (path, way) in [
        ("people.csv", "people.csv"),
        ("people.parquet", "people.parquet"),
    ] {
        let ran = idq(&format!(
            "fetch https://a.example/api/v1/directory/identities -o {path}"
        ));
        let message = ran.failure();
        assert!(
            message.contains("write -o people.ndjson, and `idq "),
            "{message}"
        );
        assert!(message.contains(way) && ran.status == 2, "{message}");
    }
}
