//! Case-insensitive substring search in a text column.
//!
//! The search itself is exact. The patterns are casefolded once, and the strings by the column's index of casefolded
//! forms, which stores only the rows that folding changes.

use arrow_array::StringArray;

use super::affix_contains::affix_contains;
use super::filter::retain_valid;
use super::search::search_rows;
use super::uuid_contains::uuid_contains;
use crate::bitmap::BitmapBuilder;
use crate::column::casefolded::Casefolded;
use crate::column::text::Encoding;
use crate::{Patterns, RowSet, TextColumn};

/// Returns the rows whose casefolded string contains one of the patterns.
pub fn text_contains(column: &TextColumn, patterns: &Patterns) -> RowSet {
    let casefolded = column.casefolded();
    if let Casefolded::All(values) = casefolded {
        return retain_valid(strings_contain(values, patterns), column.nulls());
    }
    let rows = match &column.encoding {
        Encoding::Plain(values) => strings_contain(values, patterns),
        Encoding::Affix(strings) => affix_contains(strings, patterns),
        Encoding::Uuids(uuids) => uuid_contains(uuids.as_slice(), patterns),
    };
    let rows = retain_valid(rows, column.nulls());
    let Casefolded::Sparse {
        rows: changed,
        values,
        ..
    } = casefolded
    else {
        return rows;
    };
    // For rows that case folding changes, the casefolded form alone decides.
    let mut corrected = BitmapBuilder::from_bitmap(&rows);
    for &row in changed {
        corrected.clear(row as usize);
    }
    search_strings(values, patterns, |position| {
        corrected.set(changed[position] as usize);
    });
    corrected.finish()
}

/// Returns the strings that contain one of the patterns.
fn strings_contain(values: &StringArray, patterns: &Patterns) -> RowSet {
    let mut rows = BitmapBuilder::zeros(arrow_array::Array::len(values));
    search_strings(values, patterns, |row| rows.set(row));
    rows.finish()
}

/// Calls `found` with each string that a pass finds; several passes may find the same string.
fn search_strings(values: &StringArray, patterns: &Patterns, mut found: impl FnMut(usize)) {
    for pass in patterns.passes() {
        search_rows(
            values.value_data(),
            values.value_offsets(),
            pass,
            &mut found,
        );
    }
}
