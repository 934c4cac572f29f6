//! What is in the files, and when there are any.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod partitions;
mod round_trip;
mod types;

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use idq::{Loader, Row, Snapshot, Source};
use idq_export::{Exporter, Format};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

/// A snapshot of Provisionr records with these members beside their id.
fn snapshot(members: &[&str]) -> Snapshot {
    let records: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(index, members)| record(index, members))
        .collect();
    let source = Source::bytes("records", records.join("\n").into_bytes());
    Snapshot::load(Loader::new(vec![source]).api(idq::api::Api::provisionr())).unwrap()
}

fn record(index: usize, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"id":"r{index}"{comma}{members}}}"#)
}

/// Every row, in load order.
fn all(snapshot: &Snapshot) -> Vec<Row> {
    let rows = snapshot.loaded().all_rows();
    (0..rows)
        .map(|row| Row(u32::try_from(row).unwrap()))
        .collect()
}

/// What a Parquet file holds, in one batch.
fn parquet(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = builder.schema().clone();
    let mut batches = builder.with_batch_size(1 << 20).build().unwrap();
    let batch = batches
        .next()
        .map_or_else(|| RecordBatch::new_empty(schema), Result::unwrap);
    assert!(batches.next().is_none());
    batch
}

/// The columns of these names, written as Parquet and read back.
fn columns(snapshot: &Snapshot, names: &[&str]) -> RecordBatch {
    let folder = folder();
    let path = folder.path().join("records.parquet");
    Exporter::new(snapshot, Format::Parquet)
        .columns(names.to_vec())
        .to_path(&all(snapshot), &path)
        .unwrap();
    parquet(&path)
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
