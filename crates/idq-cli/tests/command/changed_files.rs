//! Snapshot files that are overwritten in place while a command has them open.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command};

use tempfile::TempDir;

use crate::{Idq, folder, large};

/// A way to overwrite a file in place, and its name.
type FileChange = (&'static str, fn(&Path));

const FILE_CHANGES: [FileChange; 5] = [
    ("cut to nothing", |path| cut(path, |_| 0)),
    ("cut to a page", |path| cut(path, |_| 4096)),
    ("cut inside a page", |path| {
        cut(path, |length| (length / 2) | 0x123);
    }),
    ("bytes changed, the old length and time", |path| {
        overwrite(path, |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle..middle + 1000].fill(b'x');
        });
    }),
    ("zeros, the old length and time", |path| {
        overwrite(path, |bytes| bytes.fill(0));
    }),
];

fn cut(path: &Path, length: fn(u64) -> u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(length(file.metadata().unwrap().len()))
        .unwrap();
}

fn overwrite(path: &Path, change: fn(&mut [u8])) {
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
}

/// Creates a folder with a dump of `rows` records and a snapshot file of it.
fn prepared(rows: u32) -> TempDir {
    let folder = folder();
    large(&folder, rows);
    repack(&folder);
    folder
}

fn repack(folder: &TempDir) {
    let line = "pack large.ndjson -o large.idq --quiet";
    Idq::new(line.split(' ')).within(folder).succeeds();
}

/// Starts a command whose output is not read, so that it blocks in the middle of its work.
fn start_blocked(folder: &TempDir, line: &str) -> Child {
    let mut command = Idq::new(line.split(' ')).within(folder).into_command();
    let mut child = command.spawn().unwrap();
    // The command has read the file when it writes.
    let mut first = [0];
    let out = child.stdout.as_mut().unwrap();
    out.read_exact(&mut first).unwrap();
    child
}

#[test]
fn command_whose_snapshot_file_changes_ends_with_an_error() {
    for line in [
        "unpack large.idq",
        "query large.idq --all -o ndjson",
        "query large.idq --all -o ndjson -s -created_at",
    ] {
        for (change_name, change_file) in FILE_CHANGES {
            let folder = prepared(3_000);
            let mut child = start_blocked(&folder, line);
            change_file(&folder.path().join("large.idq"));
            let mut rest = Vec::new();
            child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
            let output = child.wait_with_output().unwrap();
            let messages = String::from_utf8(output.stderr).unwrap();
            let case = format!("{change_name}: idq {line}: {messages}");
            assert_eq!(output.status.code(), Some(3), "{case}");
            assert_eq!(
                messages,
                "error: large.idq: the file has changed since it was loaded: load it again\n",
                "{case}"
            );
        }
    }
}

