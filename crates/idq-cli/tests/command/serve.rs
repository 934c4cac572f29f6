//! `idq serve` as a process: messages, signals, termination.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

use crate::idq::{Idq, words};
use crate::{folder, idq, record};

/// The time after which a test fails instead of blocking.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running server, and its messages.
pub(crate) struct RunningServer {
    child: Child,
    pub(crate) address: String,
    pub(crate) token: Option<String>,
    messages: Receiver<String>,
}

impl RunningServer {
    pub(crate) fn start(arguments: &str, paths: &[&str]) -> Self {
        let arguments = words(&format!("serve --listen 127.0.0.1:0 {arguments}"), paths);
        let mut child = Idq::new(arguments).into_command().spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        // Dropping this value ends the child, so a panic below leaves no process.
        let mut serving = Self {
            child,
            address: String::new(),
            token: None,
            messages,
        };
        while serving.address.is_empty() {
            let line = serving
                .messages
                .recv_timeout(TIMEOUT)
                .expect("the server starts");
            if let Some(token) = line.strip_prefix("token (shown once): ") {
                serving.token = Some(token.to_owned());
            }
            if let Some((_, address)) = line
                .split_once("listening on ")
                .and_then(|(_, url)| url.split_once("://"))
            {
                serving.address = address.trim_end_matches('/').to_owned();
            }
        }
        serving
    }

