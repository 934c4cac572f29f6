//! Tests of attributes: comparisons and value paths.

use std::fmt;

use super::{AttributePath, Expression, Literal};
use crate::text::{Span, Spanned};

/// Test of one attribute: `userName co "smith"`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Comparison {
    /// Path of the attribute; it starts at a value inside a value path, and at the record elsewhere.
    pub path: AttributePath,
    /// Operator.
    pub operator: Operator,
    /// Right-hand side.
    pub operand: Operand,
    /// Span of the whole comparison; `None` for one from code.
    pub span: Option<Span>,
}

/// Test of the values of one attribute: `emails[type eq "work"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValuePath {
    /// Path of the attribute.
    pub path: AttributePath,
    /// Condition that some value satisfies. Its paths start at that value.
    pub condition: Box<Expression>,
    /// Span of the whole value path; `None` for one from code.
    pub span: Option<Span>,
}

/// Operator of a comparison. Displays as its keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `eq`: is the value.
    Equal,
    /// `ne`: is not the value; the negation of `eq`.
    NotEqual,
    /// `co`: contains the text.
    Contains,
    /// `sw`: starts with the text.
    StartsWith,
    /// `ew`: ends with the text.
    EndsWith,
    /// `gt`: is greater.
    Greater,
    /// `ge`: is greater or equal.
    GreaterOrEqual,
    /// `lt`: is less.
    Less,
    /// `le`: is less or equal.
    LessOrEqual,
    /// `pr`: has a value.
    Present,
    /// `in`: is one of a list of values. An extension of RFC 7644.
    In,
    /// `matches`: contains a match of a regular expression. An extension of RFC 7644.
    Matches,
    /// `eq_cs`: is the text, with case. An extension of RFC 7644.
    EqualCase,
    /// `co_cs`: contains the text, with case. An extension of RFC 7644.
    ContainsCase,
    /// `sw_cs`: starts with the text, with case. An extension of RFC 7644.
    StartsWithCase,
    /// `ew_cs`: ends with the text, with case. An extension of RFC 7644.
    EndsWithCase,
}

impl Operator {
    /// All operators, those of RFC 7644 first.
    pub const ALL: [Self; 16] = [
        Self::Equal,
        Self::NotEqual,
        Self::Contains,
        Self::StartsWith,
        Self::EndsWith,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Present,
        Self::In,
        Self::Matches,
        Self::EqualCase,
        Self::ContainsCase,
        Self::StartsWithCase,
        Self::EndsWithCase,
    ];

    /// Returns the keyword, in lower case.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Equal => "eq",
            Self::NotEqual => "ne",
            Self::Contains => "co",
            Self::StartsWith => "sw",
            Self::EndsWith => "ew",
            Self::Greater => "gt",
            Self::GreaterOrEqual => "ge",
            Self::Less => "lt",
            Self::LessOrEqual => "le",
            Self::Present => "pr",
            Self::In => "in",
            Self::Matches => "matches",
            Self::EqualCase => "eq_cs",
            Self::ContainsCase => "co_cs",
            Self::StartsWithCase => "sw_cs",
            Self::EndsWithCase => "ew_cs",
        }
    }

    /// Returns the operator of a keyword in any case.
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.keyword().eq_ignore_ascii_case(keyword))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.keyword())
    }
}

/// Right-hand side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Nothing: that of `pr`.
    None,
    /// One value.
    Literal(Spanned<Literal>),
    /// Values of `in`.
    List(Vec<Spanned<Literal>>),
    /// Another attribute of the same record, or of the same value inside a value path.
    Path(AttributePath),
}

impl<T: Into<Literal>> From<T> for Operand {
    /// Creates the operand of one value from code.
    fn from(value: T) -> Self {
        Self::Literal(Spanned::without_span(value.into()))
    }
}

impl From<AttributePath> for Operand {
    /// Creates the operand of another attribute.
    fn from(path: AttributePath) -> Self {
        Self::Path(path)
    }
}
