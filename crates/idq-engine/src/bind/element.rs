//! Binding of the conditions in the brackets of a value path, which test elements of the arrays of a document.

use idq_grammar::{Comparison, Expression, Literal, Operand, Operator, Spanned};

use super::{BindErrorKind, Binder};
use crate::attribute::Attribute;
use crate::predicates::{Counted, ElementCondition};

/// The arrays whose elements a condition in brackets tests.
pub(super) struct ElementScope<'k> {
    /// Column of documents.
    pub(super) field: usize,
    /// Keys from the document to the arrays.
    pub(super) keys: &'k [String],
}

/// Paths in brackets start at the element; an account and hints need them from the document on.
impl ElementScope<'_> {
    /// Returns the attribute at keys that start at an element.
    fn attribute(&self, keys: &[String]) -> Attribute {
        Attribute::Path {
            column: self.field,
            keys: self.keys.iter().chain(keys).cloned().collect(),
        }
    }
}

impl Binder<'_> {
    /// Binds the condition of a value path on elements of a document; `None` where it is wrong.
    pub(super) fn element(
        &mut self,
        expression: &Expression,
        scope: &ElementScope<'_>,
    ) -> Option<ElementCondition> {
        let all = |binder: &mut Self, operands: &[Expression]| {
            // Every operand is bound, so that all mistakes are reported.
            let bound: Vec<_> = operands
                .iter()
                .map(|operand| binder.element(operand, scope))
                .collect();
            bound.into_iter().collect::<Option<Vec<_>>>()
        };
        match expression {
            Expression::And(operands) => all(self, operands).map(ElementCondition::And),
            Expression::Or(operands) => all(self, operands).map(ElementCondition::Or),
            Expression::Not(operand) => {
                let operand = self.element(operand, scope)?;
                Some(ElementCondition::Not(Box::new(operand)))
            }
            Expression::Filter(filter) => {
                let name = filter.name.value.clone();
                self.error(BindErrorKind::FilterInValuePath { name }, filter.name.span);
                None
            }
            Expression::ValuePath(inner) => {
                self.named(&scope.attribute(&inner.path.keys));
                let inner_scope = ElementScope {
                    field: scope.field,
                    keys: &[scope.keys, &inner.path.keys].concat(),
                };
                let condition = self.element(&inner.condition, &inner_scope)?;
                let keys = inner.path.keys.clone();
                Some(ElementCondition::Element(keys, Box::new(condition)))
            }
            Expression::Comparison(comparison) => self.element_comparison(comparison, scope),
        }
    }

    /// Binds a comparison whose path starts at the element; `None` where it is wrong.
    fn element_comparison(
        &mut self,
        comparison: &Comparison,
        scope: &ElementScope<'_>,
    ) -> Option<ElementCondition> {
        let keys = comparison.path.keys.clone();
        let attribute = scope.attribute(&keys);
        self.named(&attribute);
        // Errors name the path as it is written in the brackets.
        let name = comparison.path.to_string();
        // `ne` is bound as `eq` and negated at the end.
        let operator = match comparison.operator {
            Operator::NotEqual => Operator::Equal,
            operator => operator,
        };
        let test = |binder: &mut Self, literal: &Spanned<Literal>| match binder.document_test(
            &name,
            operator,
            &literal.value,
        ) {
            Ok(test) => {
                binder.note_equal(&attribute, &test);
                Some(ElementCondition::Match(keys.clone(), test))
            }
            Err(kind) => {
                binder.error(kind, literal.span);
                None
            }
        };
        let condition = match &comparison.operand {
            // As outside brackets, `pr` excludes empty texts, and `eq null` does not.
            Operand::None => ElementCondition::Present(keys, Counted::NonEmpty),
            Operand::Literal(literal)
                if literal.value == Literal::Null && operator == Operator::Equal =>
            {
                let present = ElementCondition::Present(keys, Counted::Values);
                ElementCondition::Not(Box::new(present))
            }
            Operand::Literal(literal) => test(self, literal)?,
            Operand::List(literals) => {
                // All literals are bound, so that the mistakes of each are reported.
                let tests: Vec<_> = (literals.iter())
                    .map(|literal| test(self, literal))
                    .collect();
                ElementCondition::Or(tests.into_iter().collect::<Option<_>>()?)
            }
            // Elements are tested one by one, without the rest of their record.
            Operand::Path(other) => {
                self.error(BindErrorKind::PathInValuePath, other.span);
                return None;
            }
        };
        Some(match comparison.operator {
            Operator::NotEqual => ElementCondition::Not(Box::new(condition)),
            _ => condition,
        })
    }
}
