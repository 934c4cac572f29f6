//! A worker of speculative parsing: reads a block of a source with random access, and parses it before the blocks
//! before it are committed.
//!
//! A worker is reused for many blocks, because the shapes that its parser has learned are valid for the whole dump, and
//! learning them again for each block would cost more than the parse.

use std::collections::BTreeSet;
use std::ops::Range;

use idq_snapshot::LoadError;

use super::piece_reader::PIECE_BYTES;
use super::{ParsedBlock, PieceReader, RandomAccessSource};
use crate::framing::{BlockInput, BlockOutcome, BlockParser, Separator};
use crate::options::OnBadRecord;
use crate::record::{ChunkBuilder, Schema};

/// The number of bytes in which the start of the next record is searched at a time. It is usually near.
const BOUNDARY_SCAN_BYTES: u64 = 16 << 10;

/// The plan of a block: its offsets, before they move to the next records.
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockPlan {
    /// The start.
    pub(super) start: BlockStart,
    /// The end, which moves to the next record, as the start of the next block does.
    pub(super) end: u64,
    /// The length of a whole block, the same for all blocks of a source, and the distance within which the next record
    /// is searched.
    pub(super) block_bytes: u64,
}

/// The start of a planned block.
#[derive(Debug, Clone, Copy)]
pub(super) enum BlockStart {
    /// The offset that the assembler has reached, and whether its state is the assumed state of records.
    Exact { offset: u64, at_record: bool },
    /// An offset of the plan. The block starts at the next record.
    Nominal(u64),
}

impl BlockStart {
    /// Returns the offset before it moves to a record.
    pub(super) fn offset(self) -> u64 {
        match self {
            Self::Exact { offset, .. } | Self::Nominal(offset) => offset,
        }
    }
}

/// The byte range of a block between two offsets where a record seems to start, or two planned offsets if there is
/// none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlockRange {
    /// The offsets in the source.
    pub(super) range: Range<u64>,
    /// Whether a record seems to start the block.
    pub(super) starts_at_record: bool,
}

/// A block that was read speculatively.
pub(super) struct SpeculativeBlock {
    /// The byte range in the source.
    pub(super) range: Range<u64>,
    /// The parsed block, and the bytes that it did not consume. `None` if the block does not start with a record, or
    /// the speculation was evidently wrong.
    pub(super) parsed: Option<(ParsedBlock, Vec<u8>)>,
}

impl SpeculativeBlock {
    /// Returns the number of its records, if the speculation holds.
    pub(super) fn records(&self) -> u64 {
        let parsed = self.parsed.as_ref();
        parsed.map_or(0, |(parsed, _)| parsed.outcome.records)
    }
}

/// A parser and a buffer, reused from block to block.
pub(super) struct Worker<'s> {
    /// The parser, with the shapes that it has learned.
    pub(super) parser: BlockParser<'s>,
    /// The buffer of pieces, and of the search for boundaries.
    buffer: Vec<u8>,
}

impl<'s> Worker<'s> {
    /// Creates a worker.
    pub(super) fn new(schema: &'s Schema, on_bad_record: OnBadRecord) -> Self {
        Self {
            parser: BlockParser::new(schema, on_bad_record),
            buffer: Vec::new(),
        }
    }

    /// Reads and parses a planned block.
    pub(super) fn parse_speculatively(
        &mut self,
        schema: &Schema,
        source: &RandomAccessSource<'_>,
        plan: BlockPlan,
        separator: Option<&Separator>,
    ) -> Result<SpeculativeBlock, LoadError> {
        let block = self.find_block(source, plan, separator)?;
        let parsed = match separator {
            Some(separator) if block.starts_at_record && !block.range.is_empty() => {
                let parsed = self.parse_block(schema, source, block.range.clone(), separator)?;
                // A long leftover means that the block does not start with a record. It is dropped to save memory.
                Some(parsed).filter(|(_, leftover)| leftover.len() <= PIECE_BYTES)
            }
            _ => None,
        };
        Ok(SpeculativeBlock {
            range: block.range,
            parsed,
        })
    }

    /// Moves the offsets of a plan to the next records. Adjacent blocks stay adjacent, because the common offset moves
    /// in the same way for both.
    fn find_block(
        &mut self,
        source: &RandomAccessSource<'_>,
        plan: BlockPlan,
        separator: Option<&Separator>,
    ) -> Result<BlockRange, LoadError> {
        let (start, starts_at_record) = match (plan.start, separator) {
            (BlockStart::Exact { offset, at_record }, _) => (offset, at_record),
            (BlockStart::Nominal(offset), Some(separator)) => {
                self.find_boundary(source, offset, plan.block_bytes, separator)?
            }
            (BlockStart::Nominal(offset), None) => (offset, false),
        };
        let end = match separator {
            _ if plan.end >= source.length() => source.length(),
            Some(separator) => {
                let (end, _) = self.find_boundary(source, plan.end, plan.block_bytes, separator)?;
                end
            }
            None => plan.end,
        };
        Ok(BlockRange {
            range: start..end,
            starts_at_record,
        })
    }

