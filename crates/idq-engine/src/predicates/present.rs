//! Presence of a value.

use idq_columns::Column;

use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// The field has a value: it is neither null nor missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Present {
    /// Field of any kind.
    pub field: usize,
}

impl PredicateKind for Present {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        1
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        Box::new(OnField::new(self.field, *self))
    }
}

impl EvaluateColumn for Present {
    fn evaluate(&self, column: &Column) -> Selection {
        select_present(column)
    }
}

/// Returns the rows with a value; the validity bitmap of the column is the selection.
pub(super) fn select_present(column: &Column) -> Selection {
    match column.validity().validity_bitmap() {
        None => Selection::All,
        Some(present) => Selection::Some(present.clone()),
    }
}
