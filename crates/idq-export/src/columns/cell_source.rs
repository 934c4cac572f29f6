//! The sources of an export's cells: the columns of the snapshot, or the bytes of the records.
//!
//! Columns hold every value of a documented field exactly, as far as typed files distinguish values: texts decoded,
//! numbers as spelled, date-times as instants. A document is only in its record, and so is everything that the API does
//! not document.

use idq::api::{Api, Kind};
use idq::columns::Column;
use idq::json::{Cell, Cells, Scalar, SpelledCell};
use idq::render::prefers_columns;
use idq::{ColumnError, RowId, Snapshot, cells_of_names};

use super::types::ObservedTypes;
use crate::error::Error;

/// The sources of the cells of an export.
pub(crate) struct CellSources<'s> {
    /// The source of each column of the export.
    pub(super) columns: Vec<CellSource<'s>>,
    /// The reader of the cells that are only in records; `None` if there are none.
    pub(super) records: Option<Cells>,
}

/// The source of the cells of one column of an export.
pub(crate) enum CellSource<'s> {
    /// The columns of its field, by chunk.
    Columns(Vec<&'s Column>),
    /// The cell of this number in the records.
    Record(usize),
}

/// Returns the field of a column of an export whose values are in the columns of a load, if they are loaded.
pub(crate) fn field_in_columns(api: &Api, name: &str) -> Option<usize> {
    let field = api.field(name)?;
    (api.fields[field].kind != Kind::Document).then_some(field)
}

impl<'s> CellSources<'s> {
    /// Returns the sources of the cells of these columns in `rows` rows.
    ///
    /// # Errors
    /// A snapshot file is damaged.
    pub(crate) fn new<'n>(
        snapshot: &'s Snapshot,
        names: impl Iterator<Item = &'n str>,
        rows: usize,
    ) -> Result<Self, Error> {
        let mut in_records = Vec::new();
        let mut columns = Vec::new();
        for name in names {
            let found = if prefers_columns(snapshot, rows) {
                columns_of(snapshot, name)?
            } else {
                None
            };
            columns.push(match found {
                Some(columns) => CellSource::Columns(columns),
                None => {
                    in_records.push(name);
                    CellSource::Record(in_records.len() - 1)
                }
            });
        }
        let records = (!in_records.is_empty()).then(|| cells_of_names(in_records));
        Ok(Self { columns, records })
    }

    /// Returns the kinds of values in these rows, for each column that `is_inferred` selects.
    ///
    /// # Errors
    /// A record cannot be read.
    pub(crate) fn observe_types(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        is_inferred: &[bool],
    ) -> Result<Vec<ObservedTypes>, Error> {
        let mut observed = vec![ObservedTypes::default(); is_inferred.len()];
        // The inferred columns that are cells of records: number of the cell, position of the column.
        let mut in_records = Vec::new();
        for (index, source) in self.columns.iter().enumerate() {
            match source {
                _ if !is_inferred[index] => {}
                CellSource::Record(cell) => in_records.push((*cell, index)),
                CellSource::Columns(columns) => for_each_text(snapshot, columns, rows, |text| {
                    // Only fields of numbers are inferred here, and their columns have the spellings.
                    let number = text.map(|spelling| Cell::Scalar(Scalar::Number(spelling)));
                    let cell = number.unwrap_or(Cell::Missing);
                    observed[index] = observed[index] | ObservedTypes::from_cell(&cell);
                }),
            }
        }
        if let Some(records) = self.records.as_ref().filter(|_| !in_records.is_empty()) {
            for_each_record(snapshot, records, rows, |_, cells| {
                for &(cell, index) in &in_records {
                    observed[index] = observed[index] | ObservedTypes::from_cell(&cells[cell].cell);
                }
                Ok::<(), Error>(())
            })?;
        }
        Ok(observed)
    }

    /// Calls `call` with the text or boolean of the first column in each row; `None` for any other value.
    ///
    /// # Errors
    /// A record cannot be read, and those of `call`.
    pub(crate) fn for_each_value(
        &self,
        snapshot: &Snapshot,
        rows: &[RowId],
        mut call: impl FnMut(Option<&str>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut result = Ok(());
        match (self.columns.first(), &self.records) {
            (Some(CellSource::Columns(columns)), _) => {
                for_each_text(snapshot, columns, rows, |text| {
                    // The first error is kept.
                    if result.is_ok() {
                        result = call(text);
                    }
                });
            }
            (Some(CellSource::Record(cell)), Some(records)) => {
                result = for_each_record(snapshot, records, rows, |_, cells| {
                    match cells[*cell].cell {
                        Cell::Scalar(scalar @ (Scalar::String(_) | Scalar::Boolean(_))) => {
                            call(Some(&scalar.to_text()))
                        }
                        _ => call(None),
                    }
                });
            }
            _ => {}
        }
        result
    }
}

/// Returns the columns of a field by chunk, if they hold its values and are loaded.
fn columns_of<'s>(snapshot: &'s Snapshot, name: &str) -> Result<Option<Vec<&'s Column>>, Error> {
    let Some(field) = field_in_columns(snapshot.api(), name) else {
        return Ok(None);
    };
    match snapshot.columns(&[field]) {
        Ok(view) => Ok(Some(view.field(field).to_vec())),
        Err(ColumnError::NotLoaded(_)) => Ok(None),
        Err(ColumnError::Unreadable(error)) => Err(error.into()),
    }
}

/// Reads rows, and calls `call` with each record and its cells. The load has validated the records.
pub(super) fn for_each_record<E: From<Error>>(
    snapshot: &Snapshot,
    cells: &Cells,
    rows: &[RowId],
    mut call: impl FnMut(&[u8], Vec<SpelledCell<'_>>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = snapshot.reader();
    rows.iter().try_for_each(|&row| {
        let record = snapshot.record(row, &mut reader).map_err(Error::from)?;
        let cells = cells.read_valid(record).map_err(Error::from)?;
        call(record, cells)
    })
}

/// Calls `call` with the text of each row in a column, `true` and `false` for a boolean; `None` where there is none.
fn for_each_text(
    snapshot: &Snapshot,
    columns: &[&Column],
    rows: &[RowId],
    mut call: impl FnMut(Option<&str>),
) {
    for run in snapshot.chunk_runs(rows) {
        for row in run.positions() {
            match columns[run.chunk] {
                Column::Text(column) => call(column.value(row).as_deref()),
                Column::Keyword(column) => call(column.value(row)),
                Column::Boolean(column) => {
                    call(
                        column
                            .value(row)
                            .map(|value| if value { "true" } else { "false" }),
                    );
                }
                Column::Timestamp(_) | Column::Document(_) => call(None),
            }
        }
    }
}
