//! Any test of the strings of a column, row by row: for tests without a kernel of their own.

use crate::bitmap::BitmapBuilder;
use crate::column::text::Encoding;
use crate::{RowSet, TextColumn};

/// Returns the rows whose string passes a test.
pub fn text_matching(column: &TextColumn, test: impl Fn(&[u8]) -> bool) -> RowSet {
    let mut rows = BitmapBuilder::zeros(column.rows());
    let mut text = Vec::new();
    for row in 0..column.rows() {
        let passes = match &column.encoding {
            Encoding::Plain(values) => column.is_valid(row) && test(values.value(row).as_bytes()),
            _ => column.write(row, &mut text) && test(&text),
        };
        if passes {
            rows.set(row);
        }
    }
    rows.finish()
}

/// Returns the rows whose casefolded string passes a test.
pub fn casefolded_matching(column: &TextColumn, test: impl Fn(&[u8]) -> bool) -> RowSet {
    let folded = column.casefolded();
    let mut rows = BitmapBuilder::zeros(column.rows());
    let mut text = Vec::new();
    for row in 0..column.rows() {
        // A row without a stored form is its own form.
        let passes = match folded.value(row) {
            Some(folded) => column.is_valid(row) && test(folded.as_bytes()),
            None => column.write(row, &mut text) && test(&text),
        };
        if passes {
            rows.set(row);
        }
    }
    rows.finish()
}
