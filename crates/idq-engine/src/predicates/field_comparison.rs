//! Comparison of two attributes of one record.

use std::borrow::Cow;
use std::cmp::Ordering;

use idq_columns::{Column, DocumentValue, ValueKind, casefold, kernels};
use idq_grammar::TimeZone;
use idq_snapshot::{ChunkColumns, ColumnPart};

use super::text_test::Case;
use super::value_test::{DateTexts, compare_values};
use super::{Evaluate, Order, PredicateKind};
use crate::attribute::Attribute;
use crate::selection::Selection;

/// Some value of one attribute compares with some value of another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldComparison {
    /// Left-hand side.
    pub left: Attribute,
    /// Comparison.
    pub order: Order,
    /// Right-hand side.
    pub right: Attribute,
    /// Kind of the values of a field on either side whose column has texts: texts or numbers.
    pub kind: ValueKind,
    /// Whether case counts in texts.
    pub case: Case,
    /// Time zone in which a day without a time, in a document, begins.
    pub time_zone: TimeZone,
}

impl PredicateKind for FieldComparison {
    fn fields(&self) -> Vec<usize> {
        vec![self.left.column(), self.right.column()]
    }

    fn parts(&self) -> Vec<ColumnPart> {
        vec![self.left.part(), self.right.part()]
    }

    fn cost(&self) -> u32 {
        24
    }

    fn compile(&self) -> Box<dyn Evaluate> {
        Box::new(self.clone())
    }
}

impl Evaluate for FieldComparison {
    fn evaluate(&self, chunk: ChunkColumns<'_>) -> Selection {
        let [left, right] = [&self.left, &self.right].map(|side| chunk.column(side.column()));
        if let (Column::Timestamp(left), Column::Timestamp(right)) = (left, right) {
            let passes = |ordering| self.order.holds(ordering);
            return Selection::Some(kernels::timestamp_compare(left, right, passes));
        }
        let dates = self.date_texts();
        let left = row_values(left, &self.left, self.kind);
        let right = row_values(right, &self.right, self.kind);
        // Both sides ascend by row, so that one pass over each joins them.
        let mut rows = vec![false; chunk.rows()];
        let mut from = 0;
        for (row, value) in &left {
            from += right[from..]
                .iter()
                .take_while(|(other, _)| other < row)
                .count();
            let same_row = right[from..].iter().take_while(|(other, _)| other == row);
            let mut orders =
                same_row.filter_map(|(_, other)| value.compare(other, self.case, dates));
            rows[*row] |= orders.any(|ordering| self.order.holds(ordering));
        }
        Selection::Some(rows.into())
    }
}

impl FieldComparison {
    /// Returns the reading of texts that are dates: fields of texts have none, as in comparisons with a value.
    fn date_texts(&self) -> DateTexts {
        match (&self.left, &self.right) {
            (Attribute::Path { .. }, _) | (_, Attribute::Path { .. }) => {
                DateTexts::Dates(self.time_zone)
            }
            _ => DateTexts::Texts,
        }
    }
}

/// A scalar of one row, of a field or of a document.
enum RowValue<'c> {
    /// A date of a field, in microseconds since the Unix epoch.
    Instant(i64),
    /// Any other scalar, with both forms of its text.
    Scalar {
        kind: ValueKind,
        folded: Cow<'c, [u8]>,
        original: Cow<'c, [u8]>,
    },
}

impl RowValue<'_> {
    /// Creates the value of a field.
    fn text(kind: ValueKind, text: &str) -> Self {
        Self::Scalar {
            kind,
            folded: Cow::Owned(casefold(text).into_owned().into_bytes()),
            original: Cow::Owned(text.as_bytes().to_vec()),
        }
    }

    /// Compares two values; `None` if their kinds differ.
    fn compare(&self, other: &Self, case: Case, dates: DateTexts) -> Option<Ordering> {
        match (self, other) {
            (Self::Instant(one), Self::Instant(other)) => Some(one.cmp(other)),
            (Self::Instant(one), other) => Some(one.cmp(&dates.date_of(&other.scalar()?)?)),
            (one, Self::Instant(other)) => Some(dates.date_of(&one.scalar()?)?.cmp(other)),
            (one, other) => compare_values(&one.scalar()?, &other.scalar()?, case, dates),
        }
    }

    /// Returns the value in the form of documents; `None` for a date of a field.
    fn scalar(&self) -> Option<DocumentValue<'_>> {
        match self {
            Self::Instant(_) => None,
            Self::Scalar {
                kind,
                folded,
                original,
            } => Some(DocumentValue {
                kind: *kind,
                folded,
                original,
            }),
        }
    }
}

/// Returns the scalars of an attribute with their rows, ascending; `kind` is that of a column of texts, which has the
/// spellings of numbers as well.
fn row_values<'c>(
    column: &'c Column,
    attribute: &Attribute,
    kind: ValueKind,
) -> Vec<(usize, RowValue<'c>)> {
    let rows = 0..column.validity().rows();
    let of_rows = |value: &dyn Fn(usize) -> Option<RowValue<'c>>| {
        rows.filter_map(|row| Some((row, value(row)?))).collect()
    };
    match (column, attribute) {
        (Column::Text(column), _) => of_rows(&|row| {
            let text = column.value(row)?;
            Some(RowValue::text(kind, &text))
        }),
        (Column::Keyword(column), _) => of_rows(&|row| {
            let text = column.value(row)?;
            Some(RowValue::text(kind, text))
        }),
        (Column::Timestamp(column), _) => {
            of_rows(&|row| Some(RowValue::Instant(column.value(row)?)))
        }
        (Column::Boolean(column), _) => of_rows(&|row| {
            let text = if column.value(row)? { "true" } else { "false" };
            Some(RowValue::text(ValueKind::Boolean, text))
        }),
        (Column::Document(column), Attribute::Path { keys, .. }) => {
            let Some(path) = column.path(keys) else {
                return Vec::new();
            };
            let texts: Vec<DocumentValue<'_>> = path.texts().collect();
            let values = path.occurrences().filter_map(|(row, text)| {
                let value = texts.get(text).filter(|value| value.kind.is_value())?;
                let scalar = RowValue::Scalar {
                    kind: value.kind,
                    folded: Cow::Borrowed(value.folded),
                    original: Cow::Borrowed(value.original),
                };
                Some((row, scalar))
            });
            values.collect()
        }
        (Column::Document(_), _) => Vec::new(),
    }
}
