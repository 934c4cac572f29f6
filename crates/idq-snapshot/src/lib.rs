//! Snapshots, the stage of the data flow between parsing and queries: a [`Snapshot`] has the columns of all records,
//! and the storage of their bytes.
//!
//! * A snapshot is a list of [`Chunk`]s of some thousand rows. A chunk is [loaded](Storage::Loaded) from a dump, which
//!   keeps the bytes of the records, or [packed](Storage::Packed) in a snapshot file, which has columns and bytes.
//! * A [`RowId`] is the position of a record in load order. A [`RecordReader`] reads a record's bytes, verbatim.
//! * A [`SourceReport`] describes each source, a [`Reject`] each malformed record that was set aside, and a
//!   [`LoadError`] the failure of a source or a record.
//! * A [`SpillFile`] holds columns and records for which memory has no room.
//!
//! `idq-load` creates snapshots from dumps, `idq-engine` evaluates queries over them, `idq-pack` writes them to
//! snapshot files.

mod cancel;
mod chunk;
mod column_part;
mod column_view;
mod compression;
mod error;
mod foreign_format;
mod lines;
mod named_values;
mod observed;
mod packed_request;
mod read_values;
mod reader;
mod reject;
mod report;
mod snapshot;
pub mod snapshot_file;
mod source_store;
mod spill;
mod statistics;
mod text_encoding;

pub use cancel::Cancel;
pub use chunk::{Chunk, LoadedChunk, PackedChunk, RecordLocation, SourceRun, Storage};
pub use column_part::{ColumnPart, Extent};
pub use column_view::{ChunkColumns, ColumnError, ColumnView, NotLoaded};
pub use compression::Compression;
pub use error::{LoadError, LoadErrorKind};
pub use foreign_format::{FORMAT_BYTES, ForeignFormat};
pub use idq_files::{FileState, StateDifference};
pub use lines::ChunkRun;
pub use named_values::cells_of_names;
pub use observed::{CollectionUrl, UnknownFields};
pub use packed_request::PackedRequest;
pub use read_values::{CutRecord, ReadValues};
pub use reader::RecordReader;
pub use reject::{MAX_RECORD, RecordErrorKind, Reject};
pub use report::SourceReport;
pub use snapshot::{RowId, Snapshot, SnapshotParts};
pub use snapshot_file::{
    LoadSummary, SnapshotFile, Verified, guard_mapped_files, is_snapshot_file, verify, verify_file,
    verify_with_progress,
};
pub use source_store::{SourceBytes, SourceStore, StoredFile};
pub use spill::SpillFile;
pub use statistics::{FieldStatistics, MAX_TOP_VALUES, Statistics, recur, top_values};
pub use text_encoding::TextEncoding;
