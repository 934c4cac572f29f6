//! `-w/--where` and `--unknown` of every command that takes a request.

use idq_testing::folder;

use crate::idq::{Idq, idq};

/// Runs `idq count provisionr.ndjson` with an expression, in the folder of the fixtures.
fn count(expression: &str) -> crate::idq::Ran {
    Idq::new([
        "count",
        "provisionr.ndjson",
        "--now",
        "2026-11-01",
        "-w",
        expression,
    ])
    .run()
}

#[test]
fn expressions_count_their_records_and_account_for_the_others() {
    for (expression, expected, account) in [
        (r#"state eq "active""#, "44", "44 match, 10 do not"),
        (r#"not (state eq "active")"#, "10", "10 match, 44 do not"),
        (
            r#"profile.organizations.department sw "e""#,
            "2",
            "2 match, 52 do not; of the 54, 45 have no profile.organizations.department (45 missing)",
        ),
        (
            r#"timestamp.last_authenticated_at lt "-90d""#,
            "24",
            "24 match, 30 do not; of the 54, 15 have no timestamp.last_authenticated_at (15 null)",
        ),
        ("included.directory_user eq null", "3", "3 match, 51 do not"),
        (
            r#"profile.emails[primary eq true and address co "northwind"]"#,
            "6",
            "6 match, 48 do not; of the 54, 40 have no profile.emails (40 missing)",
        ),
    ] {
        let ran = count(expression);
        assert_eq!(ran.text().trim_end(), expected, "{expression}");
        let last = ran.messages().lines().last().unwrap_or_default().to_owned();
        assert_eq!(last, account, "{expression}");
    }
}

#[test]
fn unknown_only_selects_the_records_without_a_value() {
    let expression = r#"timestamp.last_authenticated_at lt "-90d""#;
    let unknown = [
        "count",
        "provisionr.ndjson",
        "-w",
        expression,
        "--unknown",
        "only",
    ];
    assert_eq!(Idq::new(unknown).run().text().trim_end(), "15");
    let absent = count("timestamp.last_authenticated_at eq null");
    assert_eq!(absent.text().trim_end(), "15");
    let nothing = [
        "count",
        "provisionr.ndjson",
        "-w",
        "email pr",
        "--unknown",
        "only",
    ];
    insta::assert_snapshot!(Idq::new(nothing).run().failure(), @"
    error: --unknown only: expected a comparison with a value, found tests of presence alone, which see every record
      help: write -w 'email eq null' alone for the records without a value, or count them by --by 'email:presence'
    exit status 2
    ");
}

#[test]
fn expression_with_mistakes_reports_all_of_them() {
    insta::assert_snapshot!(count(r#"email eq 5 and created_at gt "soon" and timestamp.created_at gt "soon""#).failure(), @r#"
    error: expected a text for email, found 5
      -w: email eq 5 and created_at gt "soon" and timestamp.created_at gt "soon"
                   ^
      help: write a text in quotes: `"5"`

    timestamp.created_at: expected a date, found `soon`
      -w: email eq 5 and created_at gt "soon" and timestamp.created_at gt "soon"
                                                                          ^^^^^^
      help: write `2026`, `2026-01`, `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    exit status 2
    "#);
    insta::assert_snapshot!(count(r#"created_at pr and state eq active"#).failure(), @r#"
    error: expected the name of a field, found `created_at`
      -w: created_at pr and state eq active
          ^^^^^^^^^^
      help: did you mean `timestamp.created_at` or `profile.created_at`?

    expected the name of a field, found `active`
      -w: created_at pr and state eq active
                                     ^^^^^^
      help: write a text in quotes: `"active"`
    exit status 2
    "#);
}

#[test]
fn names_that_no_record_has_are_reported_for_the_request_and_its_keys_together() {
    let line = [
        "count",
        "provisionr.ndjson",
        "-w",
        "emial pr",
        "--by",
        "sta",
    ];
    let messages = Idq::new(line).run().failure();
    for found in ["found `emial`", "found `sta`"] {
        assert!(messages.contains(found), "{messages}");
    }
}

#[test]
fn list_with_mistakes_reports_all_of_them_also_in_brackets() {
    for list in [
        r#"profile.a in [true, null, null]"#,
        r#"profile.e[a in [true, null, null]]"#,
    ] {
        let messages = count(list).failure();
        let found = messages.matches("found null").count();
        assert_eq!(found, 2, "{messages}");
    }
}

#[test]
fn path_that_no_record_has_is_a_hint() {
    let ran = count(r#"profile.departmnt eq "Sales""#);
    assert_eq!(ran.text().trim_end(), "0");
    let hint = "hint: no record has profile.departmnt; did you mean profile.department?";
    assert!(
        ran.messages().lines().any(|line| line == hint),
        "{}",
        ran.messages()
    );
}

#[test]
fn expression_of_a_request_is_the_same_as_the_option() {
    let parameter = idq("count provisionr.ndjson -q where=state+eq+%22orphan%22");
    assert_eq!(parameter.text(), count(r#"state eq "orphan""#).text());
    // The links to other pages repeat it.
    let page = idq("query provisionr.ndjson -q where=state+eq+%22active%22&per_page=5 -o json");
    let page: serde_json::Value = serde_json::from_str(page.text()).unwrap();
    let next = page["next_page_url"].as_str().unwrap();
    assert!(next.contains("where=state%20eq%20%22active%22"), "{next}");
}

#[test]
fn get_prints_every_record_that_satisfies_the_expression() {
    let get = |expression: &str| Idq::new(["get", "provisionr.ndjson", "-w", expression]).run();
    // Deleted records are not excluded: a record is looked up in any state.
    let all = get(r#"state in ["active", "staged"]"#)
        .text()
        .lines()
        .count();
    let with = idq("count provisionr.ndjson -f state=active -f state=staged -f trashed=with");
    assert_eq!(all.to_string(), with.text().trim_end());
    let none = get(r#"state eq "nothing""#);
    assert_eq!(none.status, 1);
    assert!(
        none.messages()
            .contains("error: no record satisfies the request")
    );
}

#[test]
fn pack_of_an_expression_writes_its_records_alone() {
    let folder = folder();
    let path = folder.path().join("orphans.idq");
    let path = path.to_str().unwrap();
    let pack = [
        "pack",
        "provisionr.ndjson",
        "-w",
        r#"state eq "orphan""#,
        "-o",
        path,
    ];
    Idq::new(pack).succeeds();
    let packed = Idq::new(["unpack", path]).run();
    let expected = idq("query provisionr.ndjson -f state=orphan -f trashed=with --all -o ndjson");
    assert_eq!(packed.text(), expected.text());
    Idq::new(["verify", path]).succeeds();
    // The subset answers as the records do.
    let count = ["count", path, "-w", "profile.id pr", "-f", "trashed=with"];
    assert_eq!(
        Idq::new(count)
            .run()
            .text()
            .trim_end()
            .parse::<usize>()
            .unwrap(),
        expected.text().lines().count()
    );
}

#[test]
fn help_prints_the_references() {
    for (topic, part) in [
        ("expressions", "-w 'state eq \"active\" and not (email pr)'"),
        ("dates", "2026-01-31T09:30:00Z"),
        ("counts", "idq count people.ndjson --by state"),
        ("count", "--where <EXPRESSION>"),
    ] {
        let ran = idq(&format!("help {topic}"));
        assert!(ran.text().contains(part), "{topic}: {}", ran.text());
        assert!(
            ran.text().lines().all(|line| line.chars().count() <= 100),
            "{topic}"
        );
    }
    insta::assert_snapshot!(idq("help nothing").failure(), @"
    error: expected a command or one of expressions, dates, counts after `idq help`, found `nothing`
    exit status 2
    ");
}
