//! Loading, the stage of the data flow from the bytes of dumps to a [`Snapshot`](idq_snapshot::Snapshot): sources,
//! framing, parsing, column builders.
//!
//! In the order in which data flows:
//!
//! 1. `source`: a [`Source`] is a file, a stream or bytes in memory; [`expand`] expands the names that a user types
//!    into sources. Compression and API are detected by content.
//! 2. `split`: the [`Loader`] splits sources into blocks, parses the blocks speculatively on all threads of the current
//!    rayon pool, and assembles them in order.
//! 3. `framing`: finds the records of each block, in arrays, lines, saved pages or any mixture. After a malformed
//!    record, error recovery finds the next one.
//! 4. `record`: parses a record by its known shape ([`idq_shape`]), otherwise by its structural index, otherwise by the
//!    reference parser, whose verdict is final, and adds its fields to the column builders of a chunk.
//! 5. `dedupe`: counts records with the same id, and drops them on request.
//!
//! A malformed record stops the load with a located [`LoadError`](idq_snapshot::LoadError), or is set aside as a
//! [`Reject`](idq_snapshot::Reject): see [`OnBadRecord`].
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

mod dedupe;
mod framing;
mod id_hash;
mod loader;
mod options;
mod record;
mod records_path;
mod settings;
mod snapshot_files;
mod source;
mod split;

pub use loader::Loader;
pub use options::{Columns, OnBadRecord, Parser, Progress, ReadOptions};
pub use records_path::{RecordsPath, RecordsPathError};
pub use source::{Expansion, IgnoredEntry, Source, expand, list_files};
