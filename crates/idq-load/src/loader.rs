use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use idq_api::{Api, ApiRegistry};
use rayon::prelude::*;

use crate::error::{LoadError, LoadErrorKind};
use crate::input::Input;
use crate::kept_bytes::reject_bytes_of_a_source;
use crate::load::{Load, Peeked, file_size};
use crate::options::{Columns, OnBadRecord, Parser, Progress};
use crate::record::{MAX_RECORD, RecordErrorKind};
use crate::repeated;
use crate::schema::Schema;
use crate::snapshot::{Snapshot, SourceReport};
use crate::sniff::{FIRST_LOOK, SHORT_LOOK, sniff_input};
use crate::source::Source;
use crate::spill::Spill;

/// Bytes that one task parses at a time: enough records for a chunk, few enough to keep every core busy.
const BLOCK: usize = 8 << 20;

/// A block's columns must stay far below 2 GiB, and its offsets below 4 GiB, even if it begins in a long record.
const MAX_BLOCK: usize = 256 << 20;

/// Bytes of the first block, from which the API and the structure are learned.
pub(crate) const FIRST_BLOCK: usize = 256 << 10;

/// Up to this many sources keep their file open; more are opened again when a record is read.
const OPEN_FILES: usize = 64;

/// The most records that are set aside, unless the loader is told another number: each takes some hundred bytes.
const MAX_REJECTS: u64 = 1_000_000;

/// Bytes of sources that are loaded so fast that a look at each of them first would take as long.
const SHORT_LOAD: u64 = 64 << 20;

type OnProgress<'a> = dyn Fn(Progress) + Sync + 'a;

/// Loads sources into a [`Snapshot`], on the rayon pool in which it is called.
pub struct Loader<'a> {
    settings: Settings<'a>,
    peeked: Peeked,
    /// The sources that were unpacked, by their positions.
    unpacked: Vec<(usize, Unpacked)>,
}

/// A snapshot file as a source among others.
#[derive(Debug)]
pub struct Unpacked {
    /// Its records, one behind another.
    pub records: Source,
    /// What it was made from.
    pub packed_from: Vec<SourceReport>,
    /// How many records were set aside when it was.
    pub rejected: u64,
}

/// What a load is told.
pub(crate) struct Settings<'a> {
    pub(crate) sources: Vec<Source>,
    pub(crate) api: Option<Arc<Api>>,
    /// The API if nothing else tells.
    pub(crate) fallback: Option<Arc<Api>>,
    /// The APIs among which the records' one is detected.
    pub(crate) apis: ApiRegistry,
    pub(crate) columns: Columns,
    pub(crate) on_bad_record: OnBadRecord,
    pub(crate) dedupe: bool,
    pub(crate) parser: Parser,
    /// Bytes of a block, where somebody has said how many.
    pub(crate) block: Option<usize>,
    pub(crate) progress: Option<&'a OnProgress<'a>>,
    pub(crate) spill: Option<Arc<dyn Spill>>,
    /// The most bytes of a record.
    pub(crate) max_record: usize,
    /// The most records that are set aside.
    pub(crate) max_rejects: u64,
    /// Bytes taken from the sources so far.
    pub(crate) taken: Arc<AtomicU64>,
}

/// Blocks of a large file have so many bytes: large chunks are asked faster, many blocks keep many cores busy.
const BLOCKS: std::ops::RangeInclusive<u64> = 2 << 20..=24 << 20;

/// About how many blocks a large file should have: enough for many cores. The number of threads must not count, or the
/// columns would take other memory with other threads.
const BLOCKS_OF_FILE: u64 = 64;

impl Settings<'_> {
    /// Bytes of a block of a source whose length is not known.
    pub(crate) fn block(&self) -> usize {
        self.block.unwrap_or(BLOCK)
    }

    /// The error of a source whose records are another API's than those before.
    pub(crate) fn mixed_apis(&self, index: usize, found: &Api, first: &Api) -> LoadError {
        let first_file = self.sources.first().map(Source::name);
        let kind = LoadErrorKind::MixedApis {
            found: found.title.clone(),
            first_file: first_file.unwrap_or_default(),
            first: first.title.clone(),
        };
        LoadError::of(&self.sources[index].name(), kind)
    }

    /// Bytes of rejects that are kept of a source that cannot be read again.
    pub(crate) fn reject_bytes(&self) -> usize {
        reject_bytes_of_a_source(self.sources.len())
    }

    /// Bytes of a block of a source of this length.
    pub(crate) fn block_of(&self, length: u64) -> usize {
        let size = (length / BLOCKS_OF_FILE).clamp(*BLOCKS.start(), *BLOCKS.end());
        self.block.unwrap_or(size as usize)
    }
}

