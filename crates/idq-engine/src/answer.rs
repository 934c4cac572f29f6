use idq_columns::RowSet;

/// Which rows of a chunk satisfy a condition; most often all or none do, which costs no bitmap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Nothing,
    Everything,
    Rows(RowSet),
}

impl Answer {
    /// The rows that both have.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Nothing, _) | (_, Self::Nothing) => Self::Nothing,
            (Self::Everything, other) => other,
            (one, Self::Everything) => one,
            (Self::Rows(one), Self::Rows(other)) => Self::Rows(&one & &other),
        }
    }

    /// The rows that one of them has.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
            (Self::Nothing, other) => other,
            (one, Self::Nothing) => one,
            (Self::Rows(one), Self::Rows(other)) => Self::Rows(&one | &other),
        }
    }

    /// The other rows.
    pub(crate) fn negated(self) -> Self {
        match self {
            Self::Nothing => Self::Everything,
            Self::Everything => Self::Nothing,
            Self::Rows(rows) => Self::Rows(!&rows),
        }
    }

    /// How many they are, of so many.
    pub(crate) fn count(&self, rows: usize) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Everything => rows,
            Self::Rows(rows) => rows.count_set_bits(),
        }
    }

    /// The set, of so many rows.
    pub(crate) fn into_rows(self, rows: usize) -> RowSet {
        match self {
            Self::Nothing => RowSet::new_unset(rows),
            Self::Everything => RowSet::new_set(rows),
            Self::Rows(rows) => rows,
        }
    }

    /// Calls with each row, ascending.
    pub(crate) fn for_each(&self, rows: usize, visit: impl FnMut(usize)) {
        match self {
            Self::Nothing => {}
            Self::Everything => (0..rows).for_each(visit),
            Self::Rows(rows) => rows.set_indices().for_each(visit),
        }
    }
}
