use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};
use idq::json::{Cells, SpelledCell};
use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::column::{Column, ColumnType, Seen};
use crate::error::{Error, Stop};
use crate::flow::piece_rows;

/// What is written: the columns of a Parquet or Arrow file, and where they are in a record.
pub(crate) struct Plan<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) columns: Vec<Column>,
    cells: Cells,
    /// Columns that are read from cells: all but the record.
    read: usize,
}

impl<'s> Plan<'s> {
    /// The columns of these names, and perhaps the record behind them.
    pub(crate) fn new<'n>(
        snapshot: &'s Snapshot,
        names: impl IntoIterator<Item = &'n str>,
        record: bool,
    ) -> Result<Self, Error> {
        let columns = names
            .into_iter()
            .map(|name| Column::named(name, snapshot.api()));
        let mut columns: Vec<Column> = columns.collect();
        let read = columns.len();
        if record {
            columns.push(Column::record());
        }
        for (index, column) in columns.iter().enumerate() {
            if columns[..index]
                .iter()
                .any(|other| other.name == column.name)
            {
                return Err(Error::RepeatedColumn(column.name.clone()));
            }
        }
        let cells = Cells::new(columns[..read].iter().map(|column| &column.name));
        Ok(Self {
            snapshot,
            columns,
            cells,
            read,
        })
    }

    /// Calls with each record and its cells.
    pub(crate) fn each<E: From<Error>>(
        &self,
        rows: &[RowId],
        mut call: impl FnMut(&[u8], Vec<SpelledCell<'_>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = self.snapshot.reader();
        rows.iter().try_for_each(|&row| {
            let record = self
                .snapshot
                .record(row, &mut reader)
                .map_err(Error::from)?;
            let cells = self.cells.read_spelled(record).map_err(Error::from)?;
            call(record, cells)
        })
    }

    /// The types that the values of these rows ask for.
    pub(crate) fn types(&self, rows: &[RowId]) -> Result<Vec<ColumnType>, Error> {
        let mut seen = vec![Seen::default(); self.read];
        if self.columns.iter().any(Column::is_open) {
            let pieces = rows.par_chunks(piece_rows(self.snapshot));
            seen = pieces.map(|rows| self.seen(rows)).try_reduce(
                || seen.clone(),
                |left, right| {
                    let both = left.iter().zip(right);
                    Ok(both.map(|(&left, right)| left | right).collect())
                },
            )?;
        }
        let seen = seen.into_iter().chain([Seen::default()]);
        let types = self.columns.iter().zip(seen);
        Ok(types.map(|(column, seen)| column.type_of(seen)).collect())
    }

    fn seen(&self, rows: &[RowId]) -> Result<Vec<Seen>, Error> {
        let open: Vec<bool> = self.columns.iter().map(Column::is_open).collect();
        let mut all = vec![Seen::default(); self.read];
        self.each(rows, |_, cells| {
            for ((seen, cell), &open) in all.iter_mut().zip(&cells).zip(&open) {
                if open {
                    *seen = *seen | Seen::of(&cell.cell);
                }
            }
            Ok::<(), Error>(())
        })?;
        Ok(all)
    }

    /// The schema of these types.
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

/// How many rows are enough for a first guess at the types.
const GUESS_ROWS: usize = 4096;

/// Writes with a guess at the types, which the first rows nearly always get right; if a value does not fit, all rows are
/// looked at, and `write` starts over.
pub(crate) fn with_types<T>(
    plan: &Plan<'_>,
    rows: &[RowId],
    write: impl Fn(&[ColumnType]) -> Result<T, Stop>,
) -> Result<T, Error> {
    let guess = plan.types(&rows[..rows.len().min(GUESS_ROWS)])?;
    match write(&guess) {
        Err(Stop::Misfit) => with_certain_types(plan, rows, write),
        Err(Stop::Failed(error)) => Err(error),
        Ok(written) => Ok(written),
    }
}

/// Writes to what cannot be taken back: all rows are looked at first.
pub(crate) fn with_certain_types<T>(
    plan: &Plan<'_>,
    rows: &[RowId],
    write: impl FnOnce(&[ColumnType]) -> Result<T, Stop>,
) -> Result<T, Error> {
    write(&plan.types(rows)?).map_err(|stop| match stop {
        Stop::Failed(error) => error,
        Stop::Misfit => Error::Encode("a record is not what it was when it was loaded".to_owned()),
    })
}
