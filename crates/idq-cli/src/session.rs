use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow};
use idq::api::Api;
use idq::{
    BindOptions, BoundQuery, Clock, Columns, Conformance, Error, Expansion, Hint, Loader, Matches,
    OnBadRecord, PassedOver, Problem, Query, Reject, Report, Row, Snapshot, Spill, bind, escape,
    expand,
};
use indicatif::{DecimalBytes, HumanCount};

use crate::arguments::{BadRecord, Reading, RequestArguments, SourceArguments, api_named};
use crate::columns::absent_columns;
use crate::failure::WrongRequest;
use crate::output::say;
use crate::outputs::refuse_standard_streams;
use crate::progress::Bar;
use crate::rejects::RejectsFile;
pub(crate) use crate::threads::on_threads;

/// The memory of a record while it is read, in multiples of its length, at most.
const MEMORY_OF_A_RECORD: u64 = 8;

/// The memory that packing within a bound allows for each record that is set aside: a quarter of the bound, some hundred bytes
/// each.
const MEMORY_OF_A_REJECT: u64 = 4 * 500;

/// How many entries that were passed over are named one by one.
const MAX_PASSED_OVER_SHOWN: usize = 10;

/// Sources that are about to be loaded.
pub(crate) struct Session<'a> {
    arguments: &'a SourceArguments,
    bar: Bar,
    rejects: Mutex<Option<RejectsFile>>,
}

/// What was loaded, and how long it took.
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) took: Duration,
}

impl<'a> Session<'a> {
    pub(crate) fn new(arguments: &'a SourceArguments) -> Result<Self> {
        if arguments.rejects.is_some() && arguments.on_bad_record == BadRecord::Stop {
            return Err(WrongRequest("--rejects needs --on-bad-record skip".to_owned()).into());
        }
        Ok(Self {
            arguments,
            bar: Bar::new(arguments.quiet),
            rejects: Mutex::default(),
        })
    }

    /// Loads these columns.
    pub(crate) fn load(&self, columns: Columns) -> Result<Loaded> {
        let report = |progress| self.bar.update(progress);
        self.run(self.loader()?.progress(&report).columns(columns))
    }

    /// Loads these columns within a bound on memory, the large ones to a file if there is one.
    pub(crate) fn load_within(
        &self,
        columns: Columns,
        memory: u64,
        spill: Option<Arc<dyn Spill>>,
    ) -> Result<Loaded> {
        let report = |progress| self.bar.update(progress);
        let loader = self.loader()?.progress(&report).columns(columns);
        let longest = usize::try_from(memory / MEMORY_OF_A_RECORD).unwrap_or(usize::MAX);
        let loader = loader
            .max_record(longest)
            .max_rejects(memory / MEMORY_OF_A_REJECT);
        self.run(match spill {
            Some(spill) => loader.spill(spill),
            None => loader,
        })
    }

    /// Binds a query to the API of the sources, and loads what it needs.
    pub(crate) fn load_for(
        &self,
        request: &RequestArguments,
        query: Read,
    ) -> Result<(Loaded, BoundQuery)> {
        let report = |progress| self.bar.update(progress);
        let opened = self
            .loader()
            .and_then(|loader| Ok(Snapshot::detect(loader.progress(&report))?));
        let url_api = api_of_url(&query.query);
        let (loader, api) = match opened {
            Ok(opened) => opened,
            // What can be told of the request without the data is told all the same.
            Err(unread) => {
                return Err(match query.bind(self.named_api().or(url_api), request) {
                    Ok(_) => unread,
                    Err(wrong) => WrongRequest(format!("{wrong}\n\n{unread}")).into(),
                });
            }
        };
        let Some(bound) = query.bind(api.as_ref().or(url_api), request)? else {
            // Without an API the load says why there is none.
            Snapshot::load(loader)?;
            return Err(anyhow!("cannot tell which API wrote these records"));
        };
        let loaded = self.run(
            loader
                .api_if_unknown(bound.api())
                .columns(Columns::Fields(bound.fields())),
        )?;
        Ok((loaded, bound))
    }

