//! Equality with `true` or `false`.

use idq_columns::Column;

use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// The boolean of a field is the value, or the presence of an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BooleanMatch {
    /// Field of booleans, or column of the presence of an object.
    pub field: usize,
    /// Value.
    pub value: bool,
}

impl PredicateKind for BooleanMatch {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        2
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        Box::new(OnField::new(self.field, *self))
    }
}

impl EvaluateColumn for BooleanMatch {
    fn evaluate(&self, column: &Column) -> Selection {
        let Column::Boolean(column) = column else {
            return Selection::None;
        };
        let values = column.values().values();
        let rows = if self.value { values.clone() } else { !values };
        Selection::Some(match column.validity().validity_bitmap() {
            Some(valid) => &rows & valid,
            None => rows,
        })
    }
}
