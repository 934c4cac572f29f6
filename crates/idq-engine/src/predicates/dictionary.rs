use std::sync::{Arc, OnceLock};

use idq_columns::{CodeSet, Dictionary, KeywordColumn, RowSet};

/// What a question has to say of each string of a dictionary, kept for all chunks that share it.
#[derive(Debug, Default)]
pub(super) struct Known(OnceLock<(Arc<Dictionary>, CodeSet)>);

impl Known {
    /// The rows of a column whose string holds.
    pub(super) fn rows(
        &self,
        column: &KeywordColumn,
        holds: impl Fn(&Dictionary) -> CodeSet,
    ) -> RowSet {
        let dictionary = column.dictionary_arc();
        let (first, known) = self
            .0
            .get_or_init(|| (Arc::clone(dictionary), holds(dictionary)));
        if Arc::ptr_eq(first, dictionary) {
            column.filter_codes(known)
        } else {
            column.filter_codes(&holds(dictionary))
        }
    }
}
