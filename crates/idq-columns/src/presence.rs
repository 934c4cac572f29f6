use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, NullBuffer};

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
        let bytes = |bits: &BooleanBuffer| bits.inner().capacity();
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
    valid: Option<BooleanBufferBuilder>,
    missing: Option<BooleanBufferBuilder>,
}

impl PresenceBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    pub fn push(&mut self, presence: PresenceOf) {
        if presence != PresenceOf::Present {
            self.valid.get_or_insert_with(|| filled(self.rows, true));
        }
        if presence == PresenceOf::Missing {
            self.missing.get_or_insert_with(|| filled(self.rows, false));
        }
        if let Some(valid) = &mut self.valid {
            valid.append(presence == PresenceOf::Present);
        }
        if let Some(missing) = &mut self.missing {
            missing.append(presence == PresenceOf::Missing);
        }
        self.rows += 1;
    }

    /// What a row has.
    pub(crate) fn of(&self, row: usize) -> PresenceOf {
        let has = |bits: &Option<BooleanBufferBuilder>| bits.as_ref().map(|bits| bits.get_bit(row));
        match (has(&self.valid), has(&self.missing)) {
            (None | Some(true), _) => PresenceOf::Present,
            (_, Some(true)) => PresenceOf::Missing,
            _ => PresenceOf::Null,
        }
    }

    /// The validity for the Arrow array, and the bitmap of missing rows.
    pub fn finish(self) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
        let finish = |builder: BooleanBufferBuilder| builder.build();
        (
            self.valid.map(finish).map(NullBuffer::new),
            self.missing.map(finish),
        )
    }
}

fn filled(rows: usize, value: bool) -> BooleanBufferBuilder {
    let mut builder = BooleanBufferBuilder::new(rows + 1024);
    builder.append_n(rows, value);
    builder
}
