use crate::{KeywordColumn, RowSet};

/// The rows whose value satisfies a condition, which is asked once for each distinct value.
pub fn keyword_where(column: &KeywordColumn, condition: impl Fn(&str) -> bool) -> RowSet {
    column.rows_where(&column.shared_dictionary().holding(condition))
}
