//! The dates of filters and expressions: years, months, days, times, `now`, `today` and ages, each as an interval.

use chrono::{Datelike, NaiveDate};

use super::age::parse_age;
use super::local::LocalTime;
use super::timestamp::{MAX_FRACTION_DIGITS, ends_day};
use super::{
    Clock, DateError, DateErrorKind, DateForms, Interval, MICROS_PER_DAY, MICROS_PER_HOUR,
    MICROS_PER_MINUTE, MICROS_PER_SECOND, TimeZone,
};

/// Parses a date into the interval that it names at its own precision, in the time zone of the clock. White space at the
/// ends is ignored.
///
/// | text | interval |
/// |---|---|
/// | `2026-01-31` | that whole local day |
/// | `2026-01-31 09:30` | that whole minute, local time |
/// | `2026-01-31 09:30:00` | that instant, local time |
/// | `2026-01-31T09:30:00+02:00` | that instant: RFC 3339, any offset, 1 to 9 fraction digits of which six count |
/// | `now`, `today` | the clock's instant, its whole local day |
/// | `-90d`, `+2w` | the instant that long before or after now: `min`, `h`, `d`, `w`, `mo`, `y` |
///
/// Letters may be of either case. Days, weeks, months and years of an age are counted by the local calendar: a day ago is
/// the same time of the day before, and a month before 31 March is the last day of February. A local day has 23 or 25
/// hours where the clocks change; one whose midnight they skip begins at its first instant. A local time that they skip
/// or repeat is an error, and in an age the first instant at or after it. A second 60 is accepted at the end of a UTC
/// day, where leap seconds are inserted, and means the second after it.
///
/// ```
/// use idq_grammar::{Clock, parse_date, parse_timestamp};
///
/// let noon = parse_timestamp(b"2026-01-31T12:00:00Z").expect("a timestamp");
/// let day = parse_date("2026-01-31", Clock::system())?;
/// assert!(day.contains(noon));
/// assert_eq!(day.end - day.start, 86_400_000_000 - 1);
///
/// let error = parse_date("2026-02-31", Clock::system()).unwrap_err();
/// assert_eq!(error.to_string(), "expected a day from 01 to 28 in 2026-02, found 31 in `2026-02-31`");
/// # Ok::<(), idq_grammar::DateError>(())
/// ```
///
/// # Errors
/// The text has none of these forms, names a day or time that does not exist or occurs twice, or is outside the years 1
/// to 9999.
pub fn parse_date(text: &str, clock: Clock) -> Result<Interval, DateError> {
    let text = text.trim();
    parse_trimmed(text, clock).map_err(|kind| DateError {
        kind,
        text: text.to_owned(),
        forms: DateForms::Filter,
    })
}

/// Parses a date of an expression: in the forms of [`parse_date`], and `2026` or `2026-01`, that whole local year or
/// month.
///
/// ```
/// use idq_grammar::{Clock, parse_date, parse_expression_date};
///
/// let month = parse_expression_date("2024-02", Clock::system())?;
/// let last_day = parse_date("2024-02-29", Clock::system())?;
/// assert_eq!(month.end, last_day.end);
/// # Ok::<(), idq_grammar::DateError>(())
/// ```
///
/// # Errors
/// As [`parse_date`], and a month that does not exist.
pub fn parse_expression_date(text: &str, clock: Clock) -> Result<Interval, DateError> {
    let text = text.trim();
    let interval = match parse_year_or_month(text.as_bytes(), clock.time_zone()) {
        Some(interval) => interval,
        None => parse_trimmed(text, clock),
    };
    interval.map_err(|kind| DateError {
        kind,
        text: text.to_owned(),
        forms: DateForms::Expression,
    })
}

/// Parses `YYYY` or `YYYY-MM`; returns `None` for any other form.
fn parse_year_or_month(bytes: &[u8], zone: TimeZone) -> Option<Result<Interval, DateErrorKind>> {
    let ([y1, y2, y3, y4], month) = match *bytes {
        [y1, y2, y3, y4] => ([y1, y2, y3, y4], None),
        [y1, y2, y3, y4, b'-', m1, m2] => ([y1, y2, y3, y4], Some(parse_pair(m1, m2)?)),
        _ => return None,
    };
    let year = u16::from(parse_pair(y1, y2)?) * 100 + u16::from(parse_pair(y3, y4)?);
    let (first, last) = (month.unwrap_or(1), month.unwrap_or(12));
    let interval = check_date(year, first, 1).and_then(|start| {
        let end = check_date(year, last, 1)?;
        let next = i64::from(end.to_epoch_days()) + i64::from(end.num_days_in_month());
        Ok(days(i64::from(start.to_epoch_days()), next, zone))
    });
    Some(interval)
}

