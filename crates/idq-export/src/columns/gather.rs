//! Gathering of rows from columns into Arrow arrays, without their records: the arrays that the decoding of records
//! builds for the same rows.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, NullBufferBuilder, OffsetBuffer};
use idq::columns::Column;
use idq::{ChunkRun, RowId, Snapshot};

use super::numbers;
use super::types::ColumnType;
use crate::error::{AttemptError, Error};

/// The rows of one task in load order, so that columns are read chunk after chunk: in another order, most reads would
/// miss the processor's caches.
pub(super) struct RowsInLoadOrder<'r> {
    rows: Cow<'r, [RowId]>,
    /// The position of each row in the task; `None` if the task itself is in load order.
    task_positions: Option<Vec<u32>>,
}

impl<'r> RowsInLoadOrder<'r> {
    /// Returns the rows of a task.
    pub(super) fn new(rows: &'r [RowId]) -> Self {
        if rows.is_sorted() {
            return Self {
                rows: Cow::Borrowed(rows),
                task_positions: None,
            };
        }
        let mut rows: Vec<(RowId, u32)> = rows.iter().copied().zip(0..).collect();
        rows.sort_unstable();
        let (rows, task_positions) = rows.into_iter().unzip();
        Self {
            rows: Cow::Owned(rows),
            task_positions: Some(task_positions),
        }
    }
}

/// Gathers columns of the rows of one task.
pub(super) struct Gather<'r> {
    /// The rows, split once for all columns where their chunk changes.
    runs: Vec<ChunkRun<'r>>,
    /// The number of rows.
    rows: usize,
    /// The position in the task of each row of the runs; `None` if the task is in load order.
    task_positions: Option<&'r [u32]>,
    /// The maximum number of bytes of the texts of an array.
    max_bytes: usize,
}

impl<'r> Gather<'r> {
    /// Prepares to gather columns of rows into arrays whose texts have at most `max_bytes` bytes.
    pub(super) fn new(
        snapshot: &Snapshot,
        rows: &'r RowsInLoadOrder<'_>,
        max_bytes: usize,
    ) -> Self {
        Self {
            runs: snapshot.chunk_runs(&rows.rows).collect(),
            rows: rows.rows.len(),
            task_positions: rows.task_positions.as_deref(),
            max_bytes,
        }
    }

    /// Gathers the rows of a column, which is given by chunk; `None` if their texts are too long for one array.
    ///
    /// # Errors
    /// A value does not fit the type.
    pub(super) fn array(
        &self,
        column: &[&Column],
        kind: ColumnType,
    ) -> Result<Option<ArrayRef>, AttemptError> {
        let array: ArrayRef = match kind {
            ColumnType::Text
            | ColumnType::Keyword
            | ColumnType::Json
            | ColumnType::NumberText
            | ColumnType::Record => {
                return self.texts(column);
            }
            ColumnType::Timestamp => {
                let (values, nulls) = self.values(column, |column, row| match column {
                    Column::Timestamp(column) => Ok(column.value(row)),
                    _ => Err(AttemptError::TypeMismatch),
                })?;
                let array = TimestampMicrosecondArray::new(values.into(), nulls);
                Arc::new(array.with_data_type(kind.data_type()))
            }
            ColumnType::Boolean => {
                let (values, nulls) = self.values(column, |column, row| match column {
                    Column::Boolean(column) => Ok(column.value(row)),
                    _ => Err(AttemptError::TypeMismatch),
                })?;
                let mut bits = BooleanBufferBuilder::new(values.len());
                values.into_iter().for_each(|value| bits.append(value));
                Arc::new(BooleanArray::new(bits.finish(), nulls))
            }
            ColumnType::Integer => {
                let (values, nulls) = self.numbers(column, numbers::exact_i64)?;
                Arc::new(Int64Array::new(values.into(), nulls))
            }
            ColumnType::Double => {
                let (values, nulls) = self.numbers(column, numbers::exact_f64)?;
                Arc::new(Float64Array::new(values.into(), nulls))
            }
        };
        Ok(Some(array))
    }

