//! Compares the answers on the page of the cookbook with those of its SQL, which DuckDB reads from the same fixtures.
//!
//! Needs the same Python as `tests/export.rs`.

use std::path::Path;
use std::process::Command;

use idq_tests::reading_python;

#[test]
fn sql_of_the_cookbook_answers_as_its_commands_do() {
    let Some(python) = reading_python() else {
        return;
    };
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg(tests.join("readback/cookbook.py"))
        .arg("docs/cookbook.md")
        .current_dir(tests.join(".."))
        .output()
        .unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "32 answers agree\n"
    );
}
