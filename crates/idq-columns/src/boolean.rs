use arrow_array::{Array, BooleanArray};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};

use crate::presence::{Presence, PresenceBuilder, PresenceOf};

/// True or false.
#[derive(Debug)]
pub struct BooleanColumn {
    pub(crate) values: BooleanArray,
    pub(crate) missing: Option<BooleanBuffer>,
}

impl BooleanColumn {
    /// The values as an Arrow array.
    pub fn values(&self) -> &BooleanArray {
        &self.values
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(
            self.values.len(),
            self.values.nulls(),
            self.missing.as_ref(),
        )
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<bool> {
        self.values.is_valid(row).then(|| self.values.value(row))
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.values.values().inner().len() + self.presence().memory()
    }
}

/// Builds a [`BooleanColumn`].
#[derive(Debug)]
pub struct BooleanBuilder {
    values: BooleanBufferBuilder,
    presence: PresenceBuilder,
}

impl Default for BooleanBuilder {
    fn default() -> Self {
        Self {
            values: BooleanBufferBuilder::new(0),
            presence: PresenceBuilder::new(),
        }
    }
}

impl BooleanBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with a value.
    pub fn push(&mut self, value: bool) {
        self.values.append(value);
        self.presence.push(PresenceOf::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.values.append(false);
        self.presence.push(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.values.append(false);
        self.presence.push(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(self) -> BooleanColumn {
        let (nulls, missing) = self.presence.finish();
        BooleanColumn {
            values: BooleanArray::new(self.values.build(), nulls),
            missing,
        }
    }
}
