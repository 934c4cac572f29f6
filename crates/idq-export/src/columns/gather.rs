//! Gathering of rows from columns into Arrow arrays, without their records: the arrays that the decoding of records
//! builds for the same rows.

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

/// The rows of one task.
pub(super) struct Gather<'r> {
    /// The number of rows.
    rows: usize,
    /// The rows, split once for all columns where their chunk changes.
    runs: Vec<ChunkRun<'r>>,
}

/// An array, and the number of bytes of its texts.
pub(super) type SizedArray = (ArrayRef, usize);

impl<'r> Gather<'r> {
    /// Returns the rows of a task.
    pub(super) fn new(snapshot: &Snapshot, rows: &'r [RowId]) -> Self {
        Self {
            rows: rows.len(),
            runs: snapshot.chunk_runs(rows).collect(),
        }
    }

    /// Gathers the rows of a column, which is given by chunk.
    ///
    /// # Errors
    /// A value does not fit the type.
    pub(super) fn array(
        &self,
        column: &[&Column],
        kind: ColumnType,
    ) -> Result<SizedArray, AttemptError> {
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
        Ok((array, 0))
    }

    /// Gathers values of one type; rows without a value have the default one.
    fn values<T: Default>(
        &self,
        column: &[&Column],
        value: impl Fn(&Column, usize) -> Result<Option<T>, AttemptError>,
    ) -> Result<(Vec<T>, Option<NullBuffer>), AttemptError> {
        let mut values = Vec::with_capacity(self.rows);
        let mut nulls = NullBufferBuilder::new(self.rows);
        for run in &self.runs {
            let column = column[run.chunk];
            for row in run.positions() {
                let value = value(column, row)?;
                nulls.append(value.is_some());
                values.push(value.unwrap_or_default());
            }
        }
        Ok((values, nulls.finish()))
    }

    /// Gathers numbers of a column that has their spellings.
    fn numbers<T: Default>(
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

    /// Gathers texts.
    fn texts(&self, column: &[&Column]) -> Result<SizedArray, AttemptError> {
        let mut texts = TextArray::with_capacity(self.rows);
        for run in &self.runs {
            match column[run.chunk] {
                Column::Text(column) => {
                    let validity = column.validity();
                    for row in run.positions() {
                        column.append(row, &mut texts.bytes);
                        texts.end(validity.has_value(row));
                    }
                }
                Column::Keyword(column) => {
                    for row in run.positions() {
                        let text = column.value(row);
                        texts
                            .bytes
                            .extend_from_slice(text.unwrap_or_default().as_bytes());
                        texts.end(text.is_some());
                    }
                }
                _ => return Err(AttemptError::TypeMismatch),
            }
        }
        texts.finish()
    }
}

/// Texts one after another, and where each ends.
struct TextArray {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    nulls: NullBufferBuilder,
}

impl TextArray {
    /// Returns an array without texts, with space for the ends of `rows` texts.
    fn with_capacity(rows: usize) -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
        }
    }

    /// Ends the text of a row.
    fn end(&mut self, has_value: bool) {
        self.ends.push(self.bytes.len());
        self.nulls.append(has_value);
    }

    /// Returns the Arrow array, without texts if they are too long for one: the caller gathers fewer rows then.
    fn finish(mut self) -> Result<SizedArray, AttemptError> {
        let length = self.bytes.len();
        let offsets: Option<Vec<i32>> = [0]
            .iter()
            .chain(&self.ends)
            .map(|&end| i32::try_from(end).ok())
            .collect();
        let Some(offsets) = offsets else {
            return Ok((Arc::new(StringArray::new_null(self.ends.len())), length));
        };
        let offsets = OffsetBuffer::new(offsets.into());
        let nulls = self.nulls.finish();
        let array = StringArray::try_new(offsets, self.bytes.into(), nulls).map_err(Error::from)?;
        Ok((Arc::new(array), length))
    }
}
