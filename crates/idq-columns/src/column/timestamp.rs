//! Timestamp columns by frame of reference: seconds are offsets from the first second of the chunk.

use std::sync::Arc;

use arrow_array::TimestampMicrosecondArray;
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::encoding::subsecond::{SparseSubseconds, SparseSubsecondsBuilder};
use crate::validity::{Validity, ValidityBuilder, ValueState};

/// Microseconds in a second.
pub(crate) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// Instants in microseconds since the Unix epoch, UTC.
///
/// ```
/// use idq_columns::{TimestampBuilder, kernels};
///
/// let mut builder = TimestampBuilder::new();
/// [3_000_000, 5_000_001].map(|instant| builder.push(instant));
/// let column = builder.finish();
/// assert_eq!(column.range(), Some((3_000_000, 5_000_001)));
/// let rows = kernels::timestamp_between(&column, 0, 5_000_000);
/// assert_eq!(rows.set_indices().collect::<Vec<_>>(), [0]);
/// ```
#[derive(Debug)]
pub struct TimestampColumn {
    pub(crate) instants: Instants,
    pub(crate) nulls: Option<NullBuffer>,
    pub(crate) missing: Option<BooleanBuffer>,
    /// The zone map of the chunk: its least and its greatest instant.
    pub(crate) range: Option<(i64, i64)>,
}

/// The encoding of instants. Those of rows without a value are unspecified.
#[derive(Debug)]
pub(crate) enum Instants {
    /// Four bytes a row, for chunks whose instants span at most 136 years.
    FrameOfReference {
        /// The first second of the chunk, since the epoch.
        base: i64,
        /// Whole seconds since `base`.
        seconds: ScalarBuffer<u32>,
        /// The microseconds beyond whole seconds; `None` if all instants are on whole seconds.
        subseconds: Option<SparseSubseconds>,
    },
    /// Eight bytes a row: microseconds since the epoch, as in Arrow.
    Plain(ScalarBuffer<i64>),
}

impl TimestampColumn {
    /// Returns the instants as an Arrow array with the time zone UTC; copies them.
    pub fn to_arrow(&self) -> TimestampMicrosecondArray {
        let zone: Arc<str> = "UTC".into();
        let values: Vec<i64> = (0..self.rows())
            .map(|row| self.value(row).unwrap_or_default())
            .collect();
        TimestampMicrosecondArray::new(values.into(), self.nulls.clone()).with_timezone(zone)
    }

    /// Returns the number of rows.
    fn rows(&self) -> usize {
        match &self.instants {
            Instants::FrameOfReference { seconds, .. } => seconds.len(),
            Instants::Plain(values) => values.len(),
        }
    }

    /// Returns Arrow's validity; `None` if all rows hold an instant.
    pub(crate) fn nulls(&self) -> Option<&NullBuffer> {
        self.nulls.as_ref()
    }

    /// Returns the validity: which rows have a value, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(self.rows(), self.nulls.as_ref(), self.missing.as_ref())
    }

    /// Returns the instant of a row.
    pub fn value(&self, row: usize) -> Option<i64> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match &self.instants {
            Instants::FrameOfReference {
                base,
                seconds,
                subseconds,
            } => {
                let microseconds = subseconds.as_ref().map_or(0, |sparse| sparse.get(row));
                (base + i64::from(seconds[row])) * MICROSECONDS_PER_SECOND + i64::from(microseconds)
            }
            Instants::Plain(values) => values[row],
        })
    }

    /// Returns the instant of a row in whole seconds since the epoch, rounded down; unspecified for a row without one.
    ///
    /// Calendars change on whole seconds, so this skips the lookup of microseconds.
    #[inline]
    pub fn second(&self, row: usize) -> i64 {
        match &self.instants {
            Instants::FrameOfReference { base, seconds, .. } => base + i64::from(seconds[row]),
            Instants::Plain(values) => values[row].div_euclid(MICROSECONDS_PER_SECOND),
        }
    }

    /// Returns the least and the greatest instant of the chunk: its zone map, by which the engine skips whole chunks.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// Returns the bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let instants = match &self.instants {
            Instants::FrameOfReference {
                seconds,
                subseconds,
                ..
            } => 4 * seconds.len() + subseconds.as_ref().map_or(0, SparseSubseconds::memory),
            Instants::Plain(values) => 8 * values.len(),
        };
        instants + self.validity().memory()
    }
}

/// Builds a [`TimestampColumn`].
#[derive(Debug, Default)]
pub struct TimestampBuilder {
    values: Vec<i64>,
    range: Option<(i64, i64)>,
    validity: ValidityBuilder,
}

/// The value of rows without an instant in the builder.
const NO_INSTANT: i64 = 0;

impl TimestampBuilder {
    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with an instant.
    pub fn push(&mut self, value: i64) {
        self.values.push(value);
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.validity.push(ValueState::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.values.push(NO_INSTANT);
        self.validity.push(ValueState::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.values.push(NO_INSTANT);
        self.validity.push(ValueState::Missing);
    }

    /// Returns the column: by frame of reference, if the seconds of all instants fit into 32 bits.
    pub fn finish(self) -> TimestampColumn {
        let (nulls, missing) = self.validity.finish();
        let (least, greatest) = self.range.unwrap_or_default();
        let base = least.div_euclid(MICROSECONDS_PER_SECOND);
        let span = greatest.div_euclid(MICROSECONDS_PER_SECOND) - base;
        let instants = if span <= i64::from(u32::MAX) {
            encode_from_base(base, &self.values, (least, greatest))
        } else {
            let mut values = self.values;
            values.shrink_to_fit();
            Instants::Plain(values.into())
        };
        TimestampColumn {
            instants,
            nulls,
            missing,
            range: self.range,
        }
    }
}

/// Encodes instants as seconds since `base`, and their microseconds beyond whole seconds.
///
/// Remainders are not negative, because `base` is the second of the least instant, rounded down.
fn encode_from_base(base: i64, values: &[i64], (least, greatest): (i64, i64)) -> Instants {
    let mut subseconds = SparseSubsecondsBuilder::new(values.len());
    let encode = |(row, &value): (usize, &i64)| {
        // `NO_INSTANT` may lie outside the range.
        let offset = value.clamp(least, greatest) - base * MICROSECONDS_PER_SECOND;
        let microseconds = offset % MICROSECONDS_PER_SECOND;
        if microseconds != 0 {
            subseconds.push(row, microseconds as u32);
        }
        (offset / MICROSECONDS_PER_SECOND) as u32
    };
    let seconds: Vec<u32> = values.iter().enumerate().map(encode).collect();
    Instants::FrameOfReference {
        base,
        seconds: seconds.into(),
        subseconds: subseconds.finish(),
    }
}
