//! [`Expression`]: the boolean tree of a request's filters.

use crate::filter::{Filter, FilterValue};
use crate::text::Spanned;

/// A boolean expression over filters, as parsed: names are not looked up, and values are texts.
///
/// The grammar of query strings builds an `and` of filters. An embedder may build any tree, and adds it to a query with
/// [`Query::matching`](crate::Query::matching):
///
/// ```
/// use idq_grammar::{Expression, Query};
///
/// let orphan = Expression::filter("state", "orphan");
/// let stale = Expression::filter("last_authenticated_before", "-90d");
/// let query = Query::new()
///     .filter("email_search", "@example.com")
///     .matching(orphan.or(stale.and(!Expression::filter("state", "suspended"))));
/// assert_eq!(query.filters().len(), 4);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expression {
    /// Conjunction; without operands, every record.
    And(Vec<Expression>),
    /// Disjunction; without operands, no record.
    Or(Vec<Expression>),
    /// Negation. The negation of a filter includes the records whose field is null or missing.
    Not(Box<Expression>),
    /// One filter.
    Filter(Filter),
}

impl Expression {
    /// Creates a filter, whose name and value are those of [`Query::filter`](crate::Query::filter).
    pub fn filter(name: impl Into<String>, value: impl Into<FilterValue>) -> Self {
        Self::Filter(Filter {
            name: Spanned::without_span(name.into()),
            value: value.into(),
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
        self.collect_filters(&mut filters);
        filters
    }

    fn collect_filters<'e>(&'e self, filters: &mut Vec<&'e Filter>) {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                for operand in operands {
                    operand.collect_filters(filters);
                }
            }
            Self::Not(operand) => operand.collect_filters(filters),
            Self::Filter(filter) => filters.push(filter),
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
