//! Case-insensitive search for one of several texts in the keys and scalar values of a document.

use idq_columns::{Column, Patterns, kernels};
use idq_snapshot::ColumnPart;

use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// Some casefolded key or scalar value of the document contains one of the needles, casefolded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Search {
    /// Field of documents.
    pub field: usize,
    /// Texts to search for.
    pub needles: Vec<String>,
}

impl PredicateKind for Search {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn parts(&self) -> Vec<ColumnPart> {
        // A document without the texts does not match, built or not, so a negation selects it either way.
        vec![ColumnPart::containing(self.field, &self.needles)]
    }

    fn cost(&self) -> u32 {
        64
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let compiled = CompiledSearch(Patterns::new(&self.needles));
        Box::new(OnField::new(self.field, compiled))
    }
}

#[derive(Debug)]
struct CompiledSearch(Patterns);

impl EvaluateColumn for CompiledSearch {
    fn evaluate(&self, column: &Column) -> Selection {
        match column {
            Column::Document(column) => {
                Selection::Some(kernels::document_contains(column, &self.0))
            }
            _ => Selection::None,
        }
    }
}
