//! The loader: the settings of a load as a builder, and the steps of a load.

use std::sync::Arc;

use idq_api::{Api, ApiRegistry};
use idq_snapshot::{
    Cancel, ColumnError, LoadError, LoadErrorKind, MAX_RECORD, NotLoaded, RecordErrorKind,
    Snapshot, SnapshotFile, SpillFile,
};
use rayon::prelude::*;

use crate::dedupe::mark_duplicates;
use crate::id_hash::IdHasher;
use crate::options::{Columns, OnBadRecord, Parser, ReadOptions};
use crate::record::Schema;
use crate::settings::{OnProgress, Settings};
use crate::snapshot_files::{SnapshotFiles, check_apis_of_files, open_snapshot_files};
use crate::source::{DETECTION_BYTES, Input, PRELOAD_DETECTION_BYTES, Source};
use crate::split::{Load, OpenStreams};

/// If all sources together have at most this number of bytes, their APIs are not checked before the load: the load
/// takes no longer than the check.
const MAX_UNCHECKED_BYTES: u64 = 64 << 20;

/// Loads sources into a [`Snapshot`], on the rayon pool in which it is called.
pub struct Loader<'a> {
    /// The settings so far.
    settings: Settings<'a>,
    /// The streams that were opened to detect the API, with the bytes that were read from them.
    open_streams: OpenStreams,
    /// The snapshot files among the sources, once they are open.
    files: Option<SnapshotFiles>,
}

/// Returns the error of columns that deduplication cannot read. A load builds the columns that deduplication needs, and
/// a snapshot file without them is damaged.
fn unreadable_columns_error(error: ColumnError, files: &[Arc<SnapshotFile>]) -> LoadError {
    match error {
        ColumnError::Unreadable(error) => error,
        ColumnError::NotLoaded(NotLoaded { field, .. }) => {
            let file = files.first().map(|file| file.path().display().to_string());
            let damage = format!("field {field} is not packed");
            LoadError::new(&file.unwrap_or_default(), LoadErrorKind::Damaged(damage))
        }
    }
}

impl<'a> Loader<'a> {
    /// Creates a loader of some sources, in this order.
    pub fn new(sources: Vec<Source>) -> Self {
        Self {
            settings: Settings::new(sources),
            open_streams: OpenStreams::new(),
            files: None,
        }
    }

    /// Sets the API of all records, instead of detecting it.
    pub fn api(mut self, api: &Arc<Api>) -> Self {
        self.settings.api = Some(Arc::clone(api));
        self
    }

    /// Sets the API of sources in which none is detected, such as a dump without records.
    pub fn api_if_unknown(mut self, api: &Arc<Api>) -> Self {
        self.settings.fallback_api = Some(Arc::clone(api));
        self
    }

    /// Sets the APIs that can be detected; by default the built-in ones.
    pub fn apis(mut self, apis: ApiRegistry) -> Self {
        self.settings.apis = apis;
        self
    }

    /// Sets the fields that become columns.
    pub fn columns(mut self, columns: Columns) -> Self {
        self.settings.columns = columns;
        self
    }

    /// Sets the reading of what programs write otherwise than the API.
    pub fn read_options(mut self, options: ReadOptions) -> Self {
        self.settings.read = options;
        self
    }

    /// Sets the treatment of malformed records.
    pub fn on_bad_record(mut self, action: OnBadRecord) -> Self {
        self.settings.on_bad_record = action;
        self
    }

    /// Sets whether all but the newest record of each id are dropped. Of equally new records the first is kept; a
    /// record without an update time is older than all others.
    pub fn dedupe(mut self, dedupe: bool) -> Self {
        self.settings.dedupe = dedupe;
        self
    }

    /// Sets the parser that reads a record first.
    pub fn parser(mut self, parser: Parser) -> Self {
        self.settings.parser = parser;
        self
    }

