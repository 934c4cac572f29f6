//! The form of texts in Arrow batches.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::error::Error;

/// The form of texts in Arrow batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextForm {
    /// `Utf8`, which every library computes with.
    #[default]
    Offsets,
    /// `Utf8View`. Polars stores texts as views, and converts those with offsets, one column after another.
    Views,
}

/// Returns the schema with views in place of texts.
pub(crate) fn schema_with_views(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        if *field.data_type() == DataType::Utf8 {
            let views = Field::clone(field).with_data_type(DataType::Utf8View);
            Arc::new(views)
        } else {
            Arc::clone(field)
        }
    });
    let fields: Vec<Arc<Field>> = fields.collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// Returns a batch with views in place of texts, whose bytes it shares.
pub(crate) fn batch_with_views(
    batch: &RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, Error> {
    let arrays = batch
        .columns()
        .iter()
        .map(|array| match array.as_string_opt::<i32>() {
            Some(texts) => Arc::new(StringViewArray::from(texts)) as ArrayRef,
            None => Arc::clone(array),
        });
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays.collect())?)
}
