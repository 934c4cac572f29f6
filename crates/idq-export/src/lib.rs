//! Matches of a query as files that other programs read: Parquet, Arrow IPC, CSV or NDJSON.
//!
//! ```
//! use idq::Snapshot;
//! use idq_export::{Exporter, Format};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("active.parquet");
//! let snapshot = Snapshot::open([people])?;
//! let rows = snapshot.query("filter[state]=active&sort=-created_at")?.rows()?;
//! let written = Exporter::new(&snapshot, Format::Parquet).to_path(&rows, &path)?;
//! assert_eq!(written.records, rows.len() as u64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every value is read from the record's own bytes, in parallel on the rayon pool in which this is called, and written
//! in the order of the rows. Some megabytes of records for each thread are in memory at a time, and of a Parquet file
//! one row group, compressed. Files are written beside the place where they will be, and renamed when they are complete:
//! a failure leaves nothing behind, and what was there stays.
//!
//! `docs/export.md` says which type each field gets.

mod batch;
mod column;
mod encode;
mod error;
mod exporter;
mod flow;
mod numbers;
mod parquet;
mod partition;
mod plan;

pub use error::Error;
pub use exporter::{Exporter, Format, Written, check_path};
