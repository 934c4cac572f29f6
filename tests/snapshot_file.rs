//! Snapshot files, read by pyarrow and DuckDB without `idq`, hold what Python reads in the dump.
//!
//! Needs a Python as `tests/export.rs` does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use idq::{PackOptions, Snapshot};
use idq_generate::{Generator, Options, Shape, write};
use idq_tests::reading_python;

#[test]
fn provisionr() {
    read_back(Generator::Provisionr);
}

#[test]
fn permission_assist() {
    read_back(Generator::PermissionAssist);
}

/// The examples of the documentation, one after another, print the records.
#[test]
fn the_examples_of_the_documentation() {
    let Some(python) = reading_python() else {
        return;
    };
    let page = include_str!("../docs/snapshot-format.md");
    let blocks = page.split("```python\n").skip(1);
    let script: String = blocks
        .filter_map(|block| block.split("```").next())
        .collect();
    for rows in [3, 1_000] {
        let folder = tempfile::tempdir().unwrap();
        let dump = packed(Generator::Provisionr, rows, folder.path());
        let output = Command::new(&python)
            .args(["-c", &script])
            .current_dir(&folder)
            .env(
                "PYTHONPATH",
                concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"),
            )
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(output.stdout == std::fs::read(dump).unwrap(), "{rows}");
    }
}

/// Writes `people.idq` into a folder, and the dump beside it, whose path this is.
fn packed(api: Generator, rows: u64, folder: &Path) -> PathBuf {
    let dump = folder.join("dump.ndjson");
    let mut bytes = Vec::new();
    let options = Options::new(api).rows(rows).shape(Shape::Ndjson);
    write(&options, &mut bytes).unwrap();
    std::fs::write(&dump, bytes).unwrap();
    let snapshot = Snapshot::open([dump.as_path()]).unwrap();
    let file = folder.join("people.idq");
    snapshot.pack(&file, &PackOptions::default()).unwrap();
    dump
}

fn read_back(api: Generator) {
    let Some(python) = reading_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dump = packed(api, 4_000, folder.path());
    let file = folder.path().join("people.idq");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readback/snapshot_file.py");
    let output = Command::new(python)
        .env(
            "PYTHONPATH",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"),
        )
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args([&file, &dump])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "4000 records agree\n"
    );
}
