//! Equality of a text with one of several.

use idq_columns::{Column, kernels};

use super::memo::DictionaryMemo;
use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// The text is one of the values, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exact {
    /// Field of texts.
    pub field: usize,
    /// Texts, of which one must be equal.
    pub values: Vec<String>,
}

impl PredicateKind for Exact {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        6
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let mut values = self.values.clone();
        values.sort_unstable();
        values.dedup();
        let compiled = CompiledExact {
            values,
            memo: DictionaryMemo::default(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

#[derive(Debug)]
struct CompiledExact {
    /// Distinct values, sorted for binary search.
    values: Vec<String>,
    memo: DictionaryMemo,
}

impl EvaluateColumn for CompiledExact {
    fn evaluate(&self, column: &Column) -> Selection {
        Selection::Some(match column {
            Column::Text(column) => kernels::text_equals(column, &self.values),
            Column::Keyword(column) => self.memo.rows(column, |dictionary| {
                dictionary.codes_matching(|text| {
                    let order = |value: &String| value.as_str().cmp(text);
                    self.values.binary_search_by(order).is_ok()
                })
            }),
            _ => return Selection::None,
        })
    }
}
