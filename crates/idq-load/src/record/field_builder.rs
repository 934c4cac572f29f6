//! The builder of one field's column, for every kind of field.

use idq_api::Kind;
use idq_columns::{
    BooleanBuilder, Column, DocumentBuilder, KeywordBuilder, TextBuilder, TimestampBuilder,
    ValueKind, ValueState,
};
use idq_json::{Scalar, Text};

use super::field_value::FieldValue;

/// A column builder.
#[derive(Debug)]
pub(super) enum FieldBuilder {
    /// The field does not become a column.
    Unwanted,
    /// Texts, and numbers by their spelling.
    Text(TextBuilder),
    /// Texts of few distinct values.
    Keyword(KeywordBuilder),
    /// Instants in microseconds since the Unix epoch.
    Timestamp(TimestampBuilder),
    /// `true` and `false`.
    Boolean(BooleanBuilder),
    /// The keys and scalars of any JSON value. The parser adds them; a push ends the row.
    Document(DocumentBuilder),
}

impl FieldBuilder {
    /// Creates the builder for a kind of field; of documents for these paths, or for all.
    pub(super) fn new(kind: Kind, is_wanted: bool, paths: Option<Vec<Vec<String>>>) -> Self {
        match kind {
            _ if !is_wanted => Self::Unwanted,
            Kind::Text | Kind::Number => Self::Text(TextBuilder::new()),
            Kind::Keyword => Self::Keyword(KeywordBuilder::new()),
            Kind::Timestamp => Self::Timestamp(TimestampBuilder::new()),
            Kind::Boolean => Self::Boolean(BooleanBuilder::new()),
            Kind::Document => Self::Document(match paths {
                Some(paths) => DocumentBuilder::with_paths(paths),
                None => DocumentBuilder::new(),
            }),
        }
    }

    /// Adds a value of the field's kind, which is none of a timestamp: see [`push_timestamp`](Self::push_timestamp).
    #[inline]
    pub(super) fn push(&mut self, value: FieldValue<'_>) {
        use FieldValue::{Integer, Missing, Scalar as Is};
        match (self, value) {
            (Self::Text(builder), Is(Scalar::String(text))) => {
                with_decoded(text, |text| builder.push(text));
            }
            (Self::Text(builder), Is(Scalar::Number(spelling))) => builder.push(spelling),
            (Self::Text(builder), Integer(number)) => {
                builder.push(itoa::Buffer::new().format(number));
            }
            (Self::Text(builder), FieldValue::NULL) => builder.push_null(),
            (Self::Text(builder), _) => builder.push_missing(),
            (Self::Keyword(builder), Is(Scalar::String(text))) => {
                with_decoded(text, |text| builder.push(text));
            }
            (Self::Keyword(builder), Is(Scalar::Number(spelling))) => builder.push(spelling),
            (Self::Keyword(builder), Integer(number)) => {
                builder.push(itoa::Buffer::new().format(number));
            }
            (Self::Keyword(builder), FieldValue::NULL) => builder.push_null(),
            (Self::Keyword(builder), _) => builder.push_missing(),
            (Self::Boolean(builder), Is(Scalar::Boolean(value))) => builder.push(value),
            (Self::Boolean(builder), FieldValue::NULL) => builder.push_null(),
            (Self::Boolean(builder), _) => builder.push_missing(),
            (Self::Document(builder), FieldValue::NULL) => builder.end_row(ValueState::Null),
            (Self::Document(builder), Missing) => builder.end_row(ValueState::Missing),
            (Self::Document(builder), _) => builder.end_row(ValueState::Present),
            (Self::Unwanted | Self::Timestamp(_), _) => {}
        }
    }

    /// Adds a value to the column of a timestamp, as the instant that was parsed of it when the record was checked:
    /// `None` for a text that is no value.
    #[inline]
    pub(super) fn push_timestamp(&mut self, value: FieldValue<'_>, instant: Option<i64>) {
        let Self::Timestamp(builder) = self else {
            return;
        };
        match (value, instant) {
            (FieldValue::Missing, _) => builder.push_missing(),
            (FieldValue::NULL, _) | (_, None) => builder.push_null(),
            (_, Some(instant)) => builder.push(instant),
        }
    }

    /// Returns the builder of a document.
    pub(super) fn as_document(&mut self) -> Option<&mut DocumentBuilder> {
        match self {
            Self::Document(builder) => Some(builder),
            _ => None,
        }
    }

    /// Finishes the column.
    pub(super) fn finish(self) -> Option<Column> {
        match self {
            Self::Unwanted => None,
            Self::Text(builder) => Some(builder.finish_compact()),
            Self::Keyword(builder) => Some(builder.finish_compact()),
            Self::Timestamp(builder) => Some(Column::Timestamp(builder.finish())),
            Self::Boolean(builder) => Some(Column::Boolean(builder.finish())),
            Self::Document(builder) => Some(Column::Document(builder.finish())),
        }
    }
}

/// Returns the kind of a scalar in a document.
pub(super) fn kind_of(scalar: Scalar<'_>) -> ValueKind {
    match scalar {
        Scalar::String(_) => ValueKind::String,
        Scalar::Number(_) => ValueKind::Number,
        Scalar::Boolean(_) => ValueKind::Boolean,
        Scalar::Null => ValueKind::Null,
    }
}

/// Calls `take` with the text of a string, and returns its result. Most strings have no escapes, and are passed without
/// a `Cow`.
#[inline]
pub(super) fn with_decoded<T>(text: Text<'_>, take: impl FnOnce(&str) -> T) -> T {
    if text.is_escaped() {
        take(&text.decode())
    } else {
        take(text.raw())
    }
}
