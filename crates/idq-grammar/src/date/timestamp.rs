//! The timestamps of records: read fast, written one way.

use std::fmt::Write as _;

use super::calendar::{
    Date, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, days_in_month,
};

/// Shortest timestamp: `2023-11-07T05:31:56Z`.
const SHORTEST: usize = 20;

/// Most digits of a fraction that RFC 3339 writers use: nanoseconds.
pub(super) const FRACTION_DIGITS: usize = 9;

/// Reads an RFC 3339 timestamp as microseconds since the Unix epoch, or `None` if it is anything else.
///
/// Strict: `YYYY-MM-DD`, `T` or `t`, `HH:MM:SS`, perhaps 1 to 9 fraction digits (those after the sixth are
/// cut off), then `Z`, `z` or an offset `±HH:MM`. The day must exist. A second 60 is taken only where a leap
/// second can be, at the last minute of a UTC day, and means the second after it. This is called for every
/// date of every record, so it allocates nothing and goes over the bytes once.
///
/// ```
/// use idq_grammar::parse_timestamp;
///
/// assert_eq!(parse_timestamp(b"1970-01-01T00:00:01.5Z"), Some(1_500_000));
/// assert_eq!(parse_timestamp(b"1970-01-01T02:00:00+02:00"), Some(0));
/// assert_eq!(parse_timestamp(b"2023-02-29T00:00:00Z"), None);
/// ```
pub fn parse_timestamp(bytes: &[u8]) -> Option<i64> {
    let (fixed, rest) = bytes.split_first_chunk::<{ SHORTEST - 1 }>()?;
    let punctuated = fixed[4] == b'-'
        && fixed[7] == b'-'
        && matches!(fixed[10], b'T' | b't')
        && fixed[13] == b':'
        && fixed[16] == b':';
    if !punctuated {
        return None;
    }
    let year = pair(fixed[0], fixed[1])? * 100 + pair(fixed[2], fixed[3])?;
    let month = pair(fixed[5], fixed[6])?;
    let day = pair(fixed[8], fixed[9])?;
    let hour = pair(fixed[11], fixed[12])?;
    let minute = pair(fixed[14], fixed[15])?;
    let second = pair(fixed[17], fixed[18])?;
    let exists = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (day <= 28 || day <= days_in_month(year, month))
        && hour < 24
        && minute < 60
        && second <= 60;
    if !exists {
        return None;
    }
    let (fraction, zone) = fraction(rest)?;
    let offset = offset(zone)?;
    let date = Date { year, month, day };
    let minute_start =
        date.days() * MICROS_PER_DAY + hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE - offset;
    if second == 60 && !ends_day(minute_start) {
        return None;
    }
    Some(minute_start + second * MICROS_PER_SECOND + fraction)
}

/// Whether the minute that starts at an instant is the last of a UTC day, where leap seconds go.
pub(super) fn ends_day(minute_start: i64) -> bool {
    minute_start.rem_euclid(MICROS_PER_DAY) == MICROS_PER_DAY - MICROS_PER_MINUTE
}

/// The value of two digits.
fn pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// The microseconds of a fraction, if there is one, and what follows.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', digits @ ..] = bytes else {
        return Some((0, bytes));
    };
    let mut micros = 0;
    let mut unit = MICROS_PER_SECOND;
    let mut count = 0;
    while let Some(digit) = digits.get(count).map(|byte| byte.wrapping_sub(b'0'))
        && digit < 10
    {
        // From the seventh digit on the unit is 0.
        unit /= 10;
        micros += i64::from(digit) * unit;
        count += 1;
    }
    (1..=FRACTION_DIGITS)
        .contains(&count)
        .then(|| (micros, &digits[count..]))
}

/// The microseconds that a zone is ahead of UTC.
fn offset(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (pair(h1, h2)?, pair(m1, m2)?);
            let ahead = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE;
            (hours < 24 && minutes < 60).then_some(if sign == b'-' { -ahead } else { ahead })
        }
        _ => None,
    }
}

/// Writes an instant, in microseconds since the Unix epoch, as RFC 3339 in UTC: `2023-11-07T05:31:56Z`, or
/// with six fraction digits where they are not zero.
///
/// Years outside 0 to 9999, which RFC 3339 can't write, get a sign (`+12345`, `-0001`).
///
/// ```
/// assert_eq!(idq_grammar::format_timestamp(1_500_000), "1970-01-01T00:00:01.500000Z");
/// ```
pub fn format_timestamp(micros: i64) -> String {
    let date = Date::from_days(micros.div_euclid(MICROS_PER_DAY));
    let time = micros.rem_euclid(MICROS_PER_DAY);
    let year = if (0..=9999).contains(&date.year) {
        format!("{:04}", date.year)
    } else {
        format!("{:+05}", date.year)
    };
    let mut text = format!(
        "{year}-{:02}-{:02}T{:02}:{:02}:{:02}",
        date.month,
        date.day,
        time / MICROS_PER_HOUR,
        time % MICROS_PER_HOUR / MICROS_PER_MINUTE,
        time % MICROS_PER_MINUTE / MICROS_PER_SECOND,
    );
    let fraction = time % MICROS_PER_SECOND;
    if fraction != 0 {
        // Writing to a String can't fail.
        let _ = write!(text, ".{fraction:06}");
    }
    text.push('Z');
    text
}
