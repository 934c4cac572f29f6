//! Writes the matches of a query to files for other programs: Parquet, Arrow IPC, CSV or NDJSON.
//!
//! In data-flow order:
//!
//! * [`Exporter`] holds the options of an export. [`ExportFormat`] is the registry of formats: the typed ones of this
//!   crate, and every text format of `idq-render` whose records are independent of each other.
//! * A column plan names the columns and chooses a type for each one. Types of free-form values are inferred from all
//!   values, never from a sample: writing starts with types inferred from the first rows, and starts again if a later
//!   value does not fit.
//! * Values come from the columns of the snapshot where these hold them exactly, otherwise from the bytes of the
//!   records: [`exported_fields`] are the fields that a load should have.
//! * A pipeline decodes rows in parallel on the current rayon pool and encodes them in order. A few megabytes of
//!   records for each thread are in memory at a time. A Parquet file takes in addition about 32 MiB of rows that are
//!   not encoded, and the encoded columns of their row groups.
//! * Files are written under a temporary name next to the target, and renamed when they are complete (atomic rename): a
//!   failure leaves no file behind and keeps the previous one.
//!
//! ```
//! use idq::Engine;
//! use idq_export::{ExportFormat, Exporter};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("active.parquet");
//! let engine = Engine::open([people])?;
//! let rows = engine.query("filter[state]=active&sort=-created_at")?.rows()?;
//! let summary = Exporter::new(engine.snapshot(), ExportFormat::PARQUET).write_to_path(&rows, &path)?;
//! assert_eq!(summary.records, rows.len() as u64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/export.md` lists the type of each field.

mod batch_writer;
mod columns;
mod error;
mod exporter;
mod format;
mod partition;

pub use batch_writer::BatchWriter;
pub use columns::text_form::TextForm;
pub use error::Error;
pub use exporter::{ExportSummary, Exporter, OutputKind, check_path, exported_fields};
pub use format::ExportFormat;
