//! The dates of records in other forms than RFC 3339, which programs write all the same.

use super::local::LocalTime;
use super::timestamp::parse_timestamp;
use super::{MICROS_PER_DAY, MICROS_PER_SECOND, TimeZone};

/// The forms of dates in records besides RFC 3339, which is always read.
///
/// Always read as well: a date-time without a zone, with a blank in place of the `T`, without seconds, or with an offset
/// without its colon; a day alone, which is the start of the day; and the empty text, which is no value. Those without a
/// zone are local times of [`time_zone`](Self::time_zone): one that the clocks repeat is the first of the two, and one
/// that they skip the first instant after it. The least and the greatest date-time of .NET, `0001-01-01T00:00:00` and
/// those of `9999-12-31`, mean no time in particular, and are read in UTC.
///
/// ```
/// use idq_grammar::date::{RecordDate, RecordDates, parse_timestamp};
///
/// let dates = RecordDates {
///     time_zone: "Europe/Berlin".parse()?,
///     ..RecordDates::default()
/// };
/// let utc = parse_timestamp(b"2026-01-31T08:30:00Z").unwrap();
/// assert_eq!(dates.parse("2026-01-31T09:30:00"), Some(RecordDate::Local(utc)));
/// assert_eq!(dates.parse("2026-01-31 08:30:00Z"), Some(RecordDate::Instant(utc)));
/// assert_eq!(dates.parse(""), Some(RecordDate::NoValue));
/// assert_eq!(dates.parse("31.01.2026"), None);
/// # Ok::<(), idq_grammar::TimeZoneError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordDates {
    /// The zone of local times.
    pub time_zone: TimeZone,
    /// The unit of numbers since the Unix epoch; `None` if numbers are no dates.
    pub epoch: Option<EpochUnit>,
    /// Whether `/Date(1720919582928)/`, as older programs of .NET write it, is a date.
    pub dotnet: bool,
}

/// The unit of numbers since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// A date of a record, in microseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordDate {
    /// An instant.
    Instant(i64),
    /// The instant of a local time.
    Local(i64),
    /// No value.
    NoValue,
}

/// The longest text that is parsed, without white space at its ends.
const MAX_BYTES: usize = 40;

/// The first instant of the year 1 and the first one after the year 9999, which RFC 3339 can write.
const YEARS: [i64; 2] = [
    -62_135_596_800 * MICROS_PER_SECOND,
    253_402_300_800 * MICROS_PER_SECOND,
];

/// The least number that is taken for milliseconds rather than seconds, some day in 1973 and in the year 5138.
const MIN_MILLISECONDS: i64 = 100_000_000_000;

impl RecordDates {
    /// Parses a text that is not a timestamp of RFC 3339; `None` for one that is no date.
    pub fn parse(&self, text: &str) -> Option<RecordDate> {
        let text = text.trim_ascii();
        if text.is_empty() {
            return Some(RecordDate::NoValue);
        }
        if let Some(number) = dotnet_number(text) {
            let unit = self.dotnet.then_some(EpochUnit::Milliseconds)?;
            return parse_number(number, unit).map(RecordDate::Instant);
        }
        if self.epoch.is_some() && is_number(text) {
            return self.parse_number(text).map(RecordDate::Instant);
        }
        self.parse_calendar(text.as_bytes())
    }

    /// Parses a number since the Unix epoch, by its spelling.
    pub fn parse_number(&self, spelling: &str) -> Option<i64> {
        parse_number(spelling, self.epoch?)
    }

