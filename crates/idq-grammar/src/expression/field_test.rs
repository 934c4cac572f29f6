//! [`FieldTest`]: tests of attributes, built in code.

use super::{AttributePath, Comparison, Expression, Literal, Operand, Operator};
use crate::text::Spanned;

/// An attribute whose test is to be chosen; made by [`Expression::field`].
///
/// A value is a text, boolean, integer, `f64` or date of `chrono`. It may be an [`AttributePath`] as well, and is then
/// another attribute of the same record.
///
/// ```
/// use idq_grammar::{AttributePath, Expression};
///
/// let stale = Expression::field("last_authenticated_at").less_than("-90d");
/// let renamed = Expression::field("updatedDate").greater_than(AttributePath::from("createdDate"));
/// let department = Expression::field("profile.department").is_in(["Sales", "Support"]);
/// let tree = stale.or(renamed.and(department));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[must_use]
pub struct FieldTest {
    path: AttributePath,
}

impl FieldTest {
    /// Creates a test of the attribute at `path`.
    pub(super) fn new(path: AttributePath) -> Self {
        Self { path }
    }

    /// Creates the test with any operator and right-hand side.
    pub fn compare(self, operator: Operator, operand: impl Into<Operand>) -> Expression {
        Expression::Comparison(Comparison {
            path: self.path,
            operator,
            operand: operand.into(),
            span: None,
        })
    }

    /// Creates `eq`: the attribute is the value.
    pub fn equals(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::Equal, value)
    }

    /// Creates `ne`: the attribute is not the value, or has none.
    pub fn not_equals(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::NotEqual, value)
    }

    /// Creates `co`: the attribute contains the text.
    pub fn contains(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::Contains, text)
    }

    /// Creates `sw`: the attribute starts with the text.
    pub fn starts_with(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::StartsWith, text)
    }

    /// Creates `ew`: the attribute ends with the text.
    pub fn ends_with(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::EndsWith, text)
    }

    /// Creates `gt`: the attribute is greater than the value.
    pub fn greater_than(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::Greater, value)
    }

    /// Creates `ge`: the attribute is the value or greater.
    pub fn at_least(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::GreaterOrEqual, value)
    }

    /// Creates `lt`: the attribute is less than the value.
    pub fn less_than(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::Less, value)
    }

    /// Creates `le`: the attribute is the value or less.
    pub fn at_most(self, value: impl Into<Operand>) -> Expression {
        self.compare(Operator::LessOrEqual, value)
    }

    /// Creates `in`: the attribute is one of the values. Without values it selects no record and has no spelling.
    pub fn is_in<T: Into<Literal>>(self, values: impl IntoIterator<Item = T>) -> Expression {
        let values = values.into_iter();
        let values = values.map(|value| Spanned::without_span(value.into()));
        self.compare(Operator::In, Operand::List(values.collect()))
    }

    /// Creates `matches`: the attribute contains a match of the regular expression.
    pub fn matches(self, regex: impl Into<String>) -> Expression {
        self.compare(Operator::Matches, regex.into())
    }

    /// Creates `eq_cs`: the attribute is the text, with case.
    pub fn equals_case(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::EqualCase, text)
    }

    /// Creates `co_cs`: the attribute contains the text, with case.
    pub fn contains_case(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::ContainsCase, text)
    }

    /// Creates `sw_cs`: the attribute starts with the text, with case.
    pub fn starts_with_case(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::StartsWithCase, text)
    }

    /// Creates `ew_cs`: the attribute ends with the text, with case.
    pub fn ends_with_case(self, text: impl Into<Operand>) -> Expression {
        self.compare(Operator::EndsWithCase, text)
    }

    /// Creates `pr`: the attribute has a value.
    pub fn is_present(self) -> Expression {
        self.compare(Operator::Present, Operand::None)
    }

    /// Creates `eq null`: the attribute has no value.
    pub fn is_null(self) -> Expression {
        self.compare(Operator::Equal, Literal::Null)
    }
}
