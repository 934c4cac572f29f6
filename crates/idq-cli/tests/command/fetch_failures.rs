//! `idq fetch` from servers that fail, lie or lead elsewhere, and wrong command lines.

use std::fs;

use crate::idq::{Idq, Ran};
use crate::scripted_server::Answer::{Cut, CutWithoutLength, Nothing, Page, Status};
use crate::scripted_server::{Answer, ScriptedServer};
use crate::{folder, idq};

/// A token that no output may contain.
const TOKEN: &str = "s3cr3t-t0k3n";

/// Returns a page of one record of an API that pages by numbers.
fn numbered(page: u64, pages: u64) -> Answer {
    Page(format!(
        r#"{{"items":[{{"id":"{page}","firstName":"F","lastName":"L"}}],"totalCount":{pages},"page":{page},"pageSize":1,"totalPages":{pages}}}"#
    ))
}

/// Returns a page of one record of an API whose pages have the URL of the next one.
fn linked(page: u64, total: u64, next: &str) -> Answer {
    let next = match next {
        "" => "null".to_owned(),
        url => format!("\"{}\"", url.replace('/', "\\/")),
    };
    Page(format!(
        r#"{{"current_page":{page},"data":[{{"id":"{page}","vendor_id":"v"}}],"next_page_url":{next},"total":{total}}}"#
    ))
}

/// Returns an answer with a status and a message.
fn status(line: &'static str, header: &str, message: &str) -> Answer {
    Status(
        line,
        vec![header.to_owned()],
        format!(r#"{{"message":"{message}"}}"#),
    )
}

/// Returns a run with the token and with short waits.
fn fetch(server: &ScriptedServer, target: &str) -> Idq {
    Idq::new(["fetch", &format!("{}{target}", server.url)])
        .args(["--max-wait", "0.05"])
        .env("IDQ_TOKEN", TOKEN)
}

/// Runs a fetch, whose output must not have the token.
fn run(idq: Idq) -> Ran {
    let ran = idq.run();
    assert!(!ran.stderr.contains(TOKEN), "{}", ran.stderr);
    assert!(!String::from_utf8_lossy(&ran.stdout).contains(TOKEN));
    ran
}

/// Returns the ids of the records.
fn ids(ran: &Ran) -> Vec<String> {
    let id = |line: &str| line.split('"').nth(3).unwrap().to_owned();
    ran.text().lines().map(id).collect()
}

#[test]
fn failures_that_pass_are_repeated() {
    let page = |answer: Answer| match answer {
        Page(body) => body,
        _ => String::new(),
    };
    for (failures, expected) in [
        (
            vec![status(
                "429 Too Many Requests",
                "Retry-After: 0",
                "slow down",
            )],
            "status 429 (slow down)",
        ),
        (
            vec![status(
                "503 Service Unavailable",
                "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT",
                "x",
            )],
            "status 503",
        ),
        (
            vec![
                status("500 Oops", "X: y", "a"),
                status("502 Oops", "X: y", "b"),
            ],
            "status 502 (b)",
        ),
        (vec![Nothing], "the connection broke"),
        (vec![Cut(page(numbered(2, 3)))], "the connection broke"),
        (
            vec![CutWithoutLength(page(numbered(2, 3)))],
            "ends inside a value",
        ),
    ] {
        let count = failures.len();
        let mut script = vec![numbered(1, 3)];
        script.extend(failures);
        script.extend([numbered(2, 3), numbered(3, 3)]);
        let server = ScriptedServer::start(script);
        let ran = run(fetch(&server, "/api/identities?filter[status]=Active"));
        assert_eq!(ids(&ran), ["1", "2", "3"], "{expected}");
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("next attempt in"),
            "{}",
            ran.stderr
        );
        let targets = server.targets();
        assert_eq!(targets.len(), 3 + count, "{targets:?}");
        assert_eq!(
            targets[1],
            "/api/identities?filter%5Bstatus%5D=Active&page=2"
        );
        for head in server.requests() {
            let head = head.to_ascii_lowercase();
            assert!(
                head.contains(&format!("authorization: bearer {TOKEN}\n")),
                "{head}"
            );
            assert!(head.contains("accept: application/json\n"), "{head}");
        }
    }
}