impl<'a> Loader<'a> {
    /// A loader of these sources, in this order.
    pub fn new(sources: Vec<Source>) -> Self {
        let settings = Settings {
            sources,
            api: None,
            fallback: None,
            apis: ApiRegistry::default(),
            columns: Columns::default(),
            on_bad_record: OnBadRecord::default(),
            dedupe: false,
            parser: Parser::default(),
            block: None,
            progress: None,
            spill: None,
            max_record: MAX_RECORD,
            max_rejects: MAX_REJECTS,
            taken: Arc::default(),
        };
        Self {
            settings,
            peeked: Peeked::new(),
            unpacked: Vec::new(),
        }
    }

    /// Takes every record as one of this API, instead of looking at the first ones.
    pub fn api(mut self, api: &Arc<Api>) -> Self {
        self.settings.api = Some(Arc::clone(api));
        self
    }

    /// The API of records that do not tell, as in a dump without records.
    pub fn api_if_unknown(mut self, api: &Arc<Api>) -> Self {
        self.settings.fallback = Some(Arc::clone(api));
        self
    }

    /// Sets the APIs among which the records' one is detected; by default the built-in ones.
    pub fn apis(mut self, apis: ApiRegistry) -> Self {
        self.settings.apis = apis;
        self
    }

    /// Which fields become columns.
    pub fn columns(mut self, columns: Columns) -> Self {
        self.settings.columns = columns;
        self
    }

    /// What happens at a record that cannot be read.
    pub fn on_bad_record(mut self, action: OnBadRecord) -> Self {
        self.settings.on_bad_record = action;
        self
    }

    /// Whether, of records with the same id, only the one with the newest update time counts: the first of them, if
    /// several are equally new. No update time is older than any.
    pub fn dedupe(mut self, dedupe: bool) -> Self {
        self.settings.dedupe = dedupe;
        self
    }

    /// Which parser reads a record first.
    pub fn parser(mut self, parser: Parser) -> Self {
        self.settings.parser = parser;
        self
    }

