//! `diff` and `match`: the results of the commands of the same names, as objects of Python.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use idq::columns::RowSet;
use idq::{BoundQuery, Cancel, Clock};
use idq_compare::{
    Cardinality, ChangeBatch, ChangeFormat, ChangeWriter, ComparedPaths, Diff as RecordDiff, Error,
    Key, MatchFormat, MatchRule, MatchSide, MatchTally, MatchWriter, Matching as RecordMatching,
    PairCondition, PathRules, Population, Side, Tally,
};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict};

use crate::arrow::stream;
use crate::errors::{error, plain_error, request_error};
use crate::html;
use crate::matches::{Matches, check_names};
use crate::running::run;
use crate::snapshot::{Opened, Snapshot};
use crate::values::{Texts, counts, parse_json, refuse_pickling, texts};

/// One side of a comparison: all records of a snapshot, or the matches of a request.
#[derive(FromPyObject)]
pub(crate) enum SideArgument<'py> {
    /// All records, deleted ones included.
    Snapshot(PyRef<'py, Snapshot>),
    /// The records that a request selects.
    Matches(PyRef<'py, Matches>),
}

/// A side, as another thread takes it.
struct OwnedSide {
    opened: Arc<Opened>,
    query: Option<BoundQuery>,
}

impl SideArgument<'_> {
    /// Returns the side.
    fn owned(self) -> OwnedSide {
        match self {
            Self::Snapshot(snapshot) => OwnedSide {
                opened: Arc::clone(&snapshot.opened),
                query: None,
            },
            Self::Matches(matches) => OwnedSide {
                opened: Arc::clone(&matches.opened),
                query: Some(matches.bound().clone()),
            },
        }
    }
}

impl OwnedSide {
    /// Returns the selected rows; `None` for all.
    fn selected(&self) -> Result<Option<Vec<RowSet>>, idq::Error> {
        let query = self.query.clone();
        let selected = query.map(|query| self.opened.engine.bound(query).row_sets());
        selected.transpose()
    }
}

/// Selects the records of two sides, and calls `compare` with both.
fn with_sides<T>(
    owned: [&OwnedSide; 2],
    compare: impl FnOnce([Side<'_>; 2]) -> Result<T, Error>,
) -> Result<T, Error> {
    let selected = [owned[0].selected()?, owned[1].selected()?];
    compare([0, 1].map(|index| Side {
        snapshot: owned[index].opened.engine.snapshot(),
        selected: selected[index].as_deref(),
    }))
}

/// Returns the exception of a comparison.
fn compare_error(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Engine(error) => self::error(py, error),
        Error::NoKeys { .. } => request_error(py, &format!("by: {error}")),
        Error::OtherApi { .. } => request_error(py, &error.to_string()),
        error => plain_error(py, &error.to_string()),
    }
}

/// A comparison of two snapshots, checked, ready to run.
struct DiffPlan {
    old: OwnedSide,
    new: OwnedSide,
    key: Key,
    rules: PathRules,
    context: Vec<String>,
}

impl DiffPlan {
    /// Compares the snapshots, and calls `run` with their differences.
    fn compare<T>(
        &self,
        run: impl FnOnce(&RecordDiff<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        with_sides([&self.old, &self.new], |[old, new]| {
            run(&RecordDiff::new(old, new, &self.key, self.rules.clone())?)
        })
    }

    /// Returns the lines of the differences, and their numbers.
    fn lines(&self) -> Result<(Vec<u8>, Tally, Population), Error> {
        self.compare(|diff| {
            let writer = ChangeWriter::new(ChangeFormat::Ndjson, &self.context);
            let (mut lines, mut tally) = (Vec::new(), Tally::default());
            diff.for_each(
                |(written, tally): &mut (Vec<u8>, Tally), difference| {
                    tally.add(difference);
                    writer.append(difference, written)
                },
                |(written, part)| {
                    lines.extend_from_slice(&written);
                    tally.merge(part);
                    Ok(())
                },
            )?;
            Ok((lines, tally, diff.population()))
        })
    }

    /// Returns the differences as Arrow batches.
    fn batches(&self) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        self.compare(|diff| ChangeBatch::batches_of(diff, &self.context))
    }
}

/// The differences between two snapshots.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Diff {
    plan: Arc<DiffPlan>,
    lines: Arc<[u8]>,
    tally: Tally,
    population: Population,
    left_out: Vec<String>,
}

