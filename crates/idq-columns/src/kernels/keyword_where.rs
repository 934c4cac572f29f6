use arrow_array::Array;

use crate::{KeywordColumn, RowSet};

/// The rows whose value satisfies a condition, which is asked once for each distinct value.
pub fn keyword_where(column: &KeywordColumn, condition: impl Fn(&str) -> bool) -> RowSet {
    let dictionary = column.dictionary();
    let holds: Vec<bool> = (0..dictionary.len())
        .map(|code| condition(dictionary.value(code)))
        .collect();
    let codes = column.codes();
    match holds.iter().filter(|holds| **holds).count() {
        0 => return RowSet::new_unset(codes.len()),
        count if count == holds.len() => return column.presence().present(),
        _ => {}
    }
    let keys = codes.keys().values();
    let rows = RowSet::collect_bool(codes.len(), |row| holds[keys[row] as usize]);
    match codes.nulls() {
        Some(valid) => &rows & valid.inner(),
        None => rows,
    }
}
