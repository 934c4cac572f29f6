//! Columns of true and false.

use arrow_array::{Array, BooleanArray};
use arrow_buffer::BooleanBuffer;

use crate::bitmap::BitmapBuilder;
use crate::validity::{Validity, ValidityBuilder, ValueState};

/// True or false, one bit a row.
///
/// The values are an Arrow array. There is no kernel for them here, because no filter of the APIs tests a boolean
/// value.
#[derive(Debug)]
pub struct BooleanColumn {
    pub(crate) values: BooleanArray,
    pub(crate) missing: Option<BooleanBuffer>,
}

impl BooleanColumn {
    /// Returns the values as an Arrow array over the same memory.
    pub fn values(&self) -> &BooleanArray {
        &self.values
    }

    /// Returns the validity: which rows have a value, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(
            self.values.len(),
            self.values.nulls(),
            self.missing.as_ref(),
        )
    }

    /// Returns the value of a row.
    pub fn value(&self, row: usize) -> Option<bool> {
        self.values.is_valid(row).then(|| self.values.value(row))
    }

    /// Returns the bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.values.values().inner().len() + self.validity().memory()
    }
}

/// Builds a [`BooleanColumn`].
#[derive(Debug)]
pub struct BooleanBuilder {
    values: BitmapBuilder,
    validity: ValidityBuilder,
}

impl Default for BooleanBuilder {
    fn default() -> Self {
        Self {
            values: BitmapBuilder::zeros(0),
            validity: ValidityBuilder::new(),
        }
    }
}

impl BooleanBuilder {
    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with a value.
    pub fn push(&mut self, value: bool) {
        self.values.push(value);
        self.validity.push(ValueState::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.values.push(false);
        self.validity.push(ValueState::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.values.push(false);
        self.validity.push(ValueState::Missing);
    }

    /// Returns the column.
    pub fn finish(self) -> BooleanColumn {
        let (nulls, missing) = self.validity.finish();
        BooleanColumn {
            values: BooleanArray::new(self.values.finish(), nulls),
            missing,
        }
    }
}
