//! The code that commands with sources share: a [`Session`] expands the sources and loads them, and a [`LoadedSession`]
//! has the snapshot and prints notes, hints and the summary.

mod columns;
mod keys;
mod loaded;
mod masking;
mod names;
mod progress;
mod rejects;
mod request;

use std::sync::Arc;

use anyhow::{Result, anyhow};
use idq::api::Api;
use idq::{
    BoundQuery, ColumnPart, Columns, Engine, Error, Expansion, IgnoredEntry, LoadError, Loader,
    Source, SpillFile, TimeZone, expand,
};
use indicatif::HumanCount;

use crate::arguments::{
    BadRecordAction, RequestArguments, RequestContext, SourceArguments, api_named,
};
use crate::exit::{StderrIsSource, UsageError, message_of};
use crate::output_checks::refuse_standard_streams;
use crate::terminal::print_status;
use rejects::RejectsFile;

pub(crate) use columns::{check_columns, check_names};
pub(crate) use loaded::{LoadedSession, format_count};
pub(crate) use masking::{LearnedMasking, Masking};
pub(crate) use progress::ProgressDisplay;
pub(crate) use request::{BoundRequest, ParsedRequest, clock};

/// The memory for a record while it is read, at most, as a multiple of its length.
const MEMORY_PER_RECORD_BYTE: u64 = 8;

/// The bytes of the bound on memory for each record that may be set aside: rejects take some 500 bytes each, and may
/// take a quarter of the bound.
const MEMORY_PER_REJECT_BYTES: u64 = 4 * 500;

/// The maximum number of ignored entries that are named one by one.
const MAX_NAMED_IGNORED_ENTRIES: usize = 10;

/// The amount of messages on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// Notes, hints, progress and a summary.
    Normal,
    /// Errors only.
    Quiet,
}

impl Verbosity {
    /// Returns the verbosity with or without `--quiet`.
    pub(crate) fn from_quiet(is_quiet: bool) -> Self {
        if is_quiet { Self::Quiet } else { Self::Normal }
    }
}

/// Sources before their load.
pub(crate) struct Session<'a> {
    arguments: &'a SourceArguments,
    /// The sources, expanded once. A failure is reported by the load, after the checks of the command line.
    expansion: Result<Expansion, LoadError>,
    /// The facts about the request on which the load and the hints depend.
    request: RequestContext,
    progress: ProgressDisplay,
}

/// A load that is about to start, and the file for its rejects.
struct PreparedLoad<'l> {
    loader: Loader<'l>,
    rejects: Option<RejectsFile>,
}

impl<'a> Session<'a> {
    /// Checks the arguments and expands the sources.
    pub(crate) fn new(arguments: &'a SourceArguments, request: RequestContext) -> Result<Self> {
        if arguments.rejects.is_some() && arguments.on_bad_record == BadRecordAction::Stop {
            return Err(UsageError("--rejects needs --on-bad-record skip".to_owned()).into());
        }
        arguments.read.check()?;
        Ok(Self {
            arguments,
            expansion: expand(&arguments.sources),
            request,
            progress: ProgressDisplay::new(arguments.verbosity()),
        })
    }

    /// Returns the sources; none if they cannot be expanded, which the load reports.
    pub(crate) fn sources(&self) -> &[Source] {
        let expansion = self.expansion.as_ref();
        expansion.map_or(&[], |expansion| expansion.sources.as_slice())
    }

    /// Loads these columns.
    pub(crate) fn load(self, columns: Columns) -> Result<LoadedSession<'a>> {
        let report = |progress| self.progress.show_load(progress);
        let PreparedLoad { loader, rejects } =
            prepare(self.arguments, self.expansion, self.request)?;
        let engine = Engine::load(loader.progress(&report).columns(columns));
        finish(self.arguments, self.request, self.progress, engine, rejects)
    }

    /// Loads these columns within a bound on memory; large columns are written to `spill`, if there is one.
    pub(crate) fn load_within(
        self,
        columns: Columns,
        memory: u64,
        spill: Option<Arc<SpillFile>>,
    ) -> Result<LoadedSession<'a>> {
        let report = |progress| self.progress.show_load(progress);
        let PreparedLoad { loader, rejects } =
            prepare(self.arguments, self.expansion, self.request)?;
        // A record that does not fit is refused before it exhausts the memory.
        let longest_record = usize::try_from(memory / MEMORY_PER_RECORD_BYTE).unwrap_or(usize::MAX);
        let loader = loader
            .progress(&report)
            .columns(columns)
            .max_record(longest_record)
            .max_rejects(memory / MEMORY_PER_REJECT_BYTES);
        let engine = Engine::load(match spill {
            Some(spill) => loader.spill(spill),
            None => loader,
        });
        finish(self.arguments, self.request, self.progress, engine, rejects)
    }

    /// Binds a request to the API of the sources, and loads the columns that it needs, and the fields or parts of columns
    /// that `printed` returns, which the output takes values from.
    ///
    /// # Errors
    /// Errors of the request and of the sources are reported together.
    pub(crate) fn load_for<P: Into<ColumnPart>>(
        self,
        arguments: &RequestArguments,
        request: ParsedRequest,
        printed: impl FnOnce(&Arc<Api>) -> Vec<P>,
    ) -> Result<(LoadedSession<'a>, BoundQuery)> {
        let (loaded, bound) = self.load_with(arguments, request, printed)?;
        Ok((loaded, bound.query))
    }

    /// Binds a request and its keys to the API of the sources, and loads the columns that both need.
    ///
    /// # Errors
    /// Errors of the request and of the sources are reported together.
    pub(crate) fn load_bound(
        self,
        arguments: &RequestArguments,
        request: ParsedRequest,
    ) -> Result<(LoadedSession<'a>, BoundRequest)> {
        self.load_with(arguments, request, |_| Vec::<usize>::new())
    }

    /// Binds a request and its keys, and loads the columns that both need, and those that `printed` returns.
    fn load_with<P: Into<ColumnPart>>(
        self,
        arguments: &RequestArguments,
        request: ParsedRequest,
        printed: impl FnOnce(&Arc<Api>) -> Vec<P>,
    ) -> Result<(LoadedSession<'a>, BoundRequest)> {
        let report = |progress| self.progress.show_load(progress);
        // Taken before the request is bound, which consumes it.
        let url_api = request.api_of_url();
        let named_api = named_api(self.arguments);
        let detected = prepare(self.arguments, self.expansion, self.request).and_then(|prepared| {
            let PreparedLoad { loader, rejects } = prepared;
            let mut loader = loader.progress(&report);
            let api = loader.detect().map_err(Error::from)?;
            Ok((loader, api, rejects))
        });
        let (loader, api, rejects) = match detected {
            Ok(detected) => detected,
            Err(unread) if unread.is::<StderrIsSource>() => return Err(unread),
            // Errors of the request that do not depend on the data are reported together with the error of the data.
            Err(unread) => {
                return Err(match request.bind(named_api.or(url_api), arguments) {
                    Ok(_) => unread,
                    Err(wrong) => UsageError(format!("{wrong}\n\n{}", message_of(&unread))).into(),
                });
            }
        };
        let Some(bound) = request.bind(api.as_ref().or(url_api), arguments)? else {
            // The load reports why no API was detected.
            Engine::load(loader)?;
            return Err(anyhow!("cannot determine the API of these records"));
        };
        let mut parts = bound.parts();
        parts.extend(printed(bound.query.api()).into_iter().map(Into::into));
        let engine = Engine::load(
            loader
                .api_if_unknown(bound.query.api())
                .columns(Columns::Parts(parts)),
        );
        let loaded = finish(self.arguments, self.request, self.progress, engine, rejects)?;
        loaded.check_names(&bound.query, bound.keys.as_ref())?;
        Ok((loaded, bound))
    }
}

