//! The timestamps of records: read fast, written one way.

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
#[inline]
pub fn parse_timestamp(bytes: &[u8]) -> Option<i64> {
    let (fixed, rest) = bytes.split_first_chunk::<{ SHORTEST - 1 }>()?;
    let [y1, y2, y3, y4, dash1, m1, m2, dash2, ref time @ ..] = *fixed;
    let [d1, d2, t, h1, h2, colon1, n1, n2, colon2, s1, s2] = *time;
    let date = Digits::new([y1, y2, y3, y4, dash1, m1, m2, dash2], *b"....-..-")?;
    let time = Digits::new([d1, d2, t | 0x20, h1, h2, colon1, n1, n2], *b"..t..:..")?;
    let year = date.pair(0) * 100 + date.pair(2);
    let (month, day) = (date.pair(5), time.pair(0));
    let (hour, minute) = (time.pair(3), time.pair(6));
    let second = pair(s1, s2)?;
    let exists = colon2 == b':'
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (day <= 28 || day <= days_in_month(year, month))
        && hour < 24
        && minute < 60
        && second <= 60;
    if !exists {
        return None;
    }
    let (fraction, offset) = match rest {
        b"Z" => (0, 0),
        rest => {
            let (fraction, zone) = fraction(rest)?;
            (fraction, offset(zone)?)
        }
    };
    let date = Date { year, month, day };
    let minute_start =
        date.days() * MICROS_PER_DAY + hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE - offset;
    if second == 60 && !ends_day(minute_start) {
        return None;
    }
    Some(minute_start + second * MICROS_PER_SECOND + fraction)
}

/// Eight bytes of digits and punctuation, looked at together.
struct Digits {
    /// For each digit ten times its value and the value of the byte behind it, which is below 256.
    pairs: [u8; 8],
}

impl Digits {
    /// Digits stand where the pattern has dots; its other bytes stand as they are.
    #[inline(always)]
    fn new(bytes: [u8; 8], pattern: [u8; 8]) -> Option<Self> {
        let (mut digits, mut others) = ([0; 8], [0; 8]);
        for (index, &byte) in pattern.iter().enumerate() {
            let is_digit = byte == b'.';
            digits[index] = if is_digit { 0xFF } else { 0 };
            others[index] = if is_digit { b'0' } else { byte };
        }
        // Zero for punctuation as it should be, 0 to 9 for digits, and more in the high bits for anything else.
        let values = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(others);
        let above_nine = values.wrapping_add(NINES_TO_HIGH & u64::from_le_bytes(digits));
        let wrong = (values | above_nine) & HIGH_HALVES | values & !u64::from_le_bytes(digits);
        (wrong == 0).then(|| Self {
            pairs: (values * 10 + (values >> 8)).to_le_bytes(),
        })
    }

    /// The number of the two digits from this place on.
    #[inline(always)]
    fn pair(&self, place: usize) -> i64 {
        i64::from(self.pairs[place])
    }
}

const HIGH_HALVES: u64 = 0xF0F0_F0F0_F0F0_F0F0;
/// Added to a byte, takes whatever is above 9 to 16 or more.
const NINES_TO_HIGH: u64 = 0x0606_0606_0606_0606;

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

/// The date and the time of day in UTC at an instant, in microseconds since the Unix epoch:
/// `2023-11-07T05:31:56.000000`. `None` of years that do not have four digits.
///
/// ```
/// let reading = idq_grammar::date::clock_reading(1_500_000).unwrap();
/// assert_eq!(&reading, b"1970-01-01T00:00:01.500000");
/// ```
pub fn clock_reading(micros: i64) -> Option<[u8; 26]> {
    let (year, behind) = year_and_rest(micros);
    if !(0..=9999).contains(&year) {
        return None;
    }
    let mut text = [0; 26];
    put_pair(&mut text, 0, year / 100);
    put_pair(&mut text, 2, year % 100);
    text[4..].copy_from_slice(&behind);
    Some(text)
}

/// The year of an instant, and what stands behind it: `-11-07T05:31:56.000000`.
fn year_and_rest(micros: i64) -> (i64, [u8; 22]) {
    let date = Date::from_days(micros.div_euclid(MICROS_PER_DAY));
    let time = micros.rem_euclid(MICROS_PER_DAY);
    let fraction = time % MICROS_PER_SECOND;
    let mut text = *b"-..-..T..:..:.........";
    put_pair(&mut text, 1, date.month);
    put_pair(&mut text, 4, date.day);
    put_pair(&mut text, 7, time / MICROS_PER_HOUR);
    put_pair(&mut text, 10, time % MICROS_PER_HOUR / MICROS_PER_MINUTE);
    put_pair(&mut text, 13, time % MICROS_PER_MINUTE / MICROS_PER_SECOND);
    put_pair(&mut text, 16, fraction / 10_000);
    put_pair(&mut text, 18, fraction / 100 % 100);
    put_pair(&mut text, 20, fraction % 100);
    (date.year, text)
}

/// Writes a number below 100 in two digits.
fn put_pair(text: &mut [u8], place: usize, number: i64) {
    text[place] = b'0' + (number / 10) as u8;
    text[place + 1] = b'0' + (number % 10) as u8;
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
    let (year, behind) = year_and_rest(micros);
    let length = if micros.rem_euclid(MICROS_PER_SECOND) == 0 {
        15
    } else {
        22
    };
    let year = if (0..=9999).contains(&year) {
        format!("{year:04}")
    } else {
        format!("{year:+05}")
    };
    year + &String::from_utf8_lossy(&behind[..length]) + "Z"
}