/// The unfinished file is removed, and the existing file is kept.
#[test]
fn unpack_whose_snapshot_file_changes_keeps_the_old_output() {
    let folder = prepared(30_000);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("file"), "old").unwrap();
    let line = "unpack large.idq -o out/file";
    let mut command = Idq::new(line.split(' ')).within(&folder).into_command();
    let child = command.spawn().unwrap();
    while fs::read_dir(&out).unwrap().count() < 2 {
        std::thread::yield_now();
    }
    cut(&folder.path().join("large.idq"), |_| 0);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(fs::read(out.join("file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

/// A server without authentication, and its messages.
struct Serving {
    child: Child,
    address: String,
    /// Kept open, because messages to a closed pipe would be errors.
    _said: Lines<BufReader<ChildStderr>>,
}

impl Serving {
    fn start(folder: &TempDir) -> Self {
        let line = "serve --quiet --no-auth --watch 0 --listen 127.0.0.1:0 large.idq";
        let mut command = Idq::new(line.split(' ')).within(folder).into_command();
        let mut child = command.spawn().unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = messages.by_ref().map(Result::unwrap).find_map(|line| {
            let url = line.strip_prefix("listening on http://")?;
            Some(url.trim_end_matches('/').to_owned())
        });
        Self {
            child,
            address: address.expect("the server starts"),
            _said: messages,
        }
    }

    /// Sends a request; returns the status and the body.
    fn get(&self, target: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].to_owned(), body.to_owned())
    }

    fn reload(&self) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-HUP", &id]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const LIST: &str = "/api/v1/directory/identities";

/// Requests that are evaluated in different ways; `ID` is replaced by the id of a record.
const TARGETS: [&str; 6] = [
    "?per_page=1&filter[trashed]=with",
    "?filter[state]=active",
    "?sort=-created_at",
    "?sort=user_full-name&filter[state]=active",
    "?filter[profile_search]=engineer",
    "/ID",
];

/// The number of attempts to get a response that is available after a reload.
const MAX_ATTEMPTS: usize = 5_000;

/// Removes the port, which differs between servers, from the URLs of a page.
fn without_ports(body: &str) -> String {
    let mut parts = body.split("127.0.0.1:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|digit: char| digit.is_ascii_digit())
    })
}

#[test]
fn server_whose_snapshot_file_changes_recovers_when_it_is_packed_again() {
    let mut case = 0;
    for (change_name, change_file) in FILE_CHANGES {
        for is_queried_before in [false, true] {
            let folder = prepared(3_000);
            let dump = fs::read_to_string(folder.path().join("large.ndjson")).unwrap();
            let first: serde_json::Value =
                serde_json::from_str(dump.lines().next().unwrap()).unwrap();
            let mut targets = TARGETS.map(|target| {
                format!(
                    "{LIST}{}",
                    target.replace("ID", first["id"].as_str().unwrap())
                )
            });
            let expected: BTreeMap<String, String> = {
                let serving = Serving::start(&folder);
                let answer =
                    |target: &String| (target.clone(), without_ports(&serving.get(target).1));
                targets.iter().map(answer).collect()
            };
            let serving = Serving::start(&folder);
            if is_queried_before {
                // Another page of each, because cached responses stay valid.
                for target in TARGETS.iter().filter(|target| target.starts_with('?')) {
                    let (status, body) = serving.get(&format!("{LIST}{target}&page=2"));
                    assert_eq!(status, "200", "{target}: {body}");
                }
            }
            change_file(&folder.path().join("large.idq"));
            // The first request detects the change and reloads the file. The reload succeeds if the overwritten part is not
            // read when the file is opened; later responses are then correct, or report the damaged part.
            targets.rotate_left(case % TARGETS.len());
            case += 1;
            for (index, target) in targets.iter().enumerate() {
                let (status, body) = serving.get(target);
                let permitted = if index == 0 {
                    &["503"][..]
                } else {
                    &["503", "500", "200"]
                };
                assert!(
                    permitted.contains(&&*status),
                    "{change_name}: {target}: {status} {body:.300}"
                );
                assert!(
                    status != "200" || without_ports(&body) == expected[target],
                    "{change_name}: {target}"
                );
            }
            assert_eq!(serving.get("/healthz").0, "200", "{change_name}");
            repack(&folder);
            serving.reload();
            for target in &targets {
                let mut responses = (0..MAX_ATTEMPTS).map(|_| serving.get(target));
                let available = responses.find(|(status, _)| status == "200");
                let body = available
                    .unwrap_or_else(|| panic!("{change_name}: {target}"))
                    .1;
                assert!(
                    without_ports(&body) == expected[target],
                    "{change_name}: {target}"
                );
            }
        }
    }
}

/// The old file has lost its name, which changes its metadata but none of its bytes.
#[test]
fn snapshot_file_that_is_replaced_is_served_until_the_reload() {
    let folder = prepared(3_000);
    let serving = Serving::start(&folder);
    repack(&folder);
    for target in &TARGETS[..5] {
        let (status, body) = serving.get(&format!("{LIST}{target}"));
        assert_eq!(status, "200", "{target}: {body}");
    }
}