/// Compares two snapshots of one API, or the matches of two requests: a record is compared if its old or its new version
/// matches.
///
/// Records are paired by their id, or `by` another key (`"email:fold"`). `ignore` leaves paths out, `only` limits the comparison
/// to some, and lists at `as_set` are compared without their order. Update times, counters and links are left out unless
/// `volatile` is true. `context` names values that accompany each difference.
///
/// >>> old = idq.open("fixtures/provisionr.ndjson")
/// >>> new = idq.open(open("fixtures/provisionr.ndjson").read().replace("okta", "auth0").encode())
/// >>> idq.diff(old, new, only="included.workspace_integration.vendor")
/// <idq.Diff: 0 added, 0 removed, 13 changed, 47 unchanged>
#[pyfunction]
#[pyo3(signature = (old, new, *, by=None, ignore=None, only=None, as_set=None, volatile=false, context=None))]
#[expect(
    clippy::too_many_arguments,
    reason = "keyword arguments of Python, one for each option of the command"
)]
pub(crate) fn diff(
    py: Python<'_>,
    old: SideArgument<'_>,
    new: SideArgument<'_>,
    by: Option<&str>,
    ignore: Option<Texts>,
    only: Option<Texts>,
    as_set: Option<Texts>,
    volatile: bool,
    context: Option<Texts>,
) -> PyResult<Diff> {
    let (old, new) = (old.owned(), new.owned());
    let paths = ComparedPaths {
        ignore: texts(ignore),
        only: texts(only),
        as_set: texts(as_set),
        volatile,
    };
    let context = texts(context);
    let apis = [&old, &new].map(|side| side.opened.engine.api());
    if apis[0] != apis[1] {
        let [old, new] = apis.map(|api| api.title.clone());
        return Err(compare_error(py, Error::OtherApi { old, new }));
    }
    for (argument, names) in [
        ("ignore", &paths.ignore),
        ("only", &paths.only),
        ("as_set", &paths.as_set),
        ("context", &context),
    ] {
        check_names(py, argument, names, &[&old.opened, &new.opened])?;
    }
    let api = new.opened.engine.api();
    let key = match by {
        None => Key::id(api),
        Some(text) => {
            Key::parse(text, api).map_err(|error| request_error(py, &format!("by: {error}")))?
        }
    };
    let left_out = paths.left_out(api);
    let plan = Arc::new(DiffPlan {
        rules: paths.rules(api),
        key,
        old,
        new,
        context,
    });
    let work = Arc::clone(&plan);
    let compared = run(py, &Cancel::new(), move || work.lines())?;
    let (lines, tally, population) = compared.map_err(|error| compare_error(py, error))?;
    Ok(Diff {
        plan,
        lines: lines.into(),
        tally,
        population,
        left_out,
    })
}

impl Diff {
    /// Returns the numbers of records by their kind of difference, for people.
    fn numbers(&self) -> String {
        format!(
            "{} added, {} removed, {} changed, {} unchanged",
            self.added(),
            self.removed(),
            self.changed(),
            self.unchanged()
        )
    }
}

#[pymethods]
impl Diff {
    /// The number of records that the new snapshot alone has.
    #[getter]
    fn added(&self) -> u64 {
        self.tally.added
    }

    /// The number of records that the old snapshot alone has.
    #[getter]
    fn removed(&self) -> u64 {
        self.tally.removed
    }

    /// The number of records with different values.
    #[getter]
    fn changed(&self) -> u64 {
        self.tally.changed
    }

    /// The number of records without a difference.
    #[getter]
    fn unchanged(&self) -> u64 {
        self.population.old - self.tally.removed - self.tally.changed
    }

    /// The number of changed records by field, the most frequent first.
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        counts(py, self.tally.fields_by_frequency())
    }

    /// The number of values of the key that several records of one snapshot have.
    #[getter]
    fn repeated_keys(&self) -> u64 {
        self.population.repeated_keys
    }

    /// The number of records without a value of the key, which are compared with nothing.
    #[getter]
    fn without_key(&self) -> u64 {
        self.population.old_without_key + self.population.new_without_key
    }

    /// The paths that are left out, because they change although the identity does not.
    #[getter]
    fn left_out(&self) -> Vec<String> {
        self.left_out.clone()
    }

    /// The number of records that differ.
    fn __len__(&self) -> usize {
        (self.tally.added + self.tally.removed + self.tally.changed) as usize
    }

    /// Iterates over the lines of the differences as dictionaries.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        line_iterator(py, &self.lines)
    }

    /// Returns the differences as the command prints them, one JSON object a line.
    fn to_ndjson(&self) -> String {
        String::from_utf8_lossy(&self.lines).into_owned()
    }

    /// Returns the differences as an Arrow stream. The old and the new values are JSON.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let plan = Arc::clone(&self.plan);
        let batches = run(py, &Cancel::new(), move || plan.batches())?;
        let (schema, batches) = batches.map_err(|error| compare_error(py, error))?;
        stream(py, &schema, batches, requested_schema)
    }

    fn __repr__(&self) -> String {
        format!("<idq.Diff: {}>", self.numbers())
    }

    /// A table of the changed fields, for notebooks.
    fn _repr_html_(&self) -> String {
        let fields = self.tally.fields_by_frequency();
        let rows = fields
            .into_iter()
            .map(|(field, records)| vec![field.to_owned(), records.to_string()]);
        let header = ["field", "changed records"].map(str::to_owned);
        html::table(&header, rows, &self.numbers())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickling("idq.Diff"))
    }
}

