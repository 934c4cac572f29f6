//! [`Order`]: the comparison that an ordering operator makes.

use std::cmp::Ordering;

/// A comparison of a value with another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// The value is less.
    Less,
    /// The value is less or equal.
    LessOrEqual,
    /// The values are equal.
    Equal,
    /// The value is greater or equal.
    GreaterOrEqual,
    /// The value is greater.
    Greater,
}

impl Order {
    /// Returns whether the comparison holds for two values of this ordering.
    pub(crate) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}
