//! Presence of the objects that contain fields, as far as it depends on free-form values in them.
//!
//! The columns of presence are built row by row from the fields. Documents and undocumented members of an object count
//! by their content, which is known when their columns are complete.

use idq_api::{Api, Kind};
use idq_columns::{BooleanBuilder, BooleanColumn, Column, ValueState};

/// An object that contains fields, and the columns of the free-form values in it.
#[derive(Debug, Clone)]
pub(crate) struct DescribedObject {
    /// Column of its presence.
    pub(crate) column: usize,
    /// Keys of the object.
    keys: Vec<String>,
    /// Fields below it whose every value counts.
    pub(crate) fields: Vec<usize>,
    /// Documents below it.
    documents: Vec<usize>,
    /// Column of the undocumented members of records.
    undocumented: usize,
}

impl DescribedObject {
    /// Describes the object of a dotted name with a column of presence.
    pub(crate) fn new(api: &Api, name: &str, column: usize) -> Self {
        let is_below = |field: &usize| {
            let rest = api.fields[*field].name.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        let below = (0..api.fields.len()).filter(is_below);
        let (documents, fields) =
            below.partition(|&field| api.fields[field].kind == Kind::Document);
        Self {
            column,
            keys: name.split('.').map(str::to_owned).collect(),
            fields,
            documents,
            undocumented: api.undocumented_column(),
        }
    }

    /// Returns the columns of the free-form values in the object, on which its presence depends.
    pub(crate) fn free_form_columns(&self) -> impl Iterator<Item = usize> + use<'_> {
        let documents = self.documents.iter().copied();
        documents.chain([self.undocumented])
    }

    /// Completes the column of presence: an object has a value too if a document or an undocumented member in it does.
    pub(super) fn complete(&self, columns: &mut [Option<Column>]) {
        let Some(Some(Column::Boolean(presence))) = columns.get(self.column) else {
            return;
        };
        let rows = 0..presence.values().len();
        // Most objects have a value in some field.
        if !rows.clone().any(|row| presence.value(row) == Some(false)) {
            return;
        }
        let found = self.free_form_columns().filter_map(|column| {
            let Some(Some(Column::Document(documents))) = columns.get(column) else {
                return None;
            };
            let is_undocumented = column == self.undocumented;
            let keys: &[String] = if is_undocumented { &self.keys } else { &[] };
            Some(documents.presence(keys).value)
        });
        let found: Vec<_> = found.collect();
        let mut builder = BooleanBuilder::new();
        for row in rows {
            match presence.validity().state(row) {
                ValueState::Present => {
                    let is_in_fields = presence.value(row) == Some(true);
                    builder.push(is_in_fields || found.iter().any(|rows| rows.value(row)));
                }
                ValueState::Null => builder.push_null(),
                ValueState::Missing => builder.push_missing(),
            }
        }
        let completed: BooleanColumn = builder.finish();
        columns[self.column] = Some(Column::Boolean(completed));
    }
}
