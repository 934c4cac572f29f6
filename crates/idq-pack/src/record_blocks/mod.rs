//! The records' own bytes, in compressed blocks.
//!
//! A block is the bytes of some consecutive records of one batch, one record after another, in one zstd frame. All
//! frames of a file are compressed with one dictionary, which is trained on records of the whole snapshot, so that a
//! block of a few records compresses nearly as well as a block of many. One record is read by decompressing its block
//! alone.
//!
//! * [`dictionary`] trains the dictionary on a sample of the records.
//! * [`write`] makes the three columns of a batch: the hash and the length of each record, and the blocks.
//! * [`read`] reads single records, and many at once in parallel.
//!
//! The layout depends on nothing but the records' lengths, so that it holds for the dumps of any writer: there is no
//! assumption on keys, their order, or how values are spelled. `benches/examples/record_blocks.rs` measures the number
//! of records per block; `docs/snapshot-format.md` has the figures.

mod dictionary;
mod read;
mod write;

pub(crate) use dictionary::RecordDictionary;
pub(crate) use read::{BatchRecords, RecordBlockReader};
pub(crate) use write::BlockCompressor;

use crate::checksum::checksum;

/// The number of records per block that is written. With a dictionary, blocks of 16 records are smaller by a fiftieth
/// only, and reading one record takes the time of decompressing its block.
const BLOCK_RECORDS: usize = 4;

/// The bytes of records from which a block takes no further record. A longer record is a block of its own, so that the
/// memory and the time of reading a record are bounded by this, or by the record itself.
const BLOCK_BYTES: usize = 64 << 10;

/// The most records per block that are read. It bounds the search for the row in which a block begins.
const MAX_BLOCK_RECORDS: usize = 64;

/// Returns the hash of a record that is stored beside it: XXH3 of 64 bits.
fn record_hash(record: &[u8]) -> u64 {
    checksum(record)
}
