//! Tests of exports through the public interface: types, values, partitions, failures.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod files;
mod partitions;
mod round_trip;
mod sources;
mod types;
mod workbooks;

use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use idq::{Loader, RowId, Snapshot, Source};
use idq_export::{ExportFormat, Exporter};
use idq_testing::folder;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// Loads a dump.
fn open(path: impl Into<PathBuf>) -> Snapshot {
    Loader::new(vec![path.into().into()]).load().unwrap()
}

/// Loads Provisionr records that have these members besides their ids.
fn snapshot(members: &[&str]) -> Snapshot {
    let records: Vec<String> = members
        .iter()
        .enumerate()
        .map(|(index, members)| record(index, members))
        .collect();
    let source = Source::bytes("records", records.join("\n").into_bytes());
    Loader::new(vec![source])
        .api(idq::api::Api::provisionr())
        .load()
        .unwrap()
}

fn record(index: usize, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(r#"{{"id":"r{index}"{comma}{members}}}"#)
}

/// Returns every row, in load order.
fn all(snapshot: &Snapshot) -> Vec<RowId> {
    let rows = snapshot.all_rows();
    (0..rows)
        .map(|row| RowId(u32::try_from(row).unwrap()))
        .collect()
}

/// Reads a Parquet file into one batch.
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

/// Exports these columns as Parquet and reads them back.
fn columns(snapshot: &Snapshot, names: &[&str]) -> RecordBatch {
    let folder = folder();
    let path = folder.path().join("records.parquet");
    Exporter::new(snapshot, ExportFormat::PARQUET)
        .with_columns(names.to_vec())
        .write_to_path(&all(snapshot), &path)
        .unwrap();
    parquet(&path)
}

/// Returns the sorted names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
