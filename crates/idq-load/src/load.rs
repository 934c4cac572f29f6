use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::block::BlockParser;
use crate::commit::{BadPlace, Commit, Parsed, parse};
use crate::cutter::{Block, Cutter};
use crate::error::{LoadError, LoadErrorKind};
use crate::input::Input;
use crate::loader::{FIRST_BLOCK, Settings};
use crate::options::Progress;
use crate::resynchronise::Separator;
use crate::schema::Schema;
use crate::small::{SmallSources, group};
use crate::snapshot::{Parts, Reject, SourceReport};
use crate::sniff::{sniff, sniff_input};
use crate::source::Source;
use crate::store::{Bytes, Store};

/// Sources that cannot be read twice, opened to look at their first bytes.
pub(crate) type Peeked = BTreeMap<usize, Input>;

/// The size of a source that is a plain file.
pub(crate) fn file_size(source: &Source) -> Option<u64> {
    match source {
        Source::File(path) => std::fs::metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file)
            .map(|file| file.len()),
        Source::Bytes { bytes, .. } => Some(bytes.len() as u64),
        Source::Stdin => None,
    }
}

/// One load under way.
pub(crate) struct Load<'l, 'a> {
    pub(crate) settings: &'l Settings<'a>,
    pub(crate) schema: &'l Schema,
    pub(crate) keep_open: bool,
    pub(crate) total: Option<u64>,
    pub(crate) records: AtomicU64,
}

impl Load<'_, '_> {
    /// Every source, small ones in parallel, large ones one after another.
    pub(crate) fn all(&self, mut peeked: Peeked) -> Result<Vec<Parts>, LoadError> {
        let sources = &self.settings.sources;
        let sizes: Vec<Option<u64>> = sources
            .iter()
            .map(|source| file_size(source).filter(|&size| size < self.settings.block as u64))
            .collect();
        let groups = group(&sizes, self.settings.block as u64);
        let mut parts = Vec::new();
        let mut rest = &groups[..];
        while let Some(first) = rest.first() {
            if sizes[first.start].is_none() {
                rest = &rest[1..];
                let index = first.start;
                let input = peeked.remove(&index).map_or_else(|| self.open(index), Ok)?;
                parts.push(self.large(index, input)?);
                continue;
            }
            let small = rest
                .iter()
                .take_while(|group| sizes[group.start].is_some())
                .count();
            let loaded: Vec<_> = rest[..small]
                .par_iter()
                .map(|group| self.small(group.clone()))
                .collect();
            for part in loaded {
                parts.push(part?);
            }
            rest = &rest[small..];
        }
        Ok(parts)
    }

    fn open(&self, index: usize) -> Result<Input, LoadError> {
        Input::open(
            &self.settings.sources[index],
            Arc::clone(&self.settings.taken),
        )
    }

    /// Neighbouring small sources, into one chunk.
    fn small(&self, group: Range<usize>) -> Result<Parts, LoadError> {
        let limit = self.settings.block.max(FIRST_BLOCK);
        let mut together = SmallSources::new(self.schema);
        let mut parser = BlockParser::new(self.schema, self.settings.on_bad_record);
        let mut parts = Parts::default();
        for index in group {
            let mut input = self.open(index)?;
            // What is small may be large once it is decompressed, or have grown.
            let length = input.peek(limit + 1)?.len();
            if together.bytes() + length > limit {
                let full = std::mem::replace(&mut together, SmallSources::new(self.schema));
                parts.chunks.extend(full.finish());
            }
            if length > limit {
                parts.extend(self.large(index, input)?);
                continue;
            }
            let mut bytes = Vec::new();
            input.fill(&mut bytes, limit + 1)?;
            self.check_api(index, &mut input, &bytes)?;
            let held = together.add(index as u32, &bytes, &mut parser);
            self.report(&input, held.records);
            let source = Loaded {
                bytes: bytes.len() as u64,
                records: held.records,
                kept: vec![(0, bytes)],
                bad: held.bad,
                stopped: held.stopped,
            };
            self.settle(&mut parts, index, input, source)?;
        }
        parts.chunks.extend(together.finish());
        Ok(parts)
    }

