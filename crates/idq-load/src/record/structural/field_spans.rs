//! The values of a record as byte ranges, by field.

use std::ops::Range;

use idq_json::{Scalar, Text};

use crate::record::field_value::{FieldValue, FieldValues};

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum SpanKind {
    /// No value.
    #[default]
    Missing,
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A number.
    Number,
    /// A string.
    String,
    /// An object that contains fields.
    Object,
    /// An array without elements in place of such an object.
    EmptyArray,
    /// A document other than `null` and a text.
    Document,
}

/// A set of kinds of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpanKinds(u16);

impl SpanKinds {
    /// The kinds of fields that hold strings.
    pub(super) const STRINGS: Self = Self::or_null(1 << SpanKind::String as u16);
    /// The kinds of fields that hold numbers.
    pub(super) const NUMBERS: Self = Self::or_null(1 << SpanKind::Number as u16);
    /// Strings and numbers.
    pub(super) const STRINGS_AND_NUMBERS: Self =
        Self::or_null(1 << SpanKind::String as u16 | 1 << SpanKind::Number as u16);
    /// The kinds of fields that hold booleans.
    pub(super) const BOOLEANS: Self =
        Self::or_null(1 << SpanKind::True as u16 | 1 << SpanKind::False as u16);

    /// Creates a set of kinds and `null`.
    const fn or_null(kinds: u16) -> Self {
        Self(kinds | 1 << SpanKind::Null as u16)
    }

    /// Returns whether the set has a kind.
    #[inline(always)]
    pub(super) fn contains(self, kind: SpanKind) -> bool {
        self.0 >> kind as u16 & 1 == 1
    }
}

/// The byte range and the kind of a value. The range of a string excludes its quotes.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    /// The offset of the first byte.
    start: u32,
    /// The offset after the last byte.
    end: u32,
    /// The kind.
    kind: SpanKind,
}

/// The spans of the columns of an API.
#[derive(Debug)]
pub(super) struct FieldSpans {
    /// The span of each column.
    spans: Box<[Span]>,
}

impl FieldSpans {
    /// Creates the spans of a record without values.
    pub(super) fn new(columns: usize) -> Self {
        Self {
            spans: vec![Span::default(); columns].into_boxed_slice(),
        }
    }

    /// Removes all values.
    pub(super) fn clear(&mut self) {
        self.spans.fill(Span::default());
    }

    /// Sets the value of a column. Offsets in the text of an index fit in 32 bits.
    #[inline(always)]
    pub(super) fn set(&mut self, column: usize, kind: SpanKind, range: Range<usize>) {
        if let Some(span) = self.spans.get_mut(column) {
            *span = Span {
                start: range.start as u32,
                end: range.end as u32,
                kind,
            };
        }
    }
}

/// The spans of a record with the text that they are ranges of.
pub(super) struct SpanValues<'r, 'b> {
    /// The spans.
    spans: &'r FieldSpans,
    /// The text.
    bytes: &'b [u8],
}

impl<'r, 'b> SpanValues<'r, 'b> {
    /// Creates the values of a record that was walked in this text.
    pub(super) fn new(spans: &'r FieldSpans, bytes: &'b [u8]) -> Self {
        Self { spans, bytes }
    }
}

impl FieldValues for SpanValues<'_, '_> {
    const ARE_KINDS_CHECKED: bool = true;

    #[inline]
    fn get(&self, field: usize) -> FieldValue<'_> {
        let span = self.spans.spans[field];
        let range = span.start as usize..span.end as usize;
        match span.kind {
            SpanKind::Missing => FieldValue::Missing,
            SpanKind::Null => FieldValue::NULL,
            SpanKind::True => FieldValue::Scalar(Scalar::Boolean(true)),
            SpanKind::False => FieldValue::Scalar(Scalar::Boolean(false)),
            SpanKind::Number => FieldValue::Scalar(Scalar::Number(number(self.bytes, range))),
            SpanKind::String => FieldValue::Scalar(Scalar::String(string(self.bytes, range))),
            SpanKind::Object => FieldValue::Object,
            SpanKind::EmptyArray => FieldValue::Array,
            SpanKind::Document => FieldValue::Document,
        }
    }
}

/// Returns the string between two quotes that are consecutive entries of the index.
///
/// The index has an entry at each sequence that is not UTF-8, so none is in the range. The second validation takes a
/// few nanoseconds for each captured string, and makes `unsafe` unnecessary here.
#[inline(always)]
pub(super) fn string(bytes: &[u8], range: Range<usize>) -> Text<'_> {
    Text::from_utf8(&bytes[range]).unwrap_or(Text::from_raw("", false))
}

/// Returns the spelling of a number, which is ASCII.
#[inline(always)]
pub(super) fn number(bytes: &[u8], range: Range<usize>) -> &str {
    string(bytes, range).raw()
}
