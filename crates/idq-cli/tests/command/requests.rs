//! Requests: flags, query strings, URLs, errors.

use crate::idq::words;
use crate::{Idq, idq};

/// Returns the number that `idq count` prints for a request.
fn count(arguments: &[&str]) -> u64 {
    let ran = Idq::new(["count"]).args(arguments).succeeds();
    ran.text().trim_end().parse().unwrap()
}

#[test]
fn filter_has_the_same_meaning_in_flag_query_and_url() {
    for arguments in [
        &["provisionr.json", "-f", "state=active"][..],
        &["-f", "state=active", "provisionr.json"],
        &["provisionr.json", "-q", "filter[state]=active"],
        &["provisionr.json", "-q", "?filter%5Bstate%5D=active"],
        &[
            "provisionr.json",
            "-q",
            "https://a.example/api/v1/directory/identities?filter[state]=active&page=2",
        ],
        &["provisionr.json", "--filter", "state=active"],
        &["provisionr.json", "--query=filter[state]=active"],
    ] {
        assert_eq!(count(arguments), 44, "{arguments:?}");
    }
}

#[test]
fn filters_of_flags_and_query_are_combined() {
    let active = "filter[state]=active,staged";
    assert_eq!(
        count(&["provisionr.json", "-q", active, "-f", "email_search=mercer"]),
        1
    );
}

#[test]
fn filter_flag_has_a_literal_value() {
    let query = |value: &str| {
        let filter = format!("profile_search={value}");
        let ran = Idq::new(["count", "provisionr.json", "-f", &filter]).succeeds();
        ran.text().to_owned()
    };
    // In a flag, `&` is no separator, `%2B` is not decoded, and a plus sign is not a blank.
    assert_eq!(query("a&filter[state]=b"), "0\n");
    assert_eq!(query("%2B234"), "0\n");
    assert_eq!(query("+234 790205359"), "1\n");
}

#[test]
fn url_with_a_page_prints_that_page() {
    let url = "https://logs.example/api/v1/directory/identities?sort=-email&per_page=3&page=2";
    let ran = Idq::new([
        "query",
        "provisionr.json",
        "-q",
        url,
        "-o",
        "csv",
        "--columns",
        "email",
    ])
    .succeeds();
    let plain = idq("query provisionr.json -s -email --per-page 3 -p 2 -o csv --columns email");
    assert_eq!(ran.text(), plain.text());
}