#[test]
fn wait_that_the_server_demands_is_obeyed_up_to_the_longest_one() {
    let limited = || status("429 Too Many Requests", "Retry-After: 1", "slow down");
    let server = ScriptedServer::start(vec![limited(), numbered(1, 1)]);
    let ran = Idq::new(["fetch", &format!("{}/api/identities", server.url)]).run();
    assert_eq!(ids(&ran), ["1"]);
    assert!(
        ran.stderr.contains("next attempt in 1.0 s"),
        "{}",
        ran.stderr
    );
    let server = ScriptedServer::start(vec![limited()]);
    let ran = run(fetch(&server, "/api/identities"));
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("asks to wait 1 s") && ran.stderr.contains("--max-wait 1"),
        "{}",
        ran.stderr
    );
    assert_eq!(server.targets().len(), 1);
}

#[test]
fn failure_that_stays_ends_the_run_after_the_retries() {
    for (answer, expected) in [
        (
            status("500 Oops", "X: y", "down"),
            "page 1: the server answered status 500 (down) (3 attempts)",
        ),
        (
            status("429 Slow", "Retry-After: 0", "slow"),
            "page 1: the server answered status 429 (slow) (3 attempts)",
        ),
        (Nothing, "the connection broke (3 attempts)"),
    ] {
        let server = ScriptedServer::start(vec![answer]);
        let ran = run(fetch(&server, "/api/identities").args(["--retries", "2"]));
        assert_eq!(ran.status, 3);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert_eq!(server.targets().len(), 3);
    }
}

