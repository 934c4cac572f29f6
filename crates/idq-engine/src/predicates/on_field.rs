//! Evaluation of a predicate that reads the column of one field.

use std::fmt;

use idq_columns::Column;
use idq_snapshot::ChunkColumns;

use super::Evaluate;
use crate::selection::Selection;

/// A compiled test of one column.
pub(super) trait EvaluateColumn: fmt::Debug + Send + Sync {
    /// Returns the rows of a column that satisfy the test: none if the column is of a kind that no API's description
    /// combines with the test.
    fn evaluate(&self, column: &Column) -> Selection;
}

/// A compiled test and the field that it reads.
#[derive(Debug)]
pub(super) struct OnField<E> {
    field: usize,
    test: E,
}

impl<E: EvaluateColumn> OnField<E> {
    /// Creates the evaluation of a test on a field.
    pub(super) fn new(field: usize, test: E) -> Self {
        Self { field, test }
    }
}

impl<E: EvaluateColumn> Evaluate for OnField<E> {
    fn evaluate(&self, chunk: ChunkColumns<'_>) -> Selection {
        self.test.evaluate(chunk.column(self.field))
    }
}
