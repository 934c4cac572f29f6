//! Predicates: tests of one field, one file for each kind.
//!
//! A kind of predicate is a struct with its field and typed values. Its file implements [`PredicateKind`] (field, cost,
//! compilation) and [`Evaluate`] (evaluation on a column, by calling a kernel of `idq-columns`). Here, a kind is
//! registered: a variant of [`Predicate`], and the match of [`Predicate::from_texts`] or
//! [`Predicate::from_interval`] that maps an API's [`MatchKind`] to it.

mod between;
mod exact;
mod memo;
mod partial;
mod present;
mod search;

use std::fmt;

use idq_api::MatchKind;
use idq_columns::Column;
use idq_grammar::Interval;

pub use between::Between;
pub use exact::Exact;
pub use partial::Partial;
pub use present::Present;
pub use search::Search;

use crate::selection::Selection;

/// A test of one field, which is referred to by its position in the API's description.
///
/// No predicate holds for a record whose field is null or missing.
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
}

/// Operations of one kind of predicate.
trait PredicateKind {
    /// Returns the field that is tested.
    fn field(&self) -> usize;

    /// Returns the rank of the work per row, by which operands of a conjunction are ordered.
    fn cost(&self) -> u32;

    /// Prepares the evaluation: automata, sorted values, memos.
    fn compile(&self) -> Box<dyn Evaluate>;
}

/// A compiled predicate.
pub(crate) trait Evaluate: fmt::Debug + Send + Sync {
    /// Returns the rows of a column that satisfy the predicate: none if the column is of a kind that no API's
    /// description combines with the predicate.
    fn evaluate(&self, column: &Column) -> Selection;
}

impl Predicate {
    fn kind(&self) -> &dyn PredicateKind {
        match self {
            Self::Exact(predicate) => predicate,
            Self::Partial(predicate) => predicate,
            Self::Search(predicate) => predicate,
            Self::Between(predicate) => predicate,
            Self::Present(predicate) => predicate,
        }
    }

    /// Returns the field that is tested.
    pub fn field(&self) -> usize {
        self.kind().field()
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

    /// Returns the texts that the predicate compares with or searches for.
    pub(crate) fn texts(&self) -> &[String] {
        match self {
            Self::Exact(Exact { values: texts, .. })
            | Self::Partial(Partial { needles: texts, .. })
            | Self::Search(Search { needles: texts, .. }) => texts,
            Self::Between(_) | Self::Present(_) => &[],
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
from_kind!(Exact Partial Search Between Present);
