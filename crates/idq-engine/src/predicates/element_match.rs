//! Value paths: conditions on single elements of the arrays at one path of a document.

use idq_columns::{Column, Elements, RowSet};
use idq_snapshot::ColumnPart;

use super::path_match::Counted;
use super::value_test::{CompiledValueTest, ValueTest};
use super::{Evaluate, EvaluateColumn, OnField, PredicateKind};
use crate::selection::Selection;

/// Some element of the arrays at a path, or the value there if it is no array, satisfies a condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ElementMatch {
    /// Column of documents.
    pub field: usize,
    /// Keys from the document to the arrays.
    pub keys: Vec<String>,
    /// Condition.
    pub condition: ElementCondition,
}

/// A condition on one element. Its keys start at the element.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ElementCondition {
    /// Conjunction; without operands, every element.
    And(Vec<ElementCondition>),
    /// Disjunction; without operands, no element.
    Or(Vec<ElementCondition>),
    /// Negation.
    Not(Box<ElementCondition>),
    /// Some value at a path passes a test.
    Match(Vec<String>, ValueTest),
    /// A path has a value.
    Present(Vec<String>, Counted),
    /// Some element at a path satisfies a condition.
    Element(Vec<String>, Box<ElementCondition>),
}

/// A compiled [`ElementCondition`].
#[derive(Debug)]
enum CompiledElement {
    And(Vec<CompiledElement>),
    Or(Vec<CompiledElement>),
    Not(Box<CompiledElement>),
    Match(Vec<String>, CompiledValueTest),
    Present(Vec<String>, Counted),
    Element(Vec<String>, Box<CompiledElement>),
}

impl ElementCondition {
    /// Prepares the tests of the whole tree.
    fn compile(&self) -> CompiledElement {
        let all = |operands: &[Self]| operands.iter().map(Self::compile).collect();
        match self {
            Self::And(operands) => CompiledElement::And(all(operands)),
            Self::Or(operands) => CompiledElement::Or(all(operands)),
            Self::Not(operand) => CompiledElement::Not(Box::new(operand.compile())),
            Self::Match(keys, test) => CompiledElement::Match(keys.clone(), test.compile()),
            Self::Present(keys, counted) => CompiledElement::Present(keys.clone(), *counted),
            Self::Element(keys, inner) => {
                CompiledElement::Element(keys.clone(), Box::new(inner.compile()))
            }
        }
    }
}

impl CompiledElement {
    /// Returns the elements that satisfy the condition.
    fn select(&self, elements: &Elements<'_>) -> RowSet {
        match self {
            Self::And(operands) => operands
                .iter()
                .fold(RowSet::new_set(elements.len()), |selected, operand| {
                    &selected & &operand.select(elements)
                }),
            Self::Or(operands) => operands
                .iter()
                .fold(RowSet::new_unset(elements.len()), |selected, operand| {
                    &selected | &operand.select(elements)
                }),
            Self::Not(operand) => !&operand.select(elements),
            Self::Match(keys, test) => elements.select(keys, |path| test.texts(path)),
            Self::Present(keys, counted) => elements.select_below(keys, |path| {
                path.texts_where(|value| {
                    let counts = *counted == Counted::Values || !value.folded.is_empty();
                    value.kind.is_value() && counts
                })
            }),
            Self::Element(keys, inner) => {
                let below = elements.below(keys);
                below.owners(&inner.select(&below))
            }
        }
    }
}

impl PredicateKind for ElementMatch {
    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn parts(&self) -> Vec<ColumnPart> {
        vec![ColumnPart::path(self.field, &self.keys)]
    }

    fn cost(&self) -> u32 {
        200
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        let compiled = CompiledElementMatch {
            keys: self.keys.clone(),
            condition: self.condition.compile(),
        };
        Box::new(OnField::new(self.field, compiled))
    }
}

/// A compiled [`ElementMatch`].
#[derive(Debug)]
struct CompiledElementMatch {
    /// Keys from the document to the arrays.
    keys: Vec<String>,
    /// Condition on single elements.
    condition: CompiledElement,
}

impl EvaluateColumn for CompiledElementMatch {
    fn evaluate(&self, column: &Column) -> Selection {
        let Column::Document(documents) = column else {
            return Selection::None;
        };
        // A row is selected if one of its elements is.
        let elements = Elements::of_rows(documents, &self.keys);
        Selection::Some(elements.owners(&self.condition.select(&elements)))
    }
}
