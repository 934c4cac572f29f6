//! Groups as Arrow batches: the lines of their table.

use std::sync::Arc;

use arrow_array::builder::{LargeStringBuilder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use idq::json::{Cell, Scalar, compact};

use super::MatchGroup;
use super::writer::{GroupRecord, Line};
use crate::error::Error;

/// The columns of texts that every batch has after the number of the group.
const COLUMNS: [(&str, bool); 4] = [
    ("situation", false),
    ("rule", true),
    ("left", true),
    ("right", true),
];

/// A batch of groups that grows line by line.
pub(super) struct GroupBatch {
    numbers: UInt64Builder,
    columns: Vec<LargeStringBuilder>,
}

impl GroupBatch {
    /// Creates an empty batch with this number of printed values.
    pub(super) fn new(values: usize) -> Self {
        let count = COLUMNS.len() + values;
        Self {
            numbers: UInt64Builder::new(),
            columns: (0..count).map(|_| LargeStringBuilder::new()).collect(),
        }
    }

    /// Returns the schema of batches with printed values of these names.
    pub(super) fn schema(names: &[String]) -> SchemaRef {
        let text = |name: &str, nullable| Field::new(name, DataType::LargeUtf8, nullable);
        let mut fields = vec![Field::new("group", DataType::UInt64, false)];
        fields.extend(COLUMNS.iter().map(|&(name, nullable)| text(name, nullable)));
        fields.extend(names.iter().map(|name| text(name, true)));
        Arc::new(Schema::new(fields))
    }

    /// Appends a line of a group.
    pub(super) fn append(&mut self, number: u64, group: &MatchGroup<'_>, line: &Line<'_>) {
        self.numbers.append_value(number);
        let [situation, rule, left, right, values @ ..] = &mut self.columns[..] else {
            return;
        };
        situation.append_value(group.situation.name());
        rule.append_option(group.rule.map(ToString::to_string));
        let id = |record: Option<&GroupRecord>| record.map(|record| record.id.clone());
        left.append_option(id(line.records[0]));
        right.append_option(id(line.records[1]));
        for (column, cell) in values.iter_mut().zip(&line.values) {
            match cell {
                Cell::Missing | Cell::Scalar(Scalar::Null) => column.append_null(),
                Cell::Scalar(scalar) => column.append_value(scalar.to_text()),
                Cell::Container(spelling) => {
                    let mut json = Vec::with_capacity(spelling.len());
                    compact(spelling, &mut json);
                    column.append_value(String::from_utf8_lossy(&json));
                }
            }
        }
    }

    /// Returns the lines as a batch.
    pub(super) fn finish(mut self, schema: &SchemaRef) -> Result<RecordBatch, Error> {
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.numbers.finish())];
        let columns = self.columns.iter_mut();
        arrays.extend(columns.map(|column| Arc::new(column.finish()) as ArrayRef));
        let batch = RecordBatch::try_new(Arc::clone(schema), arrays);
        Ok(batch?)
    }
}