#[test]
fn answer_that_no_repetition_mends_ends_the_run_at_once() {
    let html = Status(
        "200 OK",
        Vec::new(),
        "\n<!doctype html><title>Log in</title>".to_owned(),
    );
    for (answer, expected) in [
        (html, "expected JSON, found HTML: the page of a login"),
        (Page("pong".to_owned()), "expected JSON, found other text"),
        (Page(String::new()), "expected JSON, found nothing"),
        (Page("[{]".to_owned()), "malformed JSON at byte 2"),
        (
            Page(r#"{"value":[{"a":1}]}"#.to_owned()),
            "found an object with the keys `value`",
        ),
        (
            Page(r#"{"items":{"1":{}},"totalCount":1}"#.to_owned()),
            "with an array under `items`",
        ),
        (
            Page(r#"{"items":[1],"totalCount":1}"#.to_owned()),
            "expected a record",
        ),
        (status("403 Forbidden", "X: y", "no"), "status 403: no"),
        // A server that repeats the token, and control characters.
        (
            status(
                "401 Unauthorized",
                "X: y",
                &format!("bad \\u001b[2J {TOKEN}"),
            ),
            r"status 401: bad \u{1b}[2J [token]",
        ),
        (
            Status(
                "302 Found",
                vec!["Location: {url}/login".to_owned()],
                String::new(),
            ),
            "more than 10 redirects",
        ),
        (
            Status("304 Not Modified", Vec::new(), String::new()),
            "status 304",
        ),
    ] {
        let server = ScriptedServer::start(vec![answer]);
        let ran = run(fetch(&server, "/list"));
        assert_eq!(ran.status, 3);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    }
}

#[test]
fn token_is_sent_to_no_other_server() {
    let other = ScriptedServer::start(vec![numbered(1, 1)]);
    let elsewhere = format!("{}/api", other.url);
    let redirect = Status(
        "302 Found",
        vec![format!("Location: {elsewhere}?page=2")],
        String::new(),
    );
    let without_scheme = elsewhere.trim_start_matches("http:").to_owned();
    let with_password = elsewhere.replace("http://", "http://user:SECRET@");
    for (answer, expected) in [
        (redirect, "a redirect leads to"),
        (
            linked(1, 2, &format!("{elsewhere}?page=2")),
            "the URL of the next page leads to",
        ),
        (
            linked(1, 2, &without_scheme),
            "the URL of the next page leads to",
        ),
        (
            linked(1, 2, &with_password),
            "the URL of the next page leads to",
        ),
        (
            linked(1, 2, "file:///etc/passwd"),
            "the URL of the next page leads to",
        ),
    ] {
        let server = ScriptedServer::start(vec![answer]);
        let ran = run(fetch(&server, "/api/v1/directory/identities"));
        assert_eq!(ran.status, 3);
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("token"),
            "{}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("SECRET"), "{}", ran.stderr);
        assert_eq!(server.targets().len(), 1);
    }
    assert_eq!(other.requests(), [""; 0]);
    // By numbers, the pages of such a server are fetched from its own URL.
    let script = vec![linked(1, 2, &elsewhere), linked(2, 2, "")];
    let server = ScriptedServer::start(script);
    let ran = run(fetch(&server, "/x").args(["--next", "number"]));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(server.targets(), ["/x", "/x?page=2"]);
}

#[test]
fn redirect_to_the_same_server_is_followed() {
    let moved = Status(
        "308 Moved",
        vec!["Location: /new/list?x=1".to_owned()],
        String::new(),
    );
    let server = ScriptedServer::start(vec![moved, numbered(1, 1)]);
    assert_eq!(ids(&run(fetch(&server, "/old"))), ["1"]);
    assert_eq!(server.targets(), ["/old", "/new/list?x=1"]);
}

#[test]
fn pages_that_do_not_advance_end_the_run() {
    for script in [
        // The URL of the next page is that of the same page, or of an earlier one.
        vec![linked(1, 9, "{url}/list")],
        vec![
            linked(1, 9, "{url}/list?page=2"),
            linked(2, 9, "{url}/list"),
        ],
        // The URLs differ, but the pages do not.
        vec![linked(1, 9, "?page=2"), linked(1, 9, "?page=3")],
        vec![numbered(1, 3), numbered(1, 3)],
    ] {
        let server = ScriptedServer::start(script);
        let ran = run(fetch(&server, "/list"));
        assert_eq!(ran.status, 3);
        assert!(
            ran.stderr.contains("the server does not advance"),
            "{}",
            ran.stderr
        );
        assert!(server.targets().len() <= 2);
    }
}

#[test]
fn array_without_an_envelope_is_fetched_until_it_ends_or_repeats() {
    let array = |id: u64| {
        Page(format!(
            "[\n  {{\"id\": \"{id}\",\n\"vendor_id\":\"a b\"}}\n]"
        ))
    };
    let server = ScriptedServer::start(vec![array(1), array(2), Page("[]".to_owned())]);
    let ran = run(fetch(&server, "/list"));
    assert_eq!(
        ran.text(),
        "{\"id\":\"1\",\"vendor_id\":\"a b\"}\n{\"id\":\"2\",\"vendor_id\":\"a b\"}\n"
    );
    assert!(
        ran.stderr.contains("2 records spanned lines"),
        "{}",
        ran.stderr
    );
    assert_eq!(server.targets(), ["/list", "/list?page=2", "/list?page=3"]);
    let server = ScriptedServer::start(vec![array(1)]);
    let ran = run(fetch(&server, "/list"));
    assert_eq!(ran.text().lines().count(), 1);
    assert!(
        ran.stderr.contains("the server does not page"),
        "{}",
        ran.stderr
    );
}

#[test]
fn filters_that_the_server_forgets_are_added() {
    let server = ScriptedServer::start(vec![linked(1, 2, "/list?page=2"), linked(2, 2, "")]);
    let ran = run(fetch(
        &server,
        "/list?filter[email]=zoe@b.example&sort=email",
    ));
    assert_eq!(ids(&ran), ["1", "2"]);
    let second = &server.targets()[1];
    assert_eq!(
        second,
        "/list?filter%5Bemail%5D=zoe@b.example&sort=email&page=2"
    );
    assert!(
        ran.stderr.contains("lacks `filter[email]`, `sort`"),
        "{}",
        ran.stderr
    );
    // A value may be personal data.
    assert!(!ran.stderr.contains("zoe"), "{}", ran.stderr);
}

#[test]
fn changed_total_is_told() {
    for (script, expected) in [
        (
            vec![linked(1, 2, "?page=2"), linked(2, 3, "")],
            "the first page said 2 records in all, the last one 3",
        ),
        (
            vec![linked(1, 5, "")],
            "the API says 5 records in all, but its pages had 1",
        ),
    ] {
        let server = ScriptedServer::start(script);
        let ran = run(fetch(&server, "/list"));
        assert_eq!(ran.status, 0);
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("--dedupe"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn fetch_that_broke_goes_on_after_its_last_page() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    let named = |name: &str| folder.path().join(name);
    let script = vec![numbered(1, 3), Nothing, numbered(2, 3), numbered(3, 3)];
    let server = ScriptedServer::start(script);
    let target = "/api/identities?filter[status]=Active";
    let to_file = |target: &str| {
        fetch(&server, target)
            .args(["-o"])
            .args([&path])
            .args(["--retries", "0"])
    };
    let ran = run(to_file(target));
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("the same command goes on from there"),
        "{}",
        ran.stderr
    );
    assert!(!path.exists());
    let state = fs::read_to_string(named("dump.ndjson.partial.json")).unwrap();
    assert!(!state.contains(TOKEN), "{state}");
    // Bytes after the last page are those of a page that was cut.
    let partial = named("dump.ndjson.partial");
    let mut bytes = fs::read(&partial).unwrap();
    bytes.extend(b"{\"id\":\"2");
    fs::write(&partial, bytes).unwrap();
    // The run of another URL does not go on from it.
    let ran = run(to_file("/api/identities?filter[status]=Disabled"));
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--restart"), "{}", ran.stderr);
    let ran = run(to_file(target));
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("note: going on after 1 record in 1 page"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("fetched 3 records"), "{}", ran.stderr);
    let dump = fs::read_to_string(&path).unwrap();
    let ids: Vec<&str> = dump.lines().map(|line| &line[..8]).collect();
    assert_eq!(ids, ["{\"id\":\"1", "{\"id\":\"2", "{\"id\":\"3"]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    let page = |page: u64| format!("/api/identities?filter%5Bstatus%5D=Active&page={page}");
    assert_eq!(server.targets()[1..], [page(2), page(2), page(3)]);
}

#[test]
fn state_that_leads_to_another_server_is_refused() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    let server = ScriptedServer::start(vec![numbered(1, 2), Nothing]);
    let other = ScriptedServer::start(vec![numbered(2, 2)]);
    let to_file = || {
        let fetch = fetch(&server, "/x").args(["-o"]).args([&path]);
        fetch.args(["--retries", "0"])
    };
    assert_eq!(run(to_file()).status, 3);
    let state = folder.path().join("dump.ndjson.partial.json");
    let edited = fs::read_to_string(&state).unwrap();
    let edited = edited.replace(
        &format!("{}/x?page", server.url),
        &format!("{}/x?page", other.url),
    );
    fs::write(&state, edited).unwrap();
    let ran = run(to_file());
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("a next page on another server"),
        "{}",
        ran.stderr
    );
    assert!(other.requests().is_empty());
}

#[test]
fn fetch_with_restart_begins_anew() {
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    let server = ScriptedServer::start(vec![numbered(1, 2), Nothing, numbered(1, 1)]);
    let to_file = || {
        fetch(&server, "/x")
            .args(["-o"])
            .args([&path])
            .args(["--retries", "0"])
    };
    assert_eq!(run(to_file()).status, 3);
    assert_eq!(run(to_file().args(["--restart"])).status, 0);
    assert_eq!(server.targets(), ["/x", "/x?page=2", "/x"]);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 1);
}

#[test]
fn fetch_with_a_wrong_command_line_is_refused() {
    let folder = folder();
    let named = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(named("header"), format!("Authorization: Bearer {TOKEN}")).unwrap();
    fs::write(named("empty"), "\n").unwrap();
    let url = "http://127.0.0.1:1/x";
    let (header, empty) = (named("header"), named("empty"));
    for (words, expected) in [
        (
            &["example.com/x"][..],
            "expected a URL that starts with https://, found `example.com/x`",
        ),
        (&["http://example.com/x"], "--allow-plain-http"),
        (
            &["https://me:pw@example.com/x"],
            "expected a URL without a user or password",
        ),
        (
            &[url, "--token-file", &header],
            "leave out `Authorization:` and `Bearer`",
        ),
        (
            &[url, "--token-file", &empty],
            "expected a token, found nothing",
        ),
        (
            &[url, "--token-file", &header, "-o", &header],
            "is one of the sources",
        ),
        (
            &[url, "--header", "Authorization: Bearer x"],
            "can be read in the list of processes",
        ),
        (
            &[url, "--header", "Authorization Bearer no-colon"],
            "expected `Name: value`, found no colon",
        ),
        (&["htps://me:pw@example.com/x"], "expected"),
        (
            &[url, "-o", "people.idq"],
            "found the name of a snapshot file",
        ),
        (
            &[url, "-o", "people.ndjson.gz"],
            "found that of a compressed one",
        ),
        (&[url, "--restart"], "--output"),
        (&[url, "--timeout", "0"], "from 0.001"),
        (&[url, "--api", "okta"], "provisionr"),
    ] {
        let ran = run(Idq::new(["fetch"]).args(words));
        for secret in ["no-colon", "pw@"] {
            assert!(!ran.stderr.contains(secret), "{}", ran.stderr);
        }
        assert_eq!(ran.status, 2, "{words:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{words:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("pw"), "{}", ran.stderr);
    }
    let ran = idq("fetch http://127.0.0.1:1/x --token-file nowhere");
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("nowhere: the token cannot be read"),
        "{}",
        ran.stderr
    );
    let ran = idq("fetch http://127.0.0.1:1/x");
    assert_eq!(ran.status, 3);
    assert!(
        ran.stderr.contains("page 1: http://127.0.0.1:1: "),
        "{}",
        ran.stderr
    );
}

#[test]
fn proxy_of_the_environment_is_used_but_for_this_machine() {
    let proxy = ScriptedServer::start(vec![Nothing]);
    let run_to = |url: &str| {
        let fetch = Idq::new(["fetch", url, "--retries", "0"]);
        run(fetch
            .env("ALL_PROXY", &proxy.url)
            .env("NO_PROXY", "")
            .env("IDQ_TOKEN", TOKEN))
    };
    let ran = run_to("https://identity.invalid/api/identities");
    assert_eq!(ran.status, 3);
    let expected = "https://identity.invalid through the proxy of the environment: ";
    assert!(ran.stderr.contains(expected), "{}", ran.stderr);
    let requests = proxy.requests();
    assert!(
        requests.len() == 1 && requests[0].starts_with("CONNECT identity.invalid:443 "),
        "{requests:?}"
    );
    // The proxy sees neither the path nor the token.
    assert!(
        !requests[0].contains(TOKEN) && !requests[0].contains("identities"),
        "{requests:?}"
    );
    let server = ScriptedServer::start(vec![numbered(1, 1)]);
    assert_eq!(ids(&run_to(&server.url)), ["1"]);
    assert_eq!(proxy.requests().len(), 1);
}
