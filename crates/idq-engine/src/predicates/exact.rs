use idq_columns::{Column, RowSet, kernels};

/// The text is one of a few.
#[derive(Debug)]
pub(super) struct Exact {
    values: Vec<String>,
}

impl Exact {
    pub(super) fn new(values: &[String]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        Self { values }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Text(column) => kernels::text_equals(column, &self.values),
            Column::Keyword(column) => {
                kernels::keyword_where(column, |text| self.values.iter().any(|value| value == text))
            }
            column => super::none(column),
        }
    }
}
