//! Compares snapshot files, read by pyarrow and DuckDB without `idq`, with Python's reading of the dump.
//!
//! Needs the same Python as `tests/export.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

use idq::{Engine, PackOptions};
use idq_testing::{Generator, Shape, generate_dump};
use idq_tests::reading_python;

#[test]
fn snapshot_file_of_provisionr_is_read_back() {
    read_back(Generator::PROVISIONR);
}

#[test]
fn snapshot_file_of_permission_assist_is_read_back() {
    read_back(Generator::PERMISSION_ASSIST);
}

/// The examples of the documentation, one after another, print the records.
#[test]
fn examples_of_the_documentation_print_the_records() {
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
        let dump = packed(Generator::PROVISIONR, rows, folder.path());
        let output = Command::new(&python)
            .args(["-c", &script])
            .current_dir(&folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{messages}");
        assert!(output.stdout == std::fs::read(dump).unwrap(), "{rows}");
    }
}

/// Writes a dump and `people.idq` into a folder and returns the path of the dump.
fn packed(generator: Generator, rows: u64, folder: &Path) -> PathBuf {
    let dump = folder.join("dump.ndjson");
    std::fs::write(&dump, generate_dump(generator, rows, Shape::Ndjson)).unwrap();
    let engine = Engine::open([dump.as_path()]).unwrap();
    let file = folder.join("people.idq");
    engine.pack(&file, &PackOptions::default()).unwrap();
    dump
}

fn read_back(generator: Generator) {
    let Some(python) = reading_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let dump = packed(generator, 4_000, folder.path());
    let file = folder.path().join("people.idq");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readback/snapshot_file.py");
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(script)
        .args([&file, &dump])
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "4000 records agree\n"
    );
}
