//! The columns of an export: selection, inference of types, schema.
//!
//! Inference never samples. The types from the first rows are an assumption that every later value is checked against
//! while it is written (speculative typing); a value that does not fit is a type mismatch, and the types are then
//! inferred from all rows.

pub(crate) mod batches;
mod cell_source;
mod gather;
mod numbers;
pub(crate) mod text_form;
pub(crate) mod types;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use idq::render::rows_per_task;
use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::error::{AttemptError, Error};
use cell_source::CellSources;
pub(crate) use cell_source::field_in_columns;
use types::{ColumnType, ExportColumn, ObservedTypes};

/// The plan of a typed file: its columns, and the sources of their cells.
pub(crate) struct ColumnPlan<'s> {
    snapshot: &'s Snapshot,
    columns: Vec<ExportColumn>,
    sources: CellSources<'s>,
    /// The number of columns that have cells: all except the raw record.
    cell_columns: usize,
}

/// The presence of a last column with raw records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawRecords {
    /// No such column.
    Omitted,
    /// A column `record`.
    Included,
}

impl<'s> ColumnPlan<'s> {
    /// Plans the columns of these names for an export of `rows` rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub(crate) fn new<'n>(
        snapshot: &'s Snapshot,
        names: impl IntoIterator<Item = &'n str>,
        raw_records: RawRecords,
        rows: usize,
    ) -> Result<Self, Error> {
        let columns = names
            .into_iter()
            .map(|name| ExportColumn::for_path(name, snapshot.api()));
        let mut columns: Vec<ExportColumn> = columns.collect();
        let cell_columns = columns.len();
        if raw_records == RawRecords::Included {
            columns.push(ExportColumn::raw_record());
        }
        for (index, column) in columns.iter().enumerate() {
            if columns[..index]
                .iter()
                .any(|other| other.name == column.name)
            {
                return Err(Error::RepeatedColumn(column.name.clone()));
            }
        }
        let names = columns[..cell_columns].iter().map(|column| &*column.name);
        let sources = CellSources::new(snapshot, names, rows)?;
        Ok(Self {
            snapshot,
            columns,
            sources,
            cell_columns,
        })
    }

    /// Calls `call` with the text or boolean of the first column in each row; `None` for any other value.
    ///
    /// # Errors
    /// A record cannot be read, and those of `call`.
    pub(crate) fn for_each_value(
        &self,
        rows: &[RowId],
        call: impl FnMut(Option<&str>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.sources.for_each_value(self.snapshot, rows, call)
    }

    /// Infers the types of the columns from the values of these rows, in parallel.
    fn infer_types(&self, rows: &[RowId]) -> Result<Vec<ColumnType>, Error> {
        let mut observed = vec![ObservedTypes::default(); self.cell_columns];
        if self.columns.iter().any(ExportColumn::is_inferred) {
            let inferred = self.columns[..self.cell_columns].iter();
            let inferred: Vec<bool> = inferred.map(ExportColumn::is_inferred).collect();
            let tasks = rows.par_chunks(rows_per_task(self.snapshot));
            let observe = |rows| self.sources.observe_types(self.snapshot, rows, &inferred);
            observed = tasks.map(observe).try_reduce(
                || observed.clone(),
                |left, right| {
                    let both = left.iter().zip(right);
                    Ok(both.map(|(&left, right)| left | right).collect())
                },
            )?;
        }
        // The raw record has no cells to observe.
        let observed = observed.into_iter().chain([ObservedTypes::default()]);
        let types = self.columns.iter().zip(observed);
        Ok(types
            .map(|(column, observed)| column.type_for(observed))
            .collect())
    }

    /// Returns the schema of a file whose columns have these types.
    pub(crate) fn schema(
        &self,
        types: &[ColumnType],
        metadata: HashMap<String, String>,
    ) -> SchemaRef {
        let fields = self.columns.iter().zip(types);
        let fields: Vec<Field> = fields
            .map(|(column, kind)| Field::new(&column.name, kind.data_type(), true))
            .collect();
        Arc::new(Schema::new_with_metadata(fields, metadata))
    }
}

/// The number of rows from which the first types are inferred.
const FIRST_INFERENCE_ROWS: usize = 4096;

/// Calls `write` with types that are inferred from the first rows, and again with the types of all rows if a later
/// value does not fit.
///
/// The first attempt nearly always succeeds, and saves reading all records twice. The result is the same in both cases,
/// because a type that fits all rows is the type inferred from all of them.
pub(crate) fn with_speculative_types<T>(
    plan: &ColumnPlan<'_>,
    rows: &[RowId],
    write: impl Fn(&[ColumnType]) -> Result<T, AttemptError>,
) -> Result<T, Error> {
    let types = plan.infer_types(&rows[..rows.len().min(FIRST_INFERENCE_ROWS)])?;
    match write(&types) {
        Err(AttemptError::TypeMismatch) => with_inferred_types(plan, rows, write),
        Err(AttemptError::Failed(error)) => Err(error),
        Ok(written) => Ok(written),
    }
}

/// Calls `write` once, with the types of all rows: for outputs that cannot be written again, such as a pipe.
pub(crate) fn with_inferred_types<T>(
    plan: &ColumnPlan<'_>,
    rows: &[RowId],
    write: impl FnOnce(&[ColumnType]) -> Result<T, AttemptError>,
) -> Result<T, Error> {
    write(&plan.infer_types(rows)?).map_err(|error| match error {
        AttemptError::Failed(error) => error,
        AttemptError::TypeMismatch => {
            Error::Encode("a record has changed since its type was inferred".to_owned())
        }
    })
}
