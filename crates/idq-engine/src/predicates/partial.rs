//! Case-insensitive search for one of several texts in a text.

use idq_columns::{Column, Patterns, kernels};

use super::memo::DictionaryMemo;
use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// The casefolded text contains one of the needles, casefolded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Partial {
    /// Field of texts.
    pub field: usize,
    /// Texts to search for.
    pub needles: Vec<String>,
}

impl PredicateKind for Partial {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn cost(&self) -> u32 {
        16
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let compiled = CompiledPartial {
            needles: Patterns::new(&self.needles),
            memo: DictionaryMemo::default(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

#[derive(Debug)]
struct CompiledPartial {
    /// Automaton of all needles: a scan reads each byte once, however many there are.
    needles: Patterns,
    memo: DictionaryMemo,
}

impl EvaluateColumn for CompiledPartial {
    fn evaluate(&self, column: &Column) -> Selection {
        Selection::Some(match column {
            Column::Text(column) => kernels::text_contains(column, &self.needles),
            Column::Keyword(column) => self.memo.rows(column, |dictionary| {
                dictionary.codes_containing(&self.needles)
            }),
            _ => return Selection::None,
        })
    }
}
