use idq_columns::{Column, RowSet, kernels};

use super::dictionary::Known;

/// The text is one of a few.
#[derive(Debug)]
pub(super) struct Exact {
    values: Vec<String>,
    known: Known,
}

impl Exact {
    pub(super) fn new(values: &[String]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        Self {
            values,
            known: Known::default(),
        }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Text(column) => kernels::text_equals(column, &self.values),
            Column::Keyword(column) => self.known.rows(column, |dictionary| {
                dictionary.codes_matching(|text| {
                    // The values are sorted.
                    let order = |value: &String| value.as_str().cmp(text);
                    self.values.binary_search_by(order).is_ok()
                })
            }),
            column => super::none(column),
        }
    }
}