/// A matching of two snapshots, checked, ready to run.
struct MatchPlan {
    left: OwnedSide,
    right: OwnedSide,
    rules: Vec<MatchRule>,
    cardinality: Cardinality,
    condition: Option<PairCondition>,
    columns: Vec<(MatchSide, String)>,
    /// The clock of relative dates in the condition.
    clock: Clock,
}

impl MatchPlan {
    /// Matches the snapshots, and calls `run` with the groups.
    fn run<T>(
        &self,
        run: impl FnOnce(&RecordMatching<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        with_sides([&self.left, &self.right], |[left, right]| {
            let rules = self.rules.clone();
            let mut matching = RecordMatching::new(left, right, rules, self.cardinality)?;
            if let Some(condition) = &self.condition {
                let (left, right) = (&self.left.opened.engine, &self.right.opened.engine);
                let condition = condition.evaluate(left, right, self.clock)?;
                matching.retain_satisfying(&condition);
            }
            run(&matching)
        })
    }

    /// Returns the lines of the groups, and their numbers.
    fn lines(&self) -> Result<(Vec<u8>, MatchTally, u64), Error> {
        self.run(|matching| {
            let writer = MatchWriter::new(MatchFormat::Ndjson, self.columns.clone());
            let mut lines = Vec::new();
            writer.write(matching, |written| {
                lines.extend_from_slice(&written);
                Ok(())
            })?;
            Ok((
                lines,
                matching.tally().clone(),
                matching.groups().len() as u64,
            ))
        })
    }

    /// Returns the groups as Arrow batches.
    fn batches(&self) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        self.run(|matching| {
            MatchWriter::new(MatchFormat::Ndjson, self.columns.clone()).to_batches(matching)
        })
    }
}

/// The records of two snapshots in groups that belong together.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Matching {
    plan: Arc<MatchPlan>,
    lines: Arc<[u8]>,
    tally: MatchTally,
    groups: u64,
}

