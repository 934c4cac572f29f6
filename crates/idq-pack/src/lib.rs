//! Writes a snapshot to a snapshot file, an Arrow IPC file whose queried columns are used in place.
//!
//! [`pack`] plans the columns by all values of each field, trains the dictionary of the records, and writes the chunks
//! of the snapshot, some at a time, as batches. [`idq_snapshot::snapshot_file`] reads the file; both share the
//! definition of the format, which `docs/snapshot-format.md` describes.
//!
//! Packing keeps a bound on memory: [`wants_spill`] decides whether a load needs a
//! [`SpillFile`](idq_snapshot::SpillFile), [`memory_for_rows`] returns the least bound for a number of records, and
//! [`threads_for_memory`] the number of threads that a bound permits.

mod arrow_file;
mod batch_encoder;
mod error;
mod memory;
mod pack;
mod pipeline;
mod plan;
mod record_blocks;

pub use error::PackError;
pub use memory::{default_memory, memory_for_rows, threads_for_memory, wants_spill};
pub use pack::{DEFAULT_LEVEL, PackOptions, PackProgress, pack};
