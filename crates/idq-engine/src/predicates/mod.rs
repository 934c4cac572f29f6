//! Predicates: tests of fields, paths, elements and pairs of attributes, one file for each kind.
//!
//! A kind of predicate is a struct with its field and typed values. Its file implements [`PredicateKind`] (field, cost,
//! compilation) and [`Evaluate`] (evaluation on a column, by calling a kernel of `idq-columns`). Here, a kind is
//! registered: a variant of [`Predicate`], and the match of [`Predicate::from_texts`] or
//! [`Predicate::from_interval`] that maps an API's [`MatchKind`] to it.

mod automaton;
mod between;
mod boolean_match;
mod element_match;
mod exact;
mod field_comparison;
mod memo;
mod number_match;
mod on_field;
mod order;
mod partial;
mod path_match;
mod present;
mod search;
mod text_test;
mod value_test;

use std::fmt;

use idq_api::MatchKind;
use idq_grammar::Interval;
use idq_snapshot::{ChunkColumns, ColumnPart};

pub use between::Between;
pub use boolean_match::BooleanMatch;
pub use element_match::{ElementCondition, ElementMatch};
pub use exact::Exact;
pub use field_comparison::FieldComparison;
pub use number_match::NumberMatch;
pub use order::Order;
pub use partial::Partial;
pub use path_match::{Counted, PathMatch, PathPresent};
pub use present::Present;
pub use search::Search;
pub use text_test::{Case, TextMatch, TextOperator, TextTest};
pub use value_test::ValueTest;
pub(crate) use value_test::date_of;

use crate::selection::Selection;
use on_field::{EvaluateColumn, OnField};

/// A test of attributes, which are referred to by their columns: see [`Api::column_count`].
///
/// No predicate holds for a record whose field is null or missing.
///
/// [`Api::column_count`]: idq_api::Api::column_count
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Predicate {
    /// Equality of texts.
    Exact(Exact),
    /// Search in a text.
    Partial(Partial),
    /// Search in a document.
    Search(Search),
    /// Membership in an interval.
    Between(Between),
    /// Presence of a value.
    Present(Present),
    /// A test of a text of an expression.
    TextMatch(TextMatch),
    /// Comparison of numbers.
    NumberMatch(NumberMatch),
    /// Equality of booleans.
    BooleanMatch(BooleanMatch),
    /// A test of the values at a path of a document.
    PathMatch(PathMatch),
    /// Presence of a value at a path of a document.
    PathPresent(PathPresent),
    /// A condition on an element at a path of a document.
    ElementMatch(ElementMatch),
    /// Comparison of two attributes.
    FieldComparison(FieldComparison),
}

/// Operations of one kind of predicate.
trait PredicateKind {
    /// Returns the columns that are read.
    fn fields(&self) -> Vec<usize>;

    /// Returns the parts of the columns that are read.
    fn parts(&self) -> Vec<ColumnPart> {
        self.fields().into_iter().map(ColumnPart::from).collect()
    }

    /// Returns the rank of the work per row, by which operands of a conjunction are ordered.
    fn cost(&self) -> u32;

    /// Prepares the evaluation: automata, sorted values, memos.
    fn compile(&self) -> Box<dyn Evaluate>;
}

/// A compiled predicate.
pub(crate) trait Evaluate: fmt::Debug + Send + Sync {
    /// Returns the rows of a chunk that satisfy the predicate.
    fn evaluate(&self, chunk: ChunkColumns<'_>) -> Selection;
}

impl Predicate {
    fn kind(&self) -> &dyn PredicateKind {
        match self {
            Self::Exact(predicate) => predicate,
            Self::Partial(predicate) => predicate,
            Self::Search(predicate) => predicate,
            Self::Between(predicate) => predicate,
            Self::Present(predicate) => predicate,
            Self::TextMatch(predicate) => predicate,
            Self::NumberMatch(predicate) => predicate,
            Self::BooleanMatch(predicate) => predicate,
            Self::PathMatch(predicate) => predicate,
            Self::PathPresent(predicate) => predicate,
            Self::ElementMatch(predicate) => predicate,
            Self::FieldComparison(predicate) => predicate,
        }
    }

    /// Returns the columns that are read.
    pub fn fields(&self) -> Vec<usize> {
        self.kind().fields()
    }

    /// Returns the parts of the columns that are read.
    pub(crate) fn parts(&self) -> Vec<ColumnPart> {
        self.kind().parts()
    }

    /// Returns the rank of the work per row.
    pub(crate) fn cost(&self) -> u32 {
        self.kind().cost()
    }

    /// Prepares the evaluation.
    pub(crate) fn compile(&self) -> Box<dyn Evaluate> {
        self.kind().compile()
    }

    /// Returns the predicate of a filter whose values are texts; `None` for other filters.
    pub(crate) fn from_texts(kind: &MatchKind, field: usize, texts: Vec<String>) -> Option<Self> {
        Some(match kind {
            MatchKind::Exact => {
                let values = texts;
                Exact { field, values }.into()
            }
            MatchKind::Partial => {
                let needles = texts;
                Partial { field, needles }.into()
            }
            MatchKind::Search => {
                let needles = texts;
                Search { field, needles }.into()
            }
            // Listed, so that a new kind of match cannot be forgotten: its filters would be ignored.
            MatchKind::Before
            | MatchKind::After
            | MatchKind::Trashed
            | MatchKind::PresentUnlessEquals { .. } => return None,
        })
    }

    /// Returns the predicate of a filter whose value is a date; `None` for other filters.
    pub(crate) fn from_interval(
        kind: &MatchKind,
        field: usize,
        Interval { start, end }: Interval,
    ) -> Option<Self> {
        let (start, end) = match kind {
            MatchKind::Before => (i64::MIN, end),
            MatchKind::After => (start, i64::MAX),
            MatchKind::Exact
            | MatchKind::Partial
            | MatchKind::Search
            | MatchKind::Trashed
            | MatchKind::PresentUnlessEquals { .. } => return None,
        };
        Some(Self::Between(Between { field, start, end }))
    }

    /// Returns the texts that the predicate of a filter compares with or searches for.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Exact(Exact { values: texts, .. })
            | Self::Partial(Partial { needles: texts, .. })
            | Self::Search(Search { needles: texts, .. }) => texts,
            _ => &[],
        }
    }
}

macro_rules! from_kind {
    ($($kind:ident)*) => {$(
        impl From<$kind> for Predicate {
            fn from(predicate: $kind) -> Self {
                Self::$kind(predicate)
            }
        }
    )*};
}
from_kind!(
    Exact Partial Search Between Present TextMatch NumberMatch BooleanMatch PathMatch PathPresent
    ElementMatch FieldComparison
);
