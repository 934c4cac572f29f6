//! Decoding of rows into Arrow record batches: from columns, or from records.
//!
//! Every task of the pipeline decodes its own rows. A batch is as long as the task, unless its texts are long.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use idq::RowId;
use idq::date::parse_timestamp;
use idq::json::{Cell, Scalar, SpelledCell, compact};

use super::cell_source::CellSource;
use super::gather::{Gather, RowsInLoadOrder};
use super::types::ColumnType;
use super::{ColumnPlan, numbers};
use crate::error::{AttemptError, Error};

/// The maximum number of bytes of the texts or records of a batch, far below the 2 GiB that a column of strings can hold.
const MAX_BATCH_BYTES: usize = 64 << 20;

/// Decodes rows into batches of this schema; at least one, which may be empty.
///
/// # Errors
/// A value does not fit the type of its column, or a record cannot be read.
pub(crate) fn decode_batches(
    plan: &ColumnPlan<'_>,
    types: &[ColumnType],
    schema: &SchemaRef,
    rows: &[RowId],
) -> Result<Vec<RecordBatch>, AttemptError> {
    decode_batches_of(MAX_BATCH_BYTES, plan, types, schema, rows)
}

/// Decodes rows into batches, each column of which has at most `max_bytes` bytes of texts, unless the batch has one row.
fn decode_batches_of(
    max_bytes: usize,
    plan: &ColumnPlan<'_>,
    types: &[ColumnType],
    schema: &SchemaRef,
    rows: &[RowId],
) -> Result<Vec<RecordBatch>, AttemptError> {
    if let Some(arrays) = decode_arrays(max_bytes, plan, types, rows)? {
        let batch = RecordBatch::try_new(Arc::clone(schema), arrays).map_err(Error::from)?;
        return Ok(vec![batch]);
    }
    let (first, second) = rows.split_at(rows.len() / 2);
    let mut batches = decode_batches_of(max_bytes, plan, types, schema, first)?;
    batches.extend(decode_batches_of(max_bytes, plan, types, schema, second)?);
    Ok(batches)
}

/// Decodes rows into one array for each column; `None` if they are too long for one batch, and more than one row.
fn decode_arrays(
    max_bytes: usize,
    plan: &ColumnPlan<'_>,
    types: &[ColumnType],
    rows: &[RowId],
) -> Result<Option<Vec<ArrayRef>>, AttemptError> {
    let is_too_long = |bytes: usize| bytes > max_bytes && rows.len() > 1;
    let Some(of_records) = decode_records(plan, types, rows, is_too_long)? else {
        return Ok(None);
    };
    let mut of_records = of_records.into_iter();
    let in_load_order = RowsInLoadOrder::new(rows);
    let gather = Gather::new(plan.snapshot, &in_load_order, max_bytes);
    let mut arrays = Vec::with_capacity(types.len());
    for (index, &kind) in types.iter().enumerate() {
        match plan.sources.columns.get(index) {
            Some(CellSource::Columns(columns)) => match gather.array(columns, kind)? {
                Some(array) => arrays.push(array),
                None => return Ok(None),
            },
            // The raw record, if it is a column, is the last one.
            Some(CellSource::Record(_)) | None => arrays.extend(of_records.next()),
        }
    }
    Ok(Some(arrays))
}

/// Decodes the columns that are only in records, in their order; `None` if the records are too long.
fn decode_records(
    plan: &ColumnPlan<'_>,
    types: &[ColumnType],
    rows: &[RowId],
    is_too_long: impl Fn(usize) -> bool,
) -> Result<Option<Vec<ArrayRef>>, AttemptError> {
    let is_record = |index: &usize| {
        let source = plan.sources.columns.get(*index);
        !matches!(source, Some(CellSource::Columns(_)))
    };
    let types = (0..types.len()).filter(is_record).map(|index| types[index]);
    let mut builders: Vec<ColumnBuilder> = types.map(ColumnBuilder::new).collect();
    if builders.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let (mut bytes, mut buffer) = (0, Vec::new());
    let mut reader = plan.snapshot.reader();
    for &row in rows {
        let record = plan.snapshot.record(row, &mut reader)?;
        bytes += record.len();
        if is_too_long(bytes) {
            return Ok(None);
        }
        let cells = match &plan.sources.records {
            Some(cells) => cells.read_valid(record)?,
            None => Vec::new(),
        };
        // The raw record has no cell.
        let (builders, last) = builders.split_at_mut(cells.len());
        for (builder, cell) in builders.iter_mut().zip(cells) {
            builder.push(cell, &mut buffer)?;
        }
        last.iter_mut()
            .try_for_each(|builder| builder.push_text(record))?;
    }
    Ok(Some(
        builders.iter_mut().map(ColumnBuilder::finish).collect(),
    ))
}

