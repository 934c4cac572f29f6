//! Sort terms of a query.

use std::fmt;

use crate::spanned_str::{SpannedStr, trimmed_range};
use crate::text::Spanned;

/// One `sort` parameter: `sort=a,-b`. Of several in a request, the API uses the last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sort {
    /// Terms, most significant first.
    pub terms: Vec<SortTerm>,
    /// Position of its parameter in the query's.
    pub(crate) parameter: usize,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortTerm {
    /// Name without the sign; empty between two adjacent commas.
    pub name: Spanned<String>,
    /// Direction of the order.
    pub direction: Direction,
}

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Lowest first: `created_at`.
    Ascending,
    /// Highest first: `-created_at`.
    Descending,
}

impl SortTerm {
    /// Creates a term with the lowest value first.
    pub fn ascending(name: impl Into<String>) -> Self {
        Self {
            name: Spanned::without_span(name.into()),
            direction: Direction::Ascending,
        }
    }

    /// Creates a term with the highest value first.
    pub fn descending(name: impl Into<String>) -> Self {
        Self {
            direction: Direction::Descending,
            ..Self::ascending(name)
        }
    }
}

/// Parses one term in the spelling of a request: `-created_at` descends.
impl From<&str> for SortTerm {
    fn from(term: &str) -> Self {
        match term.strip_prefix('-') {
            Some(name) => Self::descending(name),
            None => Self::ascending(term),
        }
    }
}

/// Writes the spelling of a request: with a `-` if the term descends.
impl fmt::Display for SortTerm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.direction {
            Direction::Ascending => "",
            Direction::Descending => "-",
        };
        write!(formatter, "{sign}{}", self.name.value)
    }
}

/// Parses the value of a `sort` parameter.
pub(crate) fn parse_sort_terms(value: &SpannedStr) -> Vec<SortTerm> {
    let trimmed = trimmed_range(value.as_str());
    let mut start = trimmed.start;
    value.as_str()[trimmed]
        .split(',')
        .map(|term| {
            let end = start + term.len();
            let (direction, name_start) = if term.starts_with('-') {
                (Direction::Descending, start + 1)
            } else {
                (Direction::Ascending, start)
            };
            start = end + 1;
            SortTerm {
                name: value.spanned(name_start..end),
                direction,
            }
        })
        .collect()
}
