use idq_columns::{Column, Needles, RowSet, kernels};

/// The folded text contains one of a few.
#[derive(Debug)]
pub(super) struct Partial {
    needles: Needles,
}

impl Partial {
    pub(super) fn new(needles: &[String]) -> Self {
        Self {
            needles: Needles::new(needles),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => kernels::keyword_contains(column, &self.needles),
            column => super::none(column),
        }
    }
}
