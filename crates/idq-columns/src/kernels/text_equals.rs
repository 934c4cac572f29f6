use arrow_array::Array;

use crate::{RowSet, TextColumn};

/// The rows whose text is one of these, byte for byte.
pub fn text_equals(column: &TextColumn, wanted: &[String]) -> RowSet {
    let values = column.values();
    let offsets = values.value_offsets();
    let bytes = values.value_data();
    let equals = |row: usize| {
        let text = &bytes[offsets[row] as usize..offsets[row + 1] as usize];
        wanted.iter().any(|wanted| wanted.as_bytes() == text)
    };
    let rows = RowSet::collect_bool(values.len(), equals);
    match values.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
