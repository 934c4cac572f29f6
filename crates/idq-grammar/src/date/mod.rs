//! Dates of filters ([`parse_date`]) and of expressions ([`parse_expression_date`]), and timestamps of records
//! ([`parse_timestamp`], and [`RecordDates`] for other forms).
//!
//! All instants are microseconds since 1970-01-01T00:00:00Z, without leap seconds.

mod age;
mod error;
mod local;
mod parse;
mod record_dates;
mod time_zone;
mod timestamp;

use chrono::{DateTime, Utc};

pub use error::{DateError, DateErrorKind, DateForms};
pub use parse::{is_relative_date, parse_date, parse_expression_date};
pub use record_dates::{EpochUnit, RecordDate, RecordDates};
pub use time_zone::{TimeZone, TimeZoneError};
pub use timestamp::{format_timestamp, is_timestamp, parse_timestamp};

/// Microseconds in a second.
const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Microseconds in an hour.
const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
/// Microseconds in a day of UTC, which has no clock changes.
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// The clock of a request: its current time, one instant to which all its ages and `today` are relative, and its time
/// zone, in whose calendar it names days.
///
/// ```
/// use idq_grammar::{Clock, parse_date};
///
/// let clock = Clock::system().with_time_zone("Asia/Kathmandu".parse()?);
/// let day = parse_date("2026-01-31", clock)?;
/// assert_eq!(day, parse_date("2026-01-31", clock.with_time_zone("+05:45".parse()?))?);
/// // A day begins 5:45 hours earlier than in UTC.
/// let utc = parse_date("2026-01-31", Clock::system())?;
/// assert_eq!(utc.start - day.start, 345 * 60_000_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clock {
    now: DateTime<Utc>,
    time_zone: TimeZone,
}

impl Clock {
    /// Returns a clock with the current time of the system, in UTC.
    pub fn system() -> Self {
        Self::fixed(Utc::now())
    }

    /// Returns a clock with the time `now`, in UTC.
    pub fn fixed(now: DateTime<Utc>) -> Self {
        Self {
            now,
            time_zone: TimeZone::UTC,
        }
    }

    /// Returns the clock with another time zone.
    #[must_use]
    pub fn with_time_zone(self, time_zone: TimeZone) -> Self {
        Self { time_zone, ..self }
    }

    /// Returns the time zone.
    pub fn time_zone(self) -> TimeZone {
        self.time_zone
    }

    /// Returns a clock with the time of an instant, in microseconds since the Unix epoch, such as the start of an
    /// [`Interval`], in UTC.
    pub fn fixed_at(micros: i64) -> Self {
        // No request names an instant beyond chrono's range of some 260,000 years; the epoch replaces such an instant.
        Self::fixed(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }

    /// Returns the time.
    pub fn now(self) -> DateTime<Utc> {
        self.now
    }

    /// Returns the time in microseconds since the Unix epoch, rounded down.
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
    /// Returns the interval of a single microsecond.
    pub fn instant(micros: i64) -> Self {
        Self {
            start: micros,
            end: micros,
        }
    }

    /// Returns the interval of `length` microseconds that begins at `start`.
    fn with_length(start: i64, length: i64) -> Self {
        Self {
            start,
            end: start + length - 1,
        }
    }

    /// Returns whether an instant is within the interval.
    pub fn contains(self, micros: i64) -> bool {
        (self.start..=self.end).contains(&micros)
    }
}
