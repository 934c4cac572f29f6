//! Memoisation of a predicate's verdicts on a dictionary.

use std::sync::{Arc, OnceLock};

use idq_columns::{CodeSet, Dictionary, KeywordColumn, RowSet};

/// The codes of one dictionary that satisfy a predicate.
///
/// Chunks of a snapshot file share one dictionary, so each distinct value is tested once per query. A chunk with
/// another dictionary is tested on its own.
#[derive(Debug, Default)]
pub(super) struct DictionaryMemo(OnceLock<(Arc<Dictionary>, CodeSet)>);

impl DictionaryMemo {
    /// Returns the rows whose value satisfies a predicate; `test` finds the codes of a dictionary that satisfy it.
    pub(super) fn rows(
        &self,
        column: &KeywordColumn,
        test: impl Fn(&Dictionary) -> CodeSet,
    ) -> RowSet {
        let dictionary = column.dictionary_arc();
        let (first, codes) = self
            .0
            .get_or_init(|| (Arc::clone(dictionary), test(dictionary)));
        if Arc::ptr_eq(first, dictionary) {
            column.filter_codes(codes)
        } else {
            column.filter_codes(&test(dictionary))
        }
    }
}
