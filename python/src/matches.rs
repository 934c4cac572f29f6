//! The matches of a request: a chain of methods, each of which returns new matches.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use idq::{
    BindOptions, BoundQuery, Cancel, Clock, CountRequest, Error, Expression, KeyOptions, Query,
    RowId, bind_keys,
};
use idq_export::{ExportFormat, Exporter, TextForm};
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PySlice, PyTuple};

use crate::arrow::{MatchesWithTextViews, call_library, stream};
use crate::errors::{bind_errors, error, parse_errors, plain_error, request_error};
use crate::groups::Groups;
use crate::html;
use crate::page::Page;
use crate::record::Record;
use crate::running::run;
use crate::snapshot::{Opened, into_object, time_zone};
use crate::values::{Texts, filter_value, position_in, refuse_pickling, whole_number};

/// The number of records that an iterator reads at a time.
const RECORDS_PER_READ: usize = 1_000;

/// The records that a request selects, in its order. Nothing is evaluated before it is asked for.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Matches {
    pub(crate) opened: Arc<Opened>,
    query: Query,
    options: BindOptions,
    bound: BoundQuery,
    /// The columns of tables; `None` for every documented field.
    columns: Option<Vec<String>>,
    /// The number of matches, once it is known.
    count: OnceLock<u64>,
    /// The rows of the matches, once they are known.
    rows: OnceLock<Arc<[RowId]>>,
}

impl Matches {
    /// Binds a request to the API of a snapshot.
    ///
    /// # Errors
    /// Every mistake in the request, at once.
    pub(crate) fn new(
        py: Python<'_>,
        opened: &Arc<Opened>,
        query: Query,
        options: BindOptions,
        columns: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let bound = opened.engine.bind(&query, &options);
        let bound = bound.map_err(|errors| bind_errors(py, &errors))?;
        Ok(Self {
            opened: Arc::clone(opened),
            query,
            options,
            bound,
            columns,
            count: OnceLock::new(),
            rows: OnceLock::new(),
        })
    }

    /// Returns the matches of another query of the same snapshot.
    fn with_query(&self, py: Python<'_>, query: Query) -> PyResult<Self> {
        let (options, columns) = (self.options.clone(), self.columns.clone());
        Self::new(py, &self.opened, query, options, columns)
    }

    /// Returns the bound request.
    pub(crate) fn bound(&self) -> &BoundQuery {
        &self.bound
    }

    /// Returns the columns of tables, if they were chosen.
    pub(crate) fn columns(&self) -> Option<&[String]> {
        self.columns.as_deref()
    }

    /// Evaluates something of the matches, which an interrupt cancels.
    pub(crate) fn evaluate<T: Send + 'static>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Opened, &idq::Matches<'_>) -> Result<T, Error> + Send + 'static,
    ) -> PyResult<T> {
        let (opened, bound) = (Arc::clone(&self.opened), self.bound.clone());
        let cancel = Cancel::new();
        let work = {
            let cancel = cancel.clone();
            move || work(&opened, &opened.engine.bound(bound).cancelled_by(cancel))
        };
        run(py, &cancel, work)?.map_err(|error| self::error(py, error))
    }

    /// Returns the rows of all matches in order.
    pub(crate) fn rows(&self, py: Python<'_>) -> PyResult<Arc<[RowId]>> {
        if let Some(rows) = self.rows.get() {
            return Ok(Arc::clone(rows));
        }
        let rows: Arc<[RowId]> = self.evaluate(py, |_, matches| matches.rows())?.into();
        let _ = self.count.set(rows.len() as u64);
        Ok(Arc::clone(self.rows.get_or_init(|| rows)))
    }

    /// Returns the number of matches.
    pub(crate) fn number(&self, py: Python<'_>) -> PyResult<u64> {
        match self.count.get() {
            Some(&count) => Ok(count),
            None => {
                let count = self.evaluate(py, |_, matches| matches.count())?;
                Ok(*self.count.get_or_init(|| count))
            }
        }
    }

    /// Returns the records of some rows.
    pub(crate) fn records(&self, py: Python<'_>, rows: Vec<RowId>) -> PyResult<Vec<Record>> {
        let opened = Arc::clone(&self.opened);
        let records = run(py, &Cancel::new(), move || opened.engine.records(&rows))?;
        let records = records.map_err(|error| self::error(py, error))?;
        Ok(records.into_iter().map(Record::new).collect())
    }

    /// Returns the same matches with other columns.
    ///
    /// # Errors
    /// A name that no record can have.
    fn with_columns(&self, py: Python<'_>, columns: Vec<String>) -> PyResult<Self> {
        if columns.is_empty() {
            return Err(request_error(py, "columns: expected a name, found none"));
        }
        check_names(py, "columns", &columns, &[&self.opened])?;
        Self::new(
            py,
            &self.opened,
            self.query.clone(),
            self.options.clone(),
            Some(columns),
        )
    }

    /// Returns all matches as an Arrow stream.
    pub(crate) fn stream<'py>(
        &self,
        py: Python<'py>,
        texts: TextForm,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let rows = self.rows(py)?;
        let opened = Arc::clone(&self.opened);
        let columns = self.columns.clone();
        let work = move || {
            let mut exporter = Exporter::new(opened.engine.snapshot(), ExportFormat::ARROW);
            if let Some(columns) = columns {
                exporter = exporter.with_columns(columns);
            }
            exporter.with_text_form(texts).to_batches(&rows)
        };
        let batches = run(py, &Cancel::new(), work)?;
        let (schema, batches) = batches.map_err(|error| match error {
            idq_export::Error::Read(error) => self::error(py, error.into()),
            error => plain_error(py, &error.to_string()),
        })?;
        stream(py, &schema, batches, requested_schema)
    }
}

