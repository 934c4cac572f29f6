//! Tests of snapshot files: packed records are read unchanged, and damage and changes are detected.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod changed;
mod columns;
mod damage;
mod other_writer;
mod round_trip;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_buffer::Buffer;
use idq_load::{Loader, Source};
use idq_pack::{PackOptions, pack};
use idq_snapshot::{LoadError, RowId, Snapshot, SnapshotFile};
use idq_testing::{Generator, Shape, generate_dump};
use tempfile::TempDir;

/// Generates NDJSON.
fn dump(generator: Generator, rows: u64) -> Vec<u8> {
    generate_dump(generator, rows, Shape::Ndjson)
}

/// Loads a snapshot of many chunks.
fn load(bytes: &[u8]) -> Snapshot {
    let loader = Loader::new(vec![Source::bytes("dump", bytes)]);
    loader.block_size(40_000).load().unwrap()
}

/// A snapshot file in a temporary folder.
struct Packed {
    _folder: TempDir,
    path: PathBuf,
}

impl Packed {
    fn of(snapshot: &Snapshot) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.idq");
        pack(snapshot, &path, &PackOptions::default()).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(&self.path).unwrap()
    }
}

/// Opens a snapshot file.
fn open(path: &Path) -> Result<Snapshot, LoadError> {
    Snapshot::from_file(Arc::new(SnapshotFile::open(path)?))
}

/// Opens a snapshot file of these bytes.
fn opened(bytes: Vec<u8>) -> Result<Arc<SnapshotFile>, LoadError> {
    SnapshotFile::from_bytes("people.idq".as_ref(), Buffer::from_vec(bytes)).map(Arc::new)
}

/// Returns all records, one a line.
fn lines(snapshot: &Snapshot) -> Result<Vec<u8>, LoadError> {
    let mut reader = snapshot.reader();
    let mut lines = Vec::new();
    for row in 0..snapshot.all_rows() as u32 {
        lines.extend_from_slice(snapshot.record(RowId(row), &mut reader)?);
        lines.push(b'\n');
    }
    Ok(lines)
}
