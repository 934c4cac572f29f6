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
use crate::sniff::sniff;
use crate::source::Source;
use crate::store::{Bytes, Store, StoredFile};

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
    pub(crate) fn all(&self, mut peeked: Option<(usize, Cutter)>) -> Result<Vec<Parts>, LoadError> {
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
                let cutter = match peeked.take() {
                    Some((at, cutter)) if at == index => cutter,
                    other => {
                        peeked = other;
                        Cutter::new(self.open(index)?, self.settings.block)
                    }
                };
                parts.push(self.large(index, &sources[index], cutter)?);
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
    ///
    /// A source that turns out to hold more than a block, compressed or growing, is read block by block after all.
    fn small(&self, group: Range<usize>) -> Result<Parts, LoadError> {
        let mut together = SmallSources::new(self.schema);
        let mut parser = BlockParser::new(self.schema, self.settings.on_bad_record);
        let mut parts = Parts::default();
        for index in group {
            let source = &self.settings.sources[index];
            let mut cutter = Cutter::new(self.open(index)?, self.settings.block);
            let bytes = cutter.first(self.settings.block)?.bytes;
            if !cutter.input().has_ended() {
                cutter.put_back(bytes);
                let before = std::mem::replace(&mut together, SmallSources::new(self.schema));
                parts.chunks.extend(before.finish());
                parts.extend(self.large(index, source, cutter)?);
                continue;
            }
            self.check_api(index, &bytes)?;
            let held = together.add(index as u32, &bytes, &mut parser);
            let input = cutter.input();
            self.report(input, held.records);
            let report = SourceReport {
                name: input.name.clone(),
                compression: input.compression,
                bytes: bytes.len() as u64,
                records: held.records,
            };
            let store = self.store(source, input, vec![(0, bytes)])?;
            self.settle(&mut parts, index, store, report, held.bad, held.stopped)?;
        }
        parts.chunks.extend(together.finish());
        Ok(parts)
    }

    /// One source, block by block: while a batch of blocks is parsed, the next one is read.
    pub(crate) fn large(
        &self,
        index: usize,
        source: &Source,
        mut cutter: Cutter,
    ) -> Result<Parts, LoadError> {
        let keep = cutter.input().file.is_none() && cutter.input().shared.is_none();
        let mut commit = Commit::new(self.schema, index as u32, keep);
        let mut parser = BlockParser::new(self.schema, self.settings.on_bad_record);
        let first = cutter.first(FIRST_BLOCK.min(self.settings.block))?;
        self.check_api(index, &first.bytes)?;
        commit.block(first, None, &mut parser);
        let batch = rayon::current_num_threads().max(1) * 2;
        let mut blocks = read_batch(&mut cutter, &commit, batch)?;
        while !blocks.is_empty() && !commit.stopped {
            let separator = commit.separator().cloned();
            let (ahead, next) = rayon::join(
                || self.parse_ahead(&blocks, separator.as_ref()),
                || read_batch(&mut cutter, &commit, batch),
            );
            for (block, ahead) in blocks.into_iter().zip(ahead) {
                if !commit.stopped {
                    let before = commit.records;
                    commit.block(block, ahead, &mut parser);
                    self.report(cutter.input(), commit.records - before);
                }
            }
            blocks = next?;
        }
        let input = cutter.input();
        let report = SourceReport {
            name: input.name.clone(),
            compression: input.compression,
            bytes: commit.offset(),
            records: commit.records,
        };
        let store = self.store(source, input, std::mem::take(&mut commit.kept))?;
        let mut parts = Parts {
            chunks: commit.chunks,
            ..Parts::default()
        };
        self.settle(&mut parts, index, store, report, commit.bad, commit.stopped)?;
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

    /// Fails where a source's first records are another API's.
    fn check_api(&self, index: usize, bytes: &[u8]) -> Result<(), LoadError> {
        match sniff(bytes) {
            Some(found) if found != self.schema.api && self.settings.api.is_none() => {
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

    fn store(
        &self,
        source: &Source,
        input: &Input,
        kept: Vec<(u64, Vec<u8>)>,
    ) -> Result<Store, LoadError> {
        let bytes = match (&input.file, source) {
            (Some(file), Source::File(path)) => {
                let stored = StoredFile::new(path.clone(), Arc::clone(file), self.keep_open);
                Bytes::File(stored.map_err(|error| LoadError::io(&input.name, error))?)
            }
            _ => match &input.shared {
                Some(bytes) => Bytes::Shared(Arc::clone(bytes)),
                None => Bytes::Memory(kept),
            },
        };
        Ok(Store {
            name: input.name.clone(),
            bytes,
        })
    }

    /// Adds a source to the parts; its bad records become rejects, or the last of them the error that stops the load.
    fn settle(
        &self,
        parts: &mut Parts,
        index: usize,
        store: Store,
        report: SourceReport,
        bad: Vec<BadPlace>,
        stopped: bool,
    ) -> Result<(), LoadError> {
        let offsets: Vec<u64> = bad
            .iter()
            .map(|place| if stopped { place.offset } else { place.start })
            .collect();
        let lines = store.lines_before(&offsets)?;
        for (place, lines) in bad.into_iter().zip(lines) {
            let reject = Reject {
                source: index,
                record: place.record,
                line: lines + 1,
                offset: place.start,
                length: place.bad.length as u64,
                path: place.bad.error.path,
                reason: place.bad.error.kind,
            };
            if stopped {
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

fn read_batch(
    cutter: &mut Cutter,
    commit: &Commit<'_>,
    count: usize,
) -> Result<Vec<Block>, LoadError> {
    let mut blocks = Vec::new();
    while blocks.len() < count {
        match cutter.next(commit.separator())? {
            Some(block) => blocks.push(block),
            None => break,
        }
    }
    Ok(blocks)
}
