//! Sources that can be read anywhere: each thread reads the blocks that it parses.

use std::ops::Range;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::block::BlockParser;
use crate::commit::Parsed;
use crate::options::OnBadRecord;
use crate::resynchronise::Separator;
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use idq_snapshot::{LoadError, StoredFile};

/// How many bytes of a file are read and parsed at a time: few enough to stay in a core's own cache.
const PIECE: usize = 512 << 10;

/// Bytes that can be read from any offset.
pub(crate) enum Ranges<'f> {
    File { name: &'f str, file: &'f StoredFile },
    Shared { name: &'f str, bytes: Arc<Vec<u8>> },
}

impl Ranges<'_> {
    /// The name of the source.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::File { name, .. } | Self::Shared { name, .. } => name,
        }
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File { file, .. } => file.length(),
            Self::Shared { bytes, .. } => bytes.len() as u64,
        }
    }

    /// The bytes of a range, which ends at the end of the source at the latest.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Vec<u8>, LoadError> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.read_into(&mut bytes, range.start)?;
        Ok(bytes)
    }

    fn read_into(&self, buffer: &mut [u8], offset: u64) -> Result<(), LoadError> {
        match self {
            Self::File { name, file } => file
                .read_exact_at(buffer, offset)
                .map_err(|error| LoadError::io(name, error)),
            Self::Shared { bytes, .. } => {
                let from = offset as usize;
                buffer.copy_from_slice(&bytes[from..from + buffer.len()]);
                Ok(())
            }
        }
    }
}

/// A block: what stands between two places where a record seems to start, or anywhere if there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RangeBlock {
    pub(crate) range: Range<u64>,
    /// Whether it starts where a record seems to: the separator's state is then the likely one.
    pub(crate) guessed: bool,
}

/// Where a block would be if records could be cut anywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nominal {
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The bytes of a whole block, the same for all blocks of a source: so far behind a start a record is looked for.
    pub(crate) size: u64,
    /// For the first of several: it starts there exactly, and whether a record does.
    pub(crate) first: Option<bool>,
}

/// A block that has been read and parsed before its turn.
pub(crate) struct Ahead {
    pub(crate) block: RangeBlock,
    /// What came of it, and the bytes that are not done with; none for a block that did not start with a record.
    pub(crate) parsed: Option<(Parsed, Vec<u8>)>,
}

/// A parser and a buffer, for one block after another.
pub(crate) struct Worker<'s> {
    pub(crate) parser: BlockParser<'s>,
    buffer: Vec<u8>,
}

impl<'s> Worker<'s> {
    pub(crate) fn new(schema: &'s Schema, on_bad_record: OnBadRecord) -> Self {
        Self {
            parser: BlockParser::new(schema, on_bad_record),
            buffer: Vec::new(),
        }
    }

    /// Reads and parses the block that starts at or soon behind `nominal`, where the one before it ends.
    pub(crate) fn ahead(
        &mut self,
        schema: &Schema,
        source: &Ranges<'_>,
        nominal: Nominal,
        separator: Option<&Separator>,
    ) -> Result<Ahead, LoadError> {
        let Nominal {
            start,
            end: next,
            size,
            first,
        } = nominal;
        let (start, guessed) = match (first, separator) {
            (Some(is_right), _) => (start, is_right),
            (None, Some(separator)) => self.boundary(source, start, size, separator)?,
            (None, None) => (start, false),
        };
        let end = match separator {
            _ if next >= source.len() => source.len(),
            Some(separator) => self.boundary(source, next, size, separator)?.0,
            None => next,
        };
        let block = RangeBlock {
            range: start..end,
            guessed,
        };
        let parsed = match separator {
            Some(separator) if guessed && start < end => {
                let parsed = self.parse(schema, source, block.range.clone(), separator)?;
                // So much is left over where the guess was wrong: what came of it is of no use.
                Some(parsed).filter(|(_, leftover)| leftover.len() <= PIECE)
            }
            _ => None,
        };
        Ok(Ahead { block, parsed })
    }

