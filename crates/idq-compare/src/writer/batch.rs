//! Differences as Arrow batches, for engines and for files of columns.

use std::sync::Arc;

use arrow_array::builder::LargeStringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use idq::cells_of_names;
use idq::json::{Cells, SpelledCell, compact};

use crate::diff::{Diff, RecordChange, RecordDifference};
use crate::error::Error;

/// The columns that every batch has, with whether a line may lack the value.
const COLUMNS: [(&str, bool); 5] = [
    ("id", false),
    ("change", false),
    ("field", true),
    ("old", true),
    ("new", true),
];

/// A batch of differences that grows record by record: a line for each value that differs, and one for each added or
/// removed record, as in NDJSON.
///
/// The columns are `id`, `change` (`added`, `removed` or `changed`), `field`, `old` and `new`, the values as JSON, because
/// one column has values of all kinds; then further names of each line, and the values that accompany each difference.
#[derive(Debug)]
pub struct ChangeBatch {
    id: LargeStringBuilder,
    change: LargeStringBuilder,
    field: LargeStringBuilder,
    old: LargeStringBuilder,
    new: LargeStringBuilder,
    /// The further columns, each with its value, the same for all lines.
    members: Vec<(String, LargeStringBuilder)>,
    /// The values that accompany each difference.
    context: Vec<LargeStringBuilder>,
    /// The reader of these values.
    cells: Cells,
    /// Scratch space for JSON without white space.
    json: Vec<u8>,
}

impl ChangeBatch {
    /// Creates an empty batch. `context` has the names of values that accompany each difference, and `members` the
    /// values of the further columns.
    pub fn new(context: &[String], members: &[String]) -> Self {
        let column = LargeStringBuilder::new;
        let members = members.iter().map(|member| (member.clone(), column()));
        Self {
            id: column(),
            change: column(),
            field: column(),
            old: column(),
            new: column(),
            members: members.collect(),
            context: context.iter().map(|_| column()).collect(),
            cells: cells_of_names(context),
            json: Vec::new(),
        }
    }

    /// Returns the schema of batches with these names of further columns and of accompanying values.
    pub fn schema(context: &[String], members: &[&str]) -> SchemaRef {
        let field = |name: &str, nullable| Field::new(name, DataType::LargeUtf8, nullable);
        let columns = COLUMNS
            .iter()
            .map(|&(name, nullable)| field(name, nullable));
        let members = members.iter().map(|name| field(name, false));
        let context = context
            .iter()
            .map(|name| field(&format!("context.{name}"), true));
        Arc::new(Schema::new(
            columns
                .chain(members)
                .chain(context)
                .collect::<Vec<Field>>(),
        ))
    }

    /// Returns all differences of a comparison as batches, with their schema.
    ///
    /// # Errors
    /// A record that cannot be read, because its source has changed or is damaged.
    pub fn batches_of(
        diff: &Diff<'_>,
        context: &[String],
    ) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let schema = Self::schema(context, &[]);
        let mut batches = Vec::new();
        diff.for_each(
            |batch: &mut Option<Self>, difference| {
                let batch = batch.get_or_insert_with(|| Self::new(context, &[]));
                batch.append(difference)
            },
            |batch| {
                batches.extend(batch.map(|mut batch| batch.finish(&schema)).transpose()?);
                Ok(())
            },
        )?;
        Ok((schema, batches))
    }

    /// Appends the lines of a record.
    ///
    /// # Errors
    /// The record is not valid JSON, because its source has changed since it was loaded.
    pub fn append(&mut self, difference: &RecordDifference<'_>) -> Result<(), Error> {
        // The lines of one record share the values that accompany them.
        let context = self.cells.read_valid(difference.change.newest())?;
        match &difference.change {
            RecordChange::Added(record) => {
                self.append_line(difference, &context, None, None, Some(record));
            }
            RecordChange::Removed(record) => {
                self.append_line(difference, &context, None, Some(record), None);
            }
            RecordChange::Changed { values, .. } => {
                for value in values {
                    let field = value.to_string();
                    self.append_line(difference, &context, Some(&field), value.old, value.new);
                }
            }
        }
        Ok(())
    }

    /// Appends a line.
    fn append_line(
        &mut self,
        difference: &RecordDifference<'_>,
        context: &[SpelledCell<'_>],
        field: Option<&str>,
        old: Option<&[u8]>,
        new: Option<&[u8]>,
    ) {
        self.id.append_value(&difference.id);
        self.change.append_value(difference.change.name());
        self.field.append_option(field);
        append_json(&mut self.old, old, &mut self.json);
        append_json(&mut self.new, new, &mut self.json);
        for (member, column) in &mut self.members {
            column.append_value(&*member);
        }
        for (column, value) in self.context.iter_mut().zip(context) {
            let spelling = Some(value.spelling).filter(|spelling| !spelling.is_empty());
            append_json(column, spelling, &mut self.json);
        }
    }

    /// Returns the lines, and empties the batch.
    ///
    /// # Errors
    /// The schema has other columns.
    pub fn finish(&mut self, schema: &SchemaRef) -> Result<RecordBatch, Error> {
        let members = self.members.iter_mut().map(|(_, column)| column);
        let columns = [
            &mut self.id,
            &mut self.change,
            &mut self.field,
            &mut self.old,
            &mut self.new,
        ];
        let columns = columns.into_iter().chain(members).chain(&mut self.context);
        let arrays = columns.map(|column| Arc::new(column.finish()) as ArrayRef);
        let batch = RecordBatch::try_new(Arc::clone(schema), arrays.collect());
        Ok(batch?)
    }
}

/// Appends a value as JSON without white space; null for no value.
fn append_json(column: &mut LargeStringBuilder, value: Option<&[u8]>, json: &mut Vec<u8>) {
    match value {
        Some(value) => {
            json.clear();
            compact(value, json);
            // Records are UTF-8, and compaction removes single bytes of white space alone.
            column.append_value(String::from_utf8_lossy(json));
        }
        None => column.append_null(),
    }
}
