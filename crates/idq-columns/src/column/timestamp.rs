//! Timestamp columns by frame of reference: instants are codes of four bytes, most of them offsets from one second.

use std::sync::Arc;

use arrow_array::TimestampMicrosecondArray;
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::encoding::frame::{Frame, MICROSECONDS_PER_SECOND, second_of};
use crate::encoding::subsecond::{SparseSubseconds, SparseSubsecondsBuilder};
use crate::validity::{Validity, ValidityBuilder, ValueState};

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
    /// Four bytes a row, for chunks most of whose instants span at most 136 years.
    FrameOfReference {
        /// The instants that the codes mean.
        frame: Frame,
        /// The code of each row.
        codes: ScalarBuffer<u32>,
        /// The microseconds of the bulk beyond whole seconds; `None` if all of it is on whole seconds.
        subseconds: Option<SparseSubseconds>,
    },
    /// Eight bytes a row: microseconds since the epoch, as in Arrow.
    Plain {
        /// The instant of each row.
        values: ScalarBuffer<i64>,
        /// The frame that the instants would have, which narrows the zone map; `None` if there is none.
        frame: Option<Frame>,
    },
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
            Instants::FrameOfReference { codes, .. } => codes.len(),
            Instants::Plain { values, .. } => values.len(),
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
    #[inline]
    pub fn value(&self, row: usize) -> Option<i64> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return None;
        }
        Some(match &self.instants {
            Instants::FrameOfReference {
                frame,
                codes,
                subseconds,
            } => {
                let code = codes[row];
                frame.outlier(code).unwrap_or_else(|| {
                    let microseconds = subseconds.as_ref().map_or(0, |sparse| sparse.get(row));
                    frame.second(code) * MICROSECONDS_PER_SECOND + i64::from(microseconds)
                })
            }
            Instants::Plain { values, .. } => values[row],
        })
    }

    /// Returns the instant of a row in whole seconds since the epoch, rounded down; unspecified for a row without one.
    ///
    /// Calendars change on whole seconds, so this skips the lookup of microseconds.
    #[inline]
    pub fn second(&self, row: usize) -> i64 {
        match &self.instants {
            Instants::FrameOfReference { frame, codes, .. } => frame.second(codes[row]),
            Instants::Plain { values, .. } => second_of(values[row]),
        }
    }

    /// Returns the least and the greatest instant of the chunk: its zone map, by which the engine skips whole chunks.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// Returns the frame of the instants; `None` if the column has no instant, or no frame.
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.range?;
        match &self.instants {
            Instants::FrameOfReference { frame, .. } => Some(frame),
            Instants::Plain { frame, .. } => frame.as_ref(),
        }
    }

    /// Returns the seconds since the epoch between which the instants of the chunk lie, apart from
    /// [`outliers`](Self::outliers); `None` without instants.
    pub fn bulk_seconds(&self) -> Option<(i64, i64)> {
        let (least, greatest) = self.range?;
        let range = || (second_of(least), second_of(greatest));
        Some(self.frame().map_or_else(range, Frame::bulk))
    }

    /// Returns the distinct instants that are far from all others of the chunk, ascending, such as year 1 for "never".
    pub fn outliers(&self) -> impl Iterator<Item = i64> + '_ {
        let outliers = self.frame().into_iter().flat_map(Frame::outliers);
        outliers.map(|(_, instant)| instant)
    }

    /// Returns the bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let instants = match &self.instants {
            Instants::FrameOfReference {
                codes, subseconds, ..
            } => 4 * codes.len() + subseconds.as_ref().map_or(0, SparseSubseconds::memory),
            Instants::Plain { values, .. } => 8 * values.len(),
        };
        let outliers = self.frame().map_or(0, Frame::memory);
        instants + outliers + self.validity().memory()
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

    /// Returns the column: by frame of reference, if the instants have a frame.
    pub fn finish(self) -> TimestampColumn {
        let (nulls, missing) = self.validity.finish();
        let range = self.range.unwrap_or_default();
        let instants = match choose_frame(&self.values, nulls.as_ref(), range) {
            Some(frame) => encode(frame, &self.values),
            None => {
                let mut values = self.values;
                values.shrink_to_fit();
                Instants::Plain {
                    values: values.into(),
                    frame: None,
                }
            }
        };
        TimestampColumn {
            instants,
            nulls,
            missing,
            range: self.range,
        }
    }
}

/// Chooses the frame of the instants of rows with a value, whose least and greatest are `range`.
pub(crate) fn choose_frame(
    values: &[i64],
    nulls: Option<&NullBuffer>,
    range: (i64, i64),
) -> Option<Frame> {
    match nulls {
        None => Frame::new(values.iter().copied(), range),
        Some(valid) => {
            // Rows without a value have an instant of the builder, which must not be an outlier.
            let rows = values.iter().zip(valid.inner());
            let valid = rows.filter_map(|(value, is_valid)| is_valid.then_some(*value));
            Frame::new(valid, range)
        }
    }
}

/// Encodes instants as codes of a frame, and the microseconds of the bulk beyond whole seconds.
fn encode(frame: Frame, values: &[i64]) -> Instants {
    let mut subseconds = SparseSubsecondsBuilder::new(values.len());
    let encode = |(row, &value): (usize, &i64)| {
        let (code, microseconds) = frame.encode(value);
        if microseconds != 0 {
            subseconds.push(row, microseconds);
        }
        code
    };
    let codes: Vec<u32> = values.iter().enumerate().map(encode).collect();
    Instants::FrameOfReference {
        codes: codes.into(),
        subseconds: subseconds.finish(),
        frame,
    }
}
