//! The stage of the data flow behind queries, which ends in a file: writes a snapshot to a snapshot file.
//!
//! [`pack`] plans the columns by all values of each field, trains the dictionary of the records, and writes the chunks
//! of the snapshot, some at a time, as batches of one Arrow IPC file. [`idq_snapshot::snapshot_file`] reads it; both
//! share the definition of the format, which is described in `docs/snapshot-format.md`.
//!
//! Packing keeps a bound on memory: [`wants_spill`] tells whether a load needs a
//! [`SpillFile`](idq_snapshot::SpillFile), [`memory_for_rows`] and [`threads_for_memory`] have the numbers.

mod error;
mod memory;
mod pack;
mod plan;
mod record_blocks;
mod write;

pub use error::PackError;
pub use memory::{default_memory, memory_for_rows, threads_for_memory, wants_spill};
pub use pack::{DEFAULT_LEVEL, PackOptions, PackProgress, pack};