/// Checks that each name is one that some record can have.
pub(crate) fn check_names(
    py: Python<'_>,
    argument: &str,
    names: &[String],
    snapshots: &[&Opened],
) -> PyResult<()> {
    let snapshots: Vec<&idq::Snapshot> = snapshots
        .iter()
        .map(|opened| opened.engine.snapshot())
        .collect();
    let unknown = idq::unknown_names(names, &snapshots);
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let help = first.nearest.as_ref().map_or_else(
        || "Snapshot.fields has the names of documented fields".to_owned(),
        |near| format!("did you mean {}?", idq::quote(near)),
    );
    let name = idq::quote(&first.name);
    let message = format!("{argument}: no record has a field {name}\n  help: {help}");
    Err(request_error(py, &message))
}

#[pymethods]
impl Matches {
    /// Returns those of the matches that satisfy an expression as well.
    ///
    /// >>> len(people.filter(state="active").where("email pr").where('included.workspace_integration.vendor eq "okta"'))
    /// 7
    #[pyo3(name = "where")]
    pub(crate) fn where_(&self, py: Python<'_>, expression: &str) -> PyResult<Self> {
        let mut query = self.query.clone();
        query
            .add_where_text(expression)
            .map_err(|errors| parse_errors(py, &errors))?;
        self.with_query(py, query)
    }

    /// Returns those of the matches that satisfy filters of the API as well.
    #[pyo3(signature = (filters=None, /, **named))]
    pub(crate) fn filter(
        &self,
        py: Python<'_>,
        filters: Option<&Bound<'_, PyDict>>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let mut query = self.query.clone();
        for filters in [filters, named].into_iter().flatten() {
            for (name, value) in filters {
                let (name, value) = (name.extract::<String>()?, filter_value(&value)?);
                let is_given = query.filters().iter().any(|given| given.name.value == name);
                query = if is_given {
                    // A filter of an earlier call holds as well.
                    query.and_where(Expression::filter(name, value))
                } else {
                    query.filter(name, value)
                };
            }
        }
        self.with_query(py, query)
    }

    /// Returns the matches in the order of these keys of the API, descending ones with `-`. Keys of an earlier call precede
    /// them, and equal matches keep their load order.
    #[pyo3(signature = (*keys))]
    pub(crate) fn sort(&self, py: Python<'_>, keys: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let mut query = self.query.clone();
        for key in keys {
            query.add_sort_text(&key.extract::<String>()?);
        }
        self.with_query(py, query)
    }

    /// Returns the matches with these columns in their tables: fields of the API, and paths in free-form objects.
    ///
    /// >>> people.all().select("id", "timestamp.created_at").to_polars().shape
    /// (54, 2)
    #[pyo3(signature = (*columns))]
    fn select(&self, py: Python<'_>, columns: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.with_columns(py, columns.extract()?)
    }

