use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};

use crate::RowSet;

/// Whether one row of a column has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceOf {
    /// A value.
    Present,
    /// `null`.
    Null,
    /// The record does not have the field.
    Missing,
}

/// Which rows of a column have a value, null, or nothing.
///
/// Arrow's validity tells the first from the other two; which of those it was is a bitmap beside it.
#[derive(Debug, Clone, Copy)]
pub struct Presence<'a> {
    rows: usize,
    valid: Option<&'a NullBuffer>,
    missing: Option<&'a BooleanBuffer>,
}

impl<'a> Presence<'a> {
    pub(crate) fn new(
        rows: usize,
        valid: Option<&'a NullBuffer>,
        missing: Option<&'a BooleanBuffer>,
    ) -> Self {
        Self {
            rows,
            valid,
            missing,
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows with a value, unless all have one.
    pub fn present_if_not_all(&self) -> Option<&'a RowSet> {
        self.valid.map(NullBuffer::inner)
    }

    /// The rows with a value.
    pub fn present(&self) -> RowSet {
        self.valid
            .map_or_else(|| RowSet::new_set(self.rows), |valid| valid.inner().clone())
    }

    /// The rows whose record does not have the field.
    pub fn missing(&self) -> RowSet {
        self.missing
            .map_or_else(|| RowSet::new_unset(self.rows), Clone::clone)
    }

    /// Bytes of memory that the bitmaps take.
    pub(crate) fn memory(&self) -> usize {
        let bytes = |bits: &BooleanBuffer| bits.inner().len();
        self.valid.map_or(0, |valid| bytes(valid.inner())) + self.missing.map_or(0, bytes)
    }

    /// What one row has.
    pub fn of(&self, row: usize) -> PresenceOf {
        if self.valid.is_none_or(|valid| valid.is_valid(row)) {
            PresenceOf::Present
        } else if self.missing.is_some_and(|missing| missing.value(row)) {
            PresenceOf::Missing
        } else {
            PresenceOf::Null
        }
    }
}

/// Collects presence row by row; costs nothing while every row has a value.
#[derive(Debug, Default)]
pub struct PresenceBuilder {
    rows: usize,
    valid: Option<Bits>,
    missing: Option<Bits>,
}

impl PresenceBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    #[inline]
    pub fn push(&mut self, presence: PresenceOf) {
        if presence != PresenceOf::Present || self.valid.is_some() {
            self.push_unusual(presence);
        }
        self.rows += 1;
    }

    fn push_unusual(&mut self, presence: PresenceOf) {
        if presence == PresenceOf::Missing {
            self.missing
                .get_or_insert_with(|| Bits::filled(self.rows, false));
        }
        self.valid
            .get_or_insert_with(|| Bits::filled(self.rows, true))
            .push(presence == PresenceOf::Present);
        if let Some(missing) = &mut self.missing {
            missing.push(presence == PresenceOf::Missing);
        }
    }

    /// What a row has.
    pub(crate) fn of(&self, row: usize) -> PresenceOf {
        let has = |bits: &Option<Bits>| bits.as_ref().map(|bits| bits.get(row));
        match (has(&self.valid), has(&self.missing)) {
            (None | Some(true), _) => PresenceOf::Present,
            (_, Some(true)) => PresenceOf::Missing,
            _ => PresenceOf::Null,
        }
    }

    /// The validity for the Arrow array, and the bitmap of missing rows.
    pub fn finish(self) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
        (
            self.valid.map(Bits::finish).map(NullBuffer::new),
            self.missing.map(Bits::finish),
        )
    }
}

/// Bits that are added one by one, 64 a word.
#[derive(Debug)]
struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    fn filled(count: usize, value: bool) -> Self {
        let mut words = vec![if value { u64::MAX } else { 0 }; count / 64];
        if !count.is_multiple_of(64) {
            words.push(if value { (1 << (count % 64)) - 1 } else { 0 });
        }
        Self { words, count }
    }

    #[inline]
    fn push(&mut self, value: bool) {
        let bit = u64::from(value) << (self.count % 64);
        match self.words.last_mut() {
            Some(word) if !self.count.is_multiple_of(64) => *word |= bit,
            _ => self.words.push(bit),
        }
        self.count += 1;
    }

    fn get(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    fn finish(mut self) -> BooleanBuffer {
        self.words.shrink_to_fit();
        // Arrow counts bits from the first byte on.
        self.words.iter_mut().for_each(|word| *word = word.to_le());
        BooleanBuffer::new(Buffer::from_vec(self.words), 0, self.count)
    }
}
