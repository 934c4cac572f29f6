use std::sync::Arc;

use arrow_array::TimestampMicrosecondArray;
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::fractions::{Fractions, FractionsBuilder};
use crate::presence::{Presence, PresenceBuilder, PresenceOf};

/// Microseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000;

/// Instants in microseconds since the Unix epoch, UTC.
///
/// Most lie on whole seconds, within a few decades: four bytes each, counted from the chunk's first second. What rows
/// have beyond whole seconds stands aside. A chunk whose instants lie further apart has eight bytes for each.
#[derive(Debug)]
pub struct TimestampColumn {
    pub(crate) instants: Instants,
    pub(crate) nulls: Option<NullBuffer>,
    pub(crate) missing: Option<BooleanBuffer>,
    pub(crate) range: Option<(i64, i64)>,
}

#[derive(Debug)]
pub(crate) enum Instants {
    Narrow {
        /// The second, since the epoch, that the others count from.
        base: i64,
        seconds: ScalarBuffer<u32>,
        fractions: Option<Fractions>,
    },
    Wide(ScalarBuffer<i64>),
}

impl TimestampColumn {
    /// The instants as an Arrow array with the time zone UTC, written out.
    pub fn to_arrow(&self) -> TimestampMicrosecondArray {
        let zone: Arc<str> = "UTC".into();
        let values: Vec<i64> = (0..self.rows())
            .map(|row| self.value(row).unwrap_or_default())
            .collect();
        TimestampMicrosecondArray::new(values.into(), self.nulls.clone()).with_timezone(zone)
    }

    fn rows(&self) -> usize {
        match &self.instants {
            Instants::Narrow { seconds, .. } => seconds.len(),
            Instants::Wide(values) => values.len(),
        }
    }

    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(self.rows(), self.nulls.as_ref(), self.missing.as_ref())
    }

    /// The instant of a row.
    pub fn value(&self, row: usize) -> Option<i64> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match &self.instants {
            Instants::Narrow {
                base,
                seconds,
                fractions,
            } => {
                let fraction = fractions.as_ref().map_or(0, |fractions| fractions.get(row));
                (base + i64::from(seconds[row])) * SECOND + i64::from(fraction)
            }
            Instants::Wide(values) => values[row],
        })
    }

    /// The least and the greatest instant of the chunk.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let instants = match &self.instants {
            Instants::Narrow {
                seconds, fractions, ..
            } => 4 * seconds.len() + fractions.as_ref().map_or(0, Fractions::memory),
            Instants::Wide(values) => 8 * values.len(),
        };
        instants + self.presence().memory()
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
        self.values.push(ABSENT);
        self.presence.push(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.values.push(ABSENT);
        self.presence.push(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(self) -> TimestampColumn {
        let (nulls, missing) = self.presence.finish();
        let (least, greatest) = self.range.unwrap_or_default();
        let base = least.div_euclid(SECOND);
        let instants = if greatest.div_euclid(SECOND) - base <= i64::from(u32::MAX) {
            narrow(base, &self.values, (least, greatest))
        } else {
            let mut values = self.values;
            values.shrink_to_fit();
            Instants::Wide(values.into())
        };
        TimestampColumn {
            instants,
            nulls,
            missing,
            range: self.range,
        }
    }
}

/// Stands in the builder where there is no instant.
const ABSENT: i64 = 0;

fn narrow(base: i64, values: &[i64], (least, greatest): (i64, i64)) -> Instants {
    let mut fractions = FractionsBuilder::new(values.len());
    let second = |(row, &value): (usize, &i64)| {
        // A row without an instant may lie outside the range.
        let value = value.clamp(least, greatest) - base * SECOND;
        let (second, fraction) = (value / SECOND, value % SECOND);
        if fraction != 0 {
            fractions.push(row, fraction as u32);
        }
        second as u32
    };
    let seconds: Vec<u32> = values.iter().enumerate().map(second).collect();
    Instants::Narrow {
        base,
        seconds: seconds.into(),
        fractions: fractions.finish(),
    }
}
