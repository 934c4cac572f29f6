use idq_columns::{Column, kernels};

use super::present;
use crate::answer::Answer;

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

    pub(super) fn ask(&self, column: &Column) -> Answer {
        let Column::Timestamp(instants) = column else {
            return Answer::Nothing;
        };
        match instants.range() {
            Some((least, greatest)) if greatest >= self.start && least <= self.end => {
                if least >= self.start && greatest <= self.end {
                    return present::ask(column);
                }
            }
            _ => return Answer::Nothing,
        }
        Answer::Rows(kernels::timestamp_between(instants, self.start, self.end))
    }
}
