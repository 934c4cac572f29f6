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

/// The rows of one task, which are read in the order of their places in the snapshot: chunk after chunk, whatever their
/// order is. In another order, most reads would wait for memory.
pub(super) struct GatheredRows {
    /// The rows, ascending.
    by_place: Vec<RowId>,
    /// For each of them its position in the task; `None` if the rows of the task are ascending.
    positions: Option<Vec<u32>>,
}

impl GatheredRows {
    /// Returns the rows of a task.
    pub(super) fn new(rows: &[RowId]) -> Self {
        if rows.is_sorted() {
            return Self {
                by_place: rows.to_vec(),
                positions: None,
            };
        }
        let mut by_place: Vec<(RowId, u32)> = rows.iter().copied().zip(0..).collect();
        by_place.sort_unstable();
        let (by_place, positions) = by_place.into_iter().unzip();
        Self {
            by_place,
            positions: Some(positions),
        }
    }
}

/// The columns of the rows of one task.
pub(super) struct Gather<'r> {
    /// For each row of the runs its position in the task; `None` if it is the same.
    positions: Option<&'r [u32]>,
    /// The number of rows.
    rows: usize,
    /// The rows by place, split once for all columns where their chunk changes.
    runs: Vec<ChunkRun<'r>>,
}

/// An array, and the number of bytes of its texts.
pub(super) type SizedArray = (ArrayRef, usize);

impl<'r> Gather<'r> {
    /// Prepares to gather the columns of rows.
    pub(super) fn new(snapshot: &Snapshot, rows: &'r GatheredRows) -> Self {
        Self {
            positions: rows.positions.as_deref(),
            rows: rows.by_place.len(),
            runs: snapshot.chunk_runs(&rows.by_place).collect(),
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
        let values = self.in_order(values);
        let mut nulls = NullBufferBuilder::new(self.rows);
        values
            .iter()
            .for_each(|value| nulls.append(value.is_some()));
        let values = values.into_iter().map(Option::unwrap_or_default);
        Ok((values.collect(), nulls.finish()))
    }

    /// Returns the values of the rows by place in the order of the task.
    fn in_order<T: Copy + Default>(&self, by_place: Vec<T>) -> Vec<T> {
        let Some(positions) = self.positions else {
            return by_place;
        };
        let mut in_order = vec![T::default(); by_place.len()];
        for (&position, value) in positions.iter().zip(by_place) {
            in_order[position as usize] = value;
        }
        in_order
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

    /// Gathers texts.
    fn texts(&self, column: &[&Column]) -> Result<SizedArray, AttemptError> {
        let mut bytes = Vec::new();
        let mut spans = Vec::with_capacity(self.rows);
        for run in &self.runs {
            match column[run.chunk] {
                Column::Text(column) => {
                    let validity = column.validity();
                    for row in run.positions() {
                        let start = bytes.len();
                        column.append(row, &mut bytes);
                        spans.push(validity.has_value(row).then_some((start, bytes.len())));
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
        }
        text_array(bytes, self.positions.is_some(), &self.in_order(spans))
    }
}

/// Returns the array of texts, which are ranges of bytes; `None` for no value. Returns an array without texts if they are
/// too long for one: the caller gathers fewer rows then.
fn text_array(
    bytes: Vec<u8>,
    is_moved: bool,
    spans: &[Option<(usize, usize)>],
) -> Result<SizedArray, AttemptError> {
    let length = bytes.len();
    if i32::try_from(length).is_err() {
        return Ok((Arc::new(StringArray::new_null(spans.len())), length));
    }
    let texts = if is_moved {
        let mut texts = Vec::with_capacity(length);
        for &(start, end) in spans.iter().flatten() {
            texts.extend_from_slice(&bytes[start..end]);
        }
        texts
    } else {
        bytes
    };
    let lengths = spans
        .iter()
        .map(|span| span.map_or(0, |(start, end)| end - start));
    let mut nulls = NullBufferBuilder::new(spans.len());
    spans.iter().for_each(|span| nulls.append(span.is_some()));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let array = StringArray::try_new(offsets, texts.into(), nulls.finish()).map_err(Error::from)?;
    Ok((Arc::new(array), length))
}
