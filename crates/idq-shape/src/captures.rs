//! The captures of a match: the scalars of a record as byte ranges, like the capture groups of a regular expression.
//!
//! Matching writes to a [`CaptureBuffer`], whose memory every record reuses; [`Captures`] is its public view.

use std::ops::Range;

use idq_json::{Scalar, Text};

/// A set of kinds of values: of scalars, and of containers that are skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalarKinds(u32);

impl ScalarKinds {
    /// `null` alone.
    pub const NULL: Self = Self(1 << NULL);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(1 << TRUE | 1 << FALSE);
    /// Numbers.
    pub const NUMBER: Self = Self(1 << NUMBER);
    /// Strings.
    pub const STRING: Self = Self(1 << STRING);
    /// Objects and arrays that are skipped: their content is validated, but neither learned nor captured, so that records
    /// with any content match.
    pub const SKIPPED: Self = Self(1 << SKIPPED);
    /// Any scalar.
    pub const ANY: Self = Self(Self::NULL.0 | Self::BOOLEAN.0 | Self::NUMBER.0 | Self::STRING.0);

    /// Returns the union of two sets.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns whether objects and arrays are skipped.
    #[inline(always)]
    pub(crate) fn has_skipped(self) -> bool {
        self.missing(SKIPPED) == 0
    }

    /// Returns a nonzero value if a kind is missing from the set, so that a caller can accumulate without branches.
    #[inline(always)]
    pub(crate) fn missing(self, kind: u32) -> u32 {
        !self.0 & 1 << kind
    }
}

// Kinds of scalars, as stored in a `Span`. 0 is an empty slot.
pub(crate) const NULL: u32 = 1;
pub(crate) const TRUE: u32 = 2;
pub(crate) const FALSE: u32 = 3;
pub(crate) const NUMBER: u32 = 4;
pub(crate) const STRING: u32 = 5;
/// A mark instead of a scalar; the length of the span is the [`MarkKind`].
const MARK: u32 = 6;
/// An object or array that is skipped; no span has it.
const SKIPPED: u32 = 7;

/// An event between two scalars that a resolver captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The tag.
    pub(crate) tag: u32,
    /// The kind.
    pub(crate) kind: MarkKind,
}

/// The kind of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// An object without members.
    EmptyObject = 0,
    /// An array without elements.
    EmptyArray = 1,
    /// The start of an array element.
    Element = 2,
}

/// A tagged part of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tagged<'b> {
    /// A scalar.
    Scalar(Scalar<'b>),
    /// An object without members.
    EmptyObject,
    /// An array without elements.
    EmptyArray,
    /// The start of an array element; its scalars follow.
    Element,
}

/// The byte range and the kind of a scalar. A string's range excludes its quotes.
///
/// It takes eight bytes, because the loop of the matcher stores one for every scalar: 32 bits of offset, then from the
/// lowest bit 27 bits of length, 3 bits of kind and, as the highest bit, [`ESCAPED`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Span {
    /// The offset of the first byte.
    start: u32,
    /// The length in bytes, the kind, and the flag.
    length_and_kind: u32,
}

/// Number of the low bits of a span with its length.
const LENGTH_BITS: u32 = 27;

/// The maximum length of a scalar in a span.
pub(crate) const MAX_SPAN_BYTES: usize = (1 << LENGTH_BITS) - 1;

/// Mask of the three bits with the kind.
const KIND_MASK: u32 = 7;

/// The flag of a string with escapes.
pub(crate) const ESCAPED: u32 = 1 << 31;

impl Span {
    /// Creates a span. The matcher refuses records whose offsets or lengths do not fit.
    #[inline(always)]
    pub(crate) fn new(start: usize, length: usize, kind: u32, flags: u32) -> Self {
        Self {
            start: start as u32,
            length_and_kind: length as u32 | kind << LENGTH_BITS | flags,
        }
    }

    /// Creates the span of a mark.
    #[inline(always)]
    pub(crate) fn of_mark(kind: MarkKind) -> Self {
        Self::new(0, kind as usize, MARK, 0)
    }

    /// Returns the bytes of the scalar in the record.
    #[inline(always)]
    pub(crate) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + (self.length_and_kind as usize & MAX_SPAN_BYTES)
    }

    /// Returns the kind of the scalar, [`MARK`] for a mark, or 0 for an empty slot.
    #[inline(always)]
    fn kind(self) -> u32 {
        self.length_and_kind >> LENGTH_BITS & KIND_MASK
    }
}

/// The number of slots. The last one receives the scalars that are captured under a tag alone, which saves a branch.
pub(crate) const SLOTS: usize = 64;

/// The capacity of the list of tagged scalars. A record with this number of tagged scalars or more does not match, so
/// an index may wrap instead of being checked: no caller receives a wrapped list.
pub(crate) const MAX_TAGGED: usize = 1 << 10;