#[test]
fn url_of_another_api_is_refused() {
    let ran = idq("count provisionr.json -q https://pa.example/api/identities?page=1");
    insta::assert_snapshot!(ran.failure(), @"
    error: the URL is for Permission Assist identities, but the records are from Provisionr directory identities
      request: https://pa.example/api/identities?page=1
                                 ^^^^^^^^^^^^^^^
      help: give only the part after the `?`, if it is meant for these records
    exit status 2
    ");
}

#[test]
fn log_line_beyond_its_url_is_refused() {
    let request = "GET /api/v1/directory/identities?filter[state]=active HTTP/1.1";
    let ran = Idq::new(words("count provisionr.json -q", &[request])).run();
    insta::assert_snapshot!(ran.failure().lines().take(4).collect::<Vec<_>>().join("\n"), @"
    error: expected a URL alone, found ` /api/v1/directory/identities?filter[state]=active HTTP/1.1` in it
      request: GET /api/v1/directory/identities?filter[state]=active HTTP/1.1
                  ^
      help: give only the URL, from `https://` or the first `/` to the last parameter
    ");
    for request in [
        "https://x.example/api/v1/directory/identities?filter[state]=active HTTP/1.1",
        "<https://x.example/api/v1/directory/identities?page=1>",
        "\"https://x.example/api/v1/directory/identities?page=1\"",
    ] {
        let ran = Idq::new(words("count provisionr.json -q", &[request])).run();
        assert_eq!(ran.status, 2, "{request}");
    }
    // White space around a URL is ignored; in a bare query string it is text.
    for request in [
        " https://x.example/api/v1/directory/identities?filter[state]=suspended\n",
        "filter[profile_search]=no such text",
    ] {
        Idq::new(words("count provisionr.json -q", &[request])).succeeds();
    }
}

#[test]
fn named_api_that_the_records_contradict_is_used_with_a_note() {
    let ran = idq("count provisionr.json --api permission-assist");
    assert_eq!(ran.text(), "60\n");
    insta::assert_snapshot!(ran.messages(), @"
    note: the records look like Provisionr directory identities, but are read as permission-assist because of --api
    60 records matched; loaded 60 records (107.03 kB) from 1 source in [time]
    ");
}

#[test]
fn page_that_looks_like_an_option_is_a_page() {
    let ran = idq("query provisionr.json -p -1 --per-page -5");
    insta::assert_snapshot!(ran.failure(), @"
    error: expected a whole number from 1 for page, found `-1`
      --page: -1
              ^^

    expected a whole number from 1 for per_page, found `-5`
      --per-page: -5
                  ^^
    exit status 2
    ");
}

#[test]
fn request_with_several_errors_reports_them_together() {
    let request = "filter[stat]=active&filter[trashed]=maybe&colour=red";
    let ran = Idq::new(words(
        "query provisionr.json -f created_after=yesterday -f novalue -s emial -p 0 --per-page many --now noon -q",
        &[request],
    ))
    .run();
    insta::assert_snapshot!(ran.failure(), @"
    error: expected the name of a filter, found `stat`
      request: filter[stat]=active&filter[trashed]=maybe&colour=red
                      ^^^^
      help: did you mean `filter[state]`? `idq fields --api provisionr` lists the filters

    expected without, with or only for filter[trashed], found `maybe`
      request: filter[stat]=active&filter[trashed]=maybe&colour=red
                                                   ^^^^^

    expected filter[…], where, sort, page or per_page, found `colour`
      request: filter[stat]=active&filter[trashed]=maybe&colour=red
                                                         ^^^^^^
      help: the API's own reading (`--conformance api`) ignores it

    filter[created_after]: expected a date, found `yesterday`
      -f: created_after=yesterday
                        ^^^^^^^^^
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`

    expected NAME=VALUE, found `novalue`
      -f: novalue
          ^^^^^^^
      help: write `novalue=VALUE`

    expected a sort key, found `emial`
      -s: emial
          ^^^^^
      help: did you mean `email`? `idq fields --api provisionr` lists the sort keys

    expected a whole number from 1 for page, found `0`
      --page: 0
              ^

    expected a whole number from 1 for per_page, found `many`
      --per-page: many
                  ^^^^

    --now: expected a date, found `noon`
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    exit status 2
    ");
}

#[test]
fn request_and_data_with_errors_are_reported_together() {
    // A request is parsed independent of the data; with a named API, it is also bound.
    let ran = idq("count missing.json -f novalue");
    insta::assert_snapshot!(ran.failure(), @"
    error: expected NAME=VALUE, found `novalue`
      -f: novalue
          ^^^^^^^
      help: write `novalue=VALUE`

    missing.json: no such file, and no file matches it as a pattern
    exit status 2
    ");
    let ran = idq("count missing.json --api provisionr -f created_after=never");
    insta::assert_snapshot!(ran.failure(), @"
    error: filter[created_after]: expected a date, found `never`
      -f: created_after=never
                        ^^^^^
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`

    missing.json: no such file, and no file matches it as a pattern
    exit status 2
    ");
    let ran = idq("count /proc/self/mem -q https://pa.example/api/identities?filter[status]=");
    insta::assert_snapshot!(ran.failure(), @r#"
    error: expected a value for filter[status], found none
      request: https://pa.example/api/identities?filter[status]=
                                                                ^
      help: the expression `status eq null` (`-w`, `where=`) has the records without a value, and `status eq ""` those with the empty text

    /proc/self/mem: Input/output error (os error 5)
    exit status 2
    "#);
    let ran = idq("count missing.json --api provisionr -f state=active");
    insta::assert_snapshot!(ran.failure(), @"
    error: missing.json: no such file, and no file matches it as a pattern
    exit status 3
    ");
}

#[test]
fn options_that_repeat_the_request_are_refused() {
    let ran = idq("query provisionr.json -q page=2&sort=email -p 3 -s state");
    insta::assert_snapshot!(ran.failure(), @"
    error: expected one page, found another
      --page: 3
              ^
    exit status 2
    ");
}

#[test]
fn request_with_control_characters_is_escaped_in_errors() {
    let ran = Idq::new(["count", "provisionr.json", "-f", "sta\u{1b}[31mte=1"]).run();
    assert!(!ran.failure().contains('\u{1b}'));
}

#[test]
fn request_that_strict_conformance_refuses_is_accepted_as_by_the_api() {
    let request = "filter[state]=staged&filter[state]=active&filter[trashed]=banana&filter[email]=&page=0&colour=red";
    let strict = Idq::new(words("query provisionr.json -q", &[request])).run();
    assert_eq!(strict.status, 2);
    let forgiving = words(
        "query provisionr.json --conformance api -o ndjson -q",
        &[request],
    );
    let plain = idq("query provisionr.json -f state=active -o ndjson");
    assert_eq!(Idq::new(forgiving).succeeds().text(), plain.text());
    let unknown = idq("count provisionr.json --conformance api -f stat=active");
    assert_eq!(unknown.status, 2);
}

#[test]
fn request_under_api_conformance_is_read_as_by_the_framework_of_the_api() {
    let request = "filter[state][a]=%20active&filter=&filter[state][x]=staged%00&sort=--email&page=%2B2&off=5%";
    let strict = Idq::new(words("query provisionr.json -q", &[request])).run();
    assert_eq!(strict.status, 2);
    assert!(
        strict
            .failure()
            .contains("expected `[]` after the filter's name, found `[a]`")
    );
    let read = words(
        "query provisionr.json --conformance api -o ndjson -q",
        &[request],
    );
    let plain = idq("query provisionr.json -f state=staged -s -email --page 1 -o ndjson");
    // Two records have the state, so that the second page has none.
    assert_eq!(plain.text().lines().count(), 2);
    assert_eq!(Idq::new(read).succeeds().text(), "");
    let first = request.replace("%2B2", "02");
    let read = words(
        "query provisionr.json --conformance api -o ndjson -q",
        &[&first],
    );
    assert_eq!(Idq::new(read).succeeds().text(), plain.text());
    let read = words(
        "query provisionr.json --conformance api -o json -q",
        &[&first],
    );
    let page: serde_json::Value = serde_json::from_str(Idq::new(read).succeeds().text()).unwrap();
    let url = page["first_page_url"].as_str().unwrap();
    assert!(
        url.ends_with("?filter%5Bstate%5D%5Bx%5D=staged&sort=--email&off=5%25&page=1"),
        "{url}"
    );
}

#[test]
fn ages_refer_to_the_time_of_now() {
    for now in [
        "2026-10-01",
        "2026-10-01T00:00:00Z",
        "2026-10-01T02:00:00+02:00",
    ] {
        let aged = count(&["provisionr.json", "-f", "created_after=-90d", "--now", now]);
        let dated = count(&[
            "provisionr.json",
            "-f",
            "created_after=2026-07-03T00:00:00Z",
        ]);
        assert!(dated > 0 && aged == dated, "{now}: {aged}");
    }
    // Without --now, ages refer to the system clock.
    assert_eq!(
        count(&[
            "provisionr.json",
            "-f",
            "created_after=-1d",
            "--now",
            "2000-01-01"
        ]),
        54
    );
    assert_eq!(count(&["provisionr.json", "-f", "created_before=-100y"]), 0);
    insta::assert_snapshot!(idq("count provisionr.json --now noon").failure(), @"
    error: --now: expected a date, found `noon`
      help: write `2026-01-31`, `2026-01-31 09:30`, `2026-01-31 09:30:00`, `2026-01-31T09:30:00Z`, `2026-01-31T09:30:00+02:00`, `now`, `today`, or an age such as `-90d`, `-12h`, `-30min`, `-2w`, `-6mo`, `-1y`
    exit status 2
    ");
}

#[test]
fn named_api_replaces_detection() {
    let ran = Idq::new([
        "count",
        "-",
        "--api",
        "permission-assist",
        "-f",
        "lastName=Quill",
    ])
    .input(r#"[{"id":"a","lastName":"Quill"}]"#)
    .succeeds();
    assert_eq!(ran.text(), "1\n");
}
