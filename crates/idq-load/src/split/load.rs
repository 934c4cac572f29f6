//! A load in progress: the order of the sources, and the state that its tasks share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use idq_snapshot::LoadError;
use rayon::prelude::*;

use super::{BlockAssembler, RandomAccessSource, SourceResult, Worker, group_small_sources};
use crate::framing::FramingState;
use crate::options::Progress;
use crate::record::{LoadedSources, Schema};
use crate::records_path::RecordsPath;
use crate::settings::Settings;
use crate::snapshot_files::{SnapshotFiles, load_snapshot_file};
use crate::source::{DETECTION_BYTES, Input, RetainedBytes};

/// The opened sources that cannot be read again, by position. They were opened to detect their API.
pub(crate) type OpenStreams = BTreeMap<usize, Input>;

/// The maximum number of sources whose files stay open. With more sources, files are opened again to read a record.
const MAX_OPEN_FILES: usize = 64;

/// A load in progress.
pub(crate) struct Load<'l, 'a> {
    /// The settings, with the sources.
    pub(super) settings: &'l Settings<'a>,
    /// The fields to read, the same for all sources.
    pub(super) schema: &'l Schema,
    /// The snapshot files among the sources.
    files: &'l SnapshotFiles,
    /// Whether files stay open for reading records later.
    pub(super) keeps_files_open: bool,
    /// The number of bytes of all dumps, if each has a size.
    total_bytes: Option<u64>,
    /// The number of records so far.
    records: AtomicU64,
    /// The number of rejects of the finished sources.
    pub(super) rejects: AtomicU64,
    /// The idle workers, which keep the shapes that they have learned.
    idle_workers: Mutex<Vec<Worker<'l>>>,
}

impl<'l, 'a> Load<'l, 'a> {
    /// Starts a load of the sources of the settings.
    pub(crate) fn new(
        settings: &'l Settings<'a>,
        schema: &'l Schema,
        files: &'l SnapshotFiles,
    ) -> Self {
        let dumps = settings.sources.iter().enumerate();
        let dumps = dumps.filter(|(index, _)| !files.contains_key(index));
        Self {
            settings,
            schema,
            files,
            keeps_files_open: settings.sources.len() <= MAX_OPEN_FILES,
            total_bytes: dumps.map(|(_, source)| source.size()).sum(),
            records: AtomicU64::new(0),
            rejects: AtomicU64::new(0),
            idle_workers: Mutex::default(),
        }
    }

    /// Loads every source: consecutive small sources in parallel, large ones one after another.
    pub(crate) fn load_all(
        &self,
        mut open_streams: OpenStreams,
    ) -> Result<LoadedSources, LoadError> {
        let sources = &self.settings.sources;
        let block_bytes = self.settings.block_bytes() as u64;
        let small_sizes: Vec<Option<u64>> = sources
            .iter()
            .enumerate()
            .map(|(index, source)| {
                let size = source.size().filter(|&size| size < block_bytes);
                size.filter(|_| !self.files.contains_key(&index))
            })
            .collect();
        let groups = group_small_sources(&small_sizes, block_bytes);
        let mut loaded = LoadedSources::default();
        // Sources are loaded in order: a run of small groups in parallel, then the large source after it.
        let mut rest = &groups[..];
        while let Some(first) = rest.first() {
            if small_sizes[first.start].is_none() {
                rest = &rest[1..];
                let index = first.start;
                if let Some(file) = self.files.get(&index) {
                    loaded.extend(load_snapshot_file(index, &sources[index], file)?);
                    continue;
                }
                let input = (open_streams.remove(&index)).map_or_else(|| self.open(index), Ok)?;
                loaded.extend(self.load_source(index, input)?);
                continue;
            }
            let small = rest
                .iter()
                .take_while(|group| small_sizes[group.start].is_some())
                .count();
            let parts: Vec<_> = rest[..small]
                .par_iter()
                .map(|group| self.load_small_sources(group.clone()))
                .collect();
            // The error of the first source is returned, whatever the number of threads.
            for part in parts {
                loaded.extend(part?);
            }
            rest = &rest[small..];
        }
        Ok(loaded)
    }

    /// Opens a source.
    pub(super) fn open(&self, index: usize) -> Result<Input, LoadError> {
        let bytes_read = Arc::clone(&self.settings.bytes_read);
        let on_bad_record = self.settings.on_bad_record;
        Input::open(&self.settings.sources[index], bytes_read, on_bad_record)
    }

