//! `open`, and the class of a loaded snapshot.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use idq::{
    BindOptions, Cancel, Conformance, Engine, Error, LoadSettings, Loader, PackError, PackOptions,
    Progress, Query, TimeZone,
};
use idq_report::SourceFiles;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::errors::{error, path_error, request_error, setting_error};
use crate::groups::Groups;
use crate::html;
use crate::matches::Matches;
use crate::record::Record;
use crate::report::Report;
use crate::running::{run, run_with_polls};
use crate::values::{Texts, refuse_pickling, sources};

/// A loaded snapshot with the state of its files before the load.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) files: SourceFiles,
}

/// The records of some sources, of one API. `open` returns one.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Snapshot {
    pub(crate) opened: Arc<Opened>,
    /// The entries of folders and archives that are no dumps, each with the reason.
    ignored: Vec<String>,
}

/// Loads sources into a snapshot.
///
/// `sources` is a path, a pattern, a folder, an archive, bytes, a file object, or several of them; dumps and snapshot files may
/// be mixed. The other arguments are the options of the command:
///
/// * `api`: the API of the records, where it cannot be detected;
/// * `on_bad_record`: `"stop"` raises `LoadError` at the first malformed record, `"skip"` counts it (`Snapshot.rejected`);
/// * `columns`: `"all"`, `"queried"` (those of the API's filters and sort keys), or names of fields: fewer load faster;
/// * `dedupe`: whether only the newest record of each id is kept;
/// * `records`: the keys around the records, `"response.users"`; `dates`: `"epoch-s"`, `"epoch-ms"`, `"dotnet"`; `timezone`: the
///   zone of dates without one; `ids_as_text`: whether ids may be numbers;
/// * `progress`: called with the numbers of records, of bytes, and of all bytes (`None` for a pipe).
///
/// >>> people = idq.open("fixtures/provisionr.ndjson")
/// >>> len(people), people.api
/// (60, 'provisionr')
/// >>> both = idq.open(["fixtures/provisionr.ndjson", b'{"id":"new","vendor_id":"1"}'])
/// >>> both.sources
/// [('fixtures/provisionr.ndjson', 60), ('bytes 2', 1)]
#[pyfunction]
#[pyo3(signature = (
    sources, *, api=None, on_bad_record="stop", columns=None, dedupe=false, records=None, dates=None, timezone=None,
    ids_as_text=false, progress=None
))]
#[expect(
    clippy::too_many_arguments,
    reason = "keyword arguments of Python, one for each option of a load"
)]
pub(crate) fn open(
    py: Python<'_>,
    sources: &Bound<'_, PyAny>,
    api: Option<&str>,
    on_bad_record: &str,
    columns: Option<Texts>,
    dedupe: bool,
    records: Option<&str>,
    dates: Option<Texts>,
    timezone: Option<&str>,
    ids_as_text: bool,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Snapshot> {
    let (sources, ignored) = self::sources(sources)?;
    if sources.is_empty() {
        return Err(request_error(py, "sources: expected a source, found none"));
    }
    let mut settings = LoadSettings::new();
    let dates = dates.map(Texts::into_vec).map(|forms| forms.join(","));
    for (name, value) in [
        ("api", api),
        ("on-bad-record", Some(on_bad_record)),
        ("dedupe", dedupe.then_some("true")),
        ("records", records),
        ("dates", dates.as_deref()),
        ("timezone", timezone),
        ("ids", ids_as_text.then_some("as-text")),
    ] {
        if let Some(value) = value {
            let set = settings.set(name, value);
            set.map_err(|error| setting_error(py, error))?;
        }
    }
    let set = match columns {
        None => Ok(()),
        Some(Texts::One(columns)) => settings.set("columns", &columns),
        Some(Texts::Several(names)) => settings.set_fields(names),
    };
    set.map_err(|error| setting_error(py, error))?;
    let cancel = Cancel::new();
    let latest: Arc<Mutex<Option<Progress>>> = Arc::default();
    let opened = {
        let (cancel, latest) = (cancel.clone(), Arc::clone(&latest));
        move || -> Result<Opened, Error> {
            let files = SourceFiles::of(&sources);
            let report = |progress| {
                *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
            };
            let loader = Loader::new(sources).cancelled_by(cancel).progress(&report);
            Ok(Opened {
                engine: Engine::load(settings.apply(loader)?)?,
                files,
            })
        }
    };
    // Called by this thread, so that a callback may use what belongs to it, as widgets do.
    let called = Cell::new(None);
    let poll = |_: Python<'_>| {
        let latest = *latest.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(callback), Some(progress)) = (progress, latest) else {
            return Ok(());
        };
        if called.replace(Some(progress)) != Some(progress) {
            callback.call1((progress.records, progress.bytes, progress.total))?;
        }
        Ok(())
    };
    let opened = run_with_polls(py, &cancel, poll, opened)?;
    // The last numbers, also of a load that took less than the time between two polls.
    if opened.is_ok() {
        poll(py)?;
    }
    let opened = opened.map_err(|error| self::error(py, error))?;
    Ok(Snapshot {
        opened: Arc::new(opened),
        ignored,
    })
}

