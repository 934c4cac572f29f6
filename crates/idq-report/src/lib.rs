//! Reports for access reviews and audits: each is a definition in data, which runs on snapshots and prints what it looked at,
//! what it left out and why, and what it found.
//!
//! In data-flow order:
//!
//! * [`Report`] is a definition: expressions over the records of each API, fields to count by, columns, and a text with its
//!   source. [`Report::built_in`] has those of this crate, [`Report::parse`] reads one in TOML.
//! * [`BoundReport`] is a definition with its parameters, bound to an API: it knows the columns that must be loaded.
//! * [`SourceFiles`] has the state of the files before the load, and their hashes after it.
//! * [`ReportResult`] has the numbers and the rows of the findings. [`PairReport`] is the same for two systems whose records
//!   are matched.
//! * [`writer`] prints a result as text, JSON, CSV or as one HTML page.
//!
//! ```
//! use idq::Engine;
//! use idq_report::{BoundReport, Parameters, Report, writer};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! let engine = Engine::open([people])?;
//! let report = Report::named("orphans").expect("a report of this crate");
//! let bound = BoundReport::new(report, engine.api(), &Parameters::default())?;
//! let result = bound.run(&engine, Vec::new())?;
//! assert_eq!(result.sections[0].count, 3);
//! let mut page = Vec::new();
//! writer::write_html(&result, 1_000, &mut page)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bound;
mod definition;
mod error;
mod files;
mod findings;
mod pairs;
mod result;
pub mod writer;

pub use bound::{BoundReport, Parameters};
pub use definition::{
    ApiDefinition, Cardinality, MatchDefinition, PairSectionDefinition, Report, SectionDefinition,
    Situation, UndecidedDefinition,
};
pub use error::{DefinitionError, Error};
pub use files::SourceFiles;
pub use findings::Findings;
pub use pairs::PairReport;
pub use result::{
    FieldCounts, FileStatement, Population, ReportResult, SectionResult, Undecided, Unit,
};
