use idq_columns::{Column, Needles, RowSet, kernels};

use super::dictionary::Known;

/// The folded text contains one of a few.
#[derive(Debug)]
pub(super) struct Partial {
    needles: Needles,
    known: Known,
}

impl Partial {
    pub(super) fn new(needles: &[String]) -> Self {
        Self {
            needles: Needles::new(needles),
            known: Known::default(),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => self
                .known
                .rows(column, |dictionary| dictionary.containing(&self.needles)),
            column => super::none(column),
        }
    }
}
