//! Tests of the `idq` command as a process: outputs, files, exit statuses.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod advice;
mod catalogue;
#[cfg(all(unix, feature = "serve"))]
mod changed_files;
#[cfg(feature = "chart")]
mod charts;
#[cfg(unix)]
mod completions;
mod counts;
mod diff;
#[cfg(target_os = "linux")]
mod escapes;
#[cfg(unix)]
mod examples;
mod exit_status;
#[cfg(feature = "export")]
mod export;
mod expression_hints;
mod expressions;
#[cfg(all(unix, feature = "fetch", feature = "serve"))]
mod fetch;
#[cfg(feature = "fetch")]
mod fetch_failures;
mod flags;
mod formats;
mod generate;
mod get;
mod hints;
mod idq;
mod info;
#[cfg(unix)]
mod interrupted;
#[cfg(target_os = "linux")]
mod manners;
mod masking;
#[cfg(target_os = "linux")]
mod matching;
mod memory;
mod packing;
mod pages;
mod parts;
mod readme;
mod records;
mod rejects;
mod report;
mod requests;
mod saved_files;
#[cfg(feature = "fetch")]
mod scripted_server;
#[cfg(all(unix, feature = "serve"))]
mod serve;
mod snapshot_files;
mod sources;
mod spreadsheets;
mod summary;
#[cfg(target_os = "linux")]
mod terminal;
mod threads;
mod time_zones;
mod unpacking;
mod writing;

use std::path::{Path, PathBuf};

use idq_testing::{fixtures, folder, folder_with, read_fixture};
use tempfile::TempDir;

use crate::idq::{Idq, idq};

/// Returns a minimal Provisionr record.
fn record(id: &str, state: &str, updated: &str) -> String {
    format!(
        r#"{{"id":"{id}","state":"{state}","vendor_id":"v","email":null,"timestamp":{{"updated_at":"{updated}"}}}}"#
    )
}

/// Packs sources into a snapshot file in this folder, and returns its path.
fn pack(folder: &Path, sources: &[&str]) -> String {
    let path = folder.join("people.idq");
    let path = path.to_str().unwrap();
    Idq::new(["pack"])
        .args(sources)
        .args(["-o", path])
        .succeeds();
    path.to_owned()
}

/// Generates a dump that takes many reads and is larger than the buffer of a pipe.
fn large(folder: &TempDir, rows: u32) -> PathBuf {
    let path = folder.path().join("large.ndjson");
    let rows = rows.to_string();
    Idq::new(["generate", "--api", "provisionr", "--shape", "ndjson"])
        .args(["--rows", &rows, "-o"])
        .args([&path])
        .succeeds();
    path
}
