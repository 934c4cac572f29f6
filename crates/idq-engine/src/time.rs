//! Units of time, in the integers of timestamps.

/// Microseconds in a second.
pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;

/// Seconds in a day.
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

/// The length of a date without a time: `2026-01-31`.
pub(crate) const DAY_LENGTH: usize = 10;
