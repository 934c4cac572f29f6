//! [`Selection`]: rows of a chunk, as a selection bitmap or without one.

use idq_columns::RowSet;

/// Rows of a chunk that satisfy a condition. The two common cases, all and none, have no bitmap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Selection {
    /// No row.
    None,
    /// Every row.
    All,
    /// The set bits of a bitmap with one bit per row.
    Some(RowSet),
}

impl Selection {
    /// Returns the intersection.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, other) => other,
            (one, Self::All) => one,
            (Self::Some(one), Self::Some(other)) => Self::Some(&one & &other),
        }
    }

    /// Returns the union.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::None, other) => other,
            (one, Self::None) => one,
            (Self::Some(one), Self::Some(other)) => Self::Some(&one | &other),
        }
    }

    /// Returns the complement.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::None => Self::All,
            Self::All => Self::None,
            Self::Some(rows) => Self::Some(!&rows),
        }
    }

    /// Returns the number of selected rows of a chunk of `rows` rows.
    pub(crate) fn count(&self, rows: usize) -> usize {
        match self {
            Self::None => 0,
            Self::All => rows,
            Self::Some(rows) => rows.count_set_bits(),
        }
    }

    /// Returns the bitmap of a chunk of `rows` rows.
    pub(crate) fn into_rows(self, rows: usize) -> RowSet {
        match self {
            Self::None => RowSet::new_unset(rows),
            Self::All => RowSet::new_set(rows),
            Self::Some(rows) => rows,
        }
    }

    /// Calls `visit` with each selected row of a chunk of `rows` rows, ascending.
    pub(crate) fn for_each(&self, rows: usize, visit: impl FnMut(usize)) {
        match self {
            Self::None => {}
            Self::All => (0..rows).for_each(visit),
            Self::Some(rows) => rows.set_indices().for_each(visit),
        }
    }
}
