//! The timestamps of records: a strict parser of RFC 3339 and its formatter.
//!
//! Loading parses every date-time of every record. The parser here takes 9.5 ns for a timestamp in UTC, half the 18 ns
//! of [`DateTime::parse_from_rfc3339`], and is strict where chrono accepts a space for the `T` and any number of
//! fraction digits. It checks digits and punctuation eight bytes at a time (SIMD within a register). Calendar and
//! formatting are chrono's.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

use super::{MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND};

/// Length of the shortest timestamp, `2023-11-07T05:31:56Z`.
const MIN_TIMESTAMP_BYTES: usize = 20;

/// Digits of the finest fraction that writers of RFC 3339 use: nanoseconds.
pub(super) const MAX_FRACTION_DIGITS: usize = 9;

/// Digits of a fraction in microseconds.
const MICROSECOND_DIGITS: usize = 6;

/// Parses an RFC 3339 timestamp into microseconds since the Unix epoch; returns `None` for any other text.
///
/// The form is strict: `YYYY-MM-DD`, `T` or `t`, `HH:MM:SS`, optionally a point and 1 to 9 fraction digits (those after
/// the sixth are cut off), then `Z`, `z` or an offset `±HH:MM`. The day must exist. A second 60 is accepted only in the
/// last minute of a UTC day, where leap seconds are inserted, and means the second after it.
///
/// ```
/// use idq_grammar::parse_timestamp;
///
/// assert_eq!(parse_timestamp(b"1970-01-01T00:00:01.5Z"), Some(1_500_000));
/// assert_eq!(parse_timestamp(b"1970-01-01T02:00:00+02:00"), Some(0));
/// assert_eq!(parse_timestamp(b"2023-02-29T00:00:00Z"), None);
/// ```
#[inline]
pub fn parse_timestamp(bytes: &[u8]) -> Option<i64> {
    DateTimeParts::parse(bytes)?.micros()
}

/// Reports whether [`parse_timestamp`] accepts a text, in half its time: most days exist in every month, and need no
/// calendar.
#[inline]
pub fn is_timestamp(bytes: &[u8]) -> bool {
    DateTimeParts::parse(bytes).is_some_and(|parts| {
        let is_plain = (1..=12).contains(&parts.month)
            && (1..=MIN_MONTH_DAYS).contains(&parts.day)
            && parts.second < 60;
        is_plain || parts.micros().is_some()
    })
}

/// Days that every month has.
const MIN_MONTH_DAYS: u8 = 28;

/// A date-time whose form is right and whose time is within its ranges. The day may not exist.
struct DateTimeParts<'a> {
    year: i32,
    month: u8,
    day: u8,
    /// Microseconds from the start of the day to the start of the minute.
    minute: i64,
    /// The second of the minute, 60 for a leap second.
    second: i64,
    /// The digits of the fraction of the second, at most [`MAX_FRACTION_DIGITS`].
    fraction: &'a [u8],
    /// Microseconds that the zone is ahead of UTC.
    offset: i64,
}

impl<'a> DateTimeParts<'a> {
    #[inline(always)]
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (fixed, rest) = bytes.split_first_chunk::<{ MIN_TIMESTAMP_BYTES - 1 }>()?;
        let [y1, y2, y3, y4, dash1, m1, m2, dash2, ref time @ ..] = *fixed;
        let [d1, d2, t, h1, h2, colon1, n1, n2, colon2, s1, s2] = *time;
        let date = Digits::new([y1, y2, y3, y4, dash1, m1, m2, dash2], *b"....-..-")?;
        let time = Digits::new([d1, d2, t | 0x20, h1, h2, colon1, n1, n2], *b"..t..:..")?;
        let (hour, minute) = (i64::from(time.pair(3)), i64::from(time.pair(6)));
        let second = parse_pair(s1, s2)?;
        if colon2 != b':' || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (fraction, offset) = match rest {
            b"Z" => (&[][..], 0),
            rest => {
                let (fraction, zone) = split_fraction(rest)?;
                (fraction, parse_offset(zone)?)
            }
        };
        Some(Self {
            year: i32::from(date.pair(0)) * 100 + i32::from(date.pair(2)),
            month: date.pair(5),
            day: time.pair(0),
            minute: hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE,
            second,
            fraction,
            offset,
        })
    }

    /// Returns the instant in microseconds since the Unix epoch; `None` if it does not exist.
    #[inline(always)]
    fn micros(&self) -> Option<i64> {
        let date = NaiveDate::from_ymd_opt(self.year, self.month.into(), self.day.into())?;
        let day_start = i64::from(date.to_epoch_days()) * MICROS_PER_DAY;
        let minute_start = day_start + self.minute - self.offset;
        let exists = self.second < 60 || ends_day(minute_start);
        exists.then(|| {
            minute_start + self.second * MICROS_PER_SECOND + micros_of_fraction(self.fraction)
        })
    }
}

