//! Timestamps of records: random instants, and their formats on the servers.

use std::fmt;

use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};

use crate::random::Random;

/// Returns an instant in `from..=to`, or `from` if the range is empty.
pub(crate) fn random_instant(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    random: &mut Random,
) -> DateTime<Utc> {
    let micros = random.between(from.timestamp_micros(), to.timestamp_micros());
    DateTime::from_timestamp_micros(micros).unwrap_or(from)
}

/// The precision and the zone of a timestamp. Digits beyond the precision are truncated, so that formatted timestamps
/// sort as their instants do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimestampStyle {
    /// `2023-11-07T05:31:56Z`
    Seconds,
    /// `2023-11-07T05:31:56.123Z`
    Milliseconds,
    /// `2023-11-07T05:31:56.123456Z`
    Microseconds,
    /// Seven fraction digits, the last of which is given.
    Ticks(u8),
    /// `2023-11-07T07:31:56+02:00`
    Offset(FixedOffset),
}

impl TimestampStyle {
    /// Returns the style with an offset from UTC.
    pub(crate) const fn with_offset_minutes(minutes: i32) -> Self {
        Self::Offset(FixedOffset::east_opt(minutes * 60).expect("an offset below a day"))
    }

    /// Returns an instant that is displayed in this style.
    pub(crate) const fn timestamp(self, instant: DateTime<Utc>) -> Timestamp {
        Timestamp {
            instant,
            style: self,
        }
    }
}

/// An instant that is displayed in a style.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timestamp {
    instant: DateTime<Utc>,
    style: TimestampStyle,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // chrono's format of RFC 3339 takes a fifth of the time of a format string.
        let format = |format| self.instant.to_rfc3339_opts(format, true);
        formatter.write_str(&match self.style {
            TimestampStyle::Seconds => format(SecondsFormat::Secs),
            TimestampStyle::Milliseconds => format(SecondsFormat::Millis),
            TimestampStyle::Microseconds => format(SecondsFormat::Micros),
            TimestampStyle::Ticks(last) => {
                let microseconds = format(SecondsFormat::Micros);
                format!("{}{last}Z", microseconds.trim_end_matches('Z'))
            }
            TimestampStyle::Offset(offset) => {
                let local = self.instant.with_timezone(&offset);
                local.to_rfc3339_opts(SecondsFormat::Secs, false)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_the_precision_and_zone_of_their_style() {
        let instant = "2023-11-07T23:31:56.123456Z".parse().unwrap();
        for (style, expected) in [
            (TimestampStyle::Seconds, "2023-11-07T23:31:56Z"),
            (TimestampStyle::Milliseconds, "2023-11-07T23:31:56.123Z"),
            (TimestampStyle::Microseconds, "2023-11-07T23:31:56.123456Z"),
            (TimestampStyle::Ticks(7), "2023-11-07T23:31:56.1234567Z"),
            (
                TimestampStyle::with_offset_minutes(120),
                "2023-11-08T01:31:56+02:00",
            ),
            (
                TimestampStyle::with_offset_minutes(-570),
                "2023-11-07T14:01:56-09:30",
            ),
        ] {
            assert_eq!(style.timestamp(instant).to_string(), expected);
        }
    }
}
