//! Sources: files, folders, patterns, pipes, standard input.

use std::fs;

use crate::{Idq, fixtures, folder, folder_with, idq, read_fixture};

fn count(sources: &[&str]) -> String {
    let ran = Idq::new(["count", "-f", "state=active"])
        .args(sources)
        .succeeds();
    ran.text().to_owned()
}

#[test]
fn sources_of_any_shape_and_compression_give_the_same_output() {
    for source in [
        "provisionr.json",
        "provisionr.ndjson",
        "provisionr-indented.json",
        "provisionr-pages.ndjson",
        "provisionr-pages",
        "provisionr-pages/*.json",
        "provisionr-pages/page-[1-4].json",
        "./provisionr.json",
        "provisionr.ndjson.gz",
        "provisionr.json.zst",
    ] {
        assert_eq!(count(&[source]), "44\n", "{source}");
    }
}

#[test]
fn sources_are_read_in_their_order() {
    assert_eq!(
        count(&[
            "provisionr.json",
            "provisionr.ndjson.gz",
            "provisionr-pages"
        ]),
        "132\n"
    );
    let pages = ["4", "2", "1"].map(|page| format!("provisionr-pages/page-{page}.json"));
    let expected: Vec<String> = pages.iter().map(|page| records(page)).collect();
    assert_eq!(records(&pages.join(" ")), expected.concat());
}

fn records(sources: &str) -> String {
    let ran = idq(&format!("query {sources} -f trashed=with --all -o ndjson"));
    ran.text().to_owned()
}

#[test]
fn standard_input_from_a_pipe_or_a_file_is_read() {
    let words = ["query", "-", "-f", "trashed=with", "--all", "-o", "ndjson"];
    for dump in [
        "provisionr.json",
        "provisionr.ndjson.gz",
        "provisionr.json.zst",
        "provisionr-pages.ndjson",
    ] {
        let piped = Idq::new(words).input(read_fixture(dump)).succeeds();
        assert!(piped.stdout == read_fixture("provisionr.ndjson"), "{dump}");
        let redirected = Idq::new(words).input_from(fixtures().join(dump)).succeeds();
        assert!(
            redirected.stdout == read_fixture("provisionr.ndjson"),
            "{dump}"
        );
    }
}

