//! The sixth stage of the data flow, between parsing and queries: a [`Snapshot`] has the columns of all records, and the
//! storage of their bytes.
//!
//! * A snapshot is a list of [`Chunk`]s of some thousand rows. The records of a chunk are [loaded](Storage::Loaded) from
//!   a dump, which has their bytes, or [packed](Storage::Packed) in a snapshot file, which has columns and bytes.
//! * A [`RowId`] is the position of a record in load order. A [`RecordReader`] reads a record's bytes, verbatim.
//! * A [`SourceReport`] describes each source, a [`Reject`] each malformed record that was set aside, and a [`LoadError`]
//!   the failure of a source or a record.
//! * A [`SpillFile`] takes columns that memory has no room for.
//!
//! `idq-load` makes snapshots of dumps, `idq-engine` evaluates queries over them, `idq-pack` writes them to snapshot files.

mod chunk;
mod columns;
mod compression;
mod error;
mod observed;
mod packed;
mod reader;
mod reject;
mod report;
mod snapshot;
mod spill;
mod statistics;
mod store;

pub use chunk::{Chunk, LoadedChunk, PackedChunk, RecordLocation, SourceRun, Storage};
pub use columns::{ChunkColumns, ColumnError, ColumnView, NotLoaded};
pub use compression::Compression;
pub use error::{LoadError, LoadErrorKind};
pub use observed::{CollectionUrl, UnknownFields};
pub use packed::{ARROW_MAGIC, Packed, PackedFacts, PackedReader, is_packed};
pub use reader::RecordReader;
pub use reject::{MAX_RECORD, RecordErrorKind, Reject};
pub use report::SourceReport;
pub use snapshot::{RowId, Snapshot, SnapshotParts};
pub use spill::SpillFile;
pub use statistics::{FieldStatistics, Statistics};
pub use store::{SourceBytes, SourceStore, StoredFile};
