use arrow_array::Array;

use super::search::{no_rows, rows_with};
use crate::fold::fold;
use crate::{RowSet, TextColumn};

/// The rows whose folded text contains one of the needles, folded.
///
/// An empty needle is in every text.
pub fn text_contains(column: &TextColumn, needles: &[String]) -> RowSet {
    let values = column.values();
    let folded = column.folded();
    let mut rows = no_rows(values.len());
    for needle in needles {
        let needle = fold(needle);
        rows_with(
            values.value_data(),
            values.value_offsets(),
            needle.as_bytes(),
            |row| rows.set_bit(row, true),
        );
    }
    // Where folding changes the text, its folded form alone decides.
    for &row in &folded.rows {
        rows.set_bit(row as usize, false);
    }
    for needle in needles {
        let needle = fold(needle);
        let values = &folded.values;
        rows_with(
            values.value_data(),
            values.value_offsets(),
            needle.as_bytes(),
            |position| {
                rows.set_bit(folded.rows[position] as usize, true);
            },
        );
    }
    let rows = rows.build();
    match values.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
