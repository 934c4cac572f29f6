//! Dates: what a filter may say ([`parse_date`]), and what a record holds ([`parse_timestamp`]).
//!
//! All instants are microseconds since 1970-01-01T00:00:00Z, without leap seconds.

mod age;
mod calendar;
mod error;
mod parse;
#[cfg(test)]
mod tests;
mod timestamp;

use chrono::{DateTime, Utc};

pub use error::{DateError, DateErrorKind};
pub use parse::{is_relative_date, parse_date};
pub use timestamp::{clock_reading, format_timestamp, parse_timestamp};

/// What time it is: read once, so that all dates of a request are counted from the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    now: DateTime<Utc>,
}

impl Clock {
    /// The system's time at this moment.
    pub fn system() -> Self {
        Self::fixed(Utc::now())
    }

    /// A clock that stands still at `now`.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self { now }
    }

    /// A clock that stands still at an instant, in microseconds since the Unix epoch, such as the start of an
    /// [`Interval`].
    pub fn fixed_at(micros: i64) -> Self {
        // Beyond chrono's range, some 260,000 years, the epoch is as good as any.
        Self::fixed(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }

    /// The time.
    pub fn now(self) -> DateTime<Utc> {
        self.now
    }

    /// The time in microseconds since the Unix epoch; finer digits are cut off.
    pub fn micros(self) -> i64 {
        self.now.timestamp_micros()
    }
}

/// An inclusive interval of instants, in microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// First microsecond.
    pub start: i64,
    /// Last microsecond; the same as `start` for an instant.
    pub end: i64,
}

impl Interval {
    /// The interval of a single microsecond.
    pub fn instant(micros: i64) -> Self {
        Self {
            start: micros,
            end: micros,
        }
    }

    /// The `length` microseconds from `start` on.
    fn of_length(start: i64, length: i64) -> Self {
        Self {
            start,
            end: start + length - 1,
        }
    }

    /// Whether an instant lies within.
    pub fn contains(self, micros: i64) -> bool {
        (self.start..=self.end).contains(&micros)
    }
}
