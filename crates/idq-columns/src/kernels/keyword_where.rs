use arrow_array::Array;

use crate::{KeywordColumn, RowSet};

/// The rows whose value satisfies a condition, which is asked once for each distinct value.
pub fn keyword_where(column: &KeywordColumn, condition: impl Fn(&str) -> bool) -> RowSet {
    let dictionary = column.dictionary();
    let holds: Vec<bool> = (0..dictionary.len())
        .map(|code| condition(dictionary.value(code)))
        .collect();
    if !holds.contains(&false) {
        return column.presence().present();
    }
    column.codes().rows_where(&holds, column.nulls())
}