    /// Finds the first offset from `offset`, within `search_bytes`, at which a record seems to start. Returns it and
    /// true, or `offset` and false.
    fn find_boundary(
        &mut self,
        source: &RandomAccessSource<'_>,
        offset: u64,
        search_bytes: u64,
        separator: &Separator,
    ) -> Result<(u64, bool), LoadError> {
        let finder = separator.finder();
        let pattern_length = separator.pattern_length() as u64;
        let record_offset = separator.record_offset() as u64;
        // The record, not the pattern, must start within `search_bytes` from `offset`, so the search starts and ends
        // earlier by the part of the pattern before the record. Different offsets then never have the same result.
        let end = (offset + search_bytes + pattern_length).saturating_sub(record_offset + 1);
        let end = end.min(source.length());
        let mut from = offset.saturating_sub(record_offset);
        while from < end {
            let length = BOUNDARY_SCAN_BYTES.min(end - from);
            self.buffer
                .resize(self.buffer.len().max(length as usize), 0);
            let window = &mut self.buffer[..length as usize];
            source.read_into(window, from)?;
            if let Some(found) = finder.find(window) {
                return Ok((from + found as u64 + record_offset, true));
            }
            // A separator may begin at the end of the window.
            let overlap = pattern_length - 1;
            if length <= overlap {
                break;
            }
            from += length - overlap;
        }
        Ok((offset, false))
    }

    /// Parses a block that starts with a record. Returns it with the bytes that the parse did not consume.
    fn parse_block(
        &mut self,
        schema: &Schema,
        source: &RandomAccessSource<'_>,
        range: Range<u64>,
        separator: &Separator,
    ) -> Result<(ParsedBlock, Vec<u8>), LoadError> {
        let is_last = range.end == source.length();
        if let RandomAccessSource::Shared { bytes, .. } = source {
            let bytes = &bytes[range.start as usize..range.end as usize];
            return Ok(self.parse_whole(schema, bytes, is_last, separator));
        }
        if let Some(parsed) = self.parse_in_pieces(schema, source, range.clone(), separator)? {
            return Ok((parsed, Vec::new()));
        }
        let bytes = source.read(range)?;
        Ok(self.parse_whole(schema, &bytes, is_last, separator))
    }

    /// Parses a block in memory. Returns it with a copy of the bytes that the parse did not consume.
    fn parse_whole(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        is_last: bool,
        separator: &Separator,
    ) -> (ParsedBlock, Vec<u8>) {
        let input = BlockInput::at_record(bytes, separator, is_last);
        let parsed = ParsedBlock::parse(schema, &mut self.parser, input);
        let leftover = bytes[parsed.outcome.consumed..].to_vec();
        (parsed, leftover)
    }

    /// Parses a block piece by piece. Returns `None` if a piece has a reject, or its last record does not end at its
    /// end, because recovery needs the whole block.
    fn parse_in_pieces(
        &mut self,
        schema: &Schema,
        source: &RandomAccessSource<'_>,
        range: Range<u64>,
        separator: &Separator,
    ) -> Result<Option<ParsedBlock>, LoadError> {
        let is_last_block = range.end == source.length();
        let length = (range.end - range.start) as usize;
        let mut chunk = ChunkBuilder::new(schema);
        let mut state = separator.state.clone();
        let mut records = 0;
        let mut left_out = BTreeSet::new();
        let mut pieces = PieceReader::new(source, range, separator, &mut self.buffer);
        while let Some(piece) = pieces.read_next()? {
            chunk.set_base(piece.base);
            let input = BlockInput {
                bytes: piece.bytes,
                limit: if piece.is_last { usize::MAX } else { piece.end },
                state,
                is_last: piece.is_last && is_last_block,
                separator: Some(separator),
            };
            let outcome = self.parser.parse(input, &mut chunk);
            if !outcome.rejects.is_empty() || outcome.consumed != piece.end {
                return Ok(None);
            }
            records += outcome.records;
            left_out.extend(outcome.left_out);
            state = outcome.state;
        }
        Ok(Some(ParsedBlock {
            chunk: chunk.finish(),
            outcome: BlockOutcome {
                consumed: length,
                state,
                records,
                rejects: Vec::new(),
                is_stopped: false,
                left_out,
                separator: Some(separator.clone()),
            },
        }))
    }
}
