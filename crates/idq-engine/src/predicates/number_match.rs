//! Comparison of a number with another one, at any size and precision.

use idq_columns::{Column, compare_numbers, kernels};

use super::memo::DictionaryMemo;
use super::{Evaluate, EvaluateColumn, OnField, Order, PredicateKind};
use crate::selection::Selection;

/// The number of a field compares with a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NumberMatch {
    /// Field of numbers.
    pub field: usize,
    /// Comparison.
    pub order: Order,
    /// Value in its JSON spelling.
    pub value: String,
}

impl PredicateKind for NumberMatch {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        12
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let compiled = CompiledNumber {
            order: self.order,
            value: self.value.clone(),
            memo: DictionaryMemo::default(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

/// A compiled [`NumberMatch`].
#[derive(Debug)]
struct CompiledNumber {
    /// Comparison.
    order: Order,
    /// Value in its JSON spelling.
    value: String,
    /// Verdicts on the distinct spellings of a dictionary.
    memo: DictionaryMemo,
}

impl EvaluateColumn for CompiledNumber {
    fn evaluate(&self, column: &Column) -> Selection {
        let holds = |spelling: &[u8]| {
            let ordering = compare_numbers(spelling, self.value.as_bytes());
            ordering.is_some_and(|ordering| self.order.holds(ordering))
        };
        // Numbers are stored by their spelling.
        Selection::Some(match column {
            Column::Text(column) => kernels::text_matching(column, &holds),
            Column::Keyword(column) => self.memo.rows(column, |dictionary| {
                dictionary.codes_matching(|spelling| holds(spelling.as_bytes()))
            }),
            _ => return Selection::None,
        })
    }
}
