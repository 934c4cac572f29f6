//! `idq fetch` from `idq serve`: what is fetched is what is served.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::idq::Idq;
use crate::serve::RunningServer;
use crate::{folder, idq, large, read_fixture};

/// The path of Provisionr's list.
const PROVISIONR: &str = "/api/v1/directory/identities";

/// The path of Permission Assist's list.
const PERMISSION_ASSIST: &str = "/api/identities";

/// Returns a run of `fetch` over a list of a server.
fn fetch(serving: &RunningServer, target: &str) -> Idq {
    let url = format!("http://{}{target}", serving.address);
    Idq::new(["fetch", &url]).env("NO_PROXY", "")
}

/// Writes a token to a file that its owner alone can read, and returns its path.
fn token_file(folder: &TempDir, token: &str) -> String {
    let path = folder.path().join("token");
    fs::write(&path, format!("{token}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn fetched_dump_has_the_records_that_are_served() {
    let serving = RunningServer::start("provisionr.ndjson permission-assist.json --no-auth", &[]);
    for (target, query) in [
        (
            format!("{PROVISIONR}?filter[trashed]=with"),
            "query provisionr.ndjson -f trashed=with --all -o ndjson",
        ),
        (
            format!("{PROVISIONR}?filter[state]=active&sort=-created_at&per_page=7"),
            "query provisionr.ndjson -f state=active -s -created_at --all -o ndjson",
        ),
        (
            format!("{PROVISIONR}?filter[state]=nowhere"),
            "query provisionr.ndjson -f state=nowhere --all -o ndjson",
        ),
        (
            PERMISSION_ASSIST.to_owned(),
            "query permission-assist.json --all -o ndjson",
        ),
    ] {
        let served = idq(query).stdout;
        let folder = folder();
        let path = folder.path().join("dump.ndjson");
        let ran = fetch(&serving, &target)
            .args(["-o"])
            .args([&path])
            .succeeds();
        assert!(ran.stdout.is_empty());
        assert!(fs::read(&path).unwrap() == served, "{target}");
        // Neither a partial file nor its state stays.
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        assert!(fetch(&serving, &target).succeeds().stdout == served);
        let by_number = fetch(&serving, &target).args(["--next", "number"]);
        assert!(by_number.succeeds().stdout == served, "{target}");
    }
    let whole = fetch(&serving, &format!("{PROVISIONR}?filter[trashed]=with")).succeeds();
    assert_eq!(whole.stdout, read_fixture("provisionr.ndjson"));
    let counted = Idq::new(["count", "-", "-f", "trashed=with"]).input(whole.stdout);
    assert_eq!(counted.run().text(), "60\n");
}

#[test]
fn fetch_tells_records_pages_and_the_missing_filter() {
    let serving = RunningServer::start("provisionr.ndjson permission-assist.json --no-auth", &[]);
    insta::assert_snapshot!(fetch(&serving, PROVISIONR).succeeds().messages(), @"
    note: the API leaves deleted records out: `filter[trashed]=with` in the URL fetches them as well
    fetched 54 records (95.84 kB) of Provisionr directory identities in 4 pages in [time]
    ");
    insta::assert_snapshot!(fetch(&serving, PERMISSION_ASSIST).succeeds().messages(), @"fetched 60 records (32.65 kB) of Permission Assist identities in 2 pages in [time]");
    let quiet = fetch(&serving, PROVISIONR).args(["--quiet"]).succeeds();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn token_is_read_from_a_file_standard_input_or_the_environment_and_printed_nowhere() {
    let serving = RunningServer::start("provisionr.ndjson", &[]);
    let token = serving.token.clone().unwrap();
    let folder = folder();
    let file = token_file(&folder, &token);
    let runs = [
        fetch(&serving, PROVISIONR).args(["--token-file", &file]),
        fetch(&serving, PROVISIONR)
            .args(["--token-file", "-"])
            .input(token.as_bytes()),
        fetch(&serving, PROVISIONR).env("IDQ_TOKEN", &token),
        // The file wins.
        fetch(&serving, PROVISIONR)
            .args(["--token-file", &file])
            .env("IDQ_TOKEN", "another"),
    ];
    for run in runs {
        let ran = run.succeeds();
        assert_eq!(ran.stdout.iter().filter(|byte| **byte == b'\n').count(), 54);
        assert!(!ran.stderr.contains(&token), "{}", ran.stderr);
        assert!(!ran.stderr.contains("other users"), "{}", ran.stderr);
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = fetch(&serving, PROVISIONR)
        .args(["--token-file", &file])
        .succeeds();
    assert!(
        ran.stderr.contains("note: other users can read"),
        "{}",
        ran.stderr
    );
    for wrong in [Some("wr0ng-t0ken"), None] {
        let run = fetch(&serving, PROVISIONR);
        let ran = match wrong {
            Some(wrong) => run.env("IDQ_TOKEN", wrong).run(),
            None => run.run(),
        };
        assert_eq!(ran.status, 3);
        assert!(
            ran.stderr.contains("status 401: Unauthenticated."),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("--token-file"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("wr0ng"), "{}", ran.stderr);
    }
}

#[test]
fn refused_request_has_the_message_of_the_server_and_leaves_no_files() {
    let serving = RunningServer::start("provisionr.ndjson --no-auth", &[]);
    let folder = folder();
    let path = folder.path().join("dump.ndjson");
    for (target, expected) in [
        (
            format!("{PROVISIONR}?filter[stat]=active"),
            "status 400: Requested filter(s) `stat`",
        ),
        (format!("{PROVISIONR}/none"), "status 404: Not Found."),
        ("/".to_owned(), "expected JSON, found HTML"),
        (
            "/healthz".to_owned(),
            "expected a page of a known API, found an object",
        ),
    ] {
        let ran = fetch(&serving, &target).args(["-o"]).args([&path]).run();
        assert_eq!(ran.status, 3, "{target}");
        assert!(ran.stderr.contains(expected), "{target}: {}", ran.stderr);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "{target}");
    }
}

#[test]
fn fetch_that_is_stopped_goes_on_with_the_same_command() {
    let folder = folder();
    let served = large(&folder, 3_000);
    let serving = RunningServer::start("--no-auth", &[served.to_str().unwrap()]);
    let path = folder.path().join("dump.ndjson");
    let target = format!("{PROVISIONR}?filter[trashed]=with");
    let run = || fetch(&serving, &target).args(["-o"]).args([&path]);
    let mut child = run().into_command().spawn().unwrap();
    let state = folder.path().join("dump.ndjson.partial.json");
    while !has_pages(&state) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the command ended early"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert!(!path.exists());
    let ran = run().succeeds();
    assert!(
        ran.stderr.contains("note: going on after "),
        "{}",
        ran.stderr
    );
    assert!(fs::read(&path).unwrap() == fs::read(&served).unwrap());
    let names = fs::read_dir(&folder).unwrap().count();
    assert_eq!(
        names, 2,
        "the dump that is served and the one that was fetched"
    );
}

/// Returns whether a state has at least one page.
fn has_pages(state: &Path) -> bool {
    fs::read_to_string(state)
        .is_ok_and(|state| state.contains("\"pages\"") && !state.contains("\"pages\": 0"))
}

#[test]
fn encrypted_connection_needs_a_trusted_certificate() {
    let folder = folder();
    let named = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let generate = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (own, other) = (generate(), generate());
    fs::write(named("cert.pem"), own.cert.pem()).unwrap();
    fs::write(named("key.pem"), own.signing_key.serialize_pem()).unwrap();
    fs::write(named("other.pem"), other.cert.pem()).unwrap();
    let files = [
        "--tls-cert",
        &named("cert.pem"),
        "--tls-key",
        &named("key.pem"),
    ];
    let serving = RunningServer::start("provisionr.ndjson --no-auth", &files);
    let (_, port) = serving.address.rsplit_once(':').unwrap();
    let url = format!("https://localhost:{port}{PROVISIONR}");
    // The folder of certificates of the system would be added to the file.
    let run = |trusted: &str| {
        Idq::new(["fetch", &url])
            .env("SSL_CERT_FILE", &named(trusted))
            .env("SSL_CERT_DIR", "")
            .run()
    };
    let ran = run("cert.pem");
    assert_eq!(ran.text().lines().count(), 54);
    let ran = run("other.pem");
    assert_eq!(ran.status, 3);
    for part in [
        "no encrypted connection: invalid peer certificate",
        "SSL_CERT_FILE",
    ] {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    // Without any certificate, no connection is made.
    fs::write(named("empty.pem"), "").unwrap();
    let ran = run("empty.pem");
    assert!(
        ran.stderr.contains("expected trusted certificates"),
        "{}",
        ran.stderr
    );
}