#[test]
fn standard_input_beside_files_is_read() {
    let ran = Idq::new(["count", "provisionr.json", "-"])
        .input(read_fixture("provisionr.ndjson.gz"))
        .succeeds();
    assert_eq!(ran.text(), "108\n");
    let ran = Idq::new(["count", "-", "-"]).input("[]").run();
    insta::assert_snapshot!(ran.failure(), @"
    error: -: standard input can be read only once
    exit status 2
    ");
}

#[test]
fn folder_is_expanded_to_its_visible_files() {
    let folder = folder_with(&[
        ("dump/a/1.json", &read_fixture("provisionr.json")[..]),
        ("dump/b.gz", &read_fixture("provisionr.ndjson.gz")[..]),
        ("dump/.hidden", b"no dump"),
    ]);
    let ran = Idq::new(["count", "dump"]).within(&folder).succeeds();
    assert_eq!(ran.text(), "108\n");
}

#[test]
fn file_whose_name_is_a_pattern_is_that_file() {
    let folder = folder_with(&[
        ("dump[1]*.json", read_fixture("provisionr.json")),
        ("dump1.json", b"no dump".to_vec()),
    ]);
    let ran = Idq::new(["count", "dump[1]*.json"])
        .within(&folder)
        .succeeds();
    assert_eq!(ran.text(), "54\n");
}

#[test]
fn byte_order_mark_before_records_is_skipped() {
    let mut dump = b"\xef\xbb\xbf".to_vec();
    dump.extend(read_fixture("provisionr.ndjson"));
    let ran = Idq::new(["count", "-"]).input(dump).succeeds();
    assert_eq!(ran.text(), "54\n");
}

#[test]
fn source_that_cannot_be_read_is_named_with_the_reason() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("nothing.json"), "").unwrap();
    fs::write(folder.path().join("text.json"), "Hello!\n").unwrap();
    fs::write(
        folder.path().join("cut.gz"),
        &read_fixture("provisionr.ndjson.gz")[..9_000],
    )
    .unwrap();
    let provisionr = fixtures().join("provisionr.json");
    fs::copy(provisionr, folder.path().join("provisionr.json")).unwrap();
    let permission_assist = fixtures().join("permission-assist.json");
    fs::copy(permission_assist, folder.path().join("pa.json")).unwrap();
    let messages: String = [
        "missing.json",
        "*.ndjson",
        "empty",
        "nothing.json",
        "text.json",
        "cut.gz",
        "provisionr.json pa.json",
        "provisionr.json missing.json",
    ]
    .into_iter()
    .map(|sources| {
        let ran = Idq::new(["count"])
            .args(sources.split(' '))
            .within(&folder)
            .run();
        ran.failure()
    })
    .collect();
    insta::assert_snapshot!(messages, @"
    error: missing.json: no such file, and no file matches it as a pattern
    exit status 3
    error: *.ndjson: no such file, and no file matches it as a pattern
    exit status 3
    error: empty: the folder has no files
    exit status 3
    error: nothing.json: record 1, line 1, byte 0: the file is empty: check the export; one without identities is `[]`, and needs `--api`
    exit status 3
    error: text.json: record 1, line 1, byte 0: expected an identity (a JSON object), found `Hello!`
    exit status 3
    error: cut.gz: the gzip data are damaged or cut off: incomplete deflate stream
    exit status 3
    error: pa.json: holds records of Permission Assist identities, but provisionr.json holds records of Provisionr directory identities: query them separately
    exit status 3
    error: missing.json: no such file, and no file matches it as a pattern
    exit status 3
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn read_that_fails_is_reported_once() {
    // This file can be opened, but not read.
    let ran = idq("count /proc/self/mem");
    insta::assert_snapshot!(ran.failure(), @"
    error: /proc/self/mem: Input/output error (os error 5)
    exit status 3
    ");
}

#[cfg(unix)]
#[test]
fn file_without_permission_is_an_error() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder_with(&[("secret.json", "[]")]);
    let path = folder.path().join("secret.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // The superuser can read every file.
        return;
    }
    let ran = Idq::new(["count", "secret.json"]).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @r"
    error: secret.json: Permission denied (os error 13)
    exit status 3
    ");
}

#[cfg(unix)]
#[test]
fn folder_entry_that_is_not_a_regular_file_is_ignored_with_a_note() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    let folder = folder_with(&[("dump/a.json", read_fixture("provisionr.json"))]);
    let inside = |name: &str| folder.path().join("dump").join(name);
    make_pipe(&inside("pipe"));
    let _socket = UnixListener::bind(inside("socket")).unwrap();
    symlink("/dev/zero", inside("device")).unwrap();
    symlink("pipe", inside("link-to-pipe")).unwrap();
    symlink("nowhere", inside("dangling")).unwrap();
    symlink("circle", inside("circle")).unwrap();
    symlink("../dump", inside("self")).unwrap();
    for source in ["dump", "dump/*", "dump/**"] {
        let ran = Idq::new(["count", source]).within(&folder).succeeds();
        assert_eq!(ran.text(), "54\n", "{source}");
        let reasons = ["a pipe", "a device", "a link that cannot"];
        let is_mentioned = |reason: &&str| ran.messages().contains(reason);
        assert!(reasons.iter().all(is_mentioned), "{source}");
    }
    let ran = Idq::new(["count", "dump"]).within(&folder).succeeds();
    insta::assert_snapshot!(ran.messages(), @"
    note: ignored dump/circle: a link that cannot be followed: Too many levels of symbolic links (os error 40)
    note: ignored dump/dangling: a broken link
    note: ignored dump/device: a device
    note: ignored dump/link-to-pipe: a pipe
    note: ignored dump/pipe: a pipe
    note: ignored dump/self: another name of dump
    note: ignored dump/socket: a socket
    54 records matched (6 deleted left out: add -f trashed=with); loaded 60 records (107.03 kB) from 1 source in [time]
    ");
    let ran = Idq::new(["count", "dump", "--quiet"])
        .within(&folder)
        .succeeds();
    assert_eq!(ran.messages(), "");
    let ran = Idq::new(["count", "dump/s*t"]).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @"
    error: dump/s*t: expected dumps (JSON), found none; dump/socket: a socket
    exit status 3
    ");
}

/// One writer fills both pipes, and blocks until the first one is read.
#[cfg(unix)]
#[test]
fn pipes_that_are_filled_in_turn_are_read_in_their_order() {
    let folder = folder();
    let pipes = ["one", "two"].map(|name| folder.path().join(name));
    pipes.iter().for_each(|pipe| make_pipe(pipe));
    let ran = std::thread::scope(|scope| {
        scope.spawn(|| {
            for pipe in &pipes {
                // More than the buffer of a pipe.
                fs::write(pipe, read_fixture("provisionr.ndjson")).unwrap();
            }
        });
        Idq::new(["count", "one", "two"]).within(&folder).succeeds()
    });
    assert_eq!(ran.text(), "108\n");
    let ran = Idq::new(["unpack", "one"]).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @"
    error: one: expected a regular file, found a pipe
    exit status 3
    ");
}

#[cfg(unix)]
#[test]
fn plain_folders_in_a_pattern_are_ignored_without_a_note() {
    let folder = folder_with(&[
        ("l/a.json", read_fixture("provisionr.json")),
        ("l/b/c/d.json", read_fixture("provisionr.json")),
    ]);
    std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
    for pattern in ["l/**/*", "l/**", "l/**/**/*.json", "**/*.json"] {
        let ran = Idq::new(["count", pattern]).within(&folder).succeeds();
        assert_eq!(ran.text(), "108\n", "{pattern}");
        assert!(
            !ran.messages().contains("ignored l"),
            "{pattern}: {}",
            ran.messages()
        );
    }
    let ran = Idq::new(["count", "loop"]).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @"
    error: loop: Too many levels of symbolic links (os error 40)
    exit status 3
    ");
}

#[cfg(unix)]
#[test]
fn linked_folders_are_followed_and_entered_once() {
    use std::os::unix::fs::symlink;

    let folder = folder_with(&[
        ("elsewhere/b.ndjson", read_fixture("provisionr.ndjson")),
        ("l/a.ndjson", read_fixture("provisionr.ndjson")),
        ("l/deep/er/c.ndjson", read_fixture("provisionr.ndjson")),
    ]);
    let linked = |to: &str, from: &str| symlink(to, folder.path().join(from)).unwrap();
    linked("../elsewhere", "l/linked");
    linked("..", "l/deep/up");
    linked("../..", "l/deep/er/upper");
    linked("../l", "elsewhere/back");
    for source in ["l", "l/**/*.ndjson", "l/**", "*/**/*.ndjson", "l/../l"] {
        let ran = Idq::new(["count", source]).within(&folder).succeeds();
        assert_eq!(ran.text(), "162\n", "{source}: {}", ran.messages());
        assert!(ran.messages().contains("another name of "), "{source}");
    }
    let ran = Idq::new(["count", "l"]).within(&folder).succeeds();
    insta::assert_snapshot!(ran.messages(), @"
    note: ignored l/deep/er/upper: another name of l
    note: ignored l/deep/up: another name of l
    note: ignored l/linked/back: another name of l
    note: 120 records with the id of an earlier one: --dedupe keeps the newest
    162 records matched (18 deleted left out: add -f trashed=with); loaded 180 records (321.08 kB) from 3 sources in [time]
    ");
}

#[test]
fn patterns_match_component_by_component() {
    let record = |id: &str| crate::record(id, "active", "2026-01-01T00:00:00Z");
    let names = [
        "a.json",
        "b/a.json",
        "b/c/a.json",
        "b/c/d/[x].json",
        "b/.hidden/a.json",
        "b/.hidden.json",
        "b/c.gz",
    ];
    let files: Vec<(&str, String)> = names.iter().map(|name| (*name, record(name))).collect();
    let folder = folder_with(&files);
    for (pattern, expected) in [
        ("*.json", "a.json"),
        ("**/*.json", "a.json b/a.json b/c/a.json b/c/d/[x].json"),
        ("**/a.json", "a.json b/a.json b/c/a.json"),
        ("b/**/a.json", "b/a.json b/c/a.json"),
        ("b/*/a.json", "b/c/a.json"),
        ("b/.*/*", "b/.hidden/a.json"),
        ("./b/?.json", "b/a.json"),
        ("b/[ac].json", "b/a.json"),
        ("b/[!b].*", "b/a.json b/c.gz"),
        ("b/c/**", "b/c/a.json b/c/d/[x].json"),
        ("b/../*.json", "a.json"),
        ("*/**/[[]x].json", "b/c/d/[x].json"),
    ] {
        let ran = Idq::new(["query", pattern, "--all", "-o", "csv", "--columns", "id"])
            .within(&folder)
            .succeeds();
        let found: Vec<&str> = ran.text().lines().skip(1).collect();
        assert_eq!(found.join(" "), expected, "{pattern}");
    }
    for pattern in ["*.ndjson", "a**b", "[", "b/*/*/*/*", "x/**/*.json"] {
        let ran = Idq::new(["count", pattern]).within(&folder).run();
        assert!(ran.failure().contains("no such file"), "{pattern}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn file_name_that_is_not_utf8_is_a_source() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = folder();
    let name = OsStr::from_bytes(b"p\xff.json");
    fs::write(folder.path().join(name), read_fixture("provisionr.json")).unwrap();
    for source in [name, OsStr::new("."), OsStr::new("p*.json")] {
        let ran = Idq::new(["count"])
            .args([source])
            .within(&folder)
            .succeeds();
        assert_eq!(ran.text(), "54\n");
    }
    let ran = Idq::new(["pack", ".", "-o"])
        .args([OsStr::from_bytes(b"packed\xfe.idq")])
        .within(&folder)
        .succeeds();
    assert!(
        ran.messages().contains("packed 60 records"),
        "{}",
        ran.messages()
    );
    let ran = Idq::new(["count"])
        .args([OsStr::from_bytes(b"packed\xfe.idq")])
        .within(&folder)
        .succeeds();
    assert_eq!(ran.text(), "54\n");
}

#[cfg(unix)]
fn make_pipe(path: &std::path::Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}
