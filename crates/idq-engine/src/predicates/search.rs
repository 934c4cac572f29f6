use idq_columns::{Column, Patterns, RowSet, kernels};

/// Some text of the document contains one of a few.
#[derive(Debug)]
pub(super) struct Search {
    needles: Patterns,
}

impl Search {
    pub(super) fn new(needles: &[String]) -> Self {
        Self {
            needles: Patterns::new(needles),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Document(column) => kernels::document_contains(column, &self.needles),
            column => super::none(column),
        }
    }
}
