//! Fixtures of the repository, and temporary folders.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Returns the folder of the fixtures.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// Returns the path of a fixture.
pub fn fixture(name: &str) -> PathBuf {
    fixtures().join(name)
}

/// Reads a fixture.
pub fn read_fixture(name: &str) -> Vec<u8> {
    fs::read(fixture(name)).expect("a fixture of this name")
}

/// Creates a temporary folder, which is deleted when the value is dropped.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Creates a temporary folder with files, given by relative path and content.
pub fn folder_with<B: AsRef<[u8]>>(files: &[(&str, B)]) -> TempDir {
    let folder = folder();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        let parent = path.parent().expect("a path below the folder");
        fs::create_dir_all(parent).expect("a folder in the temporary folder");
        fs::write(path, bytes).expect("a file in the temporary folder");
    }
    folder
}