    /// Gathers values of one type; rows without a value have the default one.
    fn values<T: Copy + Default>(
        &self,
        column: &[&Column],
        value: impl Fn(&Column, usize) -> Result<Option<T>, AttemptError>,
    ) -> Result<(Vec<T>, Option<NullBuffer>), AttemptError> {
        let mut values = Vec::with_capacity(self.rows);
        for run in &self.runs {
            let column = column[run.chunk];
            for row in run.positions() {
                values.push(value(column, row)?);
            }
        }
        let values = self.in_task_order(values);
        let nulls = null_buffer(&values);
        let values = values.into_iter().map(Option::unwrap_or_default);
        Ok((values.collect(), nulls))
    }

    /// Moves values from load order to the order of the task.
    fn in_task_order<T: Copy + Default>(&self, values: Vec<T>) -> Vec<T> {
        let Some(positions) = self.task_positions else {
            return values;
        };
        let mut moved = vec![T::default(); values.len()];
        for (&position, value) in positions.iter().zip(values) {
            moved[position as usize] = value;
        }
        moved
    }

    /// Gathers numbers of a column that has their spellings.
    fn numbers<T: Copy + Default>(
        &self,
        column: &[&Column],
        exact: fn(&str) -> Option<T>,
    ) -> Result<(Vec<T>, Option<NullBuffer>), AttemptError> {
        self.values(column, |column, row| {
            let number = match column {
                Column::Text(column) => column.value(row).map(|spelling| exact(&spelling)),
                Column::Keyword(column) => column.value(row).map(exact),
                _ => return Err(AttemptError::TypeMismatch),
            };
            let number = number.map(|number| number.ok_or(AttemptError::TypeMismatch));
            number.transpose()
        })
    }

    /// Gathers texts; `None` if they are too long for one array.
    fn texts(&self, column: &[&Column]) -> Result<Option<ArrayRef>, AttemptError> {
        let mut bytes = Vec::new();
        // The start and the end of each text in the bytes.
        let mut spans = Vec::with_capacity(self.rows);
        for run in &self.runs {
            match column[run.chunk] {
                Column::Text(column) => {
                    let validity = column.validity();
                    for row in run.positions() {
                        let start = bytes.len();
                        column.append(row, &mut bytes);
                        let has_value = validity.has_value(row);
                        spans.push(has_value.then_some((start, bytes.len())));
                    }
                }
                Column::Keyword(column) => {
                    for row in run.positions() {
                        let text = column.value(row).map(str::as_bytes);
                        let start = bytes.len();
                        bytes.extend_from_slice(text.unwrap_or_default());
                        spans.push(text.map(|_| (start, bytes.len())));
                    }
                }
                _ => return Err(AttemptError::TypeMismatch),
            }
            if bytes.len() > self.max_bytes && self.rows > 1 {
                return Ok(None);
            }
        }
        let spans = self.in_task_order(spans);
        if self.task_positions.is_some() {
            let mut moved = Vec::with_capacity(bytes.len());
            for &(start, end) in spans.iter().flatten() {
                moved.extend_from_slice(&bytes[start..end]);
            }
            bytes = moved;
        }
        let lengths = spans
            .iter()
            .map(|span| span.map_or(0, |(start, end)| end - start));
        let offsets = OffsetBuffer::from_lengths(lengths);
        let array = StringArray::try_new(offsets, bytes.into(), null_buffer(&spans));
        Ok(Some(Arc::new(array.map_err(Error::from)?)))
    }
}

/// Returns which values there are; `None` if there are all.
fn null_buffer<T>(values: &[Option<T>]) -> Option<NullBuffer> {
    let mut nulls = NullBufferBuilder::new(values.len());
    values
        .iter()
        .for_each(|value| nulls.append(value.is_some()));
    nulls.finish()
}
