//! Arrow batches as streams of the Arrow `PyCapsule` interface, which Polars, pyarrow, pandas and DuckDB read.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{Field, SchemaRef};
use idq_export::TextForm;
use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};

use crate::matches::Matches;

/// Returns a stream of these batches. The reader of the capsule takes their buffers over, without a copy.
pub(crate) fn stream<'py>(
    py: Python<'py>,
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    requested_schema: Option<Bound<'py, PyCapsule>>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let field = Field::new_struct("", schema.fields().clone(), false);
    let field = Arc::new(field.with_metadata(schema.metadata().clone()));
    let arrays = batches.into_iter().map(|batch| {
        let array: ArrayRef = Arc::new(StructArray::from(batch));
        Ok(array)
    });
    let reader = ArrayIterator::new(arrays, field);
    Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
}

/// Matches as a stream with texts as views.
#[pyclass(frozen, name = "_MatchesWithTextViews", module = "idq")]
pub(crate) struct MatchesWithTextViews(pub(crate) Py<Matches>);

#[pymethods]
impl MatchesWithTextViews {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        self.0.get().stream(py, TextForm::Views, requested_schema)
    }
}

/// Passes a stream to a function of a library, which may not be installed. `method` is the name of the method that does
/// so.
pub(crate) fn call_library<'py>(
    stream: &Bound<'py, PyAny>,
    library: &str,
    function: &str,
    method: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = stream.py();
    let module = py.import(library).map_err(|error| {
        if error.is_instance_of::<PyImportError>(py) {
            return PyImportError::new_err(format!(
                "{method} needs {library}: pip install {library}"
            ));
        }
        error
    })?;
    module.call_method1(function, (stream,))
}
