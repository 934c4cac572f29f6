//! Speculative parallel parsing: splits sources into blocks, parses blocks on all threads, and assembles them in order.
//!
//! The state in which a block starts depends on all bytes before it. A block is therefore parsed from an assumed state,
//! that of the learned [`Separator`](crate::framing::Separator), in which most records start. The [`BlockAssembler`]
//! commits it only if the blocks before it end in that state; otherwise it parses the bytes again. The snapshot is the
//! same for any block size and number of threads; a wrong speculation costs only time.
//!
//! ```text
//! source   | block 0 |   block 1   |   block 2   | ...    planned: equal lengths
//!          | block 0   |   block 1   |  block 2    | ...  moved to the next separators
//! workers      w0           w1            w0              parse from the separator's state
//! assembler    commit  ->   commit   ->   commit          in order: the state before must be the assumed one
//! ```
//!
//! The first block is small and parsed alone, to learn the separator. A dump without a separator, such as one long
//! record, is parsed on one thread.
//!
//! * [`Load`] loads sources in one of three ways: a source with [random access](RandomAccessSource), of which each
//!   worker reads its own blocks; a stream, which a [`BlockReader`] cuts while earlier blocks are parsed; and [small
//!   sources](small_sources::SmallSources), which share chunks.
//! * A [`Worker`] parses blocks. It parses a block without malformed records in cache-sized pieces of a
//!   [`PieceReader`].

mod assembler;
mod block_reader;
mod finish;
mod load;
mod load_random_access;
mod load_stream;
mod piece_reader;
mod random_access;
mod rejected_span;
mod small_sources;
mod worker;

pub(crate) use load::{Load, OpenStreams};
pub(crate) use rejected_span::RejectedSpan;

use assembler::{BlockAssembler, ParsedBlock};
use block_reader::{Block, BlockReader};
use finish::SourceResult;
use piece_reader::PieceReader;
use random_access::RandomAccessSource;
use small_sources::group_small_sources;
use worker::{BlockPlan, BlockStart, SpeculativeBlock, Worker};
