//! [`Condition`]: the boolean tree that a record must satisfy, over predicates with typed values.

use idq_api::FieldTest;
use idq_snapshot::ColumnPart;

use crate::predicates::{Exact, Predicate, Present};

/// A bound expression: filters are resolved to fields, and values are typed.
///
/// Evaluation is two-valued. A predicate does not hold for a record whose field is null or missing, so its negation
/// does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Conjunction; without operands, every record.
    And(Vec<Condition>),
    /// Disjunction; without operands, no record.
    Or(Vec<Condition>),
    /// Negation.
    Not(Box<Condition>),
    /// Test of one field.
    Predicate(Predicate),
}

impl Condition {
    /// Condition of every record.
    pub const ALL: Self = Self::And(Vec::new());

    /// Condition of no record.
    pub const NONE: Self = Self::Or(Vec::new());

    /// Returns the negation.
    #[must_use]
    pub fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// Returns the conjunction of conditions, without those that every record satisfies.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let conditions = conditions.into_iter();
        Self::And(conditions.filter(|each| *each != Self::ALL).collect())
    }

    /// Returns the condition of a flag's test.
    pub(crate) fn from_test(test: &FieldTest<'_>) -> Self {
        match test {
            FieldTest::Present(field) => Present { field: *field }.into(),
            FieldTest::Equals(field, text) => Exact {
                field: *field,
                values: vec![(*text).to_owned()],
            }
            .into(),
            FieldTest::Both(tests) => {
                Self::And(vec![Self::from_test(&tests.0), Self::from_test(&tests.1)])
            }
            FieldTest::Not(test) => Self::from_test(test).negated(),
        }
    }

    /// Returns the fields of all predicates, in the order of the tree; a field may be repeated.
    pub fn fields(&self) -> Vec<usize> {
        let mut fields = Vec::new();
        self.collect_fields(&mut fields);
        fields
    }

    /// Returns the parts of columns that predicates read, in the order of the tree; a part may be repeated.
    pub fn parts(&self) -> Vec<ColumnPart> {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                operands.iter().flat_map(Self::parts).collect()
            }
            Self::Not(operand) => operand.parts(),
            Self::Predicate(predicate) => predicate.parts(),
        }
    }

    fn collect_fields(&self, fields: &mut Vec<usize>) {
        match self {
            Self::And(operands) | Self::Or(operands) => {
                for operand in operands {
                    operand.collect_fields(fields);
                }
            }
            Self::Not(operand) => operand.collect_fields(fields),
            Self::Predicate(predicate) => fields.extend(predicate.fields()),
        }
    }
}

impl<P: Into<Predicate>> From<P> for Condition {
    fn from(predicate: P) -> Self {
        Self::Predicate(predicate.into())
    }
}
