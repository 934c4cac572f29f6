use arrow_array::{Array, StringArray};
use memchr::memmem::Finder;

use super::search::{no_rows, rows_with};
use crate::{Needles, RowSet, TextColumn};

/// The rows whose folded text contains one of the needles.
pub fn text_contains(column: &TextColumn, needles: &Needles) -> RowSet {
    let values = column.values();
    let folded = column.folded();
    let mut rows = no_rows(values.len());
    for needle in &needles.finders {
        search(values, needle, |row| rows.set_bit(row, true));
    }
    // Where folding changes the text, its folded form alone decides.
    for &row in &folded.rows {
        rows.set_bit(row as usize, false);
    }
    for needle in &needles.finders {
        search(&folded.values, needle, |position| {
            rows.set_bit(folded.rows[position] as usize, true);
        });
    }
    let rows = rows.build();
    match values.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}

fn search(values: &StringArray, needle: &Finder<'_>, found: impl FnMut(usize)) {
    rows_with(values.value_data(), values.value_offsets(), needle, found);
}
