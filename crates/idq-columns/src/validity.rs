//! Validity: which rows of a column have a value, null or nothing.

use arrow_buffer::{BooleanBuffer, NullBuffer};

use crate::RowSet;
use crate::bitmap::BitmapBuilder;

/// The state of one row of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueState {
    /// A value.
    Present,
    /// `null`.
    Null,
    /// The record does not have the field.
    Missing,
}

/// Numbers of rows by their state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts {
    /// Rows with a value.
    pub present: u64,
    /// Rows with `null`.
    pub null: u64,
    /// Rows whose record does not have the field.
    pub missing: u64,
}

impl std::ops::AddAssign for StateCounts {
    fn add_assign(&mut self, other: Self) {
        self.present += other.present;
        self.null += other.null;
        self.missing += other.missing;
    }
}

/// Which rows of a column have a value, null or nothing.
///
/// Arrow's validity bitmap separates values from the other two states; a second bitmap has the missing rows. Neither
/// exists if no row needs it.
///
/// Filters treat null and missing alike, as the APIs do. Counts and exports distinguish them.
///
/// ```
/// use idq_columns::{BooleanBuilder, ValueState};
///
/// let mut builder = BooleanBuilder::new();
/// builder.push(true);
/// builder.push_null();
/// builder.push_missing();
/// let column = builder.finish();
/// let validity = column.validity();
/// assert_eq!(validity.state(1), ValueState::Null);
/// assert_eq!(validity.count(None).missing, 1);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Validity<'a> {
    rows: usize,
    /// One bit a row: whether it holds a value. `None` if all rows do.
    valid: Option<&'a NullBuffer>,
    /// One bit a row: whether its record lacks the field. `None` if no row does.
    missing: Option<&'a BooleanBuffer>,
}

impl<'a> Validity<'a> {
    /// Combines the bitmaps of a column.
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

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the rows that hold a value; `None` if all rows do.
    pub fn validity_bitmap(&self) -> Option<&'a RowSet> {
        self.valid.map(NullBuffer::inner)
    }

    /// Returns the rows that hold a value.
    pub fn valid_rows(&self) -> RowSet {
        self.valid
            .map_or_else(|| RowSet::new_set(self.rows), |valid| valid.inner().clone())
    }

    /// Returns the rows whose record does not have the field.
    pub fn missing_rows(&self) -> RowSet {
        self.missing
            .map_or_else(|| RowSet::new_unset(self.rows), Clone::clone)
    }

    /// Returns whether a row holds a value.
    pub fn has_value(&self, row: usize) -> bool {
        self.valid.is_none_or(|valid| valid.is_valid(row))
    }

    /// Returns the state of a row.
    pub fn state(&self, row: usize) -> ValueState {
        if self.valid.is_none_or(|valid| valid.is_valid(row)) {
            ValueState::Present
        } else if self.missing.is_some_and(|missing| missing.value(row)) {
            ValueState::Missing
        } else {
            ValueState::Null
        }
    }

    /// Counts the selected rows by their state; without a selection all rows.
    ///
    /// The counts are population counts of bitmaps, which take a fraction of a nanosecond per row.
    pub fn count(&self, selection: Option<&RowSet>) -> StateCounts {
        let selected = selection.map_or(self.rows, RowSet::count_set_bits) as u64;
        let count = |rows: &RowSet| match selection {
            Some(selection) => (rows & selection).count_set_bits() as u64,
            None => rows.count_set_bits() as u64,
        };
        let Some(valid) = self.validity_bitmap() else {
            return StateCounts {
                present: selected,
                ..StateCounts::default()
            };
        };
        let present = count(valid);
        // In a bitmap from a file, bits of valid rows may be set; validity has precedence, as in `state`.
        let missing = self
            .missing
            .map_or(0, |missing| count(&(missing & &!valid)));
        StateCounts {
            present,
            null: selected - present - missing,
            missing,
        }
    }

    /// Returns the bytes of memory that the bitmaps take.
    pub(crate) fn memory(&self) -> usize {
        let bytes = |bits: &BooleanBuffer| bits.inner().len();
        self.valid.map_or(0, |valid| bytes(valid.inner())) + self.missing.map_or(0, bytes)
    }
}

/// Collects the states of rows.
///
/// No bitmap is allocated while every row has a value, as in most columns.
#[derive(Debug, Default)]
pub(crate) struct ValidityBuilder {
    /// The number of rows; the bitmaps, if they exist, have one bit for each row.
    rows: usize,
    valid: Option<BitmapBuilder>,
    missing: Option<BitmapBuilder>,
}

impl ValidityBuilder {
    /// Creates a builder without rows.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a row.
    #[inline]
    pub(crate) fn push(&mut self, state: ValueState) {
        if state != ValueState::Present || self.valid.is_some() {
            self.push_to_bitmaps(state);
        }
        self.rows += 1;
    }

    /// Adds a row to the bitmaps. A new bitmap starts with the states of all earlier rows, none of which was null (for
    /// `valid`) or missing (for `missing`).
    fn push_to_bitmaps(&mut self, state: ValueState) {
        if state == ValueState::Missing {
            self.missing
                .get_or_insert_with(|| BitmapBuilder::zeros(self.rows));
        }
        self.valid
            .get_or_insert_with(|| BitmapBuilder::ones(self.rows))
            .push(state == ValueState::Present);
        if let Some(missing) = &mut self.missing {
            missing.push(state == ValueState::Missing);
        }
    }

    /// Returns the state of a row that was added.
    pub(crate) fn state(&self, row: usize) -> ValueState {
        let get = |bits: &Option<BitmapBuilder>| bits.as_ref().map(|bits| bits.get(row));
        match (get(&self.valid), get(&self.missing)) {
            (None | Some(true), _) => ValueState::Present,
            (_, Some(true)) => ValueState::Missing,
            _ => ValueState::Null,
        }
    }

    /// Returns the validity for the Arrow array, and the bitmap of missing rows.
    pub(crate) fn finish(self) -> (Option<NullBuffer>, Option<BooleanBuffer>) {
        (
            self.valid.map(BitmapBuilder::finish).map(NullBuffer::new),
            self.missing.map(BitmapBuilder::finish),
        )
    }
}
