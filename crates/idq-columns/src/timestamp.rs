use std::sync::Arc;

use arrow_array::{Array, TimestampMicrosecondArray};
use arrow_buffer::BooleanBuffer;

use crate::presence::{Presence, PresenceBuilder, PresenceOf};

/// Instants in microseconds since the Unix epoch, UTC.
#[derive(Debug)]
pub struct TimestampColumn {
    values: TimestampMicrosecondArray,
    missing: Option<BooleanBuffer>,
    range: Option<(i64, i64)>,
}

impl TimestampColumn {
    /// The instants as an Arrow array with the time zone UTC.
    pub fn values(&self) -> &TimestampMicrosecondArray {
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

    /// The instant of a row.
    pub fn value(&self, row: usize) -> Option<i64> {
        self.values.is_valid(row).then(|| self.values.value(row))
    }

    /// The least and the greatest instant of the chunk.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.values.get_buffer_memory_size()
    }
}

/// Builds a [`TimestampColumn`].
#[derive(Debug, Default)]
pub struct TimestampBuilder {
    values: Vec<i64>,
    range: Option<(i64, i64)>,
    presence: PresenceBuilder,
}

impl TimestampBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with an instant.
    pub fn push(&mut self, value: i64) {
        self.values.push(value);
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.presence.push(PresenceOf::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.values.push(0);
        self.presence.push(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.values.push(0);
        self.presence.push(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(mut self) -> TimestampColumn {
        let (nulls, missing) = self.presence.finish();
        self.values.shrink_to_fit();
        let zone: Arc<str> = "UTC".into();
        let values = TimestampMicrosecondArray::new(self.values.into(), nulls).with_timezone(zone);
        TimestampColumn {
            values,
            missing,
            range: self.range,
        }
    }
}
