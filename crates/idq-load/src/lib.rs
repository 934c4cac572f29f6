//! Dump bytes to a [`Snapshot`]: sources, shapes, record parsing, column builders.
//!
//! In the order in which data flows:
//!
//! 1. [`Source`] names a file, standard input or bytes in memory; [`expand`] turns what a person typed (files, globs,
//!    folders, `-`) into sources. Gzip and zstd are recognised by content.
//! 2. [`Loader`] cuts the bytes into blocks, parses the blocks in parallel on the current rayon pool, and commits
//!    them in order. Arrays, newline-delimited records, saved API pages and any mixture are told apart by content.
//! 3. A record of a shape that has been seen before is read by [`idq_shape`]; another one by `simd-json`; whatever that
//!    refuses, or cannot spell exactly, goes through the exact reader of [`idq_json`], whose word is final and whose
//!    errors say where.
//! 4. [`Snapshot`] has the columns, and the place of each record's own bytes: in the file, or in memory where the
//!    source cannot be read twice.
//!
//! Bad records stop the load with a located [`LoadError`], or are set aside as [`Reject`]s: see [`OnBadRecord`].
//!
//! ```
//! use idq_load::{Loader, Source};
//!
//! let dump = br#"[{"id":"a","vendor_id":"7","state":"active"},{"id":"b","vendor_id":"8","state":"staged"}]"#;
//! let snapshot = Loader::new(vec![Source::bytes("example", dump.to_vec())]).load()?;
//! assert_eq!(snapshot.rows(), 2);
//! assert_eq!(snapshot.api().name, "provisionr");
//! # Ok::<(), idq_load::LoadError>(())
//! ```

mod block;
mod chunk;
mod commit;
mod cutter;
mod documents;
mod error;
mod exact;
mod expand;
mod familiar;
mod frames;
mod input;
mod kept;
mod kept_bytes;
mod load;
mod loader;
mod members;
mod options;
mod packed;
mod page;
mod ranges;
mod record;
mod remembered;
mod repeated;
mod resynchronise;
mod row;
mod schema;
mod small;
mod snapshot;
mod sniff;
mod source;
mod spill;
mod store;
mod tape;

pub use chunk::Chunk;
pub use error::{LoadError, LoadErrorKind};
pub use expand::{Expansion, PassedOver, expand};
pub use input::Compression;
pub use kept::{Asked, KeptOrder, KeptOrders, Terms, Wanted};
pub use loader::{Loader, Unpacked};
pub use options::{Columns, OnBadRecord, Parser, Progress};
pub use packed::{ARROW_MAGIC, Packed, PackedFacts, PackedReader, is_packed};
pub use record::{MAX_RECORD, RecordErrorKind};
pub use remembered::Remembered;
pub use snapshot::{Reject, Row, Snapshot, SourceReport};
pub use source::Source;
pub use spill::Spill;
pub use store::RecordReader;
