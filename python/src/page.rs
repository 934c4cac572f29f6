//! The class of a page.

use pyo3::prelude::*;

use crate::record::Record;

/// A page of matches, as the API would have answered.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Page {
    number: u64,
    per_page: u64,
    total: u64,
    last: u64,
    records: Vec<idq::Record>,
    json: String,
}

impl Page {
    /// Creates a page of its records and its envelope.
    pub(crate) fn new(page: &idq::Page<'_>, records: Vec<idq::Record>, json: String) -> Self {
        Self {
            number: page.number(),
            per_page: page.per_page(),
            total: page.total(),
            last: page.last(),
            records,
            json,
        }
    }
}

#[pymethods]
impl Page {
    /// The number of the page, from 1.
    #[getter]
    fn number(&self) -> u64 {
        self.number
    }

    /// The number of records on a full page.
    #[getter]
    fn per_page(&self) -> u64 {
        self.per_page
    }

    /// The number of all matches.
    #[getter]
    fn total(&self) -> u64 {
        self.total
    }

    /// The number of the last page; 1 without matches.
    #[getter]
    fn last(&self) -> u64 {
        self.last
    }

    /// The records, in order.
    #[getter]
    fn records(&self) -> Vec<Record> {
        self.records.iter().cloned().map(Record::new).collect()
    }

    /// Returns the page in the envelope of the API, byte for byte as the command prints it.
    fn to_json(&self) -> &str {
        &self.json
    }

    fn __len__(&self) -> usize {
        self.records.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.records().into_pyobject(py)?.call_method0("__iter__")
    }

    fn __repr__(&self) -> String {
        format!(
            "<idq.Page {} of {}: {} of {} records>",
            self.number,
            self.last,
            self.records.len(),
            self.total
        )
    }
}