    fn named_api(&self) -> Option<&'static Arc<Api>> {
        self.arguments.api.as_deref().and_then(api_named)
    }

    fn loader(&self) -> Result<Loader<'_>> {
        let Expansion {
            sources,
            passed_over,
        } = expand(&self.arguments.sources).map_err(Error::from)?;
        refuse_standard_streams(&sources)?;
        if let Some(path) = &self.arguments.rejects {
            *self.rejects() = Some(RejectsFile::prepare(path, &sources)?);
        }
        self.say_passed_over(&passed_over);
        let mut loader = Loader::new(sources)
            .dedupe(self.arguments.dedupe)
            .on_bad_record(match self.arguments.on_bad_record {
                BadRecord::Stop => OnBadRecord::Stop,
                BadRecord::Skip => OnBadRecord::Skip,
            });
        if let Some(api) = self.named_api() {
            loader = loader.api(api);
            self.doubt(api)?;
        }
        Ok(loader)
    }

    /// Says so where the records look like another API's than the one that was named, which counts all the same.
    fn doubt(&self, named: &Arc<Api>) -> Result<()> {
        let mut sources = expand(&self.arguments.sources)
            .map_err(Error::from)?
            .sources;
        // What is read of standard input or of another pipe is gone; a snapshot file is refused, not doubted.
        sources.retain(|source| match source {
            idq::Source::File(path) => path.is_file() && !idq::is_packed(path),
            _ => false,
        });
        // A source that cannot be read is reported by the load.
        let found = Snapshot::detect(Loader::new(sources));
        let found = found.ok().and_then(|(_, api)| api);
        if let Some(found) = found.filter(|found| found != named && !self.arguments.quiet) {
            let (found, named) = (&found.title, &named.name);
            say(&format!(
                "note: the records look like {found}; read as {named}, as told"
            ));
        }
        Ok(())
    }

    fn rejects(&self) -> MutexGuard<'_, Option<RejectsFile>> {
        // The file is there or it is not.
        self.rejects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says which entries of folders are no sources.
    fn say_passed_over(&self, passed_over: &[PassedOver]) {
        if self.arguments.quiet {
            return;
        }
        for one in passed_over.iter().take(MAX_PASSED_OVER_SHOWN) {
            say(&format!("note: passed over {one}"));
        }
        let more = passed_over.len().saturating_sub(MAX_PASSED_OVER_SHOWN) as u64;
        if more > 0 {
            say(&format!("note: passed over {} more", HumanCount(more)));
        }
    }

    fn run(&self, loader: Loader<'_>) -> Result<Loaded> {
        let snapshot = Snapshot::load(loader);
        self.bar.finish();
        let loaded = Loaded {
            snapshot: snapshot?,
            took: self.bar.elapsed(),
        };
        self.notes(&loaded)?;
        Ok(loaded)
    }

    /// Says what a person should know about the load, and writes the rejects.
    fn notes(&self, loaded: &Loaded) -> Result<()> {
        let snapshot = loaded.snapshot.loaded();
        let rejected = snapshot.rejects().len() as u64;
        if let Some(rejects) = self.rejects().take() {
            rejects.write(snapshot)?;
        }
        if self.arguments.quiet {
            return Ok(());
        }
        if rejected > 0 {
            let where_to = match &self.arguments.rejects {
                Some(path) => format!(": see {}", escape(&path.to_string_lossy())),
                None => ": --rejects FILE keeps them".to_owned(),
            };
            say(&format!(
                "note: skipped {} that could not be read{where_to}",
                counted(rejected, "record")
            ));
        }
        let is_cut = |reject: &&Reject| reject.kept < reject.length;
        let cut = snapshot.rejects().iter().filter(is_cut).count() as u64;
        if cut > 0 && self.arguments.rejects.is_some() {
            say(&format!(
                "note: of {} only the first bytes were kept, as the source can be read only once, and a load keeps 16 MiB of \
                 such bytes: save it to a file and load that to have all of them",
                counted(cut, "skipped record")
            ));
        }
        let before = snapshot.rejected_count() - rejected;
        if before > 0 {
            let before = counted(before, "record");
            let what = if snapshot.is_packed() {
                "this"
            } else {
                "a snapshot file"
            };
            say(&format!(
                "note: {before} could not be read when {what} was packed, and are not in it"
            ));
        }
        if snapshot.dropped() > 0 {
            let dropped = counted(snapshot.dropped(), "record");
            say(&format!(
                "note: dropped {dropped}, as another with the same id is as new or newer"
            ));
        } else if snapshot.repeated_ids() > 0 {
            let repeated = counted(snapshot.repeated_ids(), "record");
            say(&format!(
                "note: {repeated} with the id of an earlier one: --dedupe keeps the newest"
            ));
        }
        Ok(())
    }

    /// The last line: what was loaded, and in what time.
    pub(crate) fn summary(&self, result: &str, loaded: &Loaded) {
        self.say_summary(result, loaded, "");
    }

    /// The last line of a command that goes on working when all is loaded: the whole time as well.
    pub(crate) fn summary_of_all(&self, result: &str, loaded: &Loaded) {
        let whole = self.bar.elapsed().as_secs_f64();
        self.say_summary(result, loaded, &format!("; {whole:.2} s in all"));
    }

    fn say_summary(&self, result: &str, loaded: &Loaded, end: &str) {
        if self.arguments.quiet {
            return;
        }
        let sources = loaded.snapshot.loaded().sources();
        let bytes = DecimalBytes(sources.iter().map(|source| source.bytes).sum());
        let records = counted(loaded.snapshot.len(), "record");
        let took = loaded.took.as_secs_f64();
        say(&match loaded.snapshot.packed() {
            Some(file) => {
                let bytes = DecimalBytes(file.length());
                format!("{result}; opened {records} (packed, {bytes}) in {took:.3} s{end}")
            }
            None => {
                let sources = counted(sources.len() as u64, "source");
                format!("{result}; loaded {records} ({bytes}) from {sources} in {took:.2} s{end}")
            }
        });
    }

    /// Works out the hints of an answer, for a person that reads them.
    pub(crate) fn hints(&self, matches: &Matches<'_>, total: u64) -> Vec<String> {
        self.hints_where(matches, total, |_| true)
    }

    fn hints_where(
        &self,
        matches: &Matches<'_>,
        total: u64,
        keep: impl Fn(&Hint) -> bool,
    ) -> Vec<String> {
        if self.arguments.quiet {
            return Vec::new();
        }
        let hints = matches.hints(total).into_iter();
        hints.filter(keep).map(|hint| hint.to_string()).collect()
    }

    /// Works out the hints where every match is written; `page` tells of a page that was asked for.
    pub(crate) fn hints_of_all(
        &self,
        matches: &Matches<'_>,
        total: u64,
        page: Option<String>,
    ) -> Vec<String> {
        // A page past the last does not matter where every match is written.
        let matters = |hint: &Hint| !matches!(hint, Hint::PageBeyondLast { .. });
        let hints = self.hints_where(matches, total, matters);
        page.into_iter().chain(hints).collect()
    }

    /// Works out the hints of columns that none of the records has which are printed.
    pub(crate) fn hints_of_columns(
        &self,
        columns: &[String],
        snapshot: &Snapshot,
        rows: &[Row],
    ) -> Result<Vec<String>> {
        if self.arguments.quiet {
            return Ok(Vec::new());
        }
        absent_columns(columns, snapshot, rows)
    }

    /// Says how many records match, and how many deleted ones would if the request included them.
    pub(crate) fn matched(&self, matches: &Matches<'_>, total: u64) -> Result<String> {
        let matched = format!("{} matched", counted(total, "record"));
        if self.arguments.quiet {
            return Ok(matched);
        }
        Ok(match matches.deleted_left_out()? {
            Some(deleted) if deleted > 0 => {
                let deleted = HumanCount(deleted);
                format!("{matched} ({deleted} deleted left out: add -f trashed=with)")
            }
            _ => matched,
        })
    }

    pub(crate) fn hint(&self, hints: Vec<String>) {
        if !self.arguments.quiet {
            hints
                .into_iter()
                .for_each(|hint| say(&format!("hint: {hint}")));
        }
    }
}