    /// Returns the name of the form, for `--dates`, that would read a text or the spelling of a number.
    pub fn form_of(text: &str) -> Option<&'static str> {
        let text = text.trim_ascii();
        if dotnet_number(text).is_some() {
            return Some("dotnet");
        }
        let whole = text.split('.').next().filter(|_| is_number(text))?;
        let number: i64 = whole.parse().ok()?;
        Some(if number.abs() < MIN_MILLISECONDS {
            "epoch-s"
        } else {
            "epoch-ms"
        })
    }

    /// Parses a day with an optional time and an optional zone, by completing it to RFC 3339.
    fn parse_calendar(&self, text: &[u8]) -> Option<RecordDate> {
        if text.len() > MAX_BYTES {
            return None;
        }
        let (day, rest) = text.split_at_checked("2026-01-31".len())?;
        let (time, zone) = match rest {
            [] => (&rest[..0], rest),
            [b'T' | b't' | b' ', rest @ ..] => {
                let is_time = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.');
                rest.split_at(rest.iter().take_while(is_time).count())
            }
            _ => return None,
        };
        let mut complete = Vec::with_capacity(MAX_BYTES + 8);
        complete.extend_from_slice(day);
        complete.push(b'T');
        complete.extend_from_slice(time);
        match time.len() {
            0 if rest.is_empty() => complete.extend_from_slice(b"00:00:00"),
            5 => complete.extend_from_slice(b":00"),
            _ => {}
        }
        match *zone {
            [] => {
                complete.push(b'Z');
                let local = parse_timestamp(&complete)?;
                return Some(RecordDate::Local(self.instant_of(local, rest.is_empty())));
            }
            [sign @ (b'+' | b'-'), h1, h2] => complete.extend([sign, h1, h2, b':', b'0', b'0']),
            [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
                complete.extend([sign, h1, h2, b':', m1, m2]);
            }
            [b' ', ref zone @ ..] | ref zone => complete.extend_from_slice(zone),
        }
        parse_timestamp(&complete).map(RecordDate::Instant)
    }

    /// Returns the instant of a local time, which is given as if it were UTC.
    fn instant_of(&self, local: i64, is_day: bool) -> i64 {
        let [least, end] = YEARS;
        if local == least || local >= end - MICROS_PER_DAY {
            return local;
        }
        if is_day {
            let day = local.div_euclid(MICROS_PER_DAY);
            return self.time_zone.start_of_day(day) * MICROS_PER_SECOND;
        }
        let time = self
            .time_zone
            .local_time(local.div_euclid(MICROS_PER_SECOND));
        let fraction = match time {
            LocalTime::Skipped { .. } => 0,
            _ => local.rem_euclid(MICROS_PER_SECOND),
        };
        time.first() * MICROS_PER_SECOND + fraction
    }
}

/// Returns the number in `/Date(1720919582928)/`, without the offset that may follow it.
fn dotnet_number(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let digits = inner.strip_prefix('-').unwrap_or(inner);
    let end = digits.find(['+', '-']).unwrap_or(digits.len());
    let offset = &digits.as_bytes()[end..];
    let are_digits = |digits: &[u8]| digits.len() == 4 && digits.iter().all(u8::is_ascii_digit);
    let is_offset = offset.is_empty() || are_digits(&offset[1..]);
    let number = &inner[..inner.len() - digits.len() + end];
    (is_offset && !number.contains('.') && is_number(number)).then_some(number)
}

/// Returns whether a text is a decimal number without an exponent.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(fraction)
}