/// The builder of a column: one variant for each builder type of Arrow and each form of text.
enum ColumnBuilder {
    Text(StringBuilder),
    Json(StringBuilder),
    NumberText(StringBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Double(Float64Builder),
}

impl ColumnBuilder {
    /// Returns an empty builder for a column of this type.
    fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Text | ColumnType::Keyword => Self::Text(StringBuilder::new()),
            ColumnType::Json | ColumnType::Record => Self::Json(StringBuilder::new()),
            ColumnType::NumberText => Self::NumberText(StringBuilder::new()),
            ColumnType::Timestamp => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Timestamp(builder.with_data_type(kind.data_type()))
            }
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Integer => Self::Integer(Int64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
        }
    }

    /// Appends a value. `buffer` is scratch space for JSON text.
    fn push(&mut self, spelled: SpelledCell<'_>, buffer: &mut Vec<u8>) -> Result<(), AttemptError> {
        let SpelledCell { cell, spelling } = spelled;
        if matches!(cell, Cell::Scalar(Scalar::Null) | Cell::Missing) {
            self.push_null();
            return Ok(());
        }
        match (self, &cell) {
            (Self::Text(builder), Cell::Scalar(Scalar::String(text))) => {
                builder.append_value(text.decode());
            }
            (Self::NumberText(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder.append_value(spelling);
            }
            (Self::Boolean(builder), Cell::Scalar(Scalar::Boolean(value))) => {
                builder.append_value(*value);
            }
            (Self::Timestamp(builder), Cell::Scalar(Scalar::String(text))) => {
                builder.append_value(
                    parse_timestamp(text.decode().as_bytes()).ok_or(AttemptError::TypeMismatch)?,
                );
            }
            (Self::Integer(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder
                    .append_value(numbers::exact_i64(spelling).ok_or(AttemptError::TypeMismatch)?);
            }
            (Self::Double(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder
                    .append_value(numbers::exact_f64(spelling).ok_or(AttemptError::TypeMismatch)?);
            }
            // Values of any kind: their JSON text, without white space between tokens.
            (json @ Self::Json(_), _) => {
                buffer.clear();
                compact(spelling, buffer);
                json.push_text(buffer)?;
            }
            // A value of another kind than the column.
            _ => return Err(AttemptError::TypeMismatch),
        }
        Ok(())
    }

    /// Appends JSON text, whose bytes the reader of cells has validated.
    fn push_text(&mut self, bytes: &[u8]) -> Result<(), AttemptError> {
        let text = str::from_utf8(bytes).map_err(|error| Error::Encode(error.to_string()))?;
        if let Self::Json(builder) = self {
            builder.append_value(text);
        }
        Ok(())
    }

    /// Appends a null, for null and missing values.
    fn push_null(&mut self) {
        match self {
            Self::Text(builder) | Self::Json(builder) | Self::NumberText(builder) => {
                builder.append_null();
            }
            Self::Timestamp(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
        }
    }

    /// Returns the values as an array, and empties the builder.
    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) | Self::Json(builder) | Self::NumberText(builder) => {
                Arc::new(builder.finish())
            }
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use idq::{Loader, Source};

    use super::*;
    use crate::columns::RawRecords;

    #[test]
    fn rows_that_are_too_long_for_a_batch_are_decoded_in_several() {
        let records: Vec<String> = (0..300)
            .map(|number| {
                let email = "x".repeat(number % 90);
                format!(
                    r#"{{"id":"{number}","email":"{email}","state":"s{}"}}"#,
                    number % 3
                )
            })
            .collect();
        let source = Source::bytes("records", records.join("\n").into_bytes());
        let loader = Loader::new(vec![source]).block_size(1 << 10);
        let snapshot = loader.load().unwrap();
        let plan = ColumnPlan::new(
            &snapshot,
            ["id", "email", "state"],
            RawRecords::Omitted,
            300,
        )
        .unwrap();
        let in_order: Vec<RowId> = (0..300).map(RowId).collect();
        let scattered: Vec<RowId> = (0..300).map(|row| RowId(row * 7 % 300)).collect();
        for rows in [in_order, scattered] {
            let types = plan.infer_types(&rows).unwrap();
            let schema = plan.schema(&types, HashMap::new());
            let whole = decode_batches(&plan, &types, &schema, &rows).unwrap();
            assert_eq!(whole.len(), 1);
            for max_bytes in [0, 100, 3_000] {
                let parts = decode_batches_of(max_bytes, &plan, &types, &schema, &rows).unwrap();
                assert!(parts.len() > 2);
                let mut start = 0;
                for part in parts {
                    assert_eq!(part, whole[0].slice(start, part.num_rows()));
                    start += part.num_rows();
                }
                assert_eq!(start, 300);
            }
        }
    }
}
