use std::sync::{Arc, OnceLock};

use idq_columns::{Dictionary, Holding, KeywordColumn, RowSet};

/// What a question has to say of each string of a dictionary, kept for all chunks that share it.
#[derive(Debug, Default)]
pub(super) struct Known(OnceLock<(Arc<Dictionary>, Holding)>);

impl Known {
    /// The rows of a column whose string holds.
    pub(super) fn rows(
        &self,
        column: &KeywordColumn,
        holds: impl Fn(&Dictionary) -> Holding,
    ) -> RowSet {
        let dictionary = column.shared_dictionary();
        let (first, known) = self
            .0
            .get_or_init(|| (Arc::clone(dictionary), holds(dictionary)));
        if Arc::ptr_eq(first, dictionary) {
            column.rows_where(known)
        } else {
            column.rows_where(&holds(dictionary))
        }
    }
}
