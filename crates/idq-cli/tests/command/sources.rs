use std::fs;

use crate::{Idq, fixture, fixtures, folder, folder_with, idq};

fn count(sources: &[&str]) -> String {
    let ran = Idq::new(["count", "-f", "state=active"])
        .args(sources)
        .succeeds();
    ran.text().to_owned()
}

#[test]
fn every_shape_and_compression_answers_alike() {
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
fn several_sources_are_read_in_order() {
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
fn standard_input_may_be_a_pipe_or_a_file() {
    let words = ["query", "-", "-f", "trashed=with", "--all", "-o", "ndjson"];
    for dump in [
        "provisionr.json",
        "provisionr.ndjson.gz",
        "provisionr.json.zst",
        "provisionr-pages.ndjson",
    ] {
        let piped = Idq::new(words).input(fixture(dump)).succeeds();
        assert!(piped.stdout == fixture("provisionr.ndjson"), "{dump}");
        let redirected = Idq::new(words).input_from(fixtures().join(dump)).succeeds();
        assert!(redirected.stdout == fixture("provisionr.ndjson"), "{dump}");
    }
}

#[test]
fn standard_input_goes_along_with_files() {
    let ran = Idq::new(["count", "provisionr.json", "-"])
        .input(fixture("provisionr.ndjson.gz"))
        .succeeds();
    assert_eq!(ran.text(), "108\n");
    let ran = Idq::new(["count", "-", "-"]).input("[]").run();
    insta::assert_snapshot!(ran.failure(), @"
    error: -: standard input can be read only once
    exit status 2
    ");
}

#[test]
fn a_folder_stands_for_every_file_below_it_but_hidden_ones() {
    let folder = folder_with(&[
        ("dump/a/1.json", &fixture("provisionr.json")[..]),
        ("dump/b.gz", &fixture("provisionr.ndjson.gz")[..]),
        ("dump/.hidden", b"no dump"),
    ]);
    let ran = Idq::new(["count", "dump"]).within(&folder).succeeds();
    assert_eq!(ran.text(), "108\n");
}

#[test]
fn a_file_whose_name_is_a_pattern_is_that_file() {
    let folder = folder_with(&[
        ("dump[1]*.json", fixture("provisionr.json")),
        ("dump1.json", b"no dump".to_vec()),
    ]);
    let ran = Idq::new(["count", "dump[1]*.json"])
        .within(&folder)
        .succeeds();
    assert_eq!(ran.text(), "54\n");
}

#[test]
fn a_byte_order_mark_is_no_record() {
    let mut dump = b"\xef\xbb\xbf".to_vec();
    dump.extend(fixture("provisionr.ndjson"));
    let ran = Idq::new(["count", "-"]).input(dump).succeeds();
    assert_eq!(ran.text(), "54\n");
}

#[test]
fn a_source_that_cannot_be_read_says_which_and_why() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("nothing.json"), "").unwrap();
    fs::write(folder.path().join("text.json"), "Hello!\n").unwrap();
    fs::write(
        folder.path().join("cut.gz"),
        &fixture("provisionr.ndjson.gz")[..9_000],
    )
    .unwrap();
    let provisionr = fixtures().join("provisionr.json");
    fs::copy(provisionr, folder.path().join("provisionr.json")).unwrap();
    let permission_assist = fixtures().join("permission-assist.json");
    fs::copy(permission_assist, folder.path().join("pa.json")).unwrap();
    let said: String = [
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
    insta::assert_snapshot!(said, @"
    error: missing.json: no such file, and no file matches it as a pattern
    exit status 3
    error: *.ndjson: no such file, and no file matches it as a pattern
    exit status 3
    error: empty: the folder has no files
    exit status 3
    error: nothing.json: record 1, line 1, byte 0: the file is empty: an export without identities is `[]`
    exit status 3
    error: text.json: record 1, line 1, byte 0: expected an identity (a JSON object), found `Hello!`
    exit status 3
    error: cut.gz: the gzip data are damaged or cut off: incomplete deflate stream
    exit status 3
    error: pa.json: holds Permission Assist identities records, but provisionr.json holds Provisionr directory identities records: query them apart
    exit status 3
    error: missing.json: no such file, and no file matches it as a pattern
    exit status 3
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_that_fails_is_said_once() {
    // A file that opens and cannot be read.
    let ran = idq("count /proc/self/mem");
    insta::assert_snapshot!(ran.failure(), @"
    error: /proc/self/mem: Input/output error (os error 5)
    exit status 3
    ");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_says_so() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder_with(&[("secret.json", "[]")]);
    let path = folder.path().join("secret.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        // The superuser may read everything.
        return;
    }
    let ran = Idq::new(["count", "secret.json"]).within(&folder).run();
    insta::assert_snapshot!(ran.failure(), @r"
    error: secret.json: Permission denied (os error 13)
    exit status 3
    ");
}
