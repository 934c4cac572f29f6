use idq_columns::{Column, Needles, RowSet, kernels};

/// Some text of the document contains one of a few.
#[derive(Debug)]
pub(super) struct Search {
    needles: Needles,
}

impl Search {
    pub(super) fn new(needles: &[String]) -> Self {
        Self {
            needles: Needles::new(needles),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Document(column) => kernels::document_contains(column, &self.needles),
            column => super::none(column),
        }
    }
}
