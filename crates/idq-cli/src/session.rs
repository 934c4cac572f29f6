use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use base64::Engine as _;
use idq::api::Api;
use idq::{
    BindOptions, BoundQuery, Clock, Columns, Conformance, Error, Loader, OnBadRecord, Problem,
    Query, Report, Snapshot, bind, expand,
};
use indicatif::{DecimalBytes, HumanCount};
use serde::Serialize;

use crate::arguments::{BadRecord, Reading, RequestArguments, SourceArguments, api_named};
use crate::failure::WrongRequest;
use crate::output::say;
use crate::progress::Bar;

/// Runs work on a pool of the threads that were asked for.
pub(crate) fn on_threads<T: Send>(
    threads: Option<u16>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let threads = threads.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .context("cannot start threads")?;
    pool.install(work)
}

/// Sources that are about to be loaded.
pub(crate) struct Session<'a> {
    arguments: &'a SourceArguments,
    bar: Bar,
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
        })
    }

    /// Loads these columns.
    pub(crate) fn load(&self, columns: Columns) -> Result<Loaded> {
        let report = |progress| self.bar.update(progress);
        let loader = self.loader()?.progress(&report);
        self.run(loader.columns(columns))
    }

    /// Binds a query to the API of the sources, and loads what it needs.
    pub(crate) fn load_for(
        &self,
        request: &RequestArguments,
        query: Read,
    ) -> Result<(Loaded, BoundQuery)> {
        let report = |progress| self.bar.update(progress);
        let mut loader = self.loader()?.progress(&report);
        let detected = loader.detect().map_err(Error::from);
        // A request that cannot be read is reported even if the data cannot be read either.
        let api = match detected {
            Ok(api) => api.or_else(|| api_of_url(&query.query)),
            Err(_) if !query.problems.is_empty() => None,
            Err(error) => return Err(error.into()),
        };
        let bound = query.bind(api, request)?;
        if let Some(bound) = bound {
            let loaded = self.run(
                loader
                    .api_if_unknown(bound.api())
                    .columns(Columns::Fields(bound.fields())),
            )?;
            return Ok((loaded, bound));
        }
        // Without an API the load says why there is none.
        loader.load().map_err(Error::from)?;
        Err(anyhow!("cannot tell which API wrote these records"))
    }

    fn loader(&self) -> Result<Loader<'_>> {
        let sources = expand(&self.arguments.sources).map_err(Error::from)?;
        let mut loader = Loader::new(sources)
            .dedupe(self.arguments.dedupe)
            .on_bad_record(match self.arguments.on_bad_record {
                BadRecord::Stop => OnBadRecord::Stop,
                BadRecord::Skip => OnBadRecord::Skip,
            });
        if let Some(api) = self.arguments.api.as_deref().and_then(api_named) {
            loader = loader.api(api);
        }
        Ok(loader)
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
        let rejects = snapshot.rejects().len() as u64;
        if let Some(path) = &self.arguments.rejects {
            write_rejects(snapshot, path)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if self.arguments.quiet {
            return Ok(());
        }
        if rejects > 0 {
            let where_to = match &self.arguments.rejects {
                Some(path) => format!(": see {}", path.display()),
                None => ": --rejects FILE keeps them".to_owned(),
            };
            say(&format!(
                "note: skipped {} that could not be read{where_to}",
                counted(rejects, "record")
            ));
        }
        if snapshot.dropped() > 0 {
            let dropped = counted(snapshot.dropped(), "record");
            say(&format!(
                "note: dropped {dropped} that had a newer one with the same id"
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
        if self.arguments.quiet {
            return;
        }
        let sources = loaded.snapshot.loaded().sources();
        let bytes = DecimalBytes(sources.iter().map(|source| source.bytes).sum());
        say(&format!(
            "{result}; loaded {} ({bytes}) from {} in {:.2} s",
            counted(loaded.snapshot.len(), "record"),
            counted(sources.len() as u64, "source"),
            loaded.took.as_secs_f64()
        ));
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

fn api_of_url(query: &Query) -> Option<&'static Api> {
    let url = query.url()?;
    idq::api::by_path(&url.path.value).map(|(api, _)| api)
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

    /// Binds what could be read; everything that is wrong, at either stage, is one error.
    fn bind(
        mut self,
        api: Option<&'static Api>,
        request: &RequestArguments,
    ) -> Result<Option<BoundQuery>> {
        let options = BindOptions {
            conformance: match request.conformance {
                Reading::Strict => Conformance::Strict,
                Reading::Api => Conformance::Api,
            },
            clock: clock(request.now.as_deref())?,
        };
        let bound = match api.map(|api| bind(&self.query, api, options)) {
            Some(Ok(bound)) => Some(bound),
            Some(Err(errors)) => {
                self.problems.extend(errors.problems());
                None
            }
            None => None,
        };
        if self.problems.is_empty() {
            return Ok(bound);
        }
        self.problems.sort_by_key(|problem| problem.span);
        Err(WrongRequest(Report::new(self.query.texts(), &self.problems).to_string()).into())
    }
}

/// The clock that dates count from.
fn clock(now: Option<&str>) -> Result<Clock> {
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
            Err(WrongRequest(format!("--now: {error}{help}")).into())
        }
    }
}

/// A line of the file of rejects.
#[derive(Serialize)]
struct RejectLine<'a> {
    file: &'a str,
    record: u64,
    line: u64,
    offset: u64,
    reason: String,
    raw: &'a str,
    /// The bytes themselves, where they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

fn write_rejects(snapshot: &idq::LoadedSnapshot, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for reject in snapshot.rejects() {
        let bytes = snapshot.rejected(reject)?;
        let text = String::from_utf8_lossy(&bytes);
        let reason = match &reject.path {
            Some(path) => format!("field {path}: {}", reject.reason),
            None => reject.reason.to_string(),
        };
        let is_text = std::str::from_utf8(&bytes).is_ok();
        let line = RejectLine {
            file: &snapshot.sources()[reject.source].name,
            record: reject.record,
            line: reject.line,
            offset: reject.offset,
            reason,
            raw: &text,
            raw_base64: (!is_text)
                .then(|| base64::engine::general_purpose::STANDARD.encode(&bytes)),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
