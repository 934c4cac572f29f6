//! The classes of a count by keys.

use std::sync::Arc;

use idq::GroupValue;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use crate::arrow::stream;
use crate::errors::plain_error;
use crate::html;
use crate::values::position_in;

/// The counts of matches by the values of keys, the greatest first; dates and ages in their own order.
#[pyclass(frozen, module = "idq")]
pub(crate) struct Groups {
    groups: Arc<idq::Groups>,
}

/// The matches with equal values of the keys.
#[pyclass(frozen, module = "idq", get_all)]
pub(crate) struct Group {
    /// The values, one for each key; `None` where the records have no value.
    values: Vec<Option<String>>,
    /// For each key whether the records have a `value`, `null`, nothing (`missing`), or an empty text (`empty`).
    presence: Vec<&'static str>,
    /// The number of matches.
    count: u64,
}

impl Groups {
    /// Returns the class of groups.
    pub(crate) fn new(groups: idq::Groups) -> Self {
        Self {
            groups: Arc::new(groups),
        }
    }

    /// Returns the groups as objects of Python.
    fn items(&self) -> impl Iterator<Item = Group> {
        self.groups.iter().map(Group::new)
    }
}

impl Group {
    /// Returns the class of a group.
    fn new(group: idq::Group<'_>) -> Self {
        let values = group.values();
        Self {
            values: values
                .map(|value| value.text().map(str::to_owned))
                .collect(),
            presence: group.values().map(GroupValue::presence).collect(),
            count: group.count,
        }
    }

    /// Returns the values as texts, and the kinds of those that are none.
    fn texts(&self) -> impl Iterator<Item = String> {
        let values = self.values.iter().zip(&self.presence);
        values.map(|(value, presence)| match value {
            Some(value) => value.clone(),
            None => format!("({presence})"),
        })
    }
}

#[pymethods]
impl Groups {
    /// The keys by which matches are counted.
    #[getter]
    fn by(&self) -> Vec<String> {
        let keys = self.groups.keys().iter();
        keys.map(|key| key.name().to_owned()).collect()
    }

    /// The number of all matches.
    #[getter]
    fn total(&self) -> u64 {
        self.groups.total()
    }

    fn __len__(&self) -> usize {
        self.groups.len()
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let items: Vec<Group> = self.items().collect();
        items.into_pyobject(py)?.call_method0("__iter__")
    }

    /// Returns a group by its position.
    fn __getitem__(&self, position: isize) -> PyResult<Group> {
        let length = self.groups.len();
        let group = position_in(position, length).and_then(|at| self.groups.iter().nth(at));
        group.map(Group::new).ok_or_else(|| {
            PyIndexError::new_err(format!("no group at {position}: there are {length}"))
        })
    }

    /// Returns the groups as an Arrow stream: the keys, and the column `count`.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let batch = self.groups.to_arrow();
        let batch = batch.map_err(|error| plain_error(py, &error.to_string()))?;
        stream(py, &batch.schema(), vec![batch], requested_schema)
    }

    fn __repr__(&self) -> String {
        format!(
            "<idq.Groups: {} groups of {} matches by {}>",
            self.groups.len(),
            self.groups.total(),
            self.by().join(", ")
        )
    }

    /// A table of the groups, for notebooks.
    fn _repr_html_(&self) -> String {
        let mut header = self.by();
        header.push("count".to_owned());
        let rows = self
            .items()
            .map(|group| group.texts().chain([group.count.to_string()]).collect());
        let caption = format!(
            "{} groups of {} matches",
            self.groups.len(),
            self.groups.total()
        );
        html::table(&header, rows, &caption)
    }
}

#[pymethods]
impl Group {
    /// Iterates over the values and the count, so that `for state, count in groups` unpacks a count by one key.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let values = self.values.iter().map(|value| value.into_pyobject(py));
        let values: Result<Vec<Bound<'py, PyAny>>, PyErr> =
            values.map(|value| value.map_err(Into::into)).collect();
        let mut items = values?;
        items.push(self.count.into_pyobject(py)?.into_any());
        PyTuple::new(py, items)?.call_method0("__iter__")
    }

    fn __repr__(&self) -> String {
        let values: Vec<String> = self.texts().map(|text| idq::escape(&text)).collect();
        format!("<idq.Group {}: {}>", values.join(", "), self.count)
    }
}