/// `1,234 records`, `1 record`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", HumanCount(count))
}

fn api_of_url(query: &Query) -> Option<&'static Arc<Api>> {
    let url = query.url()?;
    idq::api::ApiRegistry::built_in()
        .by_path(&url.path.value)
        .map(|(api, _)| api)
}

/// A query that has been read from the command line, and what was wrong with its text.
pub(crate) struct Read {
    pub(crate) query: Query,
    problems: Vec<Problem>,
}

impl Read {
    pub(crate) fn new(request: &RequestArguments) -> Self {
        let mut read = Self {
            query: Query::new(),
            problems: Vec::new(),
        };
        if let Some(text) = &request.query
            && let Err(errors) = read.query.add_request_text(text)
        {
            read.problems.extend(errors.problems());
        }
        for text in &request.filter {
            if let Err(errors) = read.query.add_filter_text(text) {
                read.problems.extend(errors.problems());
            }
        }
        read
    }

    /// A query whose order is given by itself.
    pub(crate) fn sorted(request: &RequestArguments, sort: &[String]) -> Self {
        let mut read = Self::new(request);
        sort.iter().for_each(|text| read.query.add_sort_text(text));
        read
    }

    /// What to say of a page that was asked for, where every match is written.
    pub(crate) fn page_that_does_not_count(&self) -> Option<String> {
        let page = self.query.pages().iter().map(|_| "page");
        let per_page = self.query.per_pages().iter().map(|_| "per_page");
        let mut names: Vec<&str> = page.chain(per_page).collect();
        names.dedup();
        (!names.is_empty()).then(|| {
            let names = names.join(" and ");
            format!("{names} of the request did not count, as every match was asked for")
        })
    }

