//! Arrow batches as the stream of the Arrow `PyCapsule` interface, which Polars, pyarrow, pandas and DuckDB read.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{Field, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::ffi::{ArrayIterator, to_stream_pycapsule};

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
