//! Dump bytes to a [`Snapshot`](idq_snapshot::Snapshot): sources, shapes, record parsing, column builders.
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
//! 4. [`Snapshot`](idq_snapshot::Snapshot) has the columns, and the place of each record's own bytes: in the file, or in memory where the
//!    source cannot be read twice.
//!
//! Bad records stop the load with a located [`LoadError`](idq_snapshot::LoadError), or are set
//! aside as [`Reject`](idq_snapshot::Reject)s: see [`OnBadRecord`].
//!
//! ```
//! use idq_load::{Loader, Source};
//!
//! let dump = br#"[{"id":"a","vendor_id":"7","state":"active"},{"id":"b","vendor_id":"8","state":"staged"}]"#;
//! let snapshot = Loader::new(vec![Source::bytes("example", dump.to_vec())]).load()?;
//! assert_eq!(snapshot.rows(), 2);
//! assert_eq!(snapshot.api().name, "provisionr");
//! # Ok::<(), idq_snapshot::LoadError>(())
//! ```

mod block;
mod commit;
mod cutter;
mod documents;
mod exact;
mod expand;
mod familiar;
mod frames;
mod input;
mod kept_bytes;
mod load;
mod loader;
mod members;
mod options;
mod page;
mod parsed;
mod ranges;
mod record;
mod repeated;
mod resynchronise;
mod row;
mod schema;
mod small;
mod sniff;
mod source;
mod tape;

pub use expand::{Expansion, PassedOver, expand};
pub use loader::{Loader, Unpacked};
pub use options::{Columns, OnBadRecord, Parser, Progress};
pub use source::Source;