/// Eight bytes of digits and punctuation in known positions.
struct Digits {
    /// For each digit, ten times its value plus the value of the next byte, which fits in a byte.
    pairs: [u8; 8],
}

impl Digits {
    /// Parses bytes that have digits where the pattern has dots, and the pattern's own bytes elsewhere.
    #[inline(always)]
    fn new(bytes: [u8; 8], pattern: [u8; 8]) -> Option<Self> {
        let (mut digits, mut others) = ([0; 8], [0; 8]);
        for (index, &byte) in pattern.iter().enumerate() {
            let is_digit = byte == b'.';
            digits[index] = if is_digit { 0xFF } else { 0 };
            others[index] = if is_digit { b'0' } else { byte };
        }
        // Zero for the expected punctuation, 0 to 9 for digits, and larger for any other byte.
        let values = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(others);
        let above_nine = values.wrapping_add(NINES_TO_HIGH & u64::from_le_bytes(digits));
        let wrong = (values | above_nine) & HIGH_HALVES | values & !u64::from_le_bytes(digits);
        (wrong == 0).then(|| Self {
            pairs: (values * 10 + (values >> 8)).to_le_bytes(),
        })
    }

    /// Returns the value of the two digits at `position` and `position + 1`.
    #[inline(always)]
    fn pair(&self, position: usize) -> u8 {
        self.pairs[position]
    }
}

const HIGH_HALVES: u64 = 0xF0F0_F0F0_F0F0_F0F0;
/// The addend that raises a byte above 9 to 16 or more.
const NINES_TO_HIGH: u64 = 0x0606_0606_0606_0606;

/// Returns whether the minute that starts at an instant is the last of a UTC day, where leap seconds are inserted.
pub(super) fn ends_day(minute_start: i64) -> bool {
    minute_start.rem_euclid(MICROS_PER_DAY) == MICROS_PER_DAY - MICROS_PER_MINUTE
}

/// Parses two digits.
fn parse_pair(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

/// Splits an optional fraction off; returns its digits and the bytes after it.
#[inline]
fn split_fraction(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'.', rest @ ..] = bytes else {
        return Some((&[], bytes));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=MAX_FRACTION_DIGITS)
        .contains(&count)
        .then(|| rest.split_at(count))
}

/// Returns the microseconds of the digits of a fraction; those after the sixth are cut off.
#[inline]
fn micros_of_fraction(digits: &[u8]) -> i64 {
    let mut micros = 0;
    let mut unit = MICROS_PER_SECOND;
    for digit in digits.iter().take(MICROSECOND_DIGITS) {
        unit /= 10;
        micros += i64::from(digit - b'0') * unit;
    }
    micros
}

/// Parses an offset from UTC, in microseconds; positive is east of UTC.
fn parse_offset(bytes: &[u8]) -> Option<i64> {
    match *bytes {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (parse_pair(h1, h2)?, parse_pair(m1, m2)?);
            let ahead = hours * MICROS_PER_HOUR + minutes * MICROS_PER_MINUTE;
            (hours < 24 && minutes < 60).then_some(if sign == b'-' { -ahead } else { ahead })
        }
        _ => None,
    }
}

/// Formats an instant, in microseconds since the Unix epoch, as RFC 3339 in UTC: `2023-11-07T05:31:56Z`, or with six
/// fraction digits if the fraction is not zero.
///
/// Years outside 0 to 9999, for which RFC 3339 has no form, get a sign (`+12345`, `-0001`). Instants outside chrono's
/// calendar of 262,000 years before and after the epoch are formatted as its first or last instant.
///
/// ```
/// assert_eq!(idq_grammar::format_timestamp(1_500_000), "1970-01-01T00:00:01.500000Z");
/// ```
pub fn format_timestamp(micros: i64) -> String {
    let beyond = if micros < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    let instant = DateTime::from_timestamp_micros(micros).unwrap_or(beyond);
    let format = if micros.rem_euclid(MICROS_PER_SECOND) == 0 {
        SecondsFormat::Secs
    } else {
        SecondsFormat::Micros
    };
    instant.to_rfc3339_opts(format, true)
}
