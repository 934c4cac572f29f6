//! Reports of mistakes in expressions: operators, names and logic.

use idq_grammar::{Expression, Query, where_expression};

/// Returns the reports of all mistakes of each text.
pub(crate) fn reports(texts: &[&str]) -> String {
    let report = |text: &&str| Expression::parse(text).expect_err(text).to_string();
    let reports: Vec<String> = texts.iter().map(report).collect();
    reports.join("\n\n")
}

#[test]
fn mistakes_of_operators_are_reported_with_the_operator_to_write() {
    let texts = [
        r#"state = "active" and age >= 5 or name =~ "x" and a ≠ b"#,
        r#"name contains "x" and name startsWith "y" or name LIKE "%z%" and a eqq 1"#,
        "a is null and b is not null or c is 5 and d not null",
        r#"department not in ["a"] and b NOT co "x""#,
        r#"startsWith(userName, "J") and b foo 2"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected an operator, found `=`
      -w: state = "active" and age >= 5 or name =~ "x" and a ≠ b
                ^
      help: write `eq`

    expected an operator, found `>=`
      -w: state = "active" and age >= 5 or name =~ "x" and a ≠ b
                                   ^^
      help: write `ge`

    expected an operator, found `=~`
      -w: state = "active" and age >= 5 or name =~ "x" and a ≠ b
                                                ^^
      help: write `matches`

    expected an operator, found `≠`
      -w: state = "active" and age >= 5 or name =~ "x" and a ≠ b
                                                             ^
      help: write `ne`

    expected an operator, found `contains`
      -w: name contains "x" and name startsWith "y" or name LIKE "%z%" and a eqq 1
               ^^^^^^^^
      help: write `co`

    expected an operator, found `startsWith`
      -w: name contains "x" and name startsWith "y" or name LIKE "%z%" and a eqq 1
                                     ^^^^^^^^^^
      help: write `sw`

    expected an operator, found `LIKE`
      -w: name contains "x" and name startsWith "y" or name LIKE "%z%" and a eqq 1
                                                            ^^^^
      help: write `co` for a part of a text, `sw` for its start, `ew` for its end, without `%` or `*`

    expected an operator, found `eqq`
      -w: name contains "x" and name startsWith "y" or name LIKE "%z%" and a eqq 1
                                                                             ^^^
      help: write `eq`

    expected an operator, found `is null`
      -w: a is null and b is not null or c is 5 and d not null
            ^^^^^^^
      help: write `eq null`

    expected an operator, found `is not null`
      -w: a is null and b is not null or c is 5 and d not null
                          ^^^^^^^^^^^
      help: write `ne null`

    expected an operator, found `is`
      -w: a is null and b is not null or c is 5 and d not null
                                           ^^
      help: write `eq`

    expected an operator, found `not`
      -w: a is null and b is not null or c is 5 and d not null
                                                      ^^^
      help: write `ne`

    expected an operator after `department`, found `not`
      -w: department not in ["a"] and b NOT co "x"
                     ^^^
      help: write `not (department in …)`

    expected an operator after `b`, found `not`
      -w: department not in ["a"] and b NOT co "x"
                                        ^^^
      help: write `not (b co …)`

    expected an operator between a field and a value, found the function `startsWith`
      -w: startsWith(userName, "J") and b foo 2
          ^^^^^^^^^^
      help: write `FIELD sw "TEXT"`

    expected an operator, found `foo`
      -w: startsWith(userName, "J") and b foo 2
                                          ^^^
      help: the operators are eq, ne, co, sw, ew, gt, ge, lt, le, pr, in, matches, eq_cs, co_cs, sw_cs, ew_cs
    "#);
}

#[test]
fn missing_operators_are_reported_with_a_test_to_write() {
    let texts = [
        "state",
        "state active",
        r#"state "active" and active or b co"#,
        r#"a pr true and b pr "x" or c pr d pr"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected an operator after `state`, found the end
      -w: state
               ^
      help: write `state pr` to test for any value, or an operator and a value: `eq "TEXT"`

    expected an operator after `state`, found `active`
      -w: state active
                ^^^^^^
      help: write `state eq "active"`

    expected an operator after `state`, found `"active"`
      -w: state "active" and active or b co
                ^^^^^^^^
      help: write `state eq "active"`

    expected an operator after `active`, found `or`
      -w: state "active" and active or b co
                                    ^^
      help: write `active pr` to test for any value, or an operator and a value: `eq "TEXT"`

    expected a value after `co`, found the end
      -w: state "active" and active or b co
                                           ^
      help: write a value: `co "TEXT"`

    expected no value after `pr`, found `true`
      -w: a pr true and b pr "x" or c pr d pr
               ^^^^
      help: `pr` alone tests for any value; write `a eq true` for this one

    expected no value after `pr`, found `"x"`
      -w: a pr true and b pr "x" or c pr d pr
                             ^^^
      help: `pr` alone tests for any value; write `b eq "x"` for this one

    expected `and` or `or`, found `d`
      -w: a pr true and b pr "x" or c pr d pr
                                         ^
      help: join tests with `and` or `or`
    "#);
}

#[test]
fn mistakes_of_names_are_reported_at_the_key() {
    let texts = [
        "a..b pr and .c pr or d. pr and user@host.x pr",
        "state:active or 'state' pr",
        r#"urn:x: pr and emails[a pr] .value pr and 5 and "x""#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected a key of a field's name, found none
      -w: a..b pr and .c pr or d. pr and user@host.x pr
            ^
      help: separate keys with one dot, and write `""` for an empty key

    expected a key of a field's name, found none
      -w: a..b pr and .c pr or d. pr and user@host.x pr
                      ^
      help: separate keys with one dot, and write `""` for an empty key

    expected a key of a field's name, found none
      -w: a..b pr and .c pr or d. pr and user@host.x pr
                                 ^
      help: separate keys with one dot, and write `""` for an empty key

    expected letters, digits, `_`, `-` or `$` in the name of a field, found `@`
      -w: a..b pr and .c pr or d. pr and user@host.x pr
                                             ^
      help: write the key in quotes: `"user@host"`

    expected letters, digits, `_`, `-` or `$` in the name of a field, found `:`
      -w: state:active or 'state' pr
               ^
      help: write the key in quotes: `"state:active"`

    expected the name of a field, found `'state'`
      -w: state:active or 'state' pr
                          ^^^^^^^
      help: write `state`

    expected a key of a field's name, found none
      -w: urn:x: pr and emails[a pr] .value pr and 5 and "x"
                ^
      help: separate keys with one dot, and write `""` for an empty key

    expected `and` or `or`, found `.value`
      -w: urn:x: pr and emails[a pr] .value pr and 5 and "x"
                                     ^^^^^^
      help: write `.value` directly after the bracket

    expected an operator after `5`, found `and`
      -w: urn:x: pr and emails[a pr] .value pr and 5 and "x"
                                                     ^^^
      help: write `5 pr` to test for any value, or an operator and a value: `eq "TEXT"`

    expected an operator after `"x"`, found the end
      -w: urn:x: pr and emails[a pr] .value pr and 5 and "x"
                                                            ^
      help: write `"x" pr` to test for any value, or an operator and a value: `eq "TEXT"`
    "#);
}

#[test]
fn mistakes_of_logic_are_reported_with_the_keyword_to_write() {
    let texts = [
        "a pr && b pr || !(c pr) and !d pr",
        "not active eq true or NOT not a pr and not",
        "and a pr or or b pr and",
        "a eq 1, b eq 2; c pr",
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected `and`, found `&&`
      -w: a pr && b pr || !(c pr) and !d pr
               ^^
      help: write `and`

    expected `or`, found `||`
      -w: a pr && b pr || !(c pr) and !d pr
                       ^^
      help: write `or`

    expected `not`, found `!`
      -w: a pr && b pr || !(c pr) and !d pr
                          ^
      help: write `not (…)`

    expected `not`, found `!`
      -w: a pr && b pr || !(c pr) and !d pr
                                      ^
      help: write `not (…)`

    expected a test or `(` after `not`, found the end
      -w: not active eq true or NOT not a pr and not
                                                 ^^^
      help: write `not (…)`

    expected the name of a field, found `and`
      -w: and a pr or or b pr and
          ^^^
      help: a test starts with a field, as in `state eq "active"`

    expected the name of a field, found `or`
      -w: and a pr or or b pr and
                      ^^
      help: a test starts with a field, as in `state eq "active"`

    expected the name of a field, found the end
      -w: and a pr or or b pr and
                                 ^
      help: a test starts with a field, as in `state eq "active"`

    expected `and` or `or`, found `,`
      -w: a eq 1, b eq 2; c pr
                ^
      help: join tests with `and` or `or`
    "#);
}

#[test]
fn mistakes_of_parentheses_are_reported_at_the_parenthesis() {
    let texts = [
        "(a pr or (b pr and c[d pr",
        "a pr) or b = 1] and c pr",
        "(a[b pr) and c pr] or () and d[]",
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected `)` for this `(`, found the end
      -w: (a pr or (b pr and c[d pr
          ^
      help: write `)` where it ends

    expected `)` for this `(`, found the end
      -w: (a pr or (b pr and c[d pr
                   ^
      help: write `)` where it ends

    expected `]` for this `[`, found the end
      -w: (a pr or (b pr and c[d pr
                              ^
      help: write `]` where it ends

    expected `and`, `or` or the end, found `)`
      -w: a pr) or b = 1] and c pr
              ^
      help: remove the `)`, which closes nothing

    expected an operator, found `=`
      -w: a pr) or b = 1] and c pr
                     ^
      help: write `eq`

    expected `and`, `or` or the end, found `]`
      -w: a pr) or b = 1] and c pr
                        ^
      help: remove the `]`, which closes nothing

    expected `]` for this `[`, found `)`
      -w: (a[b pr) and c pr] or () and d[]
            ^
      help: write `]` where it ends

    expected `and`, `or` or the end, found `]`
      -w: (a[b pr) and c pr] or () and d[]
                           ^
      help: remove the `]`, which closes nothing

    expected the name of a field, found `)`
      -w: (a[b pr) and c pr] or () and d[]
                                 ^
      help: a test starts with a field, as in `state eq "active"`

    expected a test in the brackets of a value path, found nothing
      -w: (a[b pr) and c pr] or () and d[]
                                        ^^
      help: a path reaches every element of an array: write `d`; a test in brackets chooses elements: `d[type eq "work"]`
    "#);
}

#[test]
fn empty_expressions_are_reported() {
    let texts = ["", "  "];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected an expression, found nothing
      -w:
      help: write a test such as `state eq "active"`

    expected an expression, found nothing
      -w:   
          ^
      help: write a test such as `state eq "active"`
    "#);
}

#[test]
fn mistakes_of_a_request_are_reported_at_the_encoded_text() {
    let errors = Query::parse("page=%zz&where=n%C3%A4me%20=+%22x%22+and+b%2E.c+pr");
    insta::assert_snapshot!(errors.expect_err("three errors"), @r#"
    expected two hexadecimal digits after `%`, found `zz`
      request: page=%zz&where=n%C3%A4me%20=+%22x%22+and+b%2E.c+pr
                    ^^^
      help: write `%25` for a percent sign itself

    expected an operator, found `=`
      request: page=%zz&where=n%C3%A4me%20=+%22x%22+and+b%2E.c+pr
                                          ^
      help: write `eq`

    expected a key of a field's name, found none
      request: page=%zz&where=n%C3%A4me%20=+%22x%22+and+b%2E.c+pr
                                                            ^
      help: separate keys with one dot, and write `""` for an empty key
    "#);
}

#[test]
fn expressions_beyond_a_limit_are_reported_once() {
    let report = |text: &str| {
        let report = Expression::parse(text)
            .expect_err("beyond a limit")
            .to_string();
        report.lines().take(1).collect::<String>()
    };
    assert_eq!(
        report(&"not (".repeat(where_expression::MAX_DEPTH + 1)),
        "expected at most 64 parentheses and brackets within each other, found more"
    );
    assert_eq!(
        report(&"a pr and ".repeat(where_expression::MAX_TESTS + 1)),
        "expected at most 1000 tests of fields, found more"
    );
    assert_eq!(
        report(&[r#"a matches "x""#; where_expression::MAX_REGEXES + 1].join(" or ")),
        "expected at most 20 regular expressions, found more"
    );
    let wrong = Expression::parse(&"a = b and ".repeat(1_000)).expect_err("mistakes");
    assert_eq!(wrong.errors().len(), 100);
}

#[test]
fn notations_of_other_languages_are_reported_with_the_test_to_write() {
    let texts = [
        r#"emails[0].value co "x" or emails[*].value pr"#,
        r#"emails[] pr and profile["cost center"].a eq 1"#,
        r#"filter[trashed] eq "only""#,
        r#"age between 5 and 9 and b = 1"#,
        r#"start Between 2026-01-01 and '2026-01-31'"#,
        r#"age between (5, 9) and b pr"#,
    ];
    insta::assert_snapshot!(reports(&texts), @r#"
    expected a test in the brackets of a value path, found `0`
      -w: emails[0].value co "x" or emails[*].value pr
                ^^^
      help: a path reaches every element of an array: write `emails.value`; a test in brackets chooses elements: `emails[type eq "work"].value`

    expected a test in the brackets of a value path, found `*`
      -w: emails[0].value co "x" or emails[*].value pr
                                          ^^^
      help: a path reaches every element of an array: write `emails.value`; a test in brackets chooses elements: `emails[type eq "work"].value`

    expected a test in the brackets of a value path, found nothing
      -w: emails[] pr and profile["cost center"].a eq 1
                ^^
      help: a path reaches every element of an array: write `emails`; a test in brackets chooses elements: `emails[type eq "work"]`

    expected a test in the brackets of a value path, found `"cost center"`
      -w: emails[] pr and profile["cost center"].a eq 1
                                 ^^^^^^^^^^^^^^^
      help: write the key after a dot: `profile."cost center".a`

    expected a test in the brackets of a value path, found `trashed`
      -w: filter[trashed] eq "only"
                ^^^^^^^^^
      help: a filter is given beside the expression: `-f trashed=VALUE`

    expected an operator after `age`, found `between`
      -w: age between 5 and 9 and b = 1
              ^^^^^^^^^^^^^^^
      help: write `age ge 5 and age le 9`

    expected an operator, found `=`
      -w: age between 5 and 9 and b = 1
                                    ^
      help: write `eq`

    expected an operator after `start`, found `between`
      -w: start Between 2026-01-01 and '2026-01-31'
                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      help: write `start ge "2026-01-01" and start le "2026-01-31"`

    expected an operator after `age`, found `between`
      -w: age between (5, 9) and b pr
              ^^^^^^^
      help: write `age ge LOW and age le HIGH`
    "#);
}
