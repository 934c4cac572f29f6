//! Texts as Arrow views: some engines keep texts in this form, and would convert others one after another.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringViewArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::error::Error;

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
