//! What a walk finds in a record.

use std::ops::Range;

use idq_json::Text;

/// A value of a record, as it stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'b> {
    /// There is none.
    Missing,
    /// `null`; in a list also an object or array without members.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number, as it is spelled.
    Number(&'b str),
    /// A string.
    String(Text<'b>),
}

/// A set of kinds of scalars.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// `null` alone.
    pub const NULL: Self = Self(1 << NULL);
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self(1 << TRUE | 1 << FALSE);
    /// Numbers.
    pub const NUMBER: Self = Self(1 << NUMBER);
    /// Strings.
    pub const STRING: Self = Self(1 << STRING);
    /// Any scalar.
    pub const ANY: Self = Self(Self::NULL.0 | Self::BOOLEAN.0 | Self::NUMBER.0 | Self::STRING.0);

    /// Both sets together.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Not 0 if a kind is missing from the set.
    #[inline(always)]
    pub(crate) fn lacks(self, kind: u32) -> u32 {
        !self.0 & 1 << kind
    }
}

pub(crate) const NULL: u32 = 1;
pub(crate) const TRUE: u32 = 2;
pub(crate) const FALSE: u32 = 3;
pub(crate) const NUMBER: u32 = 4;
pub(crate) const STRING: u32 = 5;

/// Where a scalar is, and what: a string's range is what stands between its quotes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Scalar {
    start: u32,
    /// The length, and above it the kind and the flag.
    rest: u32,
}

const LENGTH_BITS: u32 = 27;
/// The longest value that a scalar can describe.
pub(crate) const MAX_LENGTH: usize = (1 << LENGTH_BITS) - 1;
const KIND_MASK: u32 = 7;
/// The string has escapes.
pub(crate) const ESCAPED: u32 = 1 << 31;

impl Scalar {
    #[inline(always)]
    pub(crate) fn new(start: usize, length: usize, kind: u32, flags: u32) -> Self {
        Self {
            start: start as u32,
            rest: length as u32 | kind << LENGTH_BITS | flags,
        }
    }

    #[inline(always)]
    pub(crate) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + (self.rest as usize & MAX_LENGTH)
    }

    #[inline(always)]
    fn kind(self) -> u32 {
        self.rest >> LENGTH_BITS & KIND_MASK
    }
}

/// How many slots there can be, with one for the scalars that nobody wants.
pub(crate) const SLOTS: usize = 64;

/// A record can list fewer scalars than this.
pub(crate) const LISTED: usize = 1 << 10;

/// What a walk has found, with room that is used again for the next record.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The scalars by slot.
    pub(crate) slots: Box<[Scalar; SLOTS]>,
    pub(crate) listed: Box<[(u32, Scalar); LISTED]>,
    /// How many are listed.
    pub(crate) count: usize,
    pub(crate) marks: u64,
    pub(crate) notes: Vec<u32>,
    /// The edges of a counting walk.
    pub(crate) taken: Vec<u32>,
}

impl Found {
    pub(crate) fn new() -> Self {
        Self {
            slots: Box::new([Scalar::default(); SLOTS]),
            listed: Box::new([(0, Scalar::default()); LISTED]),
            count: 0,
            marks: 0,
            notes: Vec::new(),
            taken: Vec::new(),
        }
    }
}

/// A record that has been read: it is valid, and familiar.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r, 'b> {
    found: &'r Found,
    bytes: &'b [u8],
    end: usize,
}

impl<'r, 'b> Record<'r, 'b> {
    /// Of these bytes, in which a walk has just found what was found.
    #[inline(always)]
    pub(crate) fn new(found: &'r Found, bytes: &'b [u8], end: usize) -> Self {
        Self { found, bytes, end }
    }

    /// Where it ends: the place behind its last bracket.
    #[inline]
    pub fn end(&self) -> usize {
        self.end
    }

    /// The value that a slot has taken; if several have gone there, the last.
    #[inline]
    pub fn slot(&self, slot: usize) -> Value<'b> {
        self.value(self.found.slots[slot])
    }

    /// The values of the places that are listed, in the order in which they stand, each with its tag.
    #[inline]
    pub fn listed(&self) -> impl Iterator<Item = (u32, Value<'b>)> + use<'r, 'b> {
        let record = *self;
        let listed = self.found.listed[..self.found.count].iter();
        listed.map(move |&(tag, scalar)| (tag, record.value(scalar)))
    }

    /// Where the scalars of the listed places stand, in order, each with its tag; quotes are part of a string.
    #[inline]
    pub fn listed_ranges(&self) -> impl Iterator<Item = (u32, Range<usize>)> + use<'r> {
        let listed = self.found.listed[..self.found.count].iter();
        listed.map(|&(tag, scalar)| {
            let Range { start, end } = scalar.range();
            match scalar.kind() {
                STRING => (tag, start - 1..end + 1),
                _ => (tag, start..end),
            }
        })
    }

    /// The marks of all that was passed, together.
    #[inline]
    pub fn marks(&self) -> u64 {
        self.found.marks
    }

    /// The notes of all that was passed.
    #[inline]
    pub fn notes(&self) -> &'r [u32] {
        &self.found.notes
    }

    #[inline(always)]
    fn value(&self, scalar: Scalar) -> Value<'b> {
        match scalar.kind() {
            NULL => Value::Null,
            TRUE => Value::Boolean(true),
            FALSE => Value::Boolean(false),
            NUMBER => Value::Number(self.text(scalar)),
            STRING => Value::String(Text::from_raw(
                self.text(scalar),
                scalar.rest & ESCAPED != 0,
            )),
            _ => Value::Missing,
        }
    }

    #[expect(
        unsafe_code,
        reason = "validating again the bytes that the walk has validated would read each string twice"
    )]
    #[inline(always)]
    fn text(&self, scalar: Scalar) -> &'b str {
        let text = &self.bytes[scalar.range()];
        debug_assert!(std::str::from_utf8(text).is_ok());
        // SAFETY: only a walk over these very bytes fills what was found, and it takes as a string what stands between
        // two quotes and is either ASCII or was validated as UTF-8, and as a number ASCII alone.
        unsafe { std::str::from_utf8_unchecked(text) }
    }
}
