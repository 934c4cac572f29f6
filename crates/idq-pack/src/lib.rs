//! Snapshot files: a loaded snapshot in one Arrow IPC file, which opens in an instant.
//!
//! [`pack`] writes a [`Snapshot`](idq_snapshot::Snapshot); [`open`] maps the file and gives back a snapshot whose columns
//! and records are read when a question asks for them. [`verify`] reads all of it.
//!
//! * The file is a valid Arrow IPC file: other programs read its columns without this crate. Its format is described in
//!   `docs/snapshot-format.md`.
//! * Every byte is covered by a checksum, which is compared when the part that it belongs to is first read. What is
//!   read is validated as well: offsets, UTF-8, codes, rows. A damaged or hostile file is an error, never a panic.
//! * A file that is written to while it is open is noticed: its questions fail and say so. [`guard_mapped_files`] keeps
//!   the process alive where the file was cut short.
//! * The records' own bytes are in it, in compressed blocks of a few records, and come back exactly.

mod checksum;
mod columns;
mod decode;
mod error;
mod footer;
mod format;
mod mapped;
mod memory;
mod message;
mod open;
mod pack;
mod parts;
mod plan;
mod record_blocks;
mod reseal;
mod statistics;
mod unchanged;
mod verify;
mod write;

pub use error::PackError;
pub use mapped::guard_mapped_files;
pub use memory::{default_memory, memory_for_rows, threads_for_memory, wants_spill};
pub use open::{PackedFile, open};
pub use pack::{DEFAULT_LEVEL, PackOptions, PackProgress, pack};
pub use verify::{Verified, verify, verify_file};

#[doc(hidden)]
pub use reseal::reseal;
