//! Assembly of the parsed blocks of one source in order, with verification of the speculation of each.
//!
//! A parsed block is committed if the previous block has no leftover and ends in the assumed state. By induction the
//! result is the same as that of a parse from the first byte. Otherwise the leftover and the block are parsed again
//! from the actual state.

use std::collections::BTreeSet;
use std::ops::Range;

use idq_snapshot::SourceRun;

use super::{Block, RejectedSpan};
use crate::framing::{BlockInput, BlockOutcome, BlockParser, FramingState, Separator};
use crate::record::{ChunkBuilder, ParsedChunk, Schema};
use crate::source::{ParsedBytes, RetainedBytes};

/// A parsed block.
pub(super) struct ParsedBlock {
    /// The rows, with offsets relative to the block.
    pub(super) chunk: ParsedChunk,
    /// The state after the block, and its rejects.
    pub(super) outcome: BlockOutcome,
}

impl ParsedBlock {
    /// Parses a block into a chunk of its own.
    pub(super) fn parse(
        schema: &Schema,
        parser: &mut BlockParser<'_>,
        input: BlockInput<'_>,
    ) -> Self {
        let mut chunk = ChunkBuilder::new(schema);
        let outcome = parser.parse(input, &mut chunk);
        Self {
            chunk: chunk.finish(),
            outcome,
        }
    }
}

/// The assembler of the blocks of one source.
pub(super) struct BlockAssembler<'s> {
    /// The fields to read.
    schema: &'s Schema,
    /// The position of the source among the load's.
    source: u32,
    /// The state after the committed blocks.
    state: FramingState,
    /// The bytes after the last parsed record, which cannot be parsed without more bytes.
    leftover: Vec<u8>,
    /// The minimum length at which the leftover is parsed again. It is twice the length at the last parse, because a
    /// long record in small blocks would otherwise take quadratic time.
    min_leftover: usize,
    /// The offset of the leftover in the source.
    offset: u64,
    /// The separator of the source. It does not change after it was learned.
    separator: Option<Separator>,
    /// The number of records so far, rejects included.
    pub(super) records: u64,
    /// The chunks so far, one for each block with records.
    pub(super) chunks: Vec<ParsedChunk>,
    /// The rejects so far, ascending.
    pub(super) rejects: Vec<RejectedSpan>,
    /// Whether the last reject stops the load.
    pub(super) is_stopped: bool,
    /// The paths to other arrays of objects, which were left out.
    pub(super) left_out: BTreeSet<String>,
    /// The source's bytes; `None` if they can be read again.
    pub(super) retained: Option<RetainedBytes>,
}

impl<'s> BlockAssembler<'s> {
    /// Creates an assembler at the start of a source, after `skipped_bytes` of white space, in
    /// the state of its start.
    pub(super) fn new(
        schema: &'s Schema,
        source: u32,
        retained: Option<RetainedBytes>,
        skipped_bytes: u64,
        state: FramingState,
    ) -> Self {
        Self {
            schema,
            source,
            state,
            leftover: Vec::new(),
            min_leftover: 0,
            offset: skipped_bytes,
            separator: None,
            records: 0,
            chunks: Vec::new(),
            rejects: Vec::new(),
            is_stopped: false,
            left_out: BTreeSet::new(),
            retained,
        }
    }

    /// Returns the separator of the source, if it was learned.
    pub(super) fn separator(&self) -> Option<&Separator> {
        self.separator.as_ref()
    }

    /// Returns the number of bytes that were committed, leftover included.
    pub(super) fn offset(&self) -> u64 {
        self.offset + self.leftover.len() as u64
    }

    /// Returns whether the next block starts in the state from which blocks are parsed speculatively.
    pub(super) fn speculation_holds(&self) -> bool {
        let separator = self.separator.as_ref();
        self.leftover.is_empty() && separator.is_some_and(|assumed| assumed.state == self.state)
    }

    /// Commits the next block. `speculative` is its speculative parse, if there was one.
    pub(super) fn commit_block(
        &mut self,
        block: Block,
        speculative: Option<ParsedBlock>,
        parser: &mut BlockParser<'_>,
    ) {
        let speculative = speculative.filter(|_| self.speculation_holds());
        let mut bytes = block.bytes;
        if !block.is_last && self.leftover.len() + bytes.len() < self.min_leftover {
            self.leftover.extend_from_slice(&bytes);
            return;
        }
        // The leftover and the block are parsed as one text, with offsets from the first byte of the leftover.
        if !self.leftover.is_empty() {
            let mut joined = std::mem::take(&mut self.leftover);
            joined.extend_from_slice(&bytes);
            bytes = joined;
        }
        let parsed = speculative.unwrap_or_else(|| {
            let input = BlockInput {
                bytes: &bytes,
                limit: usize::MAX,
                state: self.state.clone(),
                is_last: block.is_last,
                separator: self.separator.as_ref(),
            };
            ParsedBlock::parse(self.schema, parser, input)
        });
        // The parsed bytes are retained at their offset, which the commit advances.
        let offset = self.offset;
        let leftover = bytes.split_off(parsed.outcome.consumed);
        let records: Vec<Range<usize>> = match &self.retained {
            Some(_) => parsed.chunk.chunk.ranges_from(0).collect(),
            None => Vec::new(),
        };
        let rejects_before = self.rejects.len();
        self.commit_parsed(parsed, leftover);
        if let Some(retained) = &mut self.retained {
            let block = ParsedBytes {
                offset,
                bytes,
                records,
            };
            let rejects = &mut self.rejects[rejects_before..];
            retained.add(block, rejects, self.is_stopped, self.schema.spill.as_ref());
        }
    }

    /// Commits a parsed block whose speculation holds, with the bytes that it did not consume.
    pub(super) fn commit_parsed(&mut self, parsed: ParsedBlock, leftover: Vec<u8>) {
        let ParsedBlock { mut chunk, outcome } = parsed;
        if chunk.rows() > 0 {
            chunk.chunk.runs.push(SourceRun {
                first_row: 0,
                source: self.source,
                base: self.offset,
            });
            self.chunks.push(chunk);
        }
        for record in outcome.rejects {
            let span = RejectedSpan::new(record, self.records, self.offset);
            match self.rejects.last_mut() {
                Some(last) if span.record.is_continuation => {
                    last.extend(&span, self.retained.is_none());
                }
                _ => self.rejects.push(span),
            }
        }
        self.records += outcome.records;
        self.is_stopped = outcome.is_stopped;
        self.left_out.extend(outcome.left_out);
        self.state = outcome.state;
        self.separator = self.separator.take().or(outcome.separator);
        self.leftover = leftover;
        // A leftover that is longer than a record may be is parsed at once, because it is malformed.
        self.min_leftover = (self.leftover.len() * 2).min(self.schema.max_record_bytes + 1);
        self.offset += outcome.consumed as u64;
    }
}
