use crate::{KeywordColumn, Needles, RowSet};

/// The rows whose folded value contains one of the needles; the dictionary is searched as one text.
pub fn keyword_contains(column: &KeywordColumn, needles: &Needles) -> RowSet {
    column.rows_where(&column.shared_dictionary().containing(needles))
}
