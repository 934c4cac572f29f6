//! Binding of the conditions in the brackets of a value path, which test elements of the arrays of a document.

use idq_grammar::{Comparison, Expression, Literal, Operand, Operator, Spanned};

use super::{BindErrorKind, Binder};
use crate::predicates::{Counted, ElementCondition};

impl Binder<'_> {
    /// Binds the condition of a value path on elements of a document; `None` where it is wrong.
    pub(super) fn element(&mut self, expression: &Expression) -> Option<ElementCondition> {
        let all = |binder: &mut Self, operands: &[Expression]| {
            // Every operand is bound, so that all mistakes are reported.
            let bound: Vec<_> = operands
                .iter()
                .map(|operand| binder.element(operand))
                .collect();
            bound.into_iter().collect::<Option<Vec<_>>>()
        };
        match expression {
            Expression::And(operands) => all(self, operands).map(ElementCondition::And),
            Expression::Or(operands) => all(self, operands).map(ElementCondition::Or),
            Expression::Not(operand) => {
                let operand = self.element(operand)?;
                Some(ElementCondition::Not(Box::new(operand)))
            }
            Expression::Filter(filter) => {
                let name = filter.name.value.clone();
                self.error(BindErrorKind::FilterInValuePath { name }, filter.name.span);
                None
            }
            Expression::ValuePath(inner) => {
                let condition = self.element(&inner.condition)?;
                let keys = inner.path.keys.clone();
                Some(ElementCondition::Element(keys, Box::new(condition)))
            }
            Expression::Comparison(comparison) => self.element_comparison(comparison),
        }
    }

    /// Binds a comparison whose path starts at the element; `None` where it is wrong.
    fn element_comparison(&mut self, comparison: &Comparison) -> Option<ElementCondition> {
        let keys = comparison.path.keys.clone();
        let name = comparison.path.to_string();
        let operator = match comparison.operator {
            Operator::NotEqual => Operator::Equal,
            operator => operator,
        };
        let test = |binder: &mut Self, literal: &Spanned<Literal>| match binder.document_test(
            &name,
            operator,
            &literal.value,
        ) {
            Ok(test) => Some(ElementCondition::Match(keys.clone(), test)),
            Err(kind) => {
                binder.error(kind, literal.span);
                None
            }
        };
        let condition = match &comparison.operand {
            Operand::None => ElementCondition::Present(keys, Counted::NonEmpty),
            Operand::Literal(literal)
                if literal.value == Literal::Null && operator == Operator::Equal =>
            {
                let present = ElementCondition::Present(keys, Counted::Values);
                ElementCondition::Not(Box::new(present))
            }
            Operand::Literal(literal) => test(self, literal)?,
            Operand::List(literals) => {
                let mut tests = Vec::new();
                for literal in literals {
                    tests.push(test(self, literal)?);
                }
                ElementCondition::Or(tests)
            }
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
