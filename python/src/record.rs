//! The class of a record.

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::values::parse_json;

/// A record: its bytes as they are in the dump, parsed when its values are asked for.
#[pyclass(frozen, module = "idq", eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Record {
    record: idq::Record,
}

impl Record {
    /// Returns the class of a record.
    pub(crate) fn new(record: idq::Record) -> Self {
        Self { record }
    }

    /// Returns the record.
    pub(crate) fn record(&self) -> &idq::Record {
        &self.record
    }
}

#[pymethods]
impl Record {
    /// The bytes, as they are in the dump.
    #[getter]
    fn bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.record.as_bytes())
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.bytes(py)
    }

    /// The bytes as text.
    fn __str__(&self) -> String {
        String::from_utf8_lossy(self.record.as_bytes()).into_owned()
    }

    /// Returns the record as a dictionary.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parse_json(py, self.record.as_bytes())
    }

    /// Returns the value at a path: keys joined by dots, in quotes where a key has one.
    ///
    /// >>> record = people.sort("email")[0]
    /// >>> record["included.workspace_integration.vendor"], record.get("nothing", "-")
    /// ('google_workspace', '-')
    fn __getitem__<'py>(&self, py: Python<'py>, path: &str) -> PyResult<Bound<'py, PyAny>> {
        match self.record.get(path) {
            Some(value) => parse_json(py, value.as_json()),
            None => Err(PyKeyError::new_err(path.to_owned())),
        }
    }

    /// Returns the value at a path, or `default` where the record has none.
    #[pyo3(signature = (path, default=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        path: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.record.get(path) {
            Some(value) => parse_json(py, value.as_json()).map(Some),
            None => Ok(default),
        }
    }

    /// Whether the record has a value or null at a path.
    fn __contains__(&self, path: &str) -> bool {
        self.record.get(path).is_some()
    }

    /// The number of bytes: personal data stay out of logs.
    fn __repr__(&self) -> String {
        format!("<idq.Record of {} bytes>", self.record.len())
    }
}
