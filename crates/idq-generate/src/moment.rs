//! Points in time, and how the servers print them.

use std::fmt;

use crate::random::Random;
use crate::short_text::ShortText;

const SECOND: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

/// Microseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(i64);

impl Moment {
    /// Midnight, UTC, of a day of the Gregorian calendar.
    pub(crate) const fn from_civil(year: i64, month: i64, day: i64) -> Self {
        // Years that start in March put the leap day last, which makes day numbers a plain formula.
        let march_year = if month > 2 { year } else { year - 1 };
        let march_month = (month + 9) % 12;
        let leap_days =
            march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
        let days =
            march_year * 365 + leap_days + (march_month * 153 + 2) / 5 + day - 1 - MARCH_YEAR_ZERO;
        Self(days * DAY_SECONDS * SECOND)
    }

    pub(crate) const fn microseconds(self) -> i64 {
        self.0
    }

    pub(crate) const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    pub(crate) const fn plus_days(self, days: i64) -> Self {
        Self(self.0 + days * DAY_SECONDS * SECOND)
    }

    pub(crate) const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * SECOND)
    }

    /// The start of the UTC day.
    pub(crate) const fn midnight(self) -> Self {
        Self(self.0 - self.0.rem_euclid(DAY_SECONDS * SECOND))
    }

    /// A moment in `from..=to`; `from` where that is empty.
    pub(crate) fn random_between(from: Self, to: Self, random: &mut Random) -> Self {
        Self(random.between(from.0, to.0))
    }

    pub(crate) const fn printed(self, style: TimestampStyle) -> Timestamp {
        Timestamp {
            moment: self,
            style,
        }
    }

    /// `YYYY-MM-DD`.
    pub(crate) fn date(self) -> ShortText {
        let mut text = ShortText::new();
        push_date(&mut text, self.0.div_euclid(DAY_SECONDS * SECOND));
        text
    }
}

/// Days from 1 March of the year 0 to 1 January 1970.
const MARCH_YEAR_ZERO: i64 = 719_468;

/// Days in 400 Gregorian years, after which the calendar repeats.
const CYCLE_DAYS: i64 = 146_097;

/// How precisely, and in which zone, a timestamp is printed. Digits beyond the precision are cut off, so that moments in
/// order are printed in order.
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
    /// `2023-11-07T07:31:56+02:00`, for an offset in minutes.
    Offset(i16),
}

/// A moment in the style it is to be printed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timestamp {
    moment: Moment,
    style: TimestampStyle,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = match self.style {
            TimestampStyle::Offset(minutes) => minutes,
            _ => 0,
        };
        let seconds = self.moment.seconds() + i64::from(offset) * 60;
        let fraction = self.moment.0.rem_euclid(SECOND).cast_unsigned();
        let of_day = seconds.rem_euclid(DAY_SECONDS).cast_unsigned();
        let mut text = ShortText::new();
        push_date(&mut text, seconds.div_euclid(DAY_SECONDS));
        for (separator, value) in [
            (b'T', of_day / 3600),
            (b':', of_day / 60 % 60),
            (b':', of_day % 60),
        ] {
            text.push(separator);
            text.push_decimal(value, 2);
        }
        let (digits, width) = match self.style {
            TimestampStyle::Seconds | TimestampStyle::Offset(_) => (0, 0),
            TimestampStyle::Milliseconds => (fraction / 1000, 3),
            TimestampStyle::Microseconds => (fraction, 6),
            TimestampStyle::Ticks(last) => (fraction * 10 + u64::from(last), 7),
        };
        if width > 0 {
            text.push(b'.');
            text.push_decimal(digits, width);
        }
        if let TimestampStyle::Offset(minutes) = self.style {
            text.push(if minutes < 0 { b'-' } else { b'+' });
            let minutes = u64::from(minutes.unsigned_abs());
            text.push_decimal(minutes / 60, 2);
            text.push(b':');
            text.push_decimal(minutes % 60, 2);
        } else {
            text.push(b'Z');
        }
        formatter.write_str(&text)
    }
}

fn push_date(text: &mut ShortText, days: i64) {
    let shifted = days + MARCH_YEAR_ZERO;
    let cycle = shifted.div_euclid(CYCLE_DAYS);
    let of_cycle = shifted.rem_euclid(CYCLE_DAYS);
    let year_of_cycle = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (of_year * 5 + 2) / 153;
    let day = of_year - (march_month * 153 + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = cycle * 400 + year_of_cycle + i64::from(month <= 2);
    text.push_decimal(year.unsigned_abs(), 4);
    text.push(b'-');
    text.push_decimal(month.unsigned_abs(), 2);
    text.push(b'-');
    text.push_decimal(day.unsigned_abs(), 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_come_back_as_they_went_in() {
        let mut day = Moment::from_civil(1999, 12, 30);
        assert_eq!(Moment::from_civil(1970, 1, 1).microseconds(), 0);
        for expected in ["1999-12-30", "1999-12-31", "2000-01-01"] {
            assert_eq!(&*day.date(), expected);
            day = day.plus_days(1);
        }
        for (year, month, date) in [
            (2000, 2, 29),
            (2023, 11, 7),
            (2024, 2, 29),
            (2024, 3, 1),
            (2100, 2, 28),
        ] {
            assert_eq!(
                &*Moment::from_civil(year, month, date).date(),
                format!("{year}-{month:02}-{date:02}")
            );
        }
    }

    #[test]
    fn styles() {
        let moment = Moment(
            Moment::from_civil(2023, 11, 7)
                .plus_seconds(84_716)
                .microseconds()
                + 123_456,
        );
        for (style, expected) in [
            (TimestampStyle::Seconds, "2023-11-07T23:31:56Z"),
            (TimestampStyle::Milliseconds, "2023-11-07T23:31:56.123Z"),
            (TimestampStyle::Microseconds, "2023-11-07T23:31:56.123456Z"),
            (TimestampStyle::Ticks(7), "2023-11-07T23:31:56.1234567Z"),
            (TimestampStyle::Offset(120), "2023-11-08T01:31:56+02:00"),
            (TimestampStyle::Offset(-570), "2023-11-07T14:01:56-09:30"),
        ] {
            assert_eq!(moment.printed(style).to_string(), expected);
        }
    }
}
