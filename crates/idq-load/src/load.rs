use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_buffer::Buffer;
use rayon::prelude::*;

use crate::commit::{BadPlace, Commit, Parsed, parse};
use crate::cutter::{Block, Cutter};
use crate::error::{LoadError, LoadErrorKind};
use crate::input::Input;
use crate::kept_bytes::{KeptBytes, number_lines};
use crate::loader::{FIRST_BLOCK, Settings};
use crate::options::Progress;
use crate::ranges::{Ahead, Nominal, RangeBlock, Ranges, Worker};
use crate::resynchronise::Separator;
use crate::schema::Schema;
use crate::small::{SmallSources, group};
use crate::snapshot::{Parts, Reject, SourceReport};
use crate::sniff::{FIRST_LOOK, sniff, sniff_input};
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
        Source::Stdin | Source::Stream(_) => None,
    }
}

/// One load under way.
pub(crate) struct Load<'l, 'a> {
    pub(crate) settings: &'l Settings<'a>,
    pub(crate) schema: &'l Schema,
    pub(crate) keep_open: bool,
    pub(crate) total: Option<u64>,
    pub(crate) records: AtomicU64,
    /// Records set aside in the sources that were loaded.
    pub(crate) rejects: AtomicU64,
    /// The parsers that nobody uses just now.
    pub(crate) workers: Mutex<Vec<Worker<'l>>>,
}

/// How many blocks a thread parses, about, before what came of them is put together.
const BLOCKS_A_THREAD: u64 = 16;