    /// Returns the number of matches, or their counts by keys: `FIELD` or `FIELD:BUCKET`.
    #[pyo3(signature = (*, by=None, timezone=None))]
    pub(crate) fn count<'py>(
        &self,
        py: Python<'py>,
        by: Option<Texts>,
        timezone: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let zone = time_zone(py, timezone)?;
        let Some(by) = by else {
            return Ok(self.number(py)?.into_pyobject(py)?.into_any());
        };
        let mut request = CountRequest::new();
        for key in by.into_vec() {
            let added = request.add_by_text(&key);
            added.map_err(|errors| parse_errors(py, &errors))?;
        }
        let engine = &self.opened.engine;
        let options = KeyOptions {
            clock: Clock::system().with_time_zone(zone),
        };
        let keys = bind_keys(&request, engine.api(), &options)
            .map_err(|errors| error(py, errors.into()))?;
        keys.check_names(engine.snapshot())
            .map_err(|errors| bind_errors(py, &errors))?;
        let groups = self.evaluate(py, move |_, matches| matches.count_by_keys(&keys))?;
        into_object(py, Groups::new(groups))
    }

    /// Returns a page of the matches, in the envelope of the API: that of the request, or another one, counted from 1.
    ///
    /// >>> page = people.sort("email").page(2, per_page=20)
    /// >>> page.number, page.last, page.total, len(page)
    /// (2, 3, 54, 20)
    /// >>> page.to_json()[:16]
    /// '{"current_page":'
    #[pyo3(signature = (number=None, *, per_page=None))]
    fn page(
        &self,
        py: Python<'_>,
        number: Option<&Bound<'_, PyAny>>,
        per_page: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Page> {
        let mut query = self.query.clone();
        if let Some(number) = number {
            query = query.page(whole_number("page", number)?);
        }
        if let Some(per_page) = per_page {
            query = query.per_page(whole_number("per_page", per_page)?);
        }
        let matches = self.with_query(py, query)?;
        let page = matches.evaluate(py, |_, matches| {
            let page = matches.page()?;
            let records = page.records()?;
            let mut json = Vec::new();
            page.write_records(&records, matches.query().parameters(), &mut json)?;
            // Records are validated when they are loaded.
            let json = String::from_utf8(json).map_err(io::Error::other)?;
            Ok(Page::new(&page, records, json))
        })?;
        Ok(page)
    }

    /// The number of matches.
    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.number(py)? as usize)
    }

    /// Returns possible reasons of a surprising number of matches, such as a filter whose value no record has. The command
    /// prints them as notes.
    ///
    /// >>> people.filter(state="suspnded").hints()
    /// ['no record has `suspnded` for filter[state]; others have `suspended`']
    fn hints(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let total = self.number(py)?;
        self.evaluate(py, move |_, matches| {
            let hints = matches.hints(total).into_iter();
            Ok(hints.map(|hint| hint.to_string()).collect())
        })
    }

    /// Returns an iterator over all records, in order.
    fn __iter__(&self, py: Python<'_>) -> PyResult<RecordIterator> {
        Ok(RecordIterator::new(&self.opened, self.rows(py)?))
    }

    /// Returns an iterator over all records, from the last to the first.
    fn __reversed__(&self, py: Python<'_>) -> PyResult<RecordIterator> {
        let rows = self.rows(py)?.iter().rev().copied().collect();
        Ok(RecordIterator::new(&self.opened, rows))
    }

    /// Returns a record by its position, or the list of a slice.
    fn __getitem__<'py>(
        &self,
        py: Python<'py>,
        index: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.rows(py)?;
        if let Ok(slice) = index.cast::<PySlice>() {
            let indices = slice.indices(rows.len() as isize)?;
            let positions = (0..indices.slicelength as isize)
                .map(|step| rows[(indices.start + step * indices.step) as usize]);
            let records = self.records(py, positions.collect())?;
            return Ok(records.into_pyobject(py)?.into_any());
        }
        let Ok(position) = index.extract::<isize>() else {
            let kind = index.get_type().name()?;
            let message = format!("expected a position or a slice of matches, found {kind}");
            return Err(PyTypeError::new_err(message));
        };
        let Some(at) = position_in(position, rows.len()) else {
            let message = format!("no match at {position}: there are {}", rows.len());
            return Err(PyIndexError::new_err(message));
        };
        let mut records = self.records(py, vec![rows[at]])?;
        match records.pop() {
            Some(record) => Ok(Bound::new(py, record)?.into_any()),
            None => Err(plain_error(py, "a record is missing")),
        }
    }

    /// Returns all matches as an Arrow stream, with the columns that were selected or every documented field.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        self.stream(py, TextForm::Offsets, requested_schema)
    }

    /// Returns all matches as a table of pyarrow.
    #[pyo3(signature = (*, columns=None))]
    fn to_arrow<'py>(
        slf: &Bound<'py, Self>,
        columns: Option<Texts>,
    ) -> PyResult<Bound<'py, PyAny>> {
        call_library(
            selected(slf, columns)?.as_any(),
            "pyarrow",
            "table",
            "to_arrow",
        )
    }

    /// Returns all matches as a data frame of pandas; needs pyarrow.
    ///
    /// >>> people.all().to_pandas(columns=["id", "state"]).shape
    /// (54, 2)
    #[pyo3(signature = (*, columns=None))]
    fn to_pandas<'py>(
        slf: &Bound<'py, Self>,
        columns: Option<Texts>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let slf = selected(slf, columns)?;
        call_library(slf.as_any(), "pyarrow", "table", "to_pandas")?.call_method0("to_pandas")
    }

    /// Returns all matches as a data frame of Polars. `polars.DataFrame(matches)` is the same but slower, because Polars
    /// converts the texts.
    ///
    /// >>> people.all().to_polars(columns=["id", "state"]).shape
    /// (54, 2)
    #[pyo3(signature = (*, columns=None))]
    fn to_polars<'py>(
        slf: &Bound<'py, Self>,
        columns: Option<Texts>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let matches = selected(slf, columns)?.unbind();
        let stream = Bound::new(slf.py(), MatchesWithTextViews(matches))?;
        call_library(stream.as_any(), "polars", "DataFrame", "to_polars")
    }

    fn __repr__(&self) -> String {
        let count = match self.count.get() {
            Some(count) => format!("{count} matches"),
            // A representation evaluates nothing.
            None => "matches".to_owned(),
        };
        let snapshot = self.opened.engine.snapshot();
        let records = snapshot.rows();
        format!(
            "<idq.Matches: {count} among {records} records of {}>",
            snapshot.api().title
        )
    }

    /// A table of the first matches, for notebooks.
    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        html::records(py, self)
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickling("idq.Matches"))
    }
}