/// Returns whether a text that [`parse_date`] or [`parse_expression_date`] accepts depends on the time of the
/// clock: `now`, `today` and ages do, calendar dates do not.
///
/// ```
/// use idq_grammar::is_relative_date;
///
/// assert!(is_relative_date("-90d") && is_relative_date("today"));
/// assert!(!is_relative_date("2026-01-31"));
/// ```
pub fn is_relative_date(text: &str) -> bool {
    // Calendar dates are the accepted forms that start with a digit.
    !text
        .trim_start()
        .starts_with(|first: char| first.is_ascii_digit())
}

/// Returns the interval from the start of one local day to the start of another one.
fn days(first: i64, next: i64, zone: TimeZone) -> Interval {
    let start_of = |day| zone.start_of_day(day) * MICROS_PER_SECOND;
    Interval {
        start: start_of(first),
        end: start_of(next) - 1,
    }
}

/// Parses a text without white space at its ends.
fn parse_trimmed(text: &str, clock: Clock) -> Result<Interval, DateErrorKind> {
    let (now, zone) = (clock.micros(), clock.time_zone());
    if text.eq_ignore_ascii_case("now") {
        return Ok(Interval::instant(now));
    }
    if text.eq_ignore_ascii_case("today") {
        let day = zone.day_of(now.div_euclid(MICROS_PER_SECOND));
        return Ok(days(day, day + 1, zone));
    }
    match text.as_bytes() {
        [b'-' | b'+', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => {
            parse_age(text, now, zone).map(Interval::instant)
        }
        bytes @ [first, ..] if first.is_ascii_digit() => parse_calendar(bytes, zone),
        _ => Err(DateErrorKind::NotADate),
    }
}

/// Parses a day, optionally followed by a time.
fn parse_calendar(bytes: &[u8], zone: TimeZone) -> Result<Interval, DateErrorKind> {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let tail = &bytes[digits..];
    if !tail.is_empty() && tail.iter().all(u8::is_ascii_alphabetic) {
        return Err(DateErrorKind::NoSign);
    }
    let &[b'-', m1, m2, b'-', d1, d2, ref rest @ ..] = tail else {
        return Err(DateErrorKind::NotADate);
    };
    let (Some(month), Some(day)) = (parse_pair(m1, m2), parse_pair(d1, d2)) else {
        return Err(DateErrorKind::NotADate);
    };
    // `31-01-2026` is a date in the wrong order, not one with a short year.
    if rest.first().is_some_and(u8::is_ascii_digit) {
        return Err(DateErrorKind::NotADate);
    }
    let [y1, y2, y3, y4] = bytes[..digits] else {
        return Err(DateErrorKind::Year);
    };
    let (Some(century), Some(year)) = (parse_pair(y1, y2), parse_pair(y3, y4)) else {
        return Err(DateErrorKind::NotADate);
    };
    let date = check_date(u16::from(century) * 100 + u16::from(year), month, day)?;
    let day = i64::from(date.to_epoch_days());
    match rest {
        [] => {
            let day = days(day, day + 1, zone);
            // A zone that moves across the date line skips a whole day.
            let is_skipped = day.end < day.start;
            if is_skipped {
                return Err(DateErrorKind::SkippedDay { zone });
            }
            Ok(day)
        }
        [b'T' | b't', time @ ..] => parse_time(day, time, Separator::T, zone),
        [b' ', time @ ..] => parse_time(day, time, Separator::Space, zone),
        _ => Err(DateErrorKind::NotADate),
    }
}

/// Returns the instant of a local time, both in microseconds since the epoch.
fn instant_of(local: i64, zone: TimeZone) -> Result<i64, DateErrorKind> {
    match zone.local_time(local.div_euclid(MICROS_PER_SECOND)) {
        LocalTime::Once(second) => {
            Ok(second * MICROS_PER_SECOND + local.rem_euclid(MICROS_PER_SECOND))
        }
        LocalTime::Skipped { .. } => Err(DateErrorKind::SkippedTime { zone }),
        LocalTime::Twice { first, second } => Err(DateErrorKind::RepeatedTime {
            zone,
            offsets: [first, second].map(|instant| zone.offset_at(instant)),
        }),
    }
}

/// Returns the day of a year, a month and a day of the month.
///
/// # Errors
/// The year is 0, or there is no such month or day.
fn check_date(year: u16, month: u8, day: u8) -> Result<NaiveDate, DateErrorKind> {
    if year == 0 {
        return Err(DateErrorKind::Year);
    }
    let first = NaiveDate::from_ymd_opt(year.into(), month.into(), 1)
        .ok_or(DateErrorKind::Month { found: month })?;
    first.with_day(day.into()).ok_or(DateErrorKind::Day {
        found: day,
        days: first.num_days_in_month(),
        month,
        year,
    })
}

/// The separator between day and time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Separator {
    /// RFC 3339: seconds and offset are required.
    T,
    /// The everyday form: seconds and offset are optional, and no offset means local time.
    Space,
}

