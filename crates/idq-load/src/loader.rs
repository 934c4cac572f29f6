use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use idq_api::{APIS, Api};

use crate::cutter::Cutter;
use crate::error::{LoadError, LoadErrorKind};
use crate::input::Input;
use crate::load::{Load, file_size};
use crate::options::{Columns, OnBadRecord, Parser, Progress};
use crate::record::RecordErrorKind;
use crate::repeated;
use crate::schema::Schema;
use crate::snapshot::Snapshot;
use crate::sniff::sniff;
use crate::source::Source;

/// Bytes that one task parses at a time: enough records for a chunk, few enough to keep every core busy.
const BLOCK: usize = 8 << 20;

/// Bytes of the first block, from which the API and the structure are learned.
pub(crate) const FIRST_BLOCK: usize = 256 << 10;

/// Up to this many sources keep their file open; more are opened again when a record is read.
const OPEN_FILES: usize = 64;

type OnProgress<'a> = dyn Fn(Progress) + Sync + 'a;

/// Loads sources into a [`Snapshot`], on the rayon pool in which it is called.
pub struct Loader<'a> {
    settings: Settings<'a>,
    /// Standard input, opened to look at its first bytes.
    peeked: Option<(usize, Cutter)>,
}

/// What a load is told.
pub(crate) struct Settings<'a> {
    pub(crate) sources: Vec<Source>,
    pub(crate) api: Option<&'static Api>,
    /// The API if nothing else tells.
    pub(crate) fallback: Option<&'static Api>,
    pub(crate) columns: Columns,
    pub(crate) on_bad_record: OnBadRecord,
    pub(crate) dedupe: bool,
    pub(crate) parser: Parser,
    pub(crate) block: usize,
    pub(crate) progress: Option<&'a OnProgress<'a>>,
    /// Bytes taken from the sources so far.
    pub(crate) taken: Arc<AtomicU64>,
}

impl<'a> Loader<'a> {
    /// A loader of these sources, in this order.
    pub fn new(sources: Vec<Source>) -> Self {
        let settings = Settings {
            sources,
            api: None,
            fallback: None,
            columns: Columns::default(),
            on_bad_record: OnBadRecord::default(),
            dedupe: false,
            parser: Parser::default(),
            block: BLOCK,
            progress: None,
            taken: Arc::default(),
        };
        Self {
            settings,
            peeked: None,
        }
    }

    /// Takes every record as one of this API, instead of looking at the first ones.
    pub fn api(mut self, api: &'static Api) -> Self {
        self.settings.api = Some(api);
        self
    }

    /// The API of records that do not tell, as in a dump without records.
    pub fn api_if_unknown(mut self, api: &'static Api) -> Self {
        self.settings.fallback = Some(api);
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

    /// How many bytes one task parses at a time; at least one.
    pub fn block_size(mut self, bytes: usize) -> Self {
        self.settings.block = bytes.max(1);
        self
    }

    /// Calls this now and then while loading, from any thread.
    pub fn progress(mut self, progress: &'a OnProgress<'a>) -> Self {
        self.settings.progress = Some(progress);
        self
    }

    /// The API of the sources: the one that was set, or what the first source that tells says.
    ///
    /// Standard input is read up to its first block, which the load then starts with.
    ///
    /// # Errors
    /// A source that cannot be read.
    pub fn detect(&mut self) -> Result<Option<&'static Api>, LoadError> {
        if self.settings.api.is_some() {
            return Ok(self.settings.api);
        }
        for index in 0..self.settings.sources.len() {
            if let Some(api) = sniff(&self.peek(index)?) {
                return Ok(Some(api));
            }
        }
        Ok(None)
    }

    /// The first bytes of a source.
    fn peek(&mut self, index: usize) -> Result<Vec<u8>, LoadError> {
        if let Some((peeked, cutter)) = &self.peeked
            && *peeked == index
        {
            return Ok(cutter.carried().to_vec());
        }
        // What is counted here will be read again.
        let taken = if self.settings.sources[index] == Source::Stdin {
            Arc::clone(&self.settings.taken)
        } else {
            Arc::default()
        };
        let mut cutter = Cutter::new(
            Input::open(&self.settings.sources[index], taken)?,
            self.settings.block,
        );
        let bytes = cutter.first(FIRST_BLOCK)?.bytes;
        if self.settings.sources[index] == Source::Stdin {
            cutter.put_back(bytes.clone());
            self.peeked = Some((index, cutter));
        }
        Ok(bytes)
    }

    /// Loads everything.
    ///
    /// # Errors
    /// A source that cannot be read; a bad record, unless those are skipped; sources of two APIs, or of none that can
    /// be told.
    pub fn load(mut self) -> Result<Snapshot, LoadError> {
        let detected = self.detect()?.or(self.settings.fallback);
        let mut peeked = self.peeked.take();
        let Some(api) = detected else {
            return Err(self.why_unknown(&mut peeked));
        };
        let schema = Schema::new(
            api,
            &self.settings.columns,
            self.settings.dedupe,
            self.settings.parser,
        );
        let load = Load {
            settings: &self.settings,
            schema: &schema,
            keep_open: self.settings.sources.len() <= OPEN_FILES,
            total: self.settings.sources.iter().map(file_size).sum(),
            records: AtomicU64::new(0),
        };
        let parts = load.all(peeked)?;
        let mut snapshot = Snapshot::new(api, parts)?;
        repeated::settle(&mut snapshot, self.settings.dedupe);
        Ok(snapshot)
    }

    /// Why no API could be told: a source that is no dump at all, or records that say nothing.
    fn why_unknown(&self, peeked: &mut Option<(usize, Cutter)>) -> LoadError {
        let schema = Schema::new(APIS[0], &Columns::default(), false, Parser::Exact);
        let strict = Loader::new(Vec::new()).settings;
        let load = Load {
            settings: &strict,
            schema: &schema,
            keep_open: true,
            total: None,
            records: AtomicU64::new(0),
        };
        for (index, source) in self.settings.sources.iter().enumerate() {
            let cutter = match peeked.take() {
                Some((at, cutter)) if at == index => Ok(cutter),
                other => {
                    *peeked = other;
                    Input::open(source, Arc::default())
                        .map(|input| Cutter::new(input, self.settings.block))
                }
            };
            let failed = cutter
                .and_then(|cutter| load.large(index, source, cutter))
                .err();
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
        let names: Vec<&str> = APIS.iter().map(|api| api.name).collect();
        let file = self
            .settings
            .sources
            .first()
            .map_or_else(|| "no source".to_owned(), Source::name);
        LoadError::of(&file, LoadErrorKind::UnknownApi(names.join(" or ")))
    }
}