/// Returns the API of `--api`.
fn named_api(arguments: &SourceArguments) -> Option<&'static Arc<Api>> {
    arguments.api.as_deref().and_then(api_named)
}

/// Checks the outputs, creates the file of rejects, and returns the loader of the sources.
fn prepare<'l>(
    arguments: &SourceArguments,
    expansion: Result<Expansion, LoadError>,
    request: RequestContext,
) -> Result<PreparedLoad<'l>> {
    let Expansion { sources, ignored } = expansion.map_err(Error::from)?;
    refuse_standard_streams(&sources)?;
    let rejects = arguments.rejects.as_deref();
    let rejects = rejects
        .map(|path| RejectsFile::create(path, &sources))
        .transpose()?;
    let is_normal = arguments.verbosity() == Verbosity::Normal;
    if is_normal {
        print_ignored_entries(&ignored);
    }
    let named = named_api(arguments);
    if let Some(named) = named
        && is_normal
    {
        warn_if_api_differs(named, &sources, arguments);
    }
    let loader = Loader::new(sources)
        .dedupe(arguments.dedupe)
        .on_bad_record(arguments.on_bad_record.into())
        .read_options(
            arguments
                .read
                .options(request.time_zone.unwrap_or_default()),
        );
    let loader = match named {
        Some(api) => loader.api(api),
        None => loader,
    };
    Ok(PreparedLoad { loader, rejects })
}

/// Prints a note if the records look like those of another API than the named one, which applies nevertheless.
fn warn_if_api_differs(named: &Arc<Api>, sources: &[Source], arguments: &SourceArguments) {
    // Bytes of a pipe cannot be read twice. A snapshot file of another API is an error of the load, not a note.
    let rereadable = sources.iter().filter(|source| match source {
        Source::File(path) => path.is_file() && !idq::is_snapshot_file(path),
        _ => false,
    });
    // A source that cannot be read is an error of the load.
    let detected = Loader::new(rereadable.cloned().collect())
        .on_bad_record(arguments.on_bad_record.into())
        .read_options(arguments.read.options(TimeZone::UTC))
        .detect();
    let detected = detected.ok().flatten();
    if let Some(detected) = detected.filter(|detected| detected != named) {
        let (detected, named) = (&detected.title, &named.name);
        print_status(&format!(
            "note: the records look like {detected}, but are read as {named} because of --api"
        ));
    }
}

/// Prints the entries of folders that are not sources.
fn print_ignored_entries(ignored: &[IgnoredEntry]) {
    for entry in ignored.iter().take(MAX_NAMED_IGNORED_ENTRIES) {
        print_status(&format!("note: ignored {entry}"));
    }
    let more = ignored.len().saturating_sub(MAX_NAMED_IGNORED_ENTRIES) as u64;
    if more > 0 {
        print_status(&format!("note: ignored {} more", HumanCount(more)));
    }
}

/// Writes the rejects and prints the notes of a load.
fn finish(
    arguments: &SourceArguments,
    request: RequestContext,
    progress: ProgressDisplay,
    engine: Result<Engine, Error>,
    rejects: Option<RejectsFile>,
) -> Result<LoadedSession<'_>> {
    // Also after a failure, whose report must not follow the bar on one line.
    progress.finish();
    let loaded = LoadedSession::new(arguments, request, progress, engine?);
    if let Some(rejects) = rejects {
        rejects.write(loaded.engine.snapshot())?;
    }
    loaded.print_notes();
    Ok(loaded)
}
