use idq_columns::{Column, Patterns, RowSet, kernels};

use super::dictionary::Known;

/// The folded text contains one of a few.
#[derive(Debug)]
pub(super) struct Partial {
    needles: Patterns,
    known: Known,
}

impl Partial {
    pub(super) fn new(needles: &[String]) -> Self {
        Self {
            needles: Patterns::new(needles),
            known: Known::default(),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => self.known.rows(column, |dictionary| {
                dictionary.codes_containing(&self.needles)
            }),
            column => super::none(column),
        }
    }
}
