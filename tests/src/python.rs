//! The Python interpreter of the tests that read files of `idq` with other libraries.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

const CHECK: &str = "import sys, pyarrow.dataset, pyarrow.parquet, duckdb, xxhash, zstandard; sys.exit(sys.version_info < (3, 10))";

/// Returns a Python interpreter with the packages of `tests/readback/requirements.txt`: the one in `IDQ_READBACK_PYTHON`,
/// or else `python3`; without the packages prints a note and returns `None`.
///
/// # Panics
/// The interpreter in `IDQ_READBACK_PYTHON` lacks a package.
pub fn reading_python() -> Option<PathBuf> {
    let named = std::env::var_os("IDQ_READBACK_PYTHON").map(PathBuf::from);
    let python = named.clone().unwrap_or_else(|| "python3".into());
    let has_packages = Command::new(&python)
        .args(["-c", CHECK])
        .output()
        .is_ok_and(|output| output.status.success());
    if has_packages {
        return Some(python);
    }
    assert!(
        named.is_none(),
        "IDQ_READBACK_PYTHON lacks a package of tests/readback/requirements.txt"
    );
    // Not `eprintln`, whose output a passing test captures; a failed write is of no consequence.
    let skipped =
        b"skipped: no python3 of version 3.10 or newer with pyarrow, duckdb, xxhash and zstandard\n";
    let _ = std::io::stderr().write_all(skipped);
    None
}