/// Returns the time zone of a name; UTC without one.
pub(crate) fn time_zone(py: Python<'_>, name: Option<&str>) -> PyResult<TimeZone> {
    let zone = name.map_or(Ok(TimeZone::UTC), str::parse);
    zone.map_err(|error| request_error(py, &format!("timezone: {error}")))
}

impl Snapshot {
    /// Returns the matches of an empty request.
    pub(crate) fn all_matches(&self, py: Python<'_>) -> PyResult<Matches> {
        Matches::new(py, &self.opened, Query::new(), BindOptions::default(), None)
    }
}

#[pymethods]
impl Snapshot {
    /// The name of the API: `provisionr` or `permission-assist`.
    #[getter]
    fn api(&self) -> &str {
        &self.opened.engine.api().name
    }

    /// The names of the documented fields.
    #[getter]
    fn fields(&self) -> Vec<&str> {
        let fields = self.opened.engine.api().fields.iter();
        fields.map(|field| field.name.as_str()).collect()
    }

    /// The names of the filters.
    #[getter]
    fn filters(&self) -> Vec<&str> {
        let filters = self.opened.engine.api().filters.iter();
        filters.map(|filter| filter.name.as_str()).collect()
    }

    /// The keys by which matches are sorted.
    #[getter]
    fn sort_keys(&self) -> Vec<&str> {
        let sorts = self.opened.engine.api().sorts.iter();
        sorts.map(|sort| sort.name.as_str()).collect()
    }

    /// The sources, each with its name and its number of records.
    #[getter]
    fn sources(&self) -> Vec<(&str, u64)> {
        let sources = self.opened.engine.snapshot().sources().iter();
        sources
            .map(|source| (source.name.as_str(), source.records))
            .collect()
    }

    /// The entries of folders and archives that were passed over, because they are no dumps, each with the reason.
    #[getter]
    fn ignored(&self) -> Vec<String> {
        self.ignored.clone()
    }

    /// The records that could not be read, and were skipped: the text of each error, with its place.
    #[getter]
    fn rejects(&self) -> Vec<String> {
        let snapshot = self.opened.engine.snapshot();
        let rejects = snapshot.rejects().iter();
        rejects
            .map(|reject| {
                let source = snapshot.sources().get(reject.source);
                let source = source.map_or("", |source| source.name.as_str());
                let field = reject.path.as_ref();
                let field = field.map_or_else(String::new, |path| format!(", field {path}"));
                format!(
                    "{}: record {}, line {}{field}: {}",
                    idq::escape(source),
                    reject.record,
                    reject.line,
                    reject.reason
                )
            })
            .collect()
    }

    /// The number of records that could not be read, and were skipped.
    #[getter]
    fn rejected(&self) -> u64 {
        let snapshot = self.opened.engine.snapshot();
        snapshot.rejects().len() as u64 + snapshot.rejected_before()
    }

    /// The number of records, deleted ones included.
    fn __len__(&self) -> usize {
        self.opened.engine.snapshot().rows() as usize
    }

    fn __repr__(&self) -> String {
        format!(
            "<idq.Snapshot of {} records of {}>",
            self.opened.engine.snapshot().rows(),
            self.opened.engine.api().title
        )
    }

    /// Returns the matches of an empty request: every record that the API lists by default.
    ///
    /// >>> len(people.all()), len(people.filter(trashed="with"))
    /// (54, 60)
    fn all(&self, py: Python<'_>) -> PyResult<Matches> {
        self.all_matches(py)
    }

    /// Returns the matches of a request of the API: a query string, or a whole URL.
    ///
    /// With `conformance="api"` everything that the API accepts is accepted, and read as it reads it.
    ///
    /// >>> people.query("filter[state]=active&sort=-created_at").page(1, per_page=2)
    /// <idq.Page 1 of 22: 2 of 44 records>
    #[pyo3(signature = (request, *, conformance="strict"))]
    fn query(&self, py: Python<'_>, request: &str, conformance: &str) -> PyResult<Matches> {
        let conformance = match conformance {
            "strict" => Conformance::Strict,
            "api" => Conformance::Api,
            other => {
                let message = format!(
                    "conformance: expected \"strict\" or \"api\", found {}",
                    idq::quote(other)
                );
                return Err(request_error(py, &message));
            }
        };
        let query = Query::parse_as(request, conformance);
        let query = query.map_err(|error| self::error(py, error.into()))?;
        let options = BindOptions::new(conformance, idq::Clock::system());
        Matches::new(py, &self.opened, query, options, None)
    }

