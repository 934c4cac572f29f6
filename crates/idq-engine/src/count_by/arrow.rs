//! Groups as an Arrow record batch.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, LargeStringBuilder};
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::ArrowError;

use super::groups::{Group, Groups};

impl Groups {
    /// Returns the groups as an Arrow record batch, without [`others`](Self::others).
    ///
    /// Each key has two columns: its values under its name, null for a group without a value, and
    /// `NAME.presence` with `value`, `null`, `missing` or `empty`. A key of booleans is Boolean; everything else is
    /// `LargeUtf8`, numbers in their own spelling and lists as JSON. The last column, `count`, is `UInt64`.
    ///
    /// # Errors
    /// Two keys have the same name and types that differ; Arrow refuses the batch.
    pub fn to_arrow(&self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<(String, ArrayRef, bool)> = Vec::new();
        for (position, key) in self.keys().iter().enumerate() {
            let values = || {
                self.iter()
                    .filter_map(move |group: Group<'_>| group.values().nth(position))
            };
            let array: ArrayRef = if key.is_boolean() {
                let mut array = BooleanBuilder::with_capacity(self.len());
                values()
                    .for_each(|value| array.append_option(value.text().map(|text| text == "true")));
                Arc::new(array.finish())
            } else {
                let mut array = LargeStringBuilder::new();
                values().for_each(|value| array.append_option(value.text()));
                Arc::new(array.finish())
            };
            columns.push((key.name().to_owned(), array, true));
            let mut presence = LargeStringBuilder::new();
            values().for_each(|value| presence.append_value(value.presence()));
            columns.push((
                format!("{}.presence", key.name()),
                Arc::new(presence.finish()),
                false,
            ));
        }
        let counts: UInt64Array = self.iter().map(|group| group.count).collect();
        columns.push(("count".to_owned(), Arc::new(counts), false));
        RecordBatch::try_from_iter_with_nullable(columns)
    }
}