    fn get(&self, target: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let token = self
            .token
            .iter()
            .map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token: String = token.collect();
        let host = &self.address;
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: {host}\r\n{token}Connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Blocks until a message contains this text, and returns the line.
    fn wait_for_message(&self, part: &str) -> String {
        self.wait_for_messages(&[part])
    }

    /// Blocks until each of these texts was part of a message, in any order, and returns the last line.
    fn wait_for_messages(&self, parts: &[&str]) -> String {
        let mut parts = parts.to_vec();
        loop {
            let line = self
                .messages
                .recv_timeout(TIMEOUT)
                .unwrap_or_else(|_| panic!("no message contains {parts:?}"));
            parts.retain(|part| !line.contains(part));
            if parts.is_empty() {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn dump(folder: &TempDir, records: usize) -> String {
    let path = folder.path().join("dump.ndjson");
    write_dump(&path, records);
    path.to_str().unwrap().to_owned()
}

fn write_dump(path: &Path, records: usize) {
    let beside = path.with_extension("new");
    let lines: Vec<String> = (0..records)
        .map(|number| record(&format!("id{number}"), "active", "2026-01-01T00:00:00Z"))
        .collect();
    fs::write(&beside, lines.join("\n")).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn serve_of_two_apis_prints_a_token_once() {
    let mut serving = RunningServer::start("provisionr.ndjson permission-assist.json", &[]);
    let token = serving.token.clone().unwrap();
    let page = serving.get("/api/identities");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("\"totalCount\":60"));
    assert!(
        serving
            .get("/api/v1/directory/identities?filter[email_search]=secretvalue")
            .contains("\"total\":0")
    );
    assert!(
        serving
            .get("/api/identities/secretid")
            .starts_with("HTTP/1.1 404 ")
    );
    serving.token = Some("wrong".to_owned());
    assert!(serving.get("/api/identities").starts_with("HTTP/1.1 401 "));
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
    // One line for each request, without tokens or values.
    let log: Vec<String> = serving.messages.iter().collect();
    let requests: Vec<&String> = log
        .iter()
        .filter(|line| line.contains("idq_server::request"))
        .collect();
    assert_eq!(requests.len(), 4, "{log:?}");
    assert!(
        requests[1].contains("method=\"GET\" route=\"/api/v1/directory/identities\" status=200"),
        "{log:?}"
    );
    for line in &log {
        assert!(
            !line.contains(&token) && !line.contains("secret") && !line.contains("wrong"),
            "{line}"
        );
    }
}

#[test]
fn log_has_queries_only_with_log_queries_and_may_be_json() {
    let serving = RunningServer::start("provisionr.ndjson --no-auth --log json --log-queries", &[]);
    serving.get("/api/v1/directory/identities?filter[state]=active");
    let line: serde_json::Value =
        serde_json::from_str(&serving.wait_for_message("answered")).unwrap();
    assert_eq!(line["query"], "filter[state]=active");
    assert_eq!(line["status"], 200);
    assert_eq!(line["matched"], 44);
    let quiet = RunningServer::start("provisionr.ndjson --no-auth --quiet", &[]);
    quiet.get("/healthz");
    quiet.signal("-TERM");
    assert_eq!(quiet.messages.iter().count(), 0);
}

#[test]
fn hangup_reloads_and_a_broken_file_changes_nothing() {
    let folder = folder();
    let path = dump(&folder, 3);
    let serving = RunningServer::start("--no-auth --watch 0", &[&path]);
    let total = || serving.get("/api/v1/directory/identities");
    assert!(total().contains("\"total\":3}"));
    write_dump(Path::new(&path), 5);
    serving.signal("-HUP");
    serving.wait_for_message("serving the reloaded records");
    assert!(total().contains("\"total\":5}"));
    let broken = folder.path().join("broken");
    fs::write(
        &broken,
        r#"{"id":"a","state":"secretvalue","email":5,"vendor_id":"v"}"#,
    )
    .unwrap();
    fs::rename(broken, &path).unwrap();
    serving.signal("-HUP");
    let line = serving.wait_for_message("the old records are still served");
    assert!(
        line.contains("record 1, line 1")
            && line.contains("field email: the record cannot be read"),
        "{line}"
    );
    assert!(!line.contains("secretvalue"));
    assert!(total().contains("\"total\":5}"));
}

#[test]
fn records_that_cannot_be_read_are_logged_and_counted() {
    let serving = RunningServer::start("damaged.ndjson --on-bad-record skip --no-auth", &[]);
    // The messages of the first load were consumed by the start.
    serving.signal("-HUP");
    let line = serving.wait_for_message("records that cannot be read are not served");
    assert!(
        line.contains("records=1") && line.contains("damaged.ndjson, record 2, line 2, byte "),
        "{line}"
    );
    let metrics = serving.get("/metrics");
    let expected = "idq_snapshot_rejected_records{api=\"provisionr\"} 1";
    assert!(metrics.contains(expected), "{metrics}");
}

#[test]
fn tokens_of_a_changed_file_apply_after_a_hangup() {
    let folder = folder();
    let new_token = || {
        let printed = idq("serve --new-token");
        let mut lines = printed.text().lines().map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap())
    };
    let (first, first_line) = new_token();
    let (second, second_line) = new_token();
    assert_ne!(first, second);
    let file = folder.path().join("tokens");
    fs::write(&file, first_line).unwrap();
    let mut serving =
        RunningServer::start("provisionr.ndjson --token-file", &[file.to_str().unwrap()]);
    let status = |token: &str, serving: &mut RunningServer| {
        serving.token = Some(token.to_owned());
        serving.get("/api/v1/directory/identities")[9..12].to_owned()
    };
    assert_eq!(status(&first, &mut serving), "200");
    assert_eq!(status(&second, &mut serving), "401");
    fs::write(&file, second_line).unwrap();
    serving.signal("-HUP");
    // Tokens and records are reloaded by separate tasks.
    serving.wait_for_messages(&["tokens renewed", "serving the reloaded records"]);
    assert_eq!(status(&first, &mut serving), "401");
    assert_eq!(status(&second, &mut serving), "200");
    // Tokens of a file with a malformed line are not replaced, but records are reloaded.
    fs::write(&file, "no hash").unwrap();
    serving.signal("-HUP");
    let both = [
        "the old tokens are still accepted",
        "serving the reloaded records",
    ];
    serving.wait_for_messages(&both);
    assert_eq!(status(&second, &mut serving), "200");
    // Tokens of a file whose last token was removed are replaced.
    fs::write(&file, "# none\n").unwrap();
    serving.signal("-HUP");
    serving.wait_for_message("tokens renewed");
    assert_eq!(status(&second, &mut serving), "401");
}

#[test]
fn hangup_during_the_first_load_reloads_after_it() {
    let folder = folder();
    let path = crate::large(&folder, 50_000);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    drop(port);
    let line = format!("serve --no-auth --listen {address} --watch 0");
    let arguments = words(&line, &[path.to_str().unwrap()]);
    let mut child = Idq::new(arguments).into_command().spawn().unwrap();
    // The server listens before it loads.
    while TcpStream::connect(&address).is_err() {
        assert!(child.try_wait().unwrap().is_none(), "the server started");
        std::thread::sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    let hangup = Command::new("kill").args(["-HUP", &id]).status();
    assert!(hangup.unwrap().success());
    let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(messages.any(|line| line.unwrap().contains("listening on")));
    assert!(messages.any(|line| line.unwrap().contains("serving the reloaded records")));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn pipe(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn source_replaced_by_a_pipe_blocks_no_reload() {
    let folder = folder();
    let path = dump(&folder, 3);
    let mut serving = RunningServer::start("--no-auth --watch 0", &[&path]);
    fs::remove_file(&path).unwrap();
    pipe(Path::new(&path));
    serving.signal("-HUP");
    serving.wait_for_message("reload requested");
    serving.wait_for_message("found a pipe");
    let page = serving.get("/api/v1/directory/identities?filter[trashed]=with");
    assert!(page.contains("\"total\":3}"), "{page}");
    serving.signal("-TERM");
    let started = std::time::Instant::now();
    let ended = loop {
        match serving.child.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(started.elapsed() < TIMEOUT, "the server stopped in time"),
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(ended.success());
}

#[test]
fn sources_and_token_files_that_are_not_regular_are_refused() {
    let folder = folder();
    let path = dump(&folder, 3);
    let fifo = folder.path().join("fifo");
    pipe(&fifo);
    let fifo = fifo.to_str().unwrap();
    for (line, paths, expected) in [
        ("serve DUMP", &[fifo][..], "found a pipe"),
        ("serve DUMP DUMP", &[&path, fifo], "found a pipe"),
        (
            "serve /dev/zero",
            &[],
            "/dev/zero: expected a regular file, a folder or a pattern, found a device",
        ),
        (
            "serve DUMP --token-file DUMP",
            &[&path, fifo],
            "found a pipe",
        ),
    ] {
        let mut paths = paths.iter();
        let words = line.split(' ').map(|word| match word {
            "DUMP" => paths.next().unwrap(),
            word => word,
        });
        let ran = Idq::new(words).args(["--listen", "127.0.0.1:0"]).run();
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
}

#[test]
fn token_file_that_is_malformed_is_an_error_before_the_load() {
    let ran = idq("serve nowhere.json --token-file provisionr.ndjson");
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("expected `sha256:`"), "{}", ran.stderr);
}

#[test]
fn server_killed_during_a_reload_leaves_no_files() {
    let folder = folder();
    let path = crate::large(&folder, 20_000);
    let path = path.to_str().unwrap();
    for _ in 0..3 {
        let mut serving = RunningServer::start("--no-auth --watch 0", &[path]);
        serving.signal("-HUP");
        serving.wait_for_message("reload requested");
        serving.signal("-KILL");
        assert!(!serving.child.wait().unwrap().success());
    }
    // The sources are unchanged, and the next server loads them.
    let serving = RunningServer::start("--no-auth", &[path]);
    let page = serving.get("/api/v1/directory/identities?filter[trashed]=with");
    assert!(page.contains("\"total\":20000}"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// An address space that suffices for a few threads but not for a thousand.
#[cfg(target_os = "linux")]
const ADDRESS_SPACE_KIB: &str = "400000";

#[cfg(target_os = "linux")]
#[test]
fn server_that_is_refused_threads_reports_an_error() {
    let line = format!("ulimit -v {ADDRESS_SPACE_KIB} && exec \"$0\" \"$@\"");
    let served = "serve provisionr.ndjson --no-auth --listen 127.0.0.1:0 --threads 1024";
    let command = Idq::new(served.split(' ')).into_command();
    let ran = Command::new("sh")
        .args(["-c", &line])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap_or(Path::new(".")))
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(3), "{messages}");
    // The last bytes are refused to the stack of a thread, or to the next allocation.
    let is_told = ["error: cannot start threads: ", "error: out of memory: "];
    assert!(
        is_told.iter().any(|told| messages.contains(told)),
        "{messages}"
    );
}

#[test]
fn serve_with_a_wrong_command_line_is_refused() {
    for (line, expected) in [
        ("serve", "required arguments were not provided"),
        ("serve -", "standard input cannot be served"),
        (
            "serve provisionr.ndjson --listen 0.0.0.0:0",
            "this needs --token-file",
        ),
        (
            "serve provisionr.ndjson --no-auth --listen [::]:0",
            "this needs --token-file",
        ),
        (
            "serve provisionr.ndjson --cors nowhere --listen 127.0.0.1:0",
            "expected an origin",
        ),
        (
            "serve provisionr.ndjson --timeout soon",
            "expected a number of seconds",
        ),
        ("serve provisionr.ndjson --timeout 0", "from 0.001"),
        ("serve provisionr.ndjson --timeout 0.0", "from 0.001"),
        ("serve provisionr.ndjson --timeout 1e-9", "from 0.001"),
        ("serve provisionr.ndjson --timeout NaN", "from 0.001"),
        ("serve provisionr.ndjson --timeout=-0", "from 0.001"),
        ("serve provisionr.ndjson --head-timeout 0", "from 0.001"),
        ("serve provisionr.ndjson --write-timeout 0", "from 0.001"),
        ("serve provisionr.ndjson --watch 1e-9", "expected 0, or"),
        ("serve provisionr.ndjson --threads 5000", "1..=1024"),
        ("serve provisionr.ndjson --threads 0", "1..=1024"),
        ("serve provisionr.ndjson --max-waiting 0", "1..="),
        ("serve provisionr.ndjson --tls-cert x", "--tls-key"),
        (
            "serve provisionr.ndjson --no-auth --token-file x",
            "cannot be used with",
        ),
    ] {
        let ran = idq(line);
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
    for (line, expected) in [
        ("serve nowhere.json", "no such file"),
        (
            "serve damaged.ndjson --listen 127.0.0.1:0",
            "record 2, line 2",
        ),
        ("serve provisionr.ndjson --token-file nowhere", "nowhere: "),
    ] {
        let ran = idq(line);
        assert_eq!(ran.status, 3, "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{line}: {}", ran.stderr);
    }
    // A port that is in use.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let ran = idq(&format!("serve provisionr.ndjson --listen {address}"));
    assert!(
        ran.status == 3 && ran.stderr.contains("cannot listen on"),
        "{}",
        ran.stderr
    );
}

#[test]
fn server_with_an_unfinished_request_stops() {
    let mut serving = RunningServer::start("provisionr.ndjson --no-auth --grace 0.1", &[]);
    let mut stuck = TcpStream::connect(&serving.address).unwrap();
    stuck.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    serving.get("/healthz");
    serving.signal("-TERM");
    assert!(serving.child.wait().unwrap().success());
}
