use idq_columns::{Column, RowSet, kernels};

/// The instant lies in an interval, ends included.
#[derive(Debug)]
pub(super) struct Between {
    start: i64,
    end: i64,
}

impl Between {
    pub(super) fn new(start: i64, end: i64) -> Self {
        Self { start, end }
    }

    pub(super) fn ask(&self, column: &Column) -> RowSet {
        match column {
            Column::Timestamp(column) => kernels::timestamp_between(column, self.start, self.end),
            column => super::none(column),
        }
    }
}
