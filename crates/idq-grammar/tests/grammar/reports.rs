//! Texts of error reports.

use idq_grammar::{Origin, Problem, Query, Report, Span, Text};

fn request(text: &str) -> String {
    Query::parse(text).expect_err(text).to_string()
}

fn flag(text: &str) -> String {
    Query::new()
        .add_filter_text(text)
        .expect_err(text)
        .to_string()
}

/// Formats the report of a problem at bytes `start..end` of `text`.
fn place(text: &str, start: usize, end: usize) -> String {
    let problems = [Problem {
        span: Some(Span {
            text: 0,
            start,
            end,
        }),
        message: "message".to_owned(),
        help: None,
    }];
    Report::new(&[Text::new(Origin::Request, text)], &problems).to_string()
}

#[test]
fn bad_escapes_are_reported_at_their_bytes() {
    insta::assert_snapshot!(request("filter[a]=%zz&filter[b]=%4"), @"
    expected two hexadecimal digits after `%`, found `zz`
      request: filter[a]=%zz&filter[b]=%4
                         ^^^
      help: write `%25` for a percent sign itself

    expected two hexadecimal digits after `%`, found `4`
      request: filter[a]=%zz&filter[b]=%4
                                       ^^
      help: write `%25` for a percent sign itself
    ");
    insta::assert_snapshot!(request("filter[a]=%é1&b=%"), @"
    expected two hexadecimal digits after `%`, found `é1`
      request: filter[a]=%é1&b=%
                         ^^^
      help: write `%25` for a percent sign itself

    expected two hexadecimal digits after `%`, found the end
      request: filter[a]=%é1&b=%
                               ^
      help: write `%25` for a percent sign itself
    ");
    insta::assert_snapshot!(request("filter[name]=Zo%EB&page=%F0%9F%98"), @"
    expected percent-encoded UTF-8, found `%EB`
      request: filter[name]=Zo%EB&page=%F0%9F%98
                              ^^^
      help: encode text as UTF-8: `ë` is `%C3%AB`, not `%EB`

    expected percent-encoded UTF-8, found `%F0%9F%98`
      request: filter[name]=Zo%EB&page=%F0%9F%98
                                       ^^^^^^^^^
      help: encode text as UTF-8: `ë` is `%C3%AB`, not `%EB`
    ");
}

#[test]
fn malformed_filter_names_are_reported_at_the_name() {
    insta::assert_snapshot!(request("filter=active"), @"
    expected a name in brackets after `filter`, found none
      request: filter=active
               ^^^^^^
      help: write `filter[NAME]=VALUE`
    ");
    insta::assert_snapshot!(request("page=1&filter[]=active"), @"
    expected the name of a filter, found nothing
      request: page=1&filter[]=active
                      ^^^^^^^^
      help: write `filter[NAME]=VALUE`
    ");
    insta::assert_snapshot!(request("filter%5Bstate=active"), @"
    expected `]` at the end of the filter's name, found `filter[state`
      request: filter%5Bstate=active
               ^^^^^^^^^^^^^^
      help: write `filter[state]`
    ");
    insta::assert_snapshot!(request("filter[state]x=active"), @"
    expected `=` after the filter's name, found `x`
      request: filter[state]x=active
                            ^
    ");
    insta::assert_snapshot!(request("filter[a][b]=c"), @"
    expected `[]` after the filter's name, found `[b]`
      request: filter[a][b]=c
                        ^^^
      help: write `filter[NAME][]=A&filter[NAME][]=B` for a list of values
    ");
    insta::assert_snapshot!(request("filter[a][][]=c&filter[a][=d"), @"
    expected `=` after the filter's name, found `[]`
      request: filter[a][][]=c&filter[a][=d
                          ^^

    expected `]` at the end of the filter's name, found `filter[a][`
      request: filter[a][][]=c&filter[a][=d
                               ^^^^^^^^^^
      help: write `filter[a][]`
    ");
}

#[test]
fn malformed_filter_flags_are_reported_with_the_flag() {
    insta::assert_snapshot!(flag("state"), @"
    expected NAME=VALUE, found `state`
      -f: state
          ^^^^^
      help: write `state=VALUE`
    ");
    insta::assert_snapshot!(flag(""), @"
    expected NAME=VALUE, found nothing
      -f:
      help: write `NAME=VALUE`
    ");
    insta::assert_snapshot!(flag("=active"), @"
    expected the name of a filter, found nothing
      -f: =active
          ^
      help: write `filter[NAME]=VALUE`
    ");
    insta::assert_snapshot!(flag("state:active"), @"
    expected `=` after the filter's name, found `:`
      -f: state:active
               ^
      help: write `state=active`
    ");
    insta::assert_snapshot!(flag("state==active"), @"
    expected `=` after the filter's name, found `==`
      -f: state==active
               ^^
      help: write `state=active`; a value that starts with `=` is written in a request: `-q 'filter[NAME]=%3D…'`
    ");
    insta::assert_snapshot!(flag("filter[state=active"), @"
    expected `]` at the end of the filter's name, found `filter[state`
      -f: filter[state=active
          ^^^^^^^^^^^^
      help: write `filter[state]`
    ");
}

#[test]
fn control_characters_in_reports_are_escaped() {
    insta::assert_snapshot!(request("\u{1b}[2J\t=1&filter[\u{202e}x\n=\u{7}"), @r#"
    expected `]` at the end of the filter's name, found `filter[\u{202e}x\n`
      request: \u{1b}[2J\t=1&filter[\u{202e}x\n=\u{7}
                             ^^^^^^^^^^^^^^^^^^
      help: write `filter[\u{202e}x\n]`
    "#);
}

#[test]
fn carets_are_as_wide_as_the_marked_characters() {
    insta::assert_snapshot!(place("名前=Zoe\u{308}%zz", 12, 15), @"
    message
      request: 名前=Zoë%zz
                       ^^^
    ");
    insta::assert_snapshot!(place("a=名前", 2, 8), @"
    message
      request: a=名前
                 ^^^^
    ");
}

#[test]
fn long_texts_are_cut_off_around_the_span() {
    let long = "0123456789".repeat(30);
    insta::assert_snapshot!(place(&long, 0, 3), @"
    message
      request: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789…
               ^^^
    ");
    insta::assert_snapshot!(place(&long, 150, 153), @"
    message
      request: …0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789…
                                              ^^^
    ");
    insta::assert_snapshot!(place(&long, 298, 300), @"
    message
      request: …0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
                                                                                                                  ^^
    ");
    insta::assert_snapshot!(place(&long, 300, 300), @"
    message
      request: …0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
                                                                                                                    ^
    ");
    insta::assert_snapshot!(place(&long, 150, 290), @"
    message
      request: …0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789…
                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn spans_outside_their_text_do_not_panic() {
    insta::assert_snapshot!(place("é", 1, 900), @"
    message
      request: é
               ^
    ");
    let problems = [Problem {
        span: Some(Span {
            text: 7,
            start: 0,
            end: 0,
        }),
        message: "message\u{1b}".to_owned(),
        help: Some("help\n".to_owned()),
    }];
    insta::assert_snapshot!(Report::new(&[], &problems).to_string(), @r#"
    message\u{1b}
      help: help\n
    "#);
}

#[test]
fn problems_beyond_the_maximum_are_counted() {
    let report = request(&"%".repeat(1000));
    assert!(report.ends_with("\n\nand 980 more"), "{report}");
    assert_eq!(
        report
            .lines()
            .filter(|line| line.ends_with("itself"))
            .count(),
        20
    );
}
