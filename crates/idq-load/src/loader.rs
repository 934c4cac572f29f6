//! The loader: the settings of a load as a builder, and the steps of a load.

use std::sync::Arc;

use idq_api::{APIS, Api};
use idq_snapshot::{
    ColumnError, LoadError, LoadErrorKind, MAX_RECORD, NotLoaded, RecordErrorKind, Snapshot,
    SourceReport, SpillFile,
};
use rayon::prelude::*;

use crate::dedupe::mark_duplicates;
use crate::options::{Columns, OnBadRecord, Parser};
use crate::record::Schema;
use crate::settings::{OnProgress, Settings};
use crate::source::{DETECTION_BYTES, Input, PRELOAD_DETECTION_BYTES, Source, detect_api_of_input};
use crate::split::{Load, OpenStreams};

/// The number of sources up to which files stay open. The files of more sources are opened again to read a record.
const MAX_OPEN_FILES: usize = 64;

/// The bytes of all sources up to which their APIs are not checked before the load: it takes no longer than the check.
const MAX_UNCHECKED_BYTES: u64 = 64 << 20;

/// Loads sources into a [`Snapshot`], on the rayon pool in which it is called.
pub struct Loader<'a> {
    /// The settings so far.
    settings: Settings<'a>,
    /// The streams that were opened to detect the API, with the bytes that were read from them.
    open_streams: OpenStreams,
    /// The sources that were unpacked, with their positions.
    unpacked: Vec<(usize, Unpacked)>,
}

/// A snapshot file as a source among others.
#[derive(Debug)]
pub struct Unpacked {
    /// The records, one after another.
    pub records: Source,
    /// The sources from which the file was packed.
    pub packed_from: Vec<SourceReport>,
    /// The number of rejects when it was packed.
    pub rejected: u64,
}

/// Returns the error of columns that deduplication cannot read. A load makes the columns that it needs, so that those
/// of a snapshot file alone can be missing, although its format has them.
fn unreadable(error: ColumnError) -> LoadError {
    match error {
        ColumnError::Unreadable(error) => error,
        ColumnError::NotLoaded(NotLoaded { field }) => {
            let what = format!("field {field} is not packed");
            LoadError::of("a snapshot file", LoadErrorKind::Damaged(what))
        }
    }
}

impl<'a> Loader<'a> {
    /// Makes a loader of some sources, in this order.
    pub fn new(sources: Vec<Source>) -> Self {
        Self {
            settings: Settings::new(sources),
            open_streams: OpenStreams::new(),
            unpacked: Vec::new(),
        }
    }

    /// Names the API of all records, instead of detecting it.
    pub fn api(mut self, api: &'static Api) -> Self {
        self.settings.api = Some(api);
        self
    }

    /// Sets the API of sources in which none is detected, such as a dump without records.
    pub fn api_if_unknown(mut self, api: &'static Api) -> Self {
        self.settings.fallback_api = Some(api);
        self
    }

    /// Sets the fields that become columns.
    pub fn columns(mut self, columns: Columns) -> Self {
        self.settings.columns = columns;
        self
    }

    /// Sets the treatment of malformed records.
    pub fn on_bad_record(mut self, action: OnBadRecord) -> Self {
        self.settings.on_bad_record = action;
        self
    }

    /// Sets whether, among records with the same id, all but the one with the newest update time are dropped. The first
    /// of several equally new ones stays; no update time is older than any.
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