    /// Returns the records that satisfy an expression.
    ///
    /// >>> len(people.where('state eq "active" and not timestamp.last_authenticated_at pr'))
    /// 12
    /// >>> people.where('staet eq "active"')
    /// Traceback (most recent call last):
    /// idq._errors.RequestError: expected the name of a field, found `staet`
    ///   where: staet eq "active"
    ///          ^^^^^
    ///   help: did you mean `state`?
    #[pyo3(name = "where")]
    fn where_(&self, py: Python<'_>, expression: &str) -> PyResult<Matches> {
        self.all_matches(py)?.where_(py, expression)
    }

    /// Returns the records that satisfy filters of the API, whose names are in `filters`.
    ///
    /// A value is a text, a boolean, a number, a date, or a list of them, one of which must match.
    ///
    /// >>> len(people.filter(state=["active", "staged"], email_search="an"))
    /// 4
    #[pyo3(signature = (filters=None, /, **named))]
    fn filter(
        &self,
        py: Python<'_>,
        filters: Option<&Bound<'_, PyDict>>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Matches> {
        self.all_matches(py)?.filter(py, filters, named)
    }

    /// Returns the records in the order of these keys, descending ones with `-`; `sort_keys` has their names.
    ///
    /// >>> people.sort("-created_at", "email")[0]["timestamp.created_at"]
    /// '2026-09-19T09:17:11Z'
    #[pyo3(signature = (*keys))]
    fn sort(&self, py: Python<'_>, keys: &Bound<'_, PyTuple>) -> PyResult<Matches> {
        self.all_matches(py)?.sort(py, keys)
    }

    /// Returns the number of records that the API lists by default, or their counts by keys: `FIELD` or `FIELD:BUCKET`.
    ///
    /// >>> for state, count in people.count(by="state"):
    /// ...     print(state, count)
    /// active 44
    /// deactivated 3
    /// orphan 3
    /// staged 2
    /// expiring 1
    /// suspended 1
    #[pyo3(signature = (*, by=None, timezone=None))]
    fn count<'py>(
        &self,
        py: Python<'py>,
        by: Option<Texts>,
        timezone: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.all_matches(py)?.count(py, by, timezone)
    }

    /// Returns the records with an id, in load order, deleted ones included.
    ///
    /// >>> [record["state"] for record in people.get("dridt_01gcv9g915qr1mbrsqp8n1kmnb")]
    /// ['active']
    fn get(&self, py: Python<'_>, id: String) -> PyResult<Vec<Record>> {
        let opened = Arc::clone(&self.opened);
        let records = run(py, &Cancel::new(), move || opened.engine.get(&id))?;
        let records = records.map_err(|error| self::error(py, error))?;
        Ok(records.into_iter().map(Record::new).collect())
    }

    /// Writes a snapshot file, which opens at once, and returns its length in bytes. `level` is that of zstd, 1 to 19.
    ///
    /// >>> _ = people.pack(folder / "people.idq")
    /// >>> len(idq.open(folder / "people.idq"))
    /// 60
    #[pyo3(signature = (path, *, level=None))]
    fn pack(&self, py: Python<'_>, path: PathBuf, level: Option<i32>) -> PyResult<u64> {
        let level = level.unwrap_or(idq::DEFAULT_LEVEL);
        if !(1..=19).contains(&level) {
            let message = format!("level: expected 1 to 19, found {level}");
            return Err(PyValueError::new_err(message));
        }
        let path: Arc<Path> = path.into();
        let (opened, out) = (Arc::clone(&self.opened), Arc::clone(&path));
        let work = move || {
            let options = PackOptions {
                level,
                ..PackOptions::default()
            };
            opened.engine.pack(&out, &options)
        };
        let packed = run(py, &Cancel::new(), work)?;
        packed.map_err(|error| match error {
            Error::Pack(PackError::Write(error)) => path_error(py, error, &path),
            error => self::error(py, error),
        })
    }

    /// Runs a report: a built-in one by its name, or a definition of one's own by the path of its file.
    ///
    /// `days` replaces the report's own number of days, `now` the system's time, and `other` is the second snapshot of a report on
    /// two systems.
    ///
    /// >>> report = people.report("dormant", days=90, now="2026-06-30T00:00:00Z")
    /// >>> report
    /// <idq.Report dormant: 12 stale, 12 never>
    /// >>> report.sections[0].counts["included.workspace_integration.vendor"]["okta"]
    /// 1
    #[pyo3(signature = (name, *, days=None, now=None, other=None))]
    fn report(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        days: Option<u32>,
        now: Option<&Bound<'_, PyAny>>,
        other: Option<PyRef<'_, Snapshot>>,
    ) -> PyResult<Report> {
        let other = other.map(|other| Arc::clone(&other.opened));
        Report::new(py, Arc::clone(&self.opened), other, name, days, now)
    }

    /// A table of the first records, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        html::records(py, &self.all_matches(py)?)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickling("idq.Snapshot"))
    }
}

/// Groups are returned by `count`, whose result is a number without keys.
pub(crate) fn into_object<'py>(py: Python<'py>, groups: Groups) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(py, groups)?.into_any())
}
