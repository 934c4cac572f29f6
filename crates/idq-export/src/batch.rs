use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use idq::Row;
use idq::date::parse_timestamp;
use idq::json::{Cell, Scalar, SpelledCell, compact};

use crate::column::ColumnType;
use crate::error::{Error, Stop};
use crate::numbers;
use crate::plan::Plan;

/// After so many bytes of records a batch ends, long before the 2 GiB that a column of texts can hold.
const BATCH_BYTES: usize = 64 << 20;

/// Reads records into batches.
pub(crate) fn batches(
    plan: &Plan<'_>,
    types: &[ColumnType],
    schema: &SchemaRef,
    rows: &[Row],
) -> Result<Vec<RecordBatch>, Stop> {
    let mut batches = Vec::with_capacity(1);
    let mut builders: Vec<Builder> = types.iter().map(|&kind| Builder::new(kind)).collect();
    let (mut bytes, mut spare) = (0, Vec::new());
    plan.each(rows, |record, cells| {
        if bytes > BATCH_BYTES {
            batches.push(finish(&mut builders, schema)?);
            bytes = 0;
        }
        bytes += record.len();
        // The record itself has no cell, and is the last column.
        let (builders, last) = builders.split_at_mut(cells.len());
        for (builder, cell) in builders.iter_mut().zip(cells) {
            builder.push(cell, &mut spare)?;
        }
        last.iter_mut()
            .try_for_each(|builder| builder.push_text(record))
    })?;
    batches.push(finish(&mut builders, schema)?);
    Ok(batches)
}

fn finish(builders: &mut [Builder], schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let arrays = builders.iter_mut().map(Builder::finish).collect();
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays)?)
}

/// Gathers the values of a column.
enum Builder {
    Text(StringBuilder),
    Json(StringBuilder),
    Spelling(StringBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Double(Float64Builder),
}

impl Builder {
    fn new(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Text => Self::Text(StringBuilder::new()),
            ColumnType::Json | ColumnType::Record => Self::Json(StringBuilder::new()),
            ColumnType::Spelling => Self::Spelling(StringBuilder::new()),
            ColumnType::Timestamp => {
                let builder = TimestampMicrosecondBuilder::new();
                Self::Timestamp(builder.with_data_type(kind.data_type()))
            }
            ColumnType::Boolean => Self::Boolean(BooleanBuilder::new()),
            ColumnType::Integer => Self::Integer(Int64Builder::new()),
            ColumnType::Double => Self::Double(Float64Builder::new()),
        }
    }

    fn push(&mut self, spelled: SpelledCell<'_>, spare: &mut Vec<u8>) -> Result<(), Stop> {
        let SpelledCell { cell, spelling } = spelled;
        if matches!(cell, Cell::Scalar(Scalar::Null) | Cell::Missing) {
            self.push_null();
            return Ok(());
        }
        match (self, &cell) {
            (Self::Text(builder), Cell::Scalar(Scalar::String(text))) => {
                builder.append_value(text.decode());
            }
            (Self::Spelling(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder.append_value(spelling);
            }
            (Self::Boolean(builder), Cell::Scalar(Scalar::Boolean(value))) => {
                builder.append_value(*value);
            }
            (Self::Timestamp(builder), Cell::Scalar(Scalar::String(text))) => {
                builder
                    .append_value(parse_timestamp(text.decode().as_bytes()).ok_or(Stop::Misfit)?);
            }
            (Self::Integer(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder.append_value(numbers::integer(spelling).ok_or(Stop::Misfit)?);
            }
            (Self::Double(builder), Cell::Scalar(Scalar::Number(spelling))) => {
                builder.append_value(numbers::double(spelling).ok_or(Stop::Misfit)?);
            }
            (json @ Self::Json(_), _) => {
                spare.clear();
                compact(spelling, spare);
                json.push_text(spare)?;
            }
            _ => return Err(Stop::Misfit),
        }
        Ok(())
    }

    /// Adds text whose bytes the reader of cells has validated.
    fn push_text(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let text = str::from_utf8(bytes).map_err(|error| Error::Encode(error.to_string()))?;
        if let Self::Json(builder) = self {
            builder.append_value(text);
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(builder) | Self::Json(builder) | Self::Spelling(builder) => {
                builder.append_null();
            }
            Self::Timestamp(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Double(builder) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) | Self::Json(builder) | Self::Spelling(builder) => {
                Arc::new(builder.finish())
            }
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Double(builder) => Arc::new(builder.finish()),
        }
    }
}