    /// One source, block by block: while a batch of blocks is parsed, the next one is read.
    pub(crate) fn large(&self, index: usize, mut input: Input) -> Result<Parts, LoadError> {
        let keep = input.stored.is_none();
        self.check_api(index, &mut input, &[])?;
        let mut cutter = Cutter::new(input, self.settings.block);
        let mut commit = Commit::new(self.schema, index as u32, keep);
        let mut parser = BlockParser::new(self.schema, self.settings.on_bad_record);
        let first = cutter.first(FIRST_BLOCK.min(self.settings.block))?;
        commit.block(first, None, &mut parser);
        let batch = rayon::current_num_threads().max(1) * 2;
        let mut blocks = Batch::default();
        if !commit.stopped {
            blocks = read_batch(&mut cutter, &commit, batch);
        }
        while !blocks.is_empty() && !commit.stopped {
            let separator = commit.separator().cloned();
            let (ahead, next) = rayon::join(
                || self.parse_ahead(&blocks.blocks, separator.as_ref()),
                || match blocks.failed {
                    None => read_batch(&mut cutter, &commit, batch),
                    Some(_) => Batch::default(),
                },
            );
            for (block, ahead) in blocks.blocks.into_iter().zip(ahead) {
                if !commit.stopped {
                    let before = commit.records;
                    commit.block(block, ahead, &mut parser);
                    self.report(cutter.input(), commit.records - before);
                }
            }
            // Whatever is wrong with the bytes before the failure comes first.
            if let Some(error) = blocks.failed
                && !commit.stopped
            {
                return Err(error);
            }
            blocks = next;
        }
        let source = Loaded {
            bytes: commit.offset(),
            records: commit.records,
            kept: commit.kept,
            bad: commit.bad,
            stopped: commit.stopped,
        };
        let mut parts = Parts {
            chunks: commit.chunks,
            ..Parts::default()
        };
        self.settle(&mut parts, index, cutter.into_input(), source)?;
        Ok(parts)
    }

    /// Parses in parallel the blocks that seem to start with a record.
    fn parse_ahead(&self, blocks: &[Block], separator: Option<&Separator>) -> Vec<Option<Parsed>> {
        let parser = || BlockParser::new(self.schema, self.settings.on_bad_record);
        blocks
            .par_iter()
            .map_init(parser, |parser, block| {
                let separator = separator.filter(|_| block.guessed)?;
                let state = separator.state.clone();
                Some(parse(
                    self.schema,
                    parser,
                    &block.bytes,
                    state,
                    block.last,
                    Some(separator),
                ))
            })
            .collect()
    }

    /// Fails where a source's first records are another API's. They are looked for in the bytes that have been taken
    /// from the source, if any, and else in those to come.
    fn check_api(&self, index: usize, input: &mut Input, taken: &[u8]) -> Result<(), LoadError> {
        if self.settings.api.is_some() {
            return Ok(());
        }
        let found = if taken.is_empty() {
            sniff_input(input, self.settings.on_bad_record)?
        } else {
            sniff(taken, self.settings.on_bad_record)
        };
        match found {
            Some(found) if found != self.schema.api => {
                let first_file = self
                    .settings
                    .sources
                    .first()
                    .map(Source::name)
                    .unwrap_or_default();
                let first = self.schema.api.title;
                let kind = LoadErrorKind::MixedApis {
                    found: found.title,
                    first_file,
                    first,
                };
                Err(LoadError::of(&self.settings.sources[index].name(), kind))
            }
            _ => Ok(()),
        }
    }

    /// Adds a source to the parts; its bad records become rejects, or the last of them the error that stops the load.
    fn settle(
        &self,
        parts: &mut Parts,
        index: usize,
        input: Input,
        loaded: Loaded,
    ) -> Result<(), LoadError> {
        let bytes = match input.stored {
            Some(Bytes::File(file)) if !self.keep_open => Bytes::File(file.closed()),
            Some(stored) => stored,
            None => Bytes::Memory(loaded.kept),
        };
        let store = Store {
            name: input.name.clone(),
            bytes,
        };
        let report = SourceReport {
            name: input.name,
            compression: input.compression,
            bytes: loaded.bytes,
            records: loaded.records,
        };
        let offset_of = |place: &BadPlace| {
            if loaded.stopped {
                place.offset
            } else {
                place.start
            }
        };
        let offsets: Vec<u64> = loaded.bad.iter().map(offset_of).collect();
        let lines = store.lines_before(&offsets)?;
        for (place, lines) in loaded.bad.into_iter().zip(lines) {
            let reject = Reject {
                source: index,
                record: place.record,
                line: lines + 1,
                offset: place.start,
                length: place.bad.length as u64,
                path: place.bad.error.path,
                reason: place.bad.error.kind,
            };
            if loaded.stopped {
                return Err(reject.into_error(report.name, place.offset));
            }
            parts.rejects.push(reject);
        }
        parts.sources.push((store, report));
        Ok(())
    }

    fn report(&self, input: &Input, records: u64) {
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        if let Some(progress) = self.settings.progress {
            progress(Progress {
                bytes: input.taken(),
                total: self.total,
                records,
            });
        }
    }
}

/// What a source came to.
struct Loaded {
    bytes: u64,
    records: u64,
    /// Its bytes, unless they can be read again.
    kept: Vec<(u64, Vec<u8>)>,
    bad: Vec<BadPlace>,
    stopped: bool,
}

/// Some blocks, and what went wrong with reading the one behind them.
#[derive(Default)]
struct Batch {
    blocks: Vec<Block>,
    failed: Option<LoadError>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.failed.is_none()
    }
}

fn read_batch(cutter: &mut Cutter, commit: &Commit<'_>, count: usize) -> Batch {
    let mut batch = Batch::default();
    while batch.blocks.len() < count {
        match cutter.next(commit.separator()) {
            Ok(Some(block)) => batch.blocks.push(block),
            Ok(None) => break,
            Err(error) => {
                batch.failed = Some(error);
                break;
            }
        }
    }
    batch
}