    /// Sets the length of the blocks that are parsed in parallel: 1 byte to 256 MiB. By default it depends on the
    /// source.
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.settings.set_block_bytes(bytes);
        self
    }

    /// Sets a callback that reports the progress, from any thread.
    pub fn progress(mut self, progress: &'a OnProgress<'a>) -> Self {
        self.settings.progress = Some(progress);
        self
    }

    /// Sets a flag that any thread can set to stop the load, which then fails with [`LoadErrorKind::Cancelled`].
    pub fn cancelled_by(mut self, cancel: Cancel) -> Self {
        self.settings.cancel = cancel;
        self
    }

    /// Sets the maximum length of a record, at most [`MAX_RECORD`] bytes. The parse of a record takes up to some ten
    /// times its length in memory.
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.settings.max_record_bytes = bytes.min(MAX_RECORD);
        self
    }

    /// Sets the maximum number of rejects, beyond which the load fails.
    pub fn max_rejects(mut self, records: u64) -> Self {
        self.settings.max_rejects = records;
        self
    }

    /// Keeps large columns, and bytes that cannot be read again, in a file instead of in memory.
    pub fn spill(mut self, spill: Arc<SpillFile>) -> Self {
        self.settings.spill = Some(spill);
        self
    }

    /// Returns the sources, in order.
    pub fn sources(&self) -> &[Source] {
        &self.settings.sources
    }

    /// Opens the snapshot files among the sources, unless they are open.
    fn files(&mut self) -> Result<&SnapshotFiles, LoadError> {
        let files = match self.files.take() {
            Some(files) => files,
            None => open_snapshot_files(&self.settings)?,
        };
        Ok(self.files.insert(files))
    }

    /// Returns the snapshot file, if it is the only source.
    fn only_file(&mut self) -> Result<Option<Arc<SnapshotFile>>, LoadError> {
        let is_only = self.settings.sources.len() == 1;
        let file = self.files()?.get(&0);
        Ok(file.filter(|_| is_only).cloned())
    }

    /// Returns the API of the sources: the API that was set, or the first that is detected in a source. If the only
    /// source is a snapshot file, returns its API.
    ///
    /// The start of a stream, such as standard input, is read into memory, from which the load continues.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn detect(&mut self) -> Result<Option<Arc<Api>>, LoadError> {
        if let Some(file) = self.only_file()? {
            return Ok(Some(Arc::clone(file.api())));
        }
        if self.settings.api.is_some() {
            return Ok(self.settings.api.clone());
        }
        for index in 0..self.settings.sources.len() {
            let api = match self.files()?.get(&index) {
                Some(file) => Some(Arc::clone(file.api())),
                None => self.detect_in_source(index)?,
            };
            if api.is_some() {
                self.settings.api_source = index;
                return Ok(api);
            }
        }
        Ok(None)
    }

    /// Detects the API of one source, and keeps it open if it cannot be opened again.
    fn detect_in_source(&mut self, index: usize) -> Result<Option<Arc<Api>>, LoadError> {
        let on_bad_record = self.settings.on_bad_record;
        if let Some(input) = self.open_streams.get_mut(&index) {
            let detected = self
                .settings
                .detection()
                .detect_in_input(input, DETECTION_BYTES)?;
            return Ok(detected.api);
        }
        let source = &self.settings.sources[index];
        let is_stream = source.size().is_none();
        // A source that is read again counts its bytes then.
        let bytes_read = if is_stream {
            Arc::clone(&self.settings.bytes_read)
        } else {
            Arc::default()
        };
        let mut input = Input::open(source, bytes_read, on_bad_record)?;
        let detection = self.settings.detection();
        let detected = detection.detect_in_input(&mut input, DETECTION_BYTES);
        if is_stream {
            self.open_streams.insert(index, input);
        }
        Ok(detected?.api)
    }

    /// Loads all sources. Snapshot files are opened and not parsed: if the only source is a snapshot file, no column or
    /// record is read.
    ///
    /// # Errors
    /// A source that cannot be read; a malformed record, unless malformed records are skipped; sources of two APIs, or
    /// without a detected API.
    pub fn load(mut self) -> Result<Snapshot, LoadError> {
        if let Some(file) = self.only_file()? {
            return self.load_only_file(file);
        }
        let detected = self
            .detect()?
            .or_else(|| self.settings.fallback_api.clone());
        let files = std::mem::take(&mut self.files).unwrap_or_default();
        let mut open_streams = std::mem::take(&mut self.open_streams);
        let Some(api) = detected else {
            return Err(self.unknown_api_error(open_streams));
        };
        check_apis_of_files(&files, &self.settings, &api)?;
        self.check_apis(&api, &files, &mut open_streams)?;
        let settings = &self.settings;
        let schema = Schema::new(&api, settings, &files);
        let load = Load::new(settings, &schema, &files);
        let loaded = load.load_all(open_streams)?;
        let spill = settings.spill.as_ref();
        if let Some(error) = spill.and_then(|spill| spill.failure()) {
            return Err(LoadError::io("the spill file", error));
        }
        let (mut parts, id_hashes) = loaded.into_parts(&api);
        parts.partial_columns.clone_from(&schema.partial_columns);
        let mut snapshot = Snapshot::new(api, parts)?;
        mark_duplicates(&mut snapshot, id_hashes, schema.id_hasher, settings.dedupe)
            .map_err(|error| unreadable_columns_error(error, snapshot.files()))?;
        Ok(snapshot)
    }

    /// Opens a snapshot file that is the only source.
    fn load_only_file(&self, file: Arc<SnapshotFile>) -> Result<Snapshot, LoadError> {
        let files = SnapshotFiles::from([(0, Arc::clone(&file))]);
        let named = self.settings.api.as_ref();
        check_apis_of_files(&files, &self.settings, named.unwrap_or(file.api()))?;
        let mut snapshot = Snapshot::from_file(file)?;
        // The file has the number of repeated ids, so columns are read only if a record must be dropped.
        if self.settings.dedupe && snapshot.repeated_ids() > 0 {
            let id_hashes = vec![None; snapshot.chunks().len()];
            mark_duplicates(&mut snapshot, id_hashes, IdHasher::new(), true)
                .map_err(|error| unreadable_columns_error(error, snapshot.files()))?;
        }
        Ok(snapshot)
    }

    /// Fails if the first records of a source are of another API. The check precedes a load that would take long.
    ///
    /// A stream that is not open yet is checked when it is loaded, because its writer may block until an earlier stream
    /// is read.
    fn check_apis(
        &self,
        api: &Arc<Api>,
        snapshot_files: &SnapshotFiles,
        open_streams: &mut OpenStreams,
    ) -> Result<(), LoadError> {
        let settings = &self.settings;
        let dumps = settings.sources.iter().enumerate();
        let dumps = dumps.filter(|(index, _)| !snapshot_files.contains_key(index));
        let sizes: Vec<(usize, Option<u64>)> = dumps
            .map(|(index, source)| (index, source.size()))
            .collect();
        let total_bytes: Option<u64> = sizes.iter().map(|&(_, size)| size).sum();
        let is_short = total_bytes.is_some_and(|bytes| bytes <= MAX_UNCHECKED_BYTES);
        if settings.api.is_some() || settings.sources.len() < 2 || is_short {
            return Ok(());
        }
        let check = |index: usize, input: &mut Input| {
            let detection = settings.detection();
            match detection
                .detect_in_input(input, PRELOAD_DETECTION_BYTES)?
                .api
            {
                Some(found) if found != *api => Err(settings.mixed_apis_error(index, &found, api)),
                _ => Ok(()),
            }
        };
        for (&index, input) in open_streams {
            check(index, input)?;
        }
        let files: Vec<usize> = sizes
            .into_iter()
            .filter_map(|(index, size)| size.map(|_| index))
            .collect();
        // The error of the first source is returned, whatever the number of threads.
        let checked: Vec<Result<(), LoadError>> = files
            .into_par_iter()
            .map(|index| {
                let source = &settings.sources[index];
                let mut input = Input::open(source, Arc::default(), settings.on_bad_record)?;
                check(index, &mut input)
            })
            .collect();
        checked.into_iter().collect()
    }

    /// Returns the reason why no API was detected: the first error of a strict load of the sources, which explains more
    /// for a file that is not a dump; otherwise that no record has the keys of an API.
    fn unknown_api_error(&self, mut open_streams: OpenStreams) -> LoadError {
        let apis = &self.settings.apis;
        let unknown = |file: &str| {
            let names: Vec<&str> = apis.iter().map(|api| &*api.name).collect();
            LoadError::new(file, LoadErrorKind::UnknownApi(names.join(" or ")))
        };
        let Some(first) = apis.iter().next() else {
            return unknown("an empty registry of APIs");
        };
        let strict = Settings {
            apis: apis.clone(),
            parser: Parser::Reference,
            read: self.settings.read.clone(),
            ..Settings::new(Vec::new())
        };
        let files = SnapshotFiles::new();
        let schema = Schema::new(first, &strict, &files);
        let load = Load::new(&strict, &schema, &files);
        for (index, source) in self.settings.sources.iter().enumerate() {
            let input = open_streams.remove(&index).map_or_else(
                || Input::open(source, Arc::default(), OnBadRecord::Stop),
                Ok,
            );
            let error = input.and_then(|input| load.load_source(index, input)).err();
            // Errors that depend on the API are ignored, because the API of the schema is arbitrary.
            if let Some(error) = error
                && !matches!(
                    *error.kind,
                    LoadErrorKind::MixedApis { .. }
                        | LoadErrorKind::Record(
                            RecordErrorKind::WrongType { .. } | RecordErrorKind::CutObject { .. }
                        )
                )
            {
                return error;
            }
        }
        let first = self.settings.sources.first();
        let file = first.map_or_else(|| "no source".to_owned(), Source::name);
        unknown(&file)
    }
}
