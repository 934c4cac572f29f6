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

/// The number of a documented member among the spans: that of its column, or a higher one for an object that is no
/// column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl Slot {
    /// Returns the slot of a column, or of an object that has this number after all columns.
    pub(super) fn new(number: usize) -> Self {
        Self(number as u32)
    }

    /// Returns the number: that of the column, if the member has one.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The spans of the documented members of a record.
#[derive(Debug)]
pub(super) struct FieldSpans {
    /// The span of each slot.
    spans: Box<[Span]>,
}

impl FieldSpans {
    /// Creates the spans of a record without values.
    pub(super) fn new(slots: usize) -> Self {
        Self {
            spans: vec![Span::default(); slots].into_boxed_slice(),
        }
    }

    /// Removes all values.
    pub(super) fn clear(&mut self) {
        self.spans.fill(Span::default());
    }

    /// Returns whether a slot has a value.
    pub(super) fn has(&self, slot: Slot) -> bool {
        self.spans[slot.index()].kind != SpanKind::Missing
    }

    /// Sets the value of a slot. Returns false, and sets nothing, if it has one.
    #[inline(always)]
    pub(super) fn set(&mut self, slot: Slot, kind: SpanKind, range: Range<u32>) -> bool {
        match self.spans.get_mut(slot.index()) {
            Some(span) if span.kind == SpanKind::Missing => {
                *span = Span {
                    start: range.start,
                    end: range.end,
                    kind,
                };
                true
            }
            _ => false,
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
        let range = span.start..span.end;
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

/// Returns a string that the walk has found, without its quotes.
///
/// The index has an entry at each sequence that is not UTF-8, so none is in the range. The second validation takes a
/// few nanoseconds for each captured string, and makes `unsafe` unnecessary here.
#[inline(always)]
pub(super) fn string(bytes: &[u8], range: Range<u32>) -> Text<'_> {
    let range = range.start as usize..range.end as usize;
    Text::from_utf8(&bytes[range]).unwrap_or(Text::from_raw("", false))
}

/// Returns the spelling of a number, which is ASCII.
#[inline(always)]
pub(super) fn number(bytes: &[u8], range: Range<u32>) -> &str {
    string(bytes, range).raw()
}