    /// Binds what could be read; everything that is wrong, at either stage, is one error.
    fn bind(
        mut self,
        api: Option<&Arc<Api>>,
        request: &RequestArguments,
    ) -> Result<Option<BoundQuery>> {
        let conformance = match request.conformance {
            Reading::Strict => Conformance::Strict,
            Reading::Api => Conformance::Api,
        };
        let (clock, wrong_clock) = match clock(request.now.as_deref()) {
            Ok(clock) => (clock, None),
            Err(wrong) => (Clock::system(), Some(wrong)),
        };
        let options = BindOptions::new(conformance, clock);
        let bound = match api.map(|api| bind(&self.query, api, &options)) {
            Some(Ok(bound)) => Some(bound),
            Some(Err(errors)) => {
                self.problems.extend(errors.problems());
                None
            }
            None => None,
        };
        self.problems.sort_by_key(|problem| problem.span);
        let report = (!self.problems.is_empty())
            .then(|| Report::new(self.query.texts(), &self.problems).to_string());
        let wrong: Vec<String> = report.into_iter().chain(wrong_clock).collect();
        if wrong.is_empty() {
            Ok(bound)
        } else {
            Err(WrongRequest(wrong.join("\n\n")).into())
        }
    }
}

/// The clock that dates count from, or what is wrong with it.
fn clock(now: Option<&str>) -> Result<Clock, String> {
    let Some(text) = now else {
        return Ok(Clock::system());
    };
    match idq::date::parse_date(text.trim(), Clock::system()) {
        Ok(interval) => Ok(Clock::fixed_at(interval.start)),
        Err(error) => {
            let help = error
                .help()
                .map(|help| format!("\n  help: {help}"))
                .unwrap_or_default();
            Err(format!("--now: {error}{help}"))
        }
    }
}
