//! Snapshot files as sources, alone and among others.

use std::io::Write;
use std::process::Command;

use flate2::write::GzEncoder;

use crate::{Idq, folder, pack, read_fixture};

/// Runs a shell script in a folder, with the command as `$0`; returns all its output.
#[cfg(unix)]
fn script(folder: &tempfile::TempDir, script: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", script, env!("CARGO_BIN_EXE_idq")])
        .current_dir(folder)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap() + str::from_utf8(&output.stderr).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn snapshot_file_from_a_pipe_or_compressed_is_refused_with_help() {
    let folder = folder();
    let packed = std::fs::read(pack(folder.path(), &["provisionr.json"])).unwrap();
    std::fs::write(folder.path().join("people.idq.gz"), gzip(&packed)).unwrap();
    let mut messages = String::new();
    for line in [
        "count -",
        "count - --api provisionr",
        "count - --on-bad-record skip",
        "count provisionr.json -",
        "pack - -o people.idq",
    ] {
        let ran = Idq::new(line.split(' ')).input(packed.clone());
        messages += &format!("idq {line}\n{}", ran.run().failure());
    }
    let ran = Idq::new(["count", "-"]).input(gzip(&packed)).run();
    messages += &format!("the same through gzip\n{}", ran.failure());
    let ran = Idq::new(["info", "people.idq.gz"]).within(&folder).run();
    messages += &ran.failure();
    insta::assert_snapshot!(messages, @"
    idq count -
    error: standard input: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    exit status 3
    idq count - --api provisionr
    error: standard input: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    exit status 3
    idq count - --on-bad-record skip
    error: standard input: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    exit status 3
    idq count provisionr.json -
    error: standard input: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    exit status 3
    idq pack - -o people.idq
    error: standard input: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    exit status 3
    the same through gzip
    error: standard input: a snapshot file (Arrow) inside gzip: decompress it to a file, and name that
    exit status 3
    error: people.idq.gz: a snapshot file (Arrow) inside gzip: decompress it to a file, and name that
    exit status 3
    ");
}

#[test]
#[cfg(unix)]
fn named_pipe_is_read_from_its_first_byte() {
    let folder = folder();
    std::fs::write(
        folder.path().join("dump.json"),
        read_fixture("provisionr.json"),
    )
    .unwrap();
    pack(folder.path(), &["provisionr.json"]);
    let messages = script(
        &folder,
        "\"$0\" count <(cat dump.json) --quiet
        \"$0\" count <(cat dump.json) dump.json --quiet
        \"$0\" count <(cat dump.json) --api provisionr --quiet
        \"$0\" pack <(cat dump.json) -o piped.idq --quiet && \"$0\" count piped.idq --quiet
        \"$0\" count <(cat people.idq) 2>&1 | sed 's/fd.[0-9]*/fd/'",
    );
    insta::assert_snapshot!(messages, @"
    54
    108
    54
    54
    error: /dev/fd: a snapshot file (Arrow) is mapped, so it must be a file: save it to one, and name that
    ");
}

/// A folder with a dump and its snapshot file would have every record twice.
#[test]
fn folder_of_dumps_and_snapshot_files_is_refused() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(path("both/archive")).unwrap();
    std::fs::create_dir(path("packed")).unwrap();
    std::fs::write(path("both/dump.json"), read_fixture("provisionr.json")).unwrap();
    let packed = pack(folder.path(), &["provisionr.json"]);
    std::fs::copy(&packed, path("both/archive/people")).unwrap();
    std::fs::copy(&packed, path("packed/one.idq")).unwrap();
    std::fs::copy(&packed, path("packed/two.idq")).unwrap();
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).run();
    let messages: String = [
        "count both",
        "count both --on-bad-record skip",
        "count bo*",
        "pack both -o both/people.idq",
    ]
    .into_iter()
    .map(|line| format!("idq {line}\n{}", run(line).failure()))
    .collect();
    insta::assert_snapshot!(messages, @"
    idq count both
    error: both: the folder has dumps and snapshot files (both/archive/people), which may hold the same records: select one kind with a pattern such as FOLDER/*.json
    exit status 3
    idq count both --on-bad-record skip
    error: both: the folder has dumps and snapshot files (both/archive/people), which may hold the same records: select one kind with a pattern such as FOLDER/*.json
    exit status 3
    idq count bo*
    error: both: the folder has dumps and snapshot files (both/archive/people), which may hold the same records: select one kind with a pattern such as FOLDER/*.json
    exit status 3
    idq pack both -o both/people.idq
    error: both: the folder has dumps and snapshot files (both/archive/people), which may hold the same records: select one kind with a pattern such as FOLDER/*.json
    exit status 3
    ");
    assert_eq!(run("count packed").text(), "108\n");
    // Named files are loaded.
    assert_eq!(
        run("count both/dump.json both/archive/people").text(),
        "108\n"
    );
    assert_eq!(run("count both/*.json").text(), "54\n");
    assert_eq!(run("count both/*").text(), "108\n");
}

#[test]
fn snapshot_file_beside_other_sources_keeps_its_origin() {
    let folder = folder();
    for name in ["provisionr.json", "provisionr.ndjson.gz"] {
        std::fs::write(folder.path().join(name), read_fixture(name)).unwrap();
    }
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).succeeds();
    run("pack provisionr.json provisionr.ndjson.gz -o one.idq");
    run("pack one.idq provisionr.json -o two.idq");
    run("pack provisionr.json two.idq -o three.idq");
    let sources = |line: &str| {
        let info: serde_json::Value = serde_json::from_str(run(line).text()).unwrap();
        info["sources"].clone()
    };
    let original = sources("info one.idq -o json");
    assert_eq!(original.as_array().unwrap().len(), 2);
    assert_eq!(original[1]["compression"], "gzip");
    assert!(original[1]["modified"].is_string());
    let mixed = sources("info one.idq provisionr.json -o json");
    assert_eq!(mixed[0]["sources"], original);
    assert!(mixed[1].get("sources").is_none());
    assert_eq!(sources("info two.idq -o json")[0]["sources"], original);
    let three = sources("info three.idq -o json");
    assert_eq!(three[1]["sources"][0]["sources"], original);
    let text = run("info three.idq");
    let list = text.text().split("\nSources\n").nth(1).unwrap();
    let names = list.split("\n\n").next().unwrap().lines();
    let name = |line: &str| {
        let start = line.len() - line.trim_start().len();
        let end = line[start..].find("  ").map_or(line.len(), |at| start + at);
        line[..end].to_owned()
    };
    let names: Vec<String> = names.map(name).collect();
    insta::assert_snapshot!(names.join("\n"), @"
    name
    provisionr.json
    two.idq
      one.idq
        provisionr.json
        provisionr.ndjson.gz
      provisionr.json
    ");
}

/// Rejects were set aside when the file was packed, and it does not contain them.
#[test]
fn snapshot_file_with_rejects_writes_none() {
    let folder = folder();
    std::fs::write(
        folder.path().join("dump.ndjson"),
        read_fixture("damaged.ndjson"),
    )
    .unwrap();
    let run = |line: &str| Idq::new(line.split(' ')).within(&folder).succeeds();
    run("pack dump.ndjson -o people.idq --on-bad-record skip");
    let ran = run("count people.idq --on-bad-record skip --rejects bad.ndjson");
    insta::assert_snapshot!(ran.messages().split("; ").next().unwrap(), @"
    note: 1 record could not be read when this snapshot file was packed, so the file does not contain them
    2 records matched
    ");
    assert_eq!(
        std::fs::read(folder.path().join("bad.ndjson")).unwrap(),
        b""
    );
}
