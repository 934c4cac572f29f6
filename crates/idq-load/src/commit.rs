use std::ops::Range;

use crate::block::{Bad, BlockParser, Outcome};
use crate::cutter::Block;
use crate::frames::State;
use crate::kept_bytes::KeptBytes;
use crate::parsed::ParsedChunk;
use crate::resynchronise::Separator;
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use idq_snapshot::SourceRun;

/// A block that has been parsed before its turn, from the state that it would probably start in.
pub(crate) struct Parsed {
    pub(crate) chunk: ParsedChunk,
    pub(crate) outcome: Outcome,
}

/// A bad stretch of a source.
#[derive(Debug)]
pub(crate) struct BadPlace {
    /// Counted from 1 within the source.
    pub(crate) record: u64,
    /// The stretch's first byte.
    pub(crate) start: u64,
    /// The byte that the error is about.
    pub(crate) offset: u64,
    /// Its line, counted from 1, where it was counted while the bytes were at hand.
    pub(crate) line: Option<u64>,
    /// The bytes of the stretch that can be read later.
    pub(crate) kept: u64,
    pub(crate) bad: Bad,
}

impl BadPlace {
    /// A stretch of a block that starts at `base`, behind `records` records; it can be read later as a whole.
    pub(crate) fn new(bad: Bad, records: u64, base: u64) -> Self {
        Self {
            record: records + bad.index + 1,
            start: base + bad.start as u64,
            offset: base + bad.error.offset as u64,
            line: None,
            kept: bad.length as u64,
            bad,
        }
    }

    /// The byte whose line is the place's: that of the error that stopped the load, otherwise the first one.
    pub(crate) fn line_offset(&self, is_stopped: bool) -> u64 {
        if is_stopped { self.offset } else { self.start }
    }

    /// Adds the stretch that continues this one; of a source that can be read again it can be read as well.
    fn extend(&mut self, next: &Self, is_readable: bool) {
        let length = next.start + next.bad.length as u64 - self.start;
        self.bad.length = length as usize;
        if is_readable {
            self.kept = length;
        }
    }
}

/// Takes the blocks of one source in order, and what has been parsed ahead where it turns out right.
pub(crate) struct Commit<'s> {
    schema: &'s Schema,
    source: u32,
    state: State,
    leftover: Vec<u8>,
    /// How long the leftover must grow before it is parsed again: else a long record in small blocks takes quadratic time.
    patience: usize,
    /// The offset of the leftover's first byte.
    offset: u64,
    separator: Option<Separator>,
    pub(crate) records: u64,
    pub(crate) chunks: Vec<ParsedChunk>,
    pub(crate) bad: Vec<BadPlace>,
    pub(crate) stopped: bool,
    /// The source's bytes, where they cannot be read again.
    pub(crate) kept: Option<KeptBytes>,
}

impl<'s> Commit<'s> {
    /// Takes a source from its first byte on; `kept` is where its bytes go if they cannot be read again.
    pub(crate) fn new(schema: &'s Schema, source: u32, kept: Option<KeptBytes>) -> Self {
        Self {
            schema,
            source,
            state: State::default(),
            leftover: Vec::new(),
            patience: 0,
            offset: 0,
            separator: None,
            records: 0,
            chunks: Vec::new(),
            bad: Vec::new(),
            stopped: false,
            kept,
        }
    }

    /// Goes on behind blanks that were passed, with a byte-order mark before them perhaps.
    pub(crate) fn behind(mut self, passed: u64) -> Self {
        self.offset = passed;
        self.state.opened = passed > 0;
        self
    }

    pub(crate) fn separator(&self) -> Option<&Separator> {
        self.separator.as_ref()
    }

    /// Bytes committed so far.
    pub(crate) fn offset(&self) -> u64 {
        self.offset + self.leftover.len() as u64
    }

    /// Whether a block was parsed ahead from the state in which it is reached.
    pub(crate) fn is_right(&self, guessed: bool) -> bool {
        let right = |assumed: &Separator| self.leftover.is_empty() && assumed.state == self.state;
        guessed && self.separator.as_ref().is_some_and(right)
    }

    /// Commits the next block.
    pub(crate) fn block(
        &mut self,
        block: Block,
        ahead: Option<Parsed>,
        parser: &mut BlockParser<'_>,
    ) {
        let ahead = ahead.filter(|_| self.is_right(block.guessed));
        let mut bytes = block.bytes;
        if !block.last && self.leftover.len() + bytes.len() < self.patience {
            self.leftover.extend_from_slice(&bytes);
            return;
        }
        if !self.leftover.is_empty() {
            let mut whole = std::mem::take(&mut self.leftover);
            whole.extend_from_slice(&bytes);
            bytes = whole;
        }
        let parsed = ahead.unwrap_or_else(|| {
            parse(
                self.schema,
                parser,
                &bytes,
                self.state.clone(),
                block.last,
                self.separator.as_ref(),
            )
        });
        let start = self.offset;
        let leftover = bytes.split_off(parsed.outcome.consumed);
        let records: Vec<Range<usize>> = match &self.kept {
            Some(_) => parsed.chunk.chunk.ranges().collect(),
            None => Vec::new(),
        };
        let bad_before = self.bad.len();
        self.parsed(parsed, leftover);
        if let Some(kept) = &mut self.kept {
            let bad = &mut self.bad[bad_before..];
            let spill = self.schema.spill.as_ref();
            kept.add(start, bytes, records, bad, self.stopped, spill);
        }
    }

    /// Commits what came of the next bytes; `leftover` is what is not done with.
    pub(crate) fn parsed(&mut self, parsed: Parsed, leftover: Vec<u8>) {
        let Parsed { mut chunk, outcome } = parsed;
        if chunk.rows() > 0 {
            chunk.chunk.runs.push(SourceRun {
                first_row: 0,
                source: self.source,
                base: self.offset,
            });
            self.chunks.push(chunk);
        }
        for bad in outcome.bad {
            let place = BadPlace::new(bad, self.records, self.offset);
            match self.bad.last_mut() {
                Some(before) if place.bad.continues => before.extend(&place, self.kept.is_none()),
                _ => self.bad.push(place),
            }
        }
        self.records += outcome.records;
        self.stopped = outcome.stopped;
        self.state = outcome.state;
        self.separator = self.separator.take().or(outcome.separator);
        self.leftover = leftover;
        // Beyond the longest record there is nothing to wait for.
        self.patience = (self.leftover.len() * 2).min(self.schema.max_record + 1);
        self.offset += outcome.consumed as u64;
    }
}

/// Parses a block into a chunk of its own.
pub(crate) fn parse(
    schema: &Schema,
    parser: &mut BlockParser<'_>,
    bytes: &[u8],
    state: State,
    last: bool,
    separator: Option<&Separator>,
) -> Parsed {
    let mut chunk = ChunkBuilder::new(schema);
    let outcome = parser.parse(bytes, state, last, separator, &mut chunk);
    Parsed {
        chunk: chunk.finish(),
        outcome,
    }
}