    /// Sets the bound on the length of a record, at most [`MAX_RECORD`] bytes. A record takes up to some ten times its
    /// length while it is parsed.
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.settings.max_record_bytes = bytes.min(MAX_RECORD);
        self
    }

    /// Sets the bound on rejects, beyond which the load fails.
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

    /// Returns the API that was named.
    pub fn named_api(&self) -> Option<&'static Api> {
        self.settings.api
    }

    /// Returns whether duplicates are dropped.
    pub fn dedupes(&self) -> bool {
        self.settings.dedupe
    }

    /// Replaces each source for which `unpack` returns records by these records.
    ///
    /// # Errors
    /// Those of `unpack`.
    pub fn unpack_sources<E>(
        mut self,
        unpack: impl Fn(&Source) -> Result<Option<Unpacked>, E>,
    ) -> Result<Self, E> {
        for (index, source) in self.settings.sources.iter_mut().enumerate() {
            if let Some(unpacked) = unpack(source)? {
                *source = unpacked.records.clone();
                self.unpacked.push((index, unpacked));
            }
        }
        Ok(self)
    }

    /// Returns the API of the sources: the one that was named, or the first that is detected in a source.
    ///
    /// The start of a stream, such as standard input, is read into memory; the load continues from there.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn detect(&mut self) -> Result<Option<&'static Api>, LoadError> {
        if self.settings.api.is_some() {
            return Ok(self.settings.api);
        }
        for index in 0..self.settings.sources.len() {
            if let Some(api) = self.detect_in_source(index)? {
                return Ok(Some(api));
            }
        }
        Ok(None)
    }

    /// Detects the API of one source, and keeps it open if it cannot be opened again.
    fn detect_in_source(&mut self, index: usize) -> Result<Option<&'static Api>, LoadError> {
        let on_bad_record = self.settings.on_bad_record;
        if let Some(input) = self.open_streams.get_mut(&index) {
            return detect_api_of_input(input, DETECTION_BYTES, on_bad_record);
        }
        let source = &self.settings.sources[index];
        let is_stream = source.size().is_none();
        // The bytes of a source that is read again are counted then.
        let bytes_read = if is_stream {
            Arc::clone(&self.settings.bytes_read)
        } else {
            Arc::default()
        };
        let mut input = Input::open(source, bytes_read)?;
        let detected = detect_api_of_input(&mut input, DETECTION_BYTES, on_bad_record);
        if is_stream {
            self.open_streams.insert(index, input);
        }
        detected
    }

    /// Loads all sources.
    ///
    /// # Errors
    /// A source that cannot be read; a malformed record, unless these are skipped; sources of two APIs, or of none that
    /// is detected.
    pub fn load(mut self) -> Result<Snapshot, LoadError> {
        let detected = self.detect()?.or(self.settings.fallback_api);
        let mut open_streams = std::mem::take(&mut self.open_streams);
        let Some(api) = detected else {
            return Err(self.unknown_api_error(open_streams));
        };
        self.check_apis(api, &mut open_streams)?;
        let settings = &self.settings;
        let mut schema = Schema::new(api, &settings.columns, settings.dedupe, settings.parser);
        schema.is_api_named = settings.api.is_some();
        schema.max_record_bytes = settings.max_record_bytes;
        schema.spill.clone_from(&settings.spill);
        let keeps_files_open = settings.sources.len() <= MAX_OPEN_FILES;
        let loaded = Load::new(settings, &schema, keeps_files_open).load_all(open_streams)?;
        let spill = settings.spill.as_ref();
        if let Some(error) = spill.and_then(|spill| spill.failure()) {
            return Err(LoadError::io(
                "the file for what memory does not hold",
                error,
            ));
        }
        let (parts, id_hashes) = loaded.into_parts();
        let mut snapshot = Snapshot::new(api, parts)?;
        for (index, unpacked) in self.unpacked {
            snapshot.add_rejected(index, unpacked.packed_from, unpacked.rejected);
        }
        mark_duplicates(&mut snapshot, &id_hashes, self.settings.dedupe).map_err(unreadable)?;
        Ok(snapshot)
    }

    /// Fails if the first bytes of a source are another API's, before a load that would take long.
    ///
    /// A stream that is not open yet is checked when it is loaded: its writer may block until an earlier stream is
    /// read.
    fn check_apis(
        &self,
        api: &'static Api,
        open_streams: &mut OpenStreams,
    ) -> Result<(), LoadError> {
        let settings = &self.settings;
        let sizes: Vec<Option<u64>> = settings.sources.iter().map(Source::size).collect();
        let total_bytes: Option<u64> = sizes.iter().copied().sum();
        let is_short = total_bytes.is_some_and(|bytes| bytes <= MAX_UNCHECKED_BYTES);
        if settings.api.is_some() || sizes.len() < 2 || is_short {
            return Ok(());
        }
        let check = |index: usize, input: &mut Input| match detect_api_of_input(
            input,
            PRELOAD_DETECTION_BYTES,
            settings.on_bad_record,
        )? {
            Some(found) if found != api => Err(settings.mixed_apis_error(index, found, api)),
            _ => Ok(()),
        };
        for (&index, input) in open_streams {
            check(index, input)?;
        }
        let files: Vec<usize> = (0..sizes.len())
            .filter(|&index| sizes[index].is_some())
            .collect();
        // The first source's error is returned, on any number of threads.
        let checked: Vec<Result<(), LoadError>> = files
            .into_par_iter()
            .map(|index| {
                let mut input = Input::open(&settings.sources[index], Arc::default())?;
                check(index, &mut input)
            })
            .collect();
        checked.into_iter().collect()
    }

    /// Returns the reason why no API was detected: the first error of a strict load of each source, which is the better
    /// message for a file that is no dump; otherwise that no record has an API's keys.
    fn unknown_api_error(&self, mut open_streams: OpenStreams) -> LoadError {
        let schema = Schema::new(APIS[0], &Columns::default(), false, Parser::Reference);
        let strict = Settings::new(Vec::new());
        let load = Load::new(&strict, &schema, true);
        for (index, source) in self.settings.sources.iter().enumerate() {
            let input = open_streams
                .remove(&index)
                .map_or_else(|| Input::open(source, Arc::default()), Ok);
            let error = input.and_then(|input| load.load_source(index, input)).err();
            // Errors that depend on the API say nothing: the schema's is arbitrary.
            if let Some(error) = error
                && !matches!(
                    *error.kind,
                    LoadErrorKind::MixedApis { .. }
                        | LoadErrorKind::Record(RecordErrorKind::WrongType { .. })
                )
            {
                return error;
            }
        }
        let names: Vec<&str> = APIS.iter().map(|api| api.name).collect();
        let first = self.settings.sources.first();
        let file = first.map_or_else(|| "no source".to_owned(), Source::name);
        LoadError::of(&file, LoadErrorKind::UnknownApi(names.join(" or ")))
    }
}
