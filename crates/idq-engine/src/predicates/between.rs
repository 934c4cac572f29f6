//! Membership of an instant in an interval.

use idq_columns::{Column, kernels};

use super::{Evaluate, EvaluateColumn, OnField, PredicateKind, present};
use crate::selection::Selection;

/// The instant is in an interval, both ends included: microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Between {
    /// Field of timestamps.
    pub field: usize,
    /// First instant.
    pub start: i64,
    /// Last instant.
    pub end: i64,
}

impl PredicateKind for Between {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        5
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        Box::new(OnField::new(self.field, *self))
    }
}

impl EvaluateColumn for Between {
    /// Compares the column's minimum and maximum first (a zone map): most chunks are then all or nothing.
    fn evaluate(&self, column: &Column) -> Selection {
        let Column::Timestamp(instants) = column else {
            return Selection::None;
        };
        match instants.range() {
            Some((least, greatest)) if greatest >= self.start && least <= self.end => {
                if least >= self.start && greatest <= self.end {
                    return present::select_present(column);
                }
            }
            _ => return Selection::None,
        }
        Selection::Some(kernels::timestamp_between(instants, self.start, self.end))
    }
}
