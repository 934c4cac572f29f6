//! Tests of the values at one path of a document.

use idq_columns::{Column, DocumentColumn, RowSet};
use idq_snapshot::ColumnPart;

use super::value_test::{CompiledValueTest, ValueTest};
use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// Some value at a path of a document passes a test: of the elements of an array, one is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathMatch {
    /// Column of documents.
    pub field: usize,
    /// Keys from the document to the value.
    pub keys: Vec<String>,
    /// Test.
    pub test: ValueTest,
}

/// A path of a document has a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathPresent {
    /// Column of documents.
    pub field: usize,
    /// Keys from the document to the value; none for the document itself.
    pub keys: Vec<String>,
    /// Values that count.
    pub counted: Counted,
}

/// Values that count as present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counted {
    /// Any scalar but `null`, at the path or below it.
    Values,
    /// As `Values`, without the empty text.
    NonEmpty,
}

impl PredicateKind for PathMatch {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn parts(&self) -> Vec<ColumnPart> {
        vec![ColumnPart::path(self.field, &self.keys)]
    }

    fn cost(&self) -> u32 {
        20
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let compiled = CompiledPathMatch {
            keys: self.keys.clone(),
            test: self.test.compile(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

/// A compiled [`PathMatch`].
#[derive(Debug)]
struct CompiledPathMatch {
    /// Keys from the document to the value.
    keys: Vec<String>,
    /// Test of each distinct value.
    test: CompiledValueTest,
}

impl EvaluateColumn for CompiledPathMatch {
    fn evaluate(&self, column: &Column) -> Selection {
        let Column::Document(documents) = column else {
            return Selection::None;
        };
        match documents.path(&self.keys) {
            Some(path) => Selection::Some(path.rows_of(&self.test.texts(&path))),
            None => Selection::None,
        }
    }
}

impl PredicateKind for PathPresent {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn parts(&self) -> Vec<ColumnPart> {
        vec![ColumnPart::path(self.field, &self.keys)]
    }

    fn cost(&self) -> u32 {
        18
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        Box::new(OnField::new(self.field, self.clone()))
    }
}

impl PathPresent {
    /// Returns the rows of a chunk in which the path has a value.
    fn rows(&self, documents: &DocumentColumn) -> RowSet {
        let presence = documents.presence(&self.keys);
        match self.counted {
            Counted::Values => presence.value,
            Counted::NonEmpty => presence.non_empty,
        }
    }
}

impl EvaluateColumn for PathPresent {
    fn evaluate(&self, column: &Column) -> Selection {
        match column {
            Column::Document(documents) => Selection::Some(self.rows(documents)),
            _ => Selection::None,
        }
    }
}
