//! Reports: the results of the command `report`, as objects of Python.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use idq::date::parse_timestamp;
use idq::render::{Colour, FormulaPolicy, GroupTable};
use idq::{Cancel, Clock};
use idq_compare::MatchSide;
use idq_report::{
    BoundReport, Error, PairReport, Parameters, Report as Definition, ReportResult, writer,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::errors::{error, path_error, plain_error, request_error};
use crate::running::run;
use crate::snapshot::Opened;
use crate::values::{parse_json, refuse_pickling};

/// A report with everything that it needs to run.
struct ReportPlan {
    definition: Cow<'static, Definition>,
    opened: Arc<Opened>,
    other: Option<Arc<Opened>>,
    parameters: Parameters,
}

/// A form of a result.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Text,
    Html,
    Csv,
}

impl ReportPlan {
    /// Runs the report, and returns its result in a form.
    fn run(&self, form: Form) -> Result<Vec<u8>, Error> {
        let engine = &self.opened.engine;
        let Some(other) = &self.other else {
            let bound = BoundReport::new(&self.definition, engine.api(), &self.parameters)?;
            return engine.snapshot().while_unchanged(|| {
                write(&bound.run(engine, self.opened.files.statements()?)?, form)
            });
        };
        let pair = PairReport::new(&self.definition, &self.parameters)?;
        let pair = pair.ok_or_else(|| Error::Definition {
            report: self.definition.name.clone(),
            part: "match".to_owned(),
            message: "the report is not defined for two systems".to_owned(),
        })?;
        // The order of the arguments does not matter: the APIs decide which snapshot is the left one.
        let (left, right) = match pair.side_of(engine.api()) {
            Some(MatchSide::Left) => (&self.opened, other),
            _ => (other, &self.opened),
        };
        let expected = [left, right].map(|opened| pair.side_of(opened.engine.api()));
        if expected != [Some(MatchSide::Left), Some(MatchSide::Right)] {
            return Err(Error::Definition {
                report: self.definition.name.clone(),
                part: "match".to_owned(),
                message: "expected one snapshot of each of its two APIs".to_owned(),
            });
        }
        left.engine.snapshot().while_unchanged(|| {
            right.engine.snapshot().while_unchanged(|| {
                let files = [left.files.statements()?, right.files.statements()?];
                write(&pair.run([&left.engine, &right.engine], files)?, form)
            })
        })
    }
}

/// Writes a result in a form.
fn write(result: &ReportResult<'_>, form: Form) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    match form {
        Form::Json => writer::write_json(result, &mut out)?,
        Form::Html => writer::write_html(result, writer::PAGE_FINDINGS, &mut out)?,
        Form::Csv => writer::write_csv(result, FormulaPolicy::default(), &mut out)?,
        Form::Text => {
            let table = GroupTable {
                width: None,
                colour: Colour::Plain,
                bars: None,
            };
            let options = writer::TextOptions {
                table,
                show: writer::TEXT_FINDINGS,
            };
            writer::write_text(result, &options, &mut out)?;
        }
    }
    Ok(out)
}

/// The result of a report.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Report {
    plan: Arc<ReportPlan>,
    json: Vec<u8>,
}

/// One kind of findings of a report.
#[pyclass(frozen, module = "idq", get_all)]
pub(crate) struct Section {
    /// The name.
    name: String,
    /// The heading.
    title: String,
    /// The number of findings.
    count: u64,
    /// The unit of the count: `record`, `value` or `group`.
    unit: String,
    /// The expression that ran.
    expression: Option<String>,
    /// The findings as dictionaries; empty for a section that only counts.
    findings: Py<PyList>,
    /// For each key, the number of findings of each value.
    counts: Py<PyDict>,
}

/// Returns the names of the built-in reports, each with its title.
#[pyfunction]
pub(crate) fn reports(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let reports = PyDict::new(py);
    for report in Definition::built_in() {
        reports.set_item(&report.name, &report.title)?;
    }
    Ok(reports)
}

impl Report {
    /// Runs a report.
    pub(crate) fn new(
        py: Python<'_>,
        opened: Arc<Opened>,
        other: Option<Arc<Opened>>,
        name: &Bound<'_, PyAny>,
        days: Option<u32>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let plan = Arc::new(ReportPlan {
            definition: definition(py, name)?,
            opened,
            other,
            parameters: Parameters {
                days,
                clock: clock(py, now)?,
            },
        });
        let json = run_plan(py, &plan, Form::Json)?;
        Ok(Self { plan, json })
    }