/// Returns matches with other columns, if there are any.
fn selected<'py>(
    matches: &Bound<'py, Matches>,
    columns: Option<Texts>,
) -> PyResult<Bound<'py, Matches>> {
    match columns {
        Some(columns) => {
            let py = matches.py();
            Bound::new(py, matches.get().with_columns(py, columns.into_vec())?)
        }
        None => Ok(matches.clone()),
    }
}

/// An iterator over records, which reads some of them at a time.
#[pyclass(frozen, module = "idq")]
pub(crate) struct RecordIterator {
    opened: Arc<Opened>,
    rows: Arc<[RowId]>,
    state: Mutex<IteratorState>,
}

/// The position of an iterator.
#[derive(Default)]
struct IteratorState {
    /// The number of rows whose records were read, or are being read.
    next: usize,
    /// The records that were read and not returned.
    read: VecDeque<idq::Record>,
}

impl RecordIterator {
    fn new(opened: &Arc<Opened>, rows: Arc<[RowId]>) -> Self {
        Self {
            opened: Arc::clone(opened),
            rows,
            state: Mutex::new(IteratorState::default()),
        }
    }

    /// Locks the position. It is never locked while records are read, so no thread waits for another one's read.
    fn state(&self) -> MutexGuard<'_, IteratorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl RecordIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Record>> {
        let rows = {
            let mut state = self.state();
            if let Some(record) = state.read.pop_front() {
                return Ok(Some(Record::new(record)));
            }
            // The first read is short: many programs need the first record alone.
            let count = if state.next == 0 {
                10
            } else {
                RECORDS_PER_READ
            };
            let end = self.rows.len().min(state.next + count);
            let rows = self.rows[state.next..end].to_vec();
            state.next = end;
            rows
        };
        if rows.is_empty() {
            return Ok(None);
        }
        let opened = Arc::clone(&self.opened);
        let records = run(py, &Cancel::new(), move || opened.engine.records(&rows))?;
        let mut records = records.map_err(|error| self::error(py, error))?.into_iter();
        let first = records.next().map(Record::new);
        self.state().read.extend(records);
        Ok(first)
    }

    /// The number of records that are left.
    fn __length_hint__(&self) -> usize {
        let state = self.state();
        self.rows.len() - state.next + state.read.len()
    }
}