/// The captures of the latest match.
#[derive(Debug, Clone)]
pub(crate) struct CaptureBuffer {
    /// The last scalar of each slot.
    pub(crate) slots: Box<[Span; SLOTS]>,
    /// The tagged scalars and marks, in record order.
    pub(crate) tagged: Box<[(u32, Span); MAX_TAGGED]>,
    /// The number of tagged scalars and marks.
    pub(crate) tagged_count: usize,
    /// The flags of all keys, or'ed.
    pub(crate) flags: u64,
    /// The numbers of the unknown keys, in record order.
    pub(crate) unknown_keys: Vec<u32>,
    /// The transitions of a profiling match.
    pub(crate) transitions: Vec<u32>,
    /// The number of bytes of skipped containers that the match has read, even if it then failed.
    pub(crate) skipped_bytes: usize,
}

impl CaptureBuffer {
    /// Creates an empty buffer.
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([Span::default(); SLOTS]),
            tagged: Box::new([(0, Span::default()); MAX_TAGGED]),
            tagged_count: 0,
            flags: 0,
            unknown_keys: Vec::new(),
            transitions: Vec::new(),
            skipped_bytes: 0,
        }
    }
}

/// The captures of a matched record, which is valid JSON.
#[derive(Debug, Clone, Copy)]
pub struct Captures<'c, 'b> {
    /// The spans.
    buffer: &'c CaptureBuffer,
    /// The bytes that the spans are ranges of.
    bytes: &'b [u8],
    /// Offset after the last bracket of the record.
    end: usize,
}

impl<'c, 'b> Captures<'c, 'b> {
    /// Creates the view of a buffer. The latest match over it must be one over the same `bytes`: `scalar_text` relies
    /// on it.
    #[inline(always)]
    pub(crate) fn new(buffer: &'c CaptureBuffer, bytes: &'b [u8], end: usize) -> Self {
        Self { buffer, bytes, end }
    }

    /// Returns the end of the record: the offset after its last bracket.
    #[inline]
    pub fn end(&self) -> usize {
        self.end
    }

    /// Returns the scalar of a slot: the last one if several paths share the slot, `None` if the record has none.
    #[inline]
    pub fn slot(&self, slot: usize) -> Option<Scalar<'b>> {
        self.scalar(self.buffer.slots[slot])
    }

    /// Returns the tagged scalars, empty containers and starts of array elements in record order.
    #[inline]
    pub fn tagged(&self) -> impl Iterator<Item = (u32, Tagged<'b>)> + use<'c, 'b> {
        let captures = *self;
        let tagged = self.buffer.tagged[..self.buffer.tagged_count].iter();
        tagged.map(move |&(tag, span)| (tag, captures.tagged_part(span)))
    }

    /// Returns the scalar of a span, or the event that it marks.
    #[inline(always)]
    fn tagged_part(&self, span: Span) -> Tagged<'b> {
        match self.scalar(span) {
            Some(scalar) => Tagged::Scalar(scalar),
            None if span.range().len() == MarkKind::EmptyObject as usize => Tagged::EmptyObject,
            None if span.range().len() == MarkKind::EmptyArray as usize => Tagged::EmptyArray,
            None => Tagged::Element,
        }
    }

    /// Returns the [flags](crate::KeyInfo::flags) of all keys of the record, or'ed.
    #[inline]
    pub fn flags(&self) -> u64 {
        self.buffer.flags
    }

    /// Returns the numbers of the record's [unknown keys](crate::KeyInfo::unknown_key).
    #[inline]
    pub fn unknown_keys(&self) -> &'c [u32] {
        &self.buffer.unknown_keys
    }

    /// Returns the scalar of a span; `None` for an empty slot.
    #[inline(always)]
    fn scalar(&self, span: Span) -> Option<Scalar<'b>> {
        Some(match span.kind() {
            NULL => Scalar::Null,
            TRUE => Scalar::Boolean(true),
            FALSE => Scalar::Boolean(false),
            NUMBER => Scalar::Number(self.scalar_text(span)),
            STRING => Scalar::String(Text::from_raw(
                self.scalar_text(span),
                span.length_and_kind & ESCAPED != 0,
            )),
            _ => return None,
        })
    }

    #[expect(
        unsafe_code,
        reason = "a second UTF-8 validation would read each captured string twice"
    )]
    /// Returns the text of a string or a number.
    #[inline(always)]
    fn scalar_text(&self, span: Span) -> &'b str {
        let text = &self.bytes[span.range()];
        debug_assert!(std::str::from_utf8(text).is_ok());
        // SAFETY: a match over the same bytes filled the buffer, and succeeded only after it had checked that the record
        // is ASCII or UTF-8. As a string it captures the bytes between two quotes, and as a number only ASCII.
        unsafe { std::str::from_utf8_unchecked(text) }
    }
}