    /// Loads one source, block by block.
    pub(crate) fn load_source(
        &self,
        index: usize,
        mut input: Input,
    ) -> Result<LoadedSources, LoadError> {
        self.settings.check_cancelled(&input.name)?;
        let records_path = self.inspect(index, &mut input, &[])?;
        // Workers read a stored source from its first byte. A stream continues after the skipped white space.
        input.rewind_if_stored();
        let skipped = input.skipped_bytes();
        let retained = (input.stored.is_none())
            .then(|| RetainedBytes::new(self.settings.reject_bytes(), input.position()));
        let state = FramingState::start(records_path.clone());
        let mut assembler =
            BlockAssembler::new(self.schema, index as u32, retained, skipped, state);
        let mut worker = self.take_worker();
        if let Some(source) = RandomAccessSource::from_input(&input) {
            self.load_random_access(&source, &mut assembler, &mut worker)?;
        } else {
            input = self.load_stream(input, &mut assembler, &mut worker)?;
        }
        self.return_worker(worker);
        let result = SourceResult {
            bytes: assembler.offset(),
            records: assembler.records,
            records_path,
            left_out: assembler.left_out,
            pieces: (assembler.retained).map_or_else(Vec::new, |retained| retained.pieces),
            rejects: assembler.rejects,
            is_stopped: assembler.is_stopped,
        };
        let mut loaded = LoadedSources {
            chunks: assembler.chunks.into_iter().map(Into::into).collect(),
            ..LoadedSources::default()
        };
        self.finish_source(&mut loaded, index, input, result)?;
        Ok(loaded)
    }

    /// Returns the path to the records of a source, if they are wrapped. The bytes that were taken from the source are
    /// inspected, if any, and otherwise the next bytes.
    ///
    /// # Errors
    /// The first records are of another API, or could be at the end of several paths.
    pub(super) fn inspect(
        &self,
        index: usize,
        input: &mut Input,
        taken: &[u8],
    ) -> Result<Option<RecordsPath>, LoadError> {
        let detection = self.settings.detection();
        let detected = if taken.is_empty() {
            detection.detect_in_input(input, DETECTION_BYTES)?
        } else {
            detection.detect(taken, &input.name)?
        };
        match detected.api {
            Some(api) if api != self.schema.api && self.settings.api.is_none() => Err(self
                .settings
                .mixed_apis_error(index, &api, &self.schema.api)),
            _ => Ok(detected.records_path),
        }
    }

    /// Returns an idle worker, or a new one.
    pub(super) fn take_worker(&self) -> Worker<'l> {
        let idle = self.idle_workers().pop();
        idle.unwrap_or_else(|| Worker::new(self.schema, self.settings.on_bad_record))
    }

    /// Returns a worker to the idle ones.
    pub(super) fn return_worker(&self, worker: Worker<'l>) {
        self.idle_workers().push(worker);
    }

    /// Locks the list of idle workers.
    fn idle_workers(&self) -> MutexGuard<'_, Vec<Worker<'l>>> {
        // Each change of the list is one push or pop, so a panic of another thread leaves it valid.
        self.idle_workers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the number of bytes read, for bytes that were not read through an [`Input`].
    pub(super) fn add_bytes_read(&self, bytes: u64) {
        self.settings.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Replaces the records that were counted when a block was parsed by those that it has, and reports the progress if
    /// they differ.
    pub(super) fn correct_progress(&self, counted: u64, records: u64) {
        if records > counted {
            self.report_progress(records - counted);
        } else if records < counted {
            self.records.fetch_sub(counted - records, Ordering::Relaxed);
            self.report_progress(0);
        }
    }

    /// Adds to the number of records, and reports the progress.
    pub(super) fn report_progress(&self, new_records: u64) {
        let records = self.records.fetch_add(new_records, Ordering::Relaxed) + new_records;
        let Some(progress) = self.settings.progress else {
            return;
        };
        // Blocks whose speculation was wrong are read and counted twice.
        let bytes = self.settings.bytes_read.load(Ordering::Relaxed);
        progress(Progress {
            bytes: bytes.min(self.total_bytes.unwrap_or(u64::MAX)),
            total: self.total_bytes,
            records,
        });
    }
}
