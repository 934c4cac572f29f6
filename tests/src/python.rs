use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

const CHECK: &str = "import sys, pyarrow.dataset, pyarrow.parquet, duckdb, xxhash, zstandard; sys.exit(sys.version_info < (3, 10))";

/// A Python that can read what `idq` writes: the one that `IDQ_READBACK_PYTHON` names, or `python3` if it has the packages
/// of `tests/readback/requirements.txt`; else `None`, which is said.
///
/// # Panics
/// The one that is named lacks a package.
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
    // Not by `eprintln`, which a test that passes keeps to itself; whether anybody sees it does not matter.
    let skipped =
        b"skipped: no python3 of version 3.10 or newer with pyarrow, duckdb, xxhash and zstandard\n";
    let _ = std::io::stderr().write_all(skipped);
    None
}
