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
mod columns;
mod error;
mod records;
mod snapshot;
pub mod snapshot_file;
mod sources;
mod spill;

pub use cancel::Cancel;
pub use chunk::{Chunk, LoadedChunk, PackedChunk, RecordLocation, SourceRun, Storage};
pub use columns::named_values::cells_of_names;
pub use columns::part::{ColumnPart, Extent};
pub use columns::statistics::{FieldStatistics, MAX_TOP_VALUES, Statistics, recur, top_values};
pub use columns::view::{ChunkColumns, ColumnError, ColumnView, NotLoaded};
pub use error::{LoadError, LoadErrorKind};
pub use idq_files::{FileState, StateDifference};
pub use records::copies::ChunkRun;
pub use records::reader::RecordReader;
pub use records::reject::{MAX_RECORD, RecordErrorKind, Reject};
pub use records::window::RecordWindow;
pub use snapshot::{RowId, Snapshot, SnapshotParts};
pub use snapshot_file::{
    LoadSummary, SnapshotFile, Verified, guard_mapped_files, is_snapshot_file, verify, verify_file,
    verify_with_progress,
};
pub use sources::compression::Compression;
pub use sources::foreign_format::{FORMAT_BYTES, ForeignFormat};
pub use sources::observed::{CollectionUrl, UnknownFields};
pub use sources::packed_request::PackedRequest;
pub use sources::read_values::{CutRecord, ReadValues};
pub use sources::report::SourceReport;
pub use sources::store::{SourceBytes, SourceStore, StoredFile};
pub use sources::text_encoding::TextEncoding;
pub use spill::SpillFile;