impl<'l> Load<'l, '_> {
    /// Every source, small ones in parallel, large ones one after another.
    pub(crate) fn all(&self, mut peeked: Peeked) -> Result<Vec<Parts>, LoadError> {
        let sources = &self.settings.sources;
        let sizes: Vec<Option<u64>> = sources
            .iter()
            .map(|source| file_size(source).filter(|&size| size < self.settings.block() as u64))
            .collect();
        let groups = group(&sizes, self.settings.block() as u64);
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
        let limit = self.settings.block().max(FIRST_BLOCK);
        let mut together = SmallSources::new(self.schema);
        let mut worker = self.worker();
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
            let mut held = together.add(index as u32, &bytes, &mut worker.parser);
            self.report(held.records);
            let length = bytes.len() as u64;
            let mut kept = KeptBytes::new(self.settings.reject_bytes(), 0);
            if input.stored.is_some() {
                number_lines(0, &bytes, &mut held.bad, held.stopped, 0);
            } else {
                let spill = self.schema.spill.as_ref();
                kept.add(0, bytes, held.ranges, &mut held.bad, held.stopped, spill);
            }
            let source = Loaded {
                bytes: length,
                records: held.records,
                kept: kept.pieces,
                bad: held.bad,
                stopped: held.stopped,
            };
            self.settle(&mut parts, index, input, source)?;
        }
        parts.chunks.extend(together.finish());
        self.give_back(worker);
        Ok(parts)
    }

    /// One source, block by block.
    pub(crate) fn large(&self, index: usize, mut input: Input) -> Result<Parts, LoadError> {
        self.check_api(index, &mut input, &[])?;
        input.put_back();
        let passed = input.passed();
        let kept = (input.stored.is_none())
            .then(|| KeptBytes::new(self.settings.reject_bytes(), passed.lines));
        let mut commit = Commit::new(self.schema, index as u32, kept).behind(passed.bytes);
        let mut worker = self.worker();
        let ranges = match &input.stored {
            Some(Bytes::File(file)) => Some(Ranges::File {
                name: &input.name,
                file,
            }),
            Some(Bytes::Shared(bytes)) => Some(Ranges::Shared {
                name: &input.name,
                bytes: Arc::clone(bytes),
            }),
            _ => None,
        };
        if let Some(ranges) = ranges {
            self.anywhere(&ranges, &mut commit, &mut worker)?;
        } else {
            input = self.in_order(input, &mut commit, &mut worker)?;
        }
        self.give_back(worker);
        let source = Loaded {
            bytes: commit.offset(),
            records: commit.records,
            kept: commit.kept.map_or_else(Vec::new, |kept| kept.pieces),
            bad: commit.bad,
            stopped: commit.stopped,
        };
        let mut parts = Parts {
            chunks: commit.chunks,
            ..Parts::default()
        };
        self.settle(&mut parts, index, input, source)?;
        Ok(parts)
    }

    /// A source that can be read anywhere: each thread reads the blocks that it parses, many blocks at a time.
    fn anywhere(
        &self,
        source: &Ranges<'_>,
        commit: &mut Commit<'_>,
        worker: &mut Worker<'_>,
    ) -> Result<(), LoadError> {
        let length = source.len();
        let size = self.settings.block_of(length) as u64;
        let window = (BLOCKS_A_THREAD * rayon::current_num_threads() as u64) as usize;
        let first = length.min(size).min(FIRST_BLOCK as u64);
        let block = Block {
            bytes: source.read(0..first)?,
            guessed: false,
            last: first == length,
        };
        self.add_taken(first);
        commit.block(block, None, &mut worker.parser);
        self.report(commit.records);
        let mut nominal = commit.offset();
        while nominal < length && !commit.stopped {
            let separator = commit.separator().cloned();
            // What the block before has left over belongs to the first one.
            let is_right = commit.is_right(true);
            // The others start where they would with any number of threads.
            let cut = first + ((nominal - first) / size + 1) * size;
            let cuts = (cut..length).step_by(size as usize);
            let starts: Vec<u64> = std::iter::once(nominal).chain(cuts).take(window).collect();
            let failed_at = AtomicU64::new(u64::MAX);
            let ahead: Vec<_> = starts
                .into_par_iter()
                .with_max_len(1)
                .map(|start| {
                    if start > failed_at.load(Ordering::Relaxed) {
                        return None;
                    }
                    let mut worker = self.worker();
                    let end = if start == nominal { cut } else { start + size };
                    let place = Nominal {
                        start,
                        end,
                        size,
                        first: (start == nominal).then_some(is_right),
                    };
                    let ahead = worker.ahead(self.schema, source, place, separator.as_ref());
                    self.give_back(worker);
                    let parsed = ahead.as_ref().ok().and_then(|ahead| ahead.parsed.as_ref());
                    if ahead.is_err() || parsed.is_some_and(|(parsed, _)| parsed.outcome.stopped) {
                        failed_at.fetch_min(start, Ordering::Relaxed);
                    }
                    self.add_taken(end.min(length) - start);
                    self.report(0);
                    Some(ahead)
                })
                .collect();
            let mut reached = nominal;
            for ahead in ahead {
                // What was passed over is taken up again where the blocks before it turn out to end.
                let Some(ahead) = ahead else {
                    break;
                };
                if commit.stopped {
                    return Ok(());
                }
                let Ahead { block, parsed } = ahead?;
                let RangeBlock { range, guessed } = block;
                debug_assert_eq!(range.start, commit.offset());
                reached = range.end;
                let before = commit.records;
                match parsed.filter(|_| commit.is_right(guessed)) {
                    Some((parsed, leftover)) => commit.parsed(parsed, leftover),
                    None => {
                        let block = Block {
                            last: range.end == length,
                            bytes: source.read(range)?,
                            guessed: false,
                        };
                        commit.block(block, None, &mut worker.parser);
                    }
                }
                self.report(commit.records - before);
                self.check_rejects(source.name(), commit.bad.len())?;
            }
            nominal = reached;
        }
        Ok(())
    }

    /// A source that comes in order: while a batch of blocks is parsed, the next one is read.
    fn in_order(
        &self,
        input: Input,
        commit: &mut Commit<'_>,
        worker: &mut Worker<'_>,
    ) -> Result<Input, LoadError> {
        let name = input.name.clone();
        let mut cutter = Cutter::new(input, self.settings.block());
        let parser = &mut worker.parser;
        let first = cutter.first(FIRST_BLOCK.min(self.settings.block()))?;
        commit.block(first, None, parser);
        let batch = rayon::current_num_threads().max(1) * 2;
        let mut blocks = Batch::default();
        if !commit.stopped {
            blocks = read_batch(&mut cutter, commit, batch);
        }
        while !blocks.is_empty() && !commit.stopped {
            let separator = commit.separator().cloned();
            let (ahead, next) = rayon::join(
                || self.parse_ahead(&blocks.blocks, separator.as_ref()),
                || match blocks.failed {
                    None => read_batch(&mut cutter, commit, batch),
                    Some(_) => Batch::default(),
                },
            );
            for (block, ahead) in blocks.blocks.into_iter().zip(ahead) {
                if !commit.stopped {
                    let before = commit.records;
                    commit.block(block, ahead, parser);
                    self.report(commit.records - before);
                    self.check_rejects(&name, commit.bad.len())?;
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
        Ok(cutter.into_input())
    }

    /// Parses in parallel the blocks that seem to start with a record.
    fn parse_ahead(&self, blocks: &[Block], separator: Option<&Separator>) -> Vec<Option<Parsed>> {
        blocks
            .par_iter()
            .with_max_len(1)
            .map(|block| {
                let separator = separator.filter(|_| block.guessed)?;
                let state = separator.state.clone();
                let mut worker = self.worker();
                let parsed = parse(
                    self.schema,
                    &mut worker.parser,
                    &block.bytes,
                    state,
                    block.last,
                    Some(separator),
                );
                self.give_back(worker);
                Some(parsed)
            })
            .collect()
    }

    /// A parser that nobody uses just now: what it has learned of the records' shapes it keeps.
    fn worker(&self) -> Worker<'l> {
        let free = self.workers().pop();
        free.unwrap_or_else(|| Worker::new(self.schema, self.settings.on_bad_record))
    }

    fn give_back(&self, worker: Worker<'l>) {
        self.workers().push(worker);
    }

    /// Counts bytes that were not read through the source's input.
    fn add_taken(&self, bytes: u64) {
        self.settings.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Worker<'l>>> {
        // A panic elsewhere leaves the list as it was.
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails where a source's first records are another API's. They are looked for in the bytes that have been taken
    /// from the source, if any, and else in those to come.
    fn check_api(&self, index: usize, input: &mut Input, taken: &[u8]) -> Result<(), LoadError> {
        if self.settings.api.is_some() {
            return Ok(());
        }
        let found = if taken.is_empty() {
            sniff_input(
                input,
                &self.settings.apis,
                FIRST_LOOK,
                self.settings.on_bad_record,
            )?
        } else {
            sniff(taken, &self.settings.apis, self.settings.on_bad_record)
        };
        match found {
            Some(found) if found != self.schema.api => {
                Err(self.settings.mixed_apis(index, &found, &self.schema.api))
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
            size: input.file.map(|state| state.length()),
            modified: input.file.and_then(|state| state.modified()),
            packed_from: Vec::new(),
        };
        if !loaded.stopped {
            self.check_rejects(&report.name, loaded.bad.len())?;
            self.rejects
                .fetch_add(loaded.bad.len() as u64, Ordering::Relaxed);
        }
        let uncounted = |place: &&BadPlace| place.line.is_none();
        let offsets: Vec<u64> = (loaded.bad.iter())
            .filter(uncounted)
            .map(|place| place.line_offset(loaded.stopped))
            .collect();
        let mut lines = store.lines_before(&offsets)?.into_iter();
        for place in loaded.bad {
            let line = (place.line).or_else(|| lines.next().map(|lines| lines + 1));
            let reject = Reject {
                source: index,
                record: place.record,
                line: line.unwrap_or_default(),
                offset: place.start,
                length: place.bad.length as u64,
                kept: place.kept,
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

    /// Fails where `bad` records of a source, and those of the sources before it, are more than are set aside.
    fn check_rejects(&self, name: &str, bad: usize) -> Result<(), LoadError> {
        let rejects = self.rejects.load(Ordering::Relaxed) + bad as u64;
        if rejects > self.settings.max_rejects {
            let kind = LoadErrorKind::TooManyRejects(self.settings.max_rejects);
            return Err(LoadError::of(name, kind));
        }
        Ok(())
    }

    fn report(&self, records: u64) {
        let records = self.records.fetch_add(records, Ordering::Relaxed) + records;
        // What is read again counts again.
        let taken = self.settings.taken.load(Ordering::Relaxed);
        if let Some(progress) = self.settings.progress {
            progress(Progress {
                bytes: taken.min(self.total.unwrap_or(u64::MAX)),
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
    kept: Vec<(u64, Buffer)>,
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