/// Finds the records of two snapshots, or of the matches of two requests, that belong together.
///
/// The first rule of `on` that finds candidates for a record decides: `=` compares bytes, `~` folds case. `where` selects groups
/// by values of both sides, and `columns` names values that accompany each group.
///
/// >>> accounts = idq.open("fixtures/permission-assist.json")
/// >>> idq.match(accounts, people, on="emailAddress ~ email")
/// <idq.Matching: 22 linked, 4 disputed, 34 left and 27 right records unmatched>
/// >>> gone = 'left.status eq "Active" and right.state eq "deactivated"'
/// >>> len(idq.match(accounts, people, on="emailAddress ~ email", where=gone))
/// 2
#[pyfunction]
#[pyo3(name = "match", signature = (left, right, *, on, cardinality="one-to-one", r#where=None, columns=None))]
pub(crate) fn match_(
    py: Python<'_>,
    left: SideArgument<'_>,
    right: SideArgument<'_>,
    on: Texts,
    cardinality: &str,
    r#where: Option<Texts>,
    columns: Option<Texts>,
) -> PyResult<Matching> {
    let (left, right) = (left.owned(), right.owned());
    let cardinality = match cardinality {
        "one-to-one" => Cardinality::OneToOne,
        "one-to-many" => Cardinality::OneToMany,
        "many-to-one" => Cardinality::ManyToOne,
        other => {
            let message = format!(
                "cardinality: expected one-to-one, one-to-many or many-to-one, found {}",
                idq::quote(other)
            );
            return Err(request_error(py, &message));
        }
    };
    let apis = [left.opened.engine.api(), right.opened.engine.api()];
    let on = on.into_vec();
    if on.is_empty() {
        return Err(request_error(py, "on: expected a rule, found none"));
    }
    let rules = on.iter().map(|rule| {
        let rule = MatchRule::parse(rule, apis[0], apis[1]);
        rule.map_err(|error| request_error(py, &format!("on: {error}")))
    });
    let rules: Vec<MatchRule> = rules.collect::<PyResult<_>>()?;
    let conditions = texts(r#where);
    let condition = if conditions.is_empty() {
        None
    } else {
        let condition = PairCondition::parse(&conditions);
        Some(condition.map_err(|error| request_error(py, &format!("where: {error}")))?)
    };
    let columns = texts(columns).into_iter().map(|name| {
        let column = MatchSide::split_name(&name);
        column.map_err(|error| request_error(py, &format!("columns: {error}")))
    });
    let columns: Vec<(MatchSide, String)> = columns.collect::<PyResult<_>>()?;
    for (side, owned) in MatchSide::ALL.into_iter().zip([&left, &right]) {
        let paths = rules
            .iter()
            .filter_map(|rule| rule.keys()[side as usize].path());
        check_names(py, "on", &paths.collect::<Vec<_>>(), &[&owned.opened])?;
        let names = columns.iter().filter(|(of, _)| *of == side);
        let names: Vec<String> = names.map(|(_, name)| name.clone()).collect();
        check_names(py, "columns", &names, &[&owned.opened])?;
    }
    let plan = Arc::new(MatchPlan {
        left,
        right,
        rules,
        cardinality,
        condition,
        columns,
        clock: Clock::system(),
    });
    let work = Arc::clone(&plan);
    let matched = run(py, &Cancel::new(), move || work.lines())?;
    let (lines, tally, groups) = matched.map_err(|error| compare_error(py, error))?;
    Ok(Matching {
        plan,
        lines: lines.into(),
        tally,
        groups,
    })
}

#[pymethods]
impl Matching {
    /// The number of linked groups, before `where` selects among them.
    #[getter]
    fn linked(&self) -> u64 {
        self.tally.linked
    }

    /// The number of disputed groups, in which several candidates have the same value, before `where`.
    #[getter]
    fn disputed(&self) -> u64 {
        self.tally.disputed
    }

    /// The number of left records without a counterpart.
    #[getter]
    fn unmatched_left(&self) -> u64 {
        self.tally.unmatched_left
    }

    /// The number of right records without a counterpart.
    #[getter]
    fn unmatched_right(&self) -> u64 {
        self.tally.unmatched_right
    }

    /// The number of groups, of those that satisfy `where` if there is one.
    fn __len__(&self) -> usize {
        self.groups as usize
    }

    /// Iterates over the groups as dictionaries.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        line_iterator(py, &self.lines)
    }

    /// Returns the groups as the command prints them, one JSON object a line.
    fn to_ndjson(&self) -> String {
        String::from_utf8_lossy(&self.lines).into_owned()
    }

    /// Returns the groups as an Arrow stream, with a line for each pair of a linked group and for each record of another.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let plan = Arc::clone(&self.plan);
        let batches = run(py, &Cancel::new(), move || plan.batches())?;
        let (schema, batches) = batches.map_err(|error| compare_error(py, error))?;
        stream(py, &schema, batches, requested_schema)
    }

    fn __repr__(&self) -> String {
        format!(
            "<idq.Matching: {} linked, {} disputed, {} left and {} right records unmatched>",
            self.tally.linked,
            self.tally.disputed,
            self.tally.unmatched_left,
            self.tally.unmatched_right
        )
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickling("idq.Matching"))
    }
}

/// Returns an iterator over lines of JSON, each of which is parsed when it is reached.
fn line_iterator<'py>(py: Python<'py>, lines: &Arc<[u8]>) -> PyResult<Bound<'py, PyAny>> {
    let iterator = LineIterator {
        lines: Arc::clone(lines),
        next: AtomicUsize::new(0),
    };
    Ok(Bound::new(py, iterator)?.into_any())
}

/// An iterator over lines of JSON.
#[pyclass(frozen, module = "idq")]
struct LineIterator {
    lines: Arc<[u8]>,
    /// The start of the next line.
    next: AtomicUsize,
}

#[pymethods]
impl LineIterator {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let mut line = 0..0;
        let found = self
            .next
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |start| {
                let length = self.lines[start..].iter().position(|&byte| byte == b'\n')?;
                line = start..start + length;
                Some(start + length + 1)
            });
        match found {
            Ok(_) => parse_json(py, &self.lines[line]).map(Some),
            Err(_) => Ok(None),
        }
    }
}
