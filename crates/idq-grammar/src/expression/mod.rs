//! [`Expression`]: the boolean tree of a request's filters and tests.

mod comparison;
mod field_test;
mod literal;
mod path;
mod spelling;

use crate::filter::{Filter, FilterValue};
use crate::text::Spanned;

pub use comparison::{Comparison, Operand, Operator, ValuePath};
pub use field_test::FieldTest;
pub use literal::Literal;
pub use path::AttributePath;

/// A boolean expression over filters and tests of attributes, as parsed: names are not looked up, and values are texts.
///
/// The grammar of query strings builds an `and` of filters; the [grammar of expressions](crate::where_expression)
/// builds a tree of tests. A program may build any tree, and adds it to a query with
/// [`Query::and_where`](crate::Query::and_where):
///
/// ```
/// use idq_grammar::{Expression, Query};
///
/// let orphan = Expression::filter("state", "orphan");
/// let sales = Expression::field("profile.department").equals("Sales");
/// let work = Expression::some("emails", Expression::field("type").equals("work"));
/// let query = Query::new()
///     .filter("email_search", "@example.com")
///     .and_where(orphan.or(sales.and(!work)));
/// assert_eq!(query.filters().len(), 2);
/// assert_eq!(query.operands()[1].paths().len(), 3);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Conjunction; without operands, every record.
    And(Vec<Expression>),
    /// Disjunction; without operands, no record.
    Or(Vec<Expression>),
    /// Negation: exactly the records that its operand does not select, those whose field is null or missing included.
    Not(Box<Expression>),
    /// One filter of the API.
    Filter(Filter),
    /// Test of an attribute: `userName co "smith"`.
    Comparison(Comparison),
    /// Value path: `emails[type eq "work"]`: some value of the attribute satisfies an expression whose paths start at
    /// that value.
    ValuePath(ValuePath),
}

impl Expression {
    /// Creates a filter, whose name and value are those of [`Query::filter`](crate::Query::filter).
    pub fn filter(name: impl Into<String>, value: impl Into<FilterValue>) -> Self {
        Self::Filter(Filter {
            name: Spanned::without_span(name.into()),
            value: value.into(),
        })
    }

    /// Starts a test of the attribute at a path: `Expression::field("profile.department").equals("Sales")`.
    ///
    /// A text is parsed as a path ([`AttributePath::from`]).
    pub fn field(path: impl Into<AttributePath>) -> FieldTest {
        FieldTest::new(path.into())
    }

    /// Creates a value path: some value of the attribute at `path` satisfies `condition`, whose paths start at that
    /// value.
    pub fn some(path: impl Into<AttributePath>, condition: Self) -> Self {
        Self::ValuePath(ValuePath {
            path: path.into(),
            condition: Box::new(condition),
            span: None,
        })
    }

    /// Creates the conjunction of this expression and another one. A conjunction on the left gains one operand.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut operands) => {
                operands.push(other);
                Self::And(operands)
            }
            operand => Self::And(vec![operand, other]),
        }
    }

    /// Creates the disjunction of this expression and another one. A disjunction on the left gains one operand.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match self {
            Self::Or(mut operands) => {
                operands.push(other);
                Self::Or(operands)
            }
            operand => Self::Or(vec![operand, other]),
        }
    }

    /// Returns the filters of the whole tree, depth first.
    pub fn filters(&self) -> Vec<&Filter> {
        let mut filters = Vec::new();
        self.visit(&mut |expression| {
            if let Self::Filter(filter) = expression {
                filters.push(filter);
            }
        });
        filters
    }

    /// Returns the paths of the whole tree, depth first: those of tests, of their right-hand sides and of value paths.
    ///
    /// A path inside the brackets of a value path starts at a value of that path.
    pub fn paths(&self) -> Vec<&AttributePath> {
        let mut paths = Vec::new();
        self.visit(&mut |expression| match expression {
            Self::Comparison(Comparison { path, operand, .. }) => {
                paths.push(path);
                if let Operand::Path(right) = operand {
                    paths.push(right);
                }
            }
            Self::ValuePath(ValuePath { path, .. }) => paths.push(path),
            _ => {}
        });
        paths
    }

    /// Calls `visitor` for each expression of the tree, parents before their operands.
    pub(crate) fn visit<'e>(&'e self, visitor: &mut impl FnMut(&'e Self)) {
        visitor(self);
        match self {
            Self::And(operands) | Self::Or(operands) => {
                for operand in operands {
                    operand.visit(visitor);
                }
            }
            Self::Not(operand) => operand.visit(visitor),
            Self::ValuePath(ValuePath { condition, .. }) => condition.visit(visitor),
            Self::Filter(_) | Self::Comparison(_) => {}
        }
    }
}

impl std::ops::Not for Expression {
    type Output = Self;

    /// Negates the expression.
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_a_tree_are_listed_depth_first() {
        let filter = |name| Expression::filter(name, "x");
        let tree = filter("a")
            .or(filter("b").and(!filter("c")).and(filter("d")))
            .or(filter("e"));
        let names: Vec<_> = tree.filters().iter().map(|each| &each.name.value).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
        assert!(matches!(&tree, Expression::Or(operands) if operands.len() == 3));
    }
}
