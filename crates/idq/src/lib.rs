//! Queries over exported identity snapshots, offline, in the grammar of the API that the export came from: the façade
//! over all stages of the data flow.
//!
//! A query over dumps of Provisionr's directory identities or of Permission Assist's identities returns the page that
//! the API would have returned.
//!
//! ```
//! use idq::{Engine, Query};
//!
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
//! let engine = Engine::open([people])?;
//!
//! // The API's own grammar: a query string, or a whole URL from the log of a client.
//! let matches = engine.query("filter[state]=active&sort=-created_at&per_page=5")?;
//! println!("{} of {} are active", matches.count()?, engine.snapshot().rows());
//! println!("{}", matches.page()?.to_json()?); // the API's envelope
//!
//! // A query that is built in Rust, and every match instead of one page.
//! let query = Query::new().filter("state", ["suspended", "expired"]).sort("email");
//! for record in engine.matches(&query)?.records()? {
//!     let record = record?; // byte for byte as in the dump
//!     assert!(record.as_bytes().starts_with(b"{"));
//! }
//! # Ok::<(), idq::Error>(())
//! ```
//!
//! # Features
//!
//! All are on by default: `archives` reads zip and tar archives; `pack` writes snapshot files ([`Engine::pack`]), which are read without it; `render` writes the
//! envelopes of pages ([`Page::to_json`]), tables, CSV and NDJSON ([`render`]).
//!
//! # The types in the order of the data flow
//!
//! * [`Source`] and [`expand`] name the dumps; [`Loader`] has the settings of a load (columns, malformed records,
//!   deduplication, progress), and [`LoadSettings`] has them as texts. [`Engine::open`] loads with default settings.
//! * [`Query`] is a request: parsed from text, or built. [`Engine::query`] and [`Engine::matches`] bind it to the
//!   snapshot's API; [`BindOptions`] choose between the strict reading and the API's own, and fix the clock.
//! * [`Matches`] counts, pages and lists; [`Matches::count_by`] returns the [`Groups`] of a count by keys. [`Page`] has
//!   the numbers and the records of a page, and writes it in the API's envelope.
//! * [`Record`] is a record of an answer: its bytes, the values at its paths, or a type of the program's own.
//! * [`api`] has the descriptions of the APIs: every field, filter and sort.
//!
//! Work runs in parallel on the rayon pool in which it is called: wrap calls in `ThreadPool::install` to choose one.
//! There is no global state except the handler that [`guard_mapped_files`] installs, an [`Engine`] is `Send + Sync`,
//! and an answer is the same on any number of threads.
//!
//! ```
//! # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/permission-assist.json");
//! let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
//! let total = pool.install(|| -> Result<u64, idq::Error> {
//!     let engine = idq::Engine::open([people])?;
//!     engine.query("filter[status]=Active")?.count()
//! })?;
//! assert!(total > 0);
//! # Ok::<(), idq::Error>(())
//! ```

mod engine;
mod error;
mod load_settings;
mod matches;
mod names;
mod page;
pub mod parts;
mod record;
mod sample;

pub use engine::Engine;
pub use error::Error;
pub use load_settings::{LoadSettings, SettingError};
pub use matches::Matches;
pub use names::{UnknownName, unknown_names};
pub use page::Page;
pub use record::{Record, Value};
pub use sample::{Sample, SampleSize, SampleSizeError};

#[doc(inline)]
pub use idq_api as api;
#[doc(inline)]
pub use idq_columns as columns;
#[doc(inline)]
pub use idq_engine::{
    Account, Attribute, AttributeAccount, BindError, BindErrorKind, BindErrors, BindOptions,
    BoundKeys, BoundQuery, Condition, DeletedRecords, Group, GroupValue, Groups, Hint, HintSubject,
    KeyColumn, KeyErrorKind, KeyOptions, LeftOut, ListedNames, PathStatistics, Predicate, Scale,
    Selects, Side, TimelineUnit, ValueOrder, ValueType, bind, bind_keys, buckets_of_kind,
};
#[doc(inline)]
pub use idq_grammar::{
    AttributePath, Bucket, Clock, Comparison, Conformance, CountComparison, CountErrorKind,
    CountOperator, CountParameters, CountRequest, Error as ParseError, ErrorKind as ParseErrorKind,
    Errors as ParseErrors, Expression, Filter, FilterValue, GroupKey, Literal, MAX_KEYS, Operand,
    Operator, Origin, OtherParameter, Problem, Query, Report, SortTerm, Text as RequestText,
    TimeZone, TimeZoneError, ValuePath, date, escape, escape_lines, nearest, quote,
};
#[doc(inline)]
pub use idq_json as json;
#[doc(inline)]
pub use idq_load::{
    Columns, Expansion, IgnoredEntry, Loader, OnBadRecord, Parser, Progress, ReadOptions,
    RecordsPath, RecordsPathError, Source, expand, list_files,
};
#[cfg(feature = "pack")]
#[doc(inline)]
pub use idq_pack::{
    DEFAULT_LEVEL, PackError, PackOptions, PackProgress, default_memory, memory_for_rows,
    threads_for_memory, wants_spill,
};
#[cfg(feature = "render")]
#[doc(inline)]
pub use idq_render as render;
#[doc(inline)]
pub use idq_snapshot::snapshot_file::checksum::record_hash;
#[doc(inline)]
pub use idq_snapshot::{
    Cancel, ChunkRun, ColumnError, ColumnPart, ColumnView, Compression, CutRecord, Extent,
    FieldStatistics, ForeignFormat, LoadError, LoadErrorKind, NotLoaded, PackedRequest, ReadValues,
    RecordErrorKind, RecordReader, RecordWindow, Reject, RowId, Snapshot, SnapshotFile,
    SourceReport, SpillFile, Statistics, TextEncoding, Verified, cells_of_names,
    guard_mapped_files, is_snapshot_file, verify, verify_with_progress,
};

/// The maximum number of threads of the pools that the command and the server start. Each thread takes memory for its
/// stack and its share of the work, and more threads than cores do not help.
pub const MAX_THREADS: u16 = 1_024;

/// Runs the examples of the book's page on embedding.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/embedding.md")]
pub struct EmbeddingPage;