    /// The first place from `nominal` on, within `size` bytes, where a record seems to start, or `nominal` itself.
    fn boundary(
        &mut self,
        source: &Ranges<'_>,
        nominal: u64,
        size: u64,
        separator: &Separator,
    ) -> Result<(u64, bool), LoadError> {
        let finder = Finder::new(&separator.pattern);
        let cut = separator.cut as u64;
        let end = (nominal + size + separator.pattern.len() as u64).saturating_sub(cut + 1);
        let end = end.min(source.len());
        let mut from = nominal.saturating_sub(cut);
        while from < end {
            // Mostly the next record is near.
            let length = (NEAR as u64).min(end - from) as usize;
            self.buffer.resize(self.buffer.len().max(length), 0);
            let window = &mut self.buffer[..length];
            source.read_into(window, from)?;
            if let Some(found) = finder.find(window) {
                return Ok((from + found as u64 + cut, true));
            }
            let overlap = separator.pattern.len() - 1;
            if length <= overlap {
                break;
            }
            from += (length - overlap) as u64;
        }
        Ok((nominal, false))
    }

    /// Parses a range that starts with a record.
    fn parse(
        &mut self,
        schema: &Schema,
        source: &Ranges<'_>,
        range: Range<u64>,
        separator: &Separator,
    ) -> Result<(Parsed, Vec<u8>), LoadError> {
        let last = range.end == source.len();
        if let Ranges::Shared { bytes, .. } = source {
            let bytes = &bytes[range.start as usize..range.end as usize];
            return Ok(self.whole(schema, bytes, last, separator));
        }
        if let Some(parsed) = self.in_pieces(schema, source, range.clone(), separator)? {
            return Ok((parsed, Vec::new()));
        }
        let bytes = source.read(range)?;
        Ok(self.whole(schema, &bytes, last, separator))
    }

    fn whole(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        last: bool,
        separator: &Separator,
    ) -> (Parsed, Vec<u8>) {
        let state = separator.state.clone();
        let parsed = crate::commit::parse(
            schema,
            &mut self.parser,
            bytes,
            state,
            last,
            Some(separator),
        );
        let rest = bytes[parsed.outcome.consumed..].to_vec();
        (parsed, rest)
    }

    /// Parses a range piece by piece; `None` where something is unusual, and the whole must be looked at at once.
    fn in_pieces(
        &mut self,
        schema: &Schema,
        source: &Ranges<'_>,
        range: Range<u64>,
        separator: &Separator,
    ) -> Result<Option<Parsed>, LoadError> {
        let finder = memchr::memmem::FinderRev::new(&separator.pattern);
        let length = (range.end - range.start) as usize;
        let mut chunk = ChunkBuilder::new(schema);
        let mut state = separator.state.clone();
        let (mut done, mut records) = (0, 0);
        let (mut filled, mut searched) = (0_usize, 0_usize);
        loop {
            let wanted = PIECE.min(length - done - filled);
            if self.buffer.len() < filled + wanted {
                self.buffer.resize(filled + wanted, 0);
            }
            let piece = &mut self.buffer[filled..filled + wanted];
            source.read_into(piece, range.start + (done + filled) as u64)?;
            filled += wanted;
            let bytes = &self.buffer[..filled];
            let last_piece = done + filled == length;
            let limit = if last_piece {
                usize::MAX
            } else {
                // Searched bytes hold no separator, except one that is cut at their end.
                let from = searched.saturating_sub(separator.pattern.len() - 1);
                searched = filled;
                match finder.rfind(&bytes[from..]) {
                    Some(found) => from + found + separator.cut,
                    // A long record: more of it.
                    None => continue,
                }
            };
            chunk.set_origin(done);
            let last = last_piece && range.end == source.len();
            let outcome =
                self.parser
                    .parse_up_to(bytes, limit, state, last, Some(separator), &mut chunk);
            records += outcome.records;
            done += outcome.consumed;
            let expected = if last_piece { filled } else { limit };
            if !outcome.bad.is_empty() || outcome.consumed != expected {
                return Ok(None);
            }
            state = outcome.state;
            if last_piece {
                let outcome = crate::block::Outcome {
                    consumed: length,
                    records,
                    state,
                    ..outcome
                };
                let chunk = chunk.finish();
                return Ok(Some(Parsed { chunk, outcome }));
            }
            self.buffer.copy_within(outcome.consumed..filled, 0);
            filled -= outcome.consumed;
            searched = 0;
        }
    }
}

/// How many bytes are looked at for the next record at a time.
const NEAR: usize = 16 << 10;
