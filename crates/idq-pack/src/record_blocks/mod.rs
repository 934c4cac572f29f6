//! The bytes of records, in compressed blocks.
//!
//! A block is the bytes of some consecutive records of one batch, one record after another, in one zstd frame. All
//! frames of a file are compressed with one dictionary, which is trained on records of the whole snapshot, so that a
//! block of a few records compresses nearly as well as a block of many. Reading one record decompresses its block only.
//!
//! * [`dictionary`] trains the dictionary on a sample of the records.
//! * [`write`] makes the three columns of a batch: the hash and the length of each record, and the blocks.
//!
//! The layout depends on the lengths of records only, so it suits the dumps of every writer: it assumes nothing about
//! keys, their order, or the spelling of values. `benches/examples/record_blocks.rs` compares numbers of records per
//! block; `docs/snapshot-format.md` has the figures.

mod block_compressor;
mod dictionary;

pub(crate) use block_compressor::BlockCompressor;
pub(crate) use dictionary::RecordDictionary;

/// The number of records in a block. With a dictionary, blocks of 16 records are smaller by a fiftieth only, and the
/// time of reading one record is that of decompressing its block.
const BLOCK_RECORDS: usize = 4;

/// The maximum bytes of records in a block. A longer record has its own block, so that the memory and the time of
/// reading a record are bounded by this, or by the record itself.
const BLOCK_BYTES: usize = 64 << 10;