/// Parses a number of a unit since the Unix epoch into microseconds. Further digits are cut off.
fn parse_number(spelling: &str, unit: EpochUnit) -> Option<i64> {
    if !is_number(spelling) {
        return None;
    }
    let (whole, fraction) = spelling.split_once('.').unwrap_or((spelling, ""));
    let digits = match unit {
        EpochUnit::Seconds => 6,
        EpochUnit::Milliseconds => 3,
    };
    let mut micros: i64 = whole.parse().ok()?;
    for place in 0..digits {
        let digit = fraction
            .as_bytes()
            .get(place)
            .map_or(0, |digit| i64::from(digit - b'0'));
        let digit = if spelling.starts_with('-') {
            -digit
        } else {
            digit
        };
        micros = micros.checked_mul(10)?.checked_add(digit)?;
    }
    let [start, end] = YEARS;
    (start..end).contains(&micros).then_some(micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> i64 {
        parse_timestamp(text.as_bytes()).unwrap()
    }

    #[test]
    fn local_times_and_days_are_read_in_the_time_zone() {
        let berlin = RecordDates {
            time_zone: "Europe/Berlin".parse().unwrap(),
            ..RecordDates::default()
        };
        for (text, instant) in [
            ("2025-01-01T10:00:00", "2025-01-01T09:00:00Z"),
            ("2025-07-01T10:00:00", "2025-07-01T08:00:00Z"),
            ("2025-01-01 10:00:00.1234567", "2025-01-01T09:00:00.123456Z"),
            ("2025-01-01T10:00", "2025-01-01T09:00:00Z"),
            (" 2025-07-01 ", "2025-06-30T22:00:00Z"),
            // Skipped: the first instant after it. Repeated: the first.
            ("2025-03-30T02:30:00", "2025-03-30T01:00:00Z"),
            ("2025-03-30T02:59:59.9", "2025-03-30T01:00:00Z"),
            ("2025-10-26T02:30:00", "2025-10-26T00:30:00Z"),
            // No time in particular.
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
            ("0001-01-01", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.999999Z"),
            ("9999-12-31", "9999-12-31T00:00:00Z"),
        ] {
            assert_eq!(
                berlin.parse(text),
                Some(RecordDate::Local(utc(instant))),
                "{text}"
            );
        }
        for (text, instant) in [
            ("2025-01-01 10:00:00Z", "2025-01-01T10:00:00Z"),
            ("2025-01-01T10:00:00+0200", "2025-01-01T08:00:00Z"),
            ("2025-01-01T10:00:00-03", "2025-01-01T13:00:00Z"),
            ("2025-01-01 10:00:00 +02:00", "2025-01-01T08:00:00Z"),
            ("2025-01-01T10:00Z", "2025-01-01T10:00:00Z"),
        ] {
            assert_eq!(
                berlin.parse(text),
                Some(RecordDate::Instant(utc(instant))),
                "{text}"
            );
        }
        for text in ["", " ", "\t"] {
            assert_eq!(berlin.parse(text), Some(RecordDate::NoValue));
        }
        for text in [
            "x",
            "2025",
            "2025-01",
            "2025-13-01",
            "2025-02-30",
            "2025-01-01T",
            "01/02/2025",
            "2025-01-01T25:00:00",
            "2025-01-01T10",
            "2025-01-01T10:00:00X",
            "2025-01-01T10:00:00+02:00:00",
            "1720919582928",
            "/Date(1720919582928)/",
            "2025-01-01T10:00:00ZZ",
            "é025-01-01",
            "2025-01-0é",
        ] {
            assert_eq!(berlin.parse(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_and_forms_of_dotnet_are_read_if_they_are_named() {
        let dates = |epoch, dotnet| RecordDates {
            epoch,
            dotnet,
            ..RecordDates::default()
        };
        let (seconds, milliseconds) = (Some(EpochUnit::Seconds), Some(EpochUnit::Milliseconds));
        let instant = Some(RecordDate::Instant(utc("2024-07-14T01:13:02.928Z")));
        assert_eq!(dates(milliseconds, false).parse("1720919582928"), instant);
        assert_eq!(dates(seconds, false).parse("1720919582.9280001"), instant);
        assert_eq!(
            dates(milliseconds, false).parse_number("1720919582928.0"),
            Some(1_720_919_582_928_000)
        );
        assert_eq!(dates(seconds, false).parse_number("-1.5"), Some(-1_500_000));
        assert_eq!(dates(None, true).parse("/Date(1720919582928)/"), instant);
        assert_eq!(
            dates(None, true).parse("/Date(1720919582928+0200)/"),
            instant
        );
        assert_eq!(
            dates(None, true).parse("/Date(-1000)/"),
            Some(RecordDate::Instant(-1_000_000))
        );
        for text in [
            "/Date(x)/",
            "/Date(1+x)/",
            "/Date(1-+)/",
            "/Date(1+02:00)/",
            "/Date(1.5)/",
            "/Date()/",
        ] {
            assert_eq!(dates(seconds, true).parse(text), None, "{text}");
        }
        assert_eq!(dates(None, false).parse_number("1"), None);
        for number in [
            "1e9",
            "",
            "-",
            ".5",
            "1.",
            "99999999999999999999",
            "999999999999999",
        ] {
            assert_eq!(dates(seconds, false).parse_number(number), None, "{number}");
        }
        assert_eq!(RecordDates::form_of("1720919582928"), Some("epoch-ms"));
        assert_eq!(RecordDates::form_of("1720919582"), Some("epoch-s"));
        assert_eq!(
            RecordDates::form_of("/Date(1720919582928)/"),
            Some("dotnet")
        );
        assert_eq!(RecordDates::form_of("yesterday"), None);
    }
}
