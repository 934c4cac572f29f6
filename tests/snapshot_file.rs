//! Snapshot files, read by pyarrow and DuckDB without `idq`, hold what Python reads in the dump.
//!
//! Needs a Python as `tests/export.rs` does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;

use idq::{PackOptions, Snapshot};
use idq_generate::{Api, Options, Shape, write};
use idq_tests::reading_python;

#[test]
fn provisionr() {
    read_back(Api::Provisionr);
}

#[test]
fn permission_assist() {
    read_back(Api::PermissionAssist);
}

fn read_back(api: Api) {
    let Some(python) = reading_python() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let (dump, file) = (
        folder.path().join("dump.ndjson"),
        folder.path().join("people.idq"),
    );
    let mut bytes = Vec::new();
    let options = Options::new(api).rows(4_000).shape(Shape::Ndjson);
    write(&options, &mut bytes).unwrap();
    std::fs::write(&dump, bytes).unwrap();
    let snapshot = Snapshot::open([dump.as_path()]).unwrap();
    snapshot.pack(&file, &PackOptions::default()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readback/snapshot_file.py");
    let output = Command::new(python)
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