    /// Runs the report once more, and returns its result in a form.
    fn in_form(&self, py: Python<'_>, form: Form) -> PyResult<String> {
        let bytes = run_plan(py, &self.plan, form)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Runs a report on the pool.
fn run_plan(py: Python<'_>, plan: &Arc<ReportPlan>, form: Form) -> PyResult<Vec<u8>> {
    let plan = Arc::clone(plan);
    let result = run(py, &Cancel::new(), move || plan.run(form))?;
    result.map_err(|error| match error {
        Error::Engine(error) => self::error(py, error),
        Error::Unanswerable { .. } | Error::Definition { .. } | Error::NoDays(_) => {
            request_error(py, &error.to_string())
        }
        error => plain_error(py, &error.to_string()),
    })
}

/// Returns the definition of a built-in name, or in a file.
fn definition(py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<Cow<'static, Definition>> {
    let is_text = name.is_instance_of::<PyString>();
    if is_text {
        let text: String = name.extract()?;
        if let Some(report) = Definition::named(&text) {
            return Ok(Cow::Borrowed(report));
        }
        if !text.ends_with(".toml") {
            let names = Definition::built_in().iter();
            let names = names.map(|report| report.name.as_str());
            let near = idq::nearest(&text, names, 1).into_iter().next();
            let help = near.map_or_else(
                || "idq.reports() lists them; the path of a definition ends in .toml".to_owned(),
                |near| format!("did you mean {}?", idq::quote(near)),
            );
            let text = idq::quote(&text);
            let message = format!("expected the name of a report, found {text}\n  help: {help}");
            return Err(request_error(py, &message));
        }
    } else if !name.hasattr("__fspath__")? {
        let kind = name.get_type().name()?;
        let message =
            format!("expected the name of a report or the path of a definition, found {kind}");
        return Err(PyTypeError::new_err(message));
    }
    let path: PathBuf = name.extract()?;
    let text = std::fs::read_to_string(&path).map_err(|error| path_error(py, error, &path))?;
    let report = Definition::parse(&text).map_err(|error| {
        let path = idq::escape(&path.to_string_lossy());
        request_error(py, &format!("{path}: {error}"))
    })?;
    Ok(Cow::Owned(report))
}

/// Returns the clock of ages: a `datetime` with a zone, or a text of RFC 3339; the system's clock without one.
fn clock(py: Python<'_>, now: Option<&Bound<'_, PyAny>>) -> PyResult<Clock> {
    let Some(now) = now else {
        return Ok(Clock::system());
    };
    let text: String = if now.is_instance_of::<PyString>() {
        now.extract()?
    } else if now.hasattr("isoformat")? {
        now.call_method0("isoformat")?.extract()?
    } else {
        let kind = now.get_type().name()?;
        let message = format!("now: expected a datetime or a text, found {kind}");
        return Err(PyTypeError::new_err(message));
    };
    match parse_timestamp(text.as_bytes()) {
        Some(micros) => Ok(Clock::fixed_at(micros)),
        None => {
            let text = idq::quote(&text);
            let message = format!(
                "now: expected a time with a zone, such as 2026-06-30T12:00:00Z, found {text}"
            );
            Err(request_error(py, &message))
        }
    }
}

#[pymethods]
impl Report {
    /// The name of the report.
    #[getter]
    fn name(&self) -> &str {
        &self.plan.definition.name
    }

    /// The kinds of findings, in the order of the report.
    #[getter]
    fn sections(&self, py: Python<'_>) -> PyResult<Vec<Section>> {
        let sections = self.to_dict(py)?.get_item("sections")?;
        let sections = sections.cast_into::<PyList>()?;
        sections
            .iter()
            .map(|section| {
                let item = |name: &str| section.get_item(name);
                let all_counts = PyDict::new(py);
                for (key, values) in item("counts")?.cast::<PyDict>()? {
                    let counts = PyDict::new(py);
                    for value in values.try_iter()? {
                        let value = value?;
                        counts.set_item(value.get_item("value")?, value.get_item("records")?)?;
                    }
                    all_counts.set_item(key, counts)?;
                }
                let findings = match item("findings") {
                    Ok(findings) => findings.cast_into::<PyList>()?,
                    Err(_) => PyList::empty(py),
                };
                Ok(Section {
                    name: item("name")?.extract()?,
                    title: item("title")?.extract()?,
                    count: item("count")?.extract()?,
                    unit: item("unit")?.extract()?,
                    expression: item("expression")?.extract()?,
                    findings: findings.unbind(),
                    counts: all_counts.unbind(),
                })
            })
            .collect()
    }

    /// Returns the whole result as a dictionary: populations with their files and hashes, sections with all findings.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parse_json(py, &self.json)
    }

    /// Returns the result as the command prints it with `-o json`.
    fn to_json(&self) -> String {
        String::from_utf8_lossy(&self.json).into_owned()
    }

    /// Returns the result as one page of HTML.
    fn to_html(&self, py: Python<'_>) -> PyResult<String> {
        self.in_form(py, Form::Html)
    }

    /// Returns the result as text.
    fn to_text(&self, py: Python<'_>) -> PyResult<String> {
        self.in_form(py, Form::Text)
    }

    /// Returns the findings as CSV.
    fn to_csv(&self, py: Python<'_>) -> PyResult<String> {
        self.in_form(py, Form::Csv)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let sections = self.sections(py)?;
        let counts = sections
            .iter()
            .map(|section| format!("{} {}", section.count, section.name));
        let counts: Vec<String> = counts.collect();
        Ok(format!(
            "<idq.Report {}: {}>",
            self.name(),
            counts.join(", ")
        ))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(refuse_pickling("idq.Report"))
    }
}

#[pymethods]
impl Section {
    fn __repr__(&self) -> String {
        format!("<idq.Section {}: {} {}s>", self.name, self.count, self.unit)
    }
}