    /// How many bytes one task parses at a time: at least one, at most 256 MiB. Otherwise it depends on the source.
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.settings.block = Some(bytes.clamp(1, MAX_BLOCK));
        self
    }

    /// Calls this now and then while loading, from any thread.
    pub fn progress(mut self, progress: &'a OnProgress<'a>) -> Self {
        self.settings.progress = Some(progress);
        self
    }

    /// The most bytes of a record, where that is fewer than [`MAX_RECORD`]: a record takes up to some ten times its length
    /// while it is read.
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.settings.max_record = bytes.min(MAX_RECORD);
        self
    }

    /// The most records that are set aside, each with its place and the reason, before the load fails.
    pub fn max_rejects(mut self, records: u64) -> Self {
        self.settings.max_rejects = records;
        self
    }

    /// Keeps large columns, and bytes that cannot be read again, elsewhere than in memory.
    pub fn spill(mut self, spill: Arc<dyn Spill>) -> Self {
        self.settings.spill = Some(spill);
        self
    }

    /// The sources, in order.
    pub fn sources(&self) -> &[Source] {
        &self.settings.sources
    }

    /// The API that was set.
    pub fn named_api(&self) -> Option<&Arc<Api>> {
        self.settings.api.as_ref()
    }

    /// Whether records with the same id are told apart by their update time.
    pub fn dedupes(&self) -> bool {
        self.settings.dedupe
    }

    /// Puts the records that `unpack` answers with, if it does, in place of a source.
    ///
    /// # Errors
    /// What `unpack` fails with.
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

    /// The API of the sources: the one that was set, or what the first source that tells says.
    ///
    /// What cannot be read twice, such as standard input, is read as far as that takes; the load then starts with it.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn detect(&mut self) -> Result<Option<Arc<Api>>, LoadError> {
        if self.settings.api.is_some() {
            return Ok(self.settings.api.clone());
        }
        for index in 0..self.settings.sources.len() {
            if let Some(api) = self.peek(index)? {
                return Ok(Some(api));
            }
        }
        Ok(None)
    }

    /// The API that the first records of a source tell of.
    fn peek(&mut self, index: usize) -> Result<Option<Arc<Api>>, LoadError> {
        let bad = self.settings.on_bad_record;
        if let Some(input) = self.peeked.get_mut(&index) {
            return sniff_input(input, &self.settings.apis, FIRST_LOOK, bad);
        }
        let source = &self.settings.sources[index];
        // What can be read again will be, and is counted then.
        let twice = file_size(source).is_some();
        let taken = if twice {
            Arc::default()
        } else {
            Arc::clone(&self.settings.taken)
        };
        let mut input = Input::open(source, taken)?;
        let found = sniff_input(&mut input, &self.settings.apis, FIRST_LOOK, bad);
        if !twice {
            self.peeked.insert(index, input);
        }
        found
    }

    /// Loads everything.
    ///
    /// # Errors
    /// A source that cannot be read; a bad record, unless those are skipped; sources of two APIs, or of none that can
    /// be told.
    pub fn load(mut self) -> Result<Snapshot, LoadError> {
        let detected = self.detect()?.or_else(|| self.settings.fallback.clone());
        let mut peeked = std::mem::take(&mut self.peeked);
        let Some(api) = detected else {
            return Err(self.why_unknown(peeked));
        };
        self.check_apis(&api, &mut peeked)?;
        let mut schema = Schema::new(
            &api,
            &self.settings.apis,
            &self.settings.columns,
            self.settings.dedupe,
            self.settings.parser,
        );
        schema.forced = self.settings.api.is_some();
        schema.max_record = self.settings.max_record;
        schema.spill.clone_from(&self.settings.spill);
        let load = Load {
            settings: &self.settings,
            schema: &schema,
            keep_open: self.settings.sources.len() <= OPEN_FILES,
            total: self.settings.sources.iter().map(file_size).sum(),
            records: AtomicU64::new(0),
            rejects: AtomicU64::new(0),
            workers: Mutex::default(),
        };
        let parts = load.all(peeked)?;
        if let Some(error) = self
            .settings
            .spill
            .as_ref()
            .and_then(|spill| spill.failure())
        {
            return Err(LoadError::io(
                "the file for what memory does not hold",
                error,
            ));
        }
        let mut snapshot = Snapshot::new(api, parts)?;
        for (index, unpacked) in self.unpacked {
            snapshot.sources[index].packed_from = unpacked.packed_from;
            snapshot.rejected += unpacked.rejected;
        }
        repeated::settle(&mut snapshot, self.settings.dedupe);
        Ok(snapshot)
    }

    /// Fails where the first bytes of a source are another API's, before a load that would take long.
    fn check_apis(&self, api: &Arc<Api>, peeked: &mut Peeked) -> Result<(), LoadError> {
        let settings = &self.settings;
        let sizes: Vec<Option<u64>> = settings.sources.iter().map(file_size).collect();
        let whole: Option<u64> = sizes.iter().copied().sum();
        let is_short = whole.is_some_and(|bytes| bytes <= SHORT_LOAD);
        if settings.api.is_some() || sizes.len() < 2 || is_short {
            return Ok(());
        }
        let check = |index: usize, input: &mut Input| match sniff_input(
            input,
            &settings.apis,
            SHORT_LOOK,
            settings.on_bad_record,
        )? {
            Some(found) if found != *api => Err(settings.mixed_apis(index, &found, api)),
            _ => Ok(()),
        };
        // A stream that was not opened yet may have a writer that waits for an earlier one to be read: it is checked at its
        // turn.
        for (&index, input) in peeked {
            check(index, input)?;
        }
        let files: Vec<usize> = (0..sizes.len())
            .filter(|&index| sizes[index].is_some())
            .collect();
        // The first source's error is returned, on any number of threads.
        let checked: Vec<Result<(), LoadError>> = files
            .into_par_iter()
            .map(|index| {
                check(
                    index,
                    &mut Input::open(&settings.sources[index], Arc::default())?,
                )
            })
            .collect();
        checked.into_iter().collect()
    }

    /// Why no API could be told: a source that is no dump at all, or records that say nothing.
    fn why_unknown(&self, mut peeked: Peeked) -> LoadError {
        let unknown = |file: &str| {
            let names: Vec<&str> = self.settings.apis.iter().map(|api| &*api.name).collect();
            LoadError::of(file, LoadErrorKind::UnknownApi(names.join(" or ")))
        };
        let apis = &self.settings.apis;
        let Some(first) = apis.iter().next() else {
            return unknown("no API");
        };
        let schema = Schema::new(first, apis, &Columns::default(), false, Parser::Exact);
        let strict = Loader::new(Vec::new()).settings;
        let load = Load {
            settings: &strict,
            schema: &schema,
            keep_open: true,
            total: None,
            records: AtomicU64::new(0),
            rejects: AtomicU64::new(0),
            workers: Mutex::default(),
        };
        for (index, source) in self.settings.sources.iter().enumerate() {
            let input = peeked
                .remove(&index)
                .map_or_else(|| Input::open(source, Arc::default()), Ok);
            let failed = input.and_then(|input| load.large(index, input)).err();
            if let Some(error) = failed
                && !matches!(
                    *error.kind,
                    LoadErrorKind::MixedApis { .. }
                        | LoadErrorKind::Record(RecordErrorKind::WrongType { .. })
                )
            {
                return error;
            }
        }
        let file = self
            .settings
            .sources
            .first()
            .map_or_else(|| "no source".to_owned(), Source::name);
        unknown(&file)
    }
}