/// Parses a time of a day, which is counted from 1970-01-01.
fn parse_time(
    day: i64,
    bytes: &[u8],
    separator: Separator,
    zone: TimeZone,
) -> Result<Interval, DateErrorKind> {
    let Some((hour, [b':', rest @ ..])) = split_pair(bytes) else {
        return Err(DateErrorKind::NotADate);
    };
    let Some((minute, rest)) = split_pair(rest) else {
        return Err(DateErrorKind::NotADate);
    };
    if hour > 23 {
        return Err(DateErrorKind::Hour { found: hour });
    }
    if minute > 59 {
        return Err(DateErrorKind::Minute { found: minute });
    }
    let time = i64::from(hour) * MICROS_PER_HOUR + i64::from(minute) * MICROS_PER_MINUTE;
    let local = day * MICROS_PER_DAY + time;
    let [b':', rest @ ..] = rest else {
        return match separator {
            Separator::Space if rest.is_empty() => {
                let start = instant_of(local, zone)?;
                Ok(Interval::with_length(start, MICROS_PER_MINUTE))
            }
            _ => Err(DateErrorKind::NoSeconds),
        };
    };
    let Some((second, rest)) = split_pair(rest) else {
        return Err(DateErrorKind::NoSeconds);
    };
    if second > 60 {
        return Err(DateErrorKind::Second { found: second });
    }
    let (fraction, offset) = parse_fraction(rest)?;
    let start = match parse_offset(offset, separator)? {
        Some(offset) => local - offset,
        None => instant_of(local, zone)?,
    };
    if second == 60 && !ends_day(start) {
        return Err(DateErrorKind::Second { found: second });
    }
    let second = i64::from(second) * MICROS_PER_SECOND;
    Ok(Interval::instant(start + second + fraction))
}

/// Parses an optional fraction; returns its microseconds and the bytes after it.
fn parse_fraction(bytes: &[u8]) -> Result<(i64, &[u8]), DateErrorKind> {
    let [b'.', rest @ ..] = bytes else {
        return Ok((0, bytes));
    };
    let found = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=MAX_FRACTION_DIGITS).contains(&found) {
        return Err(DateErrorKind::Fraction { found });
    }
    let (digits, rest) = rest.split_at(found);
    let micros = (0..6).fold(0, |micros, place| {
        micros * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Ok((micros, rest))
}

/// Parses an offset from UTC, in microseconds; positive is east of UTC. No offset is local time.
fn parse_offset(bytes: &[u8], separator: Separator) -> Result<Option<i64>, DateErrorKind> {
    match *bytes {
        [] => match separator {
            Separator::T => Err(DateErrorKind::NoOffset),
            Separator::Space => Ok(None),
        },
        [b'Z' | b'z'] => Ok(Some(0)),
        [sign @ (b'+' | b'-' | b' '), h1, h2, b':', m1, m2] => {
            let (Some(hours), Some(minutes)) = (parse_pair(h1, h2), parse_pair(m1, m2)) else {
                return Err(DateErrorKind::Offset);
            };
            if hours > 23 || minutes > 59 {
                return Err(DateErrorKind::Offset);
            }
            let hours = i64::from(hours) * MICROS_PER_HOUR;
            let minutes = i64::from(minutes) * MICROS_PER_MINUTE;
            match sign {
                b' ' => Err(DateErrorKind::SpaceBeforeOffset),
                b'-' => Ok(Some(-hours - minutes)),
                _ => Ok(Some(hours + minutes)),
            }
        }
        _ => Err(DateErrorKind::Offset),
    }
}

/// Parses the two leading digits; returns their value and the bytes after them.
fn split_pair(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let &[tens, ones, ref rest @ ..] = bytes else {
        return None;
    };
    Some((parse_pair(tens, ones)?, rest))
}

/// Parses two digits.
fn parse_pair(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}
