use super::text_contains;
use crate::{KeywordColumn, Needles, RowSet};

/// The rows whose folded value contains one of the needles; the dictionary is searched as one text.
pub fn keyword_contains(column: &KeywordColumn, needles: &Needles) -> RowSet {
    let holds: Vec<bool> = text_contains(column.dictionary_as_text(), needles)
        .iter()
        .collect();
    if !holds.contains(&false) {
        return column.presence().present();
    }
    column.codes().rows_where(&holds, column.nulls())
}
