//! Time zones: the local time of an instant, by an IANA zone or a fixed offset.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::escape::quote;
use crate::nearest::nearest;

/// The maximum number of near names that a help suggests.
const MAX_SUGGESTED_NAMES: usize = 3;

/// A time zone, which sets the calendar of an instant.
///
/// ```
/// use idq_grammar::TimeZone;
///
/// let zone: TimeZone = "europe/berlin".parse()?;
/// assert_eq!(zone.to_string(), "Europe/Berlin");
/// // Winter and summer of 2026, in seconds since the epoch.
/// assert_eq!((zone.offset_at(1_767_225_600), zone.offset_at(1_782_864_000)), (3_600, 7_200));
/// assert_eq!("-03:30".parse::<TimeZone>()?.offset_at(0), -12_600);
/// # Ok::<(), idq_grammar::TimeZoneError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeZone(Zone);

/// The rule of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Zone {
    /// Seconds east of UTC.
    Fixed(i32),
    /// A zone of the IANA database.
    Named(Tz),
}

impl TimeZone {
    /// UTC.
    pub const UTC: Self = Self(Zone::Fixed(0));

    /// Returns the zone of a fixed offset in seconds; UTC for one of a day or more.
    pub(super) fn fixed(offset: i64) -> Self {
        let offset = i32::try_from(offset).ok();
        let offset = offset.filter(|offset| FixedOffset::east_opt(*offset).is_some());
        Self(Zone::Fixed(offset.unwrap_or(0)))
    }

    /// Returns the names of the IANA zones, of which `UTC` is one.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// Returns the seconds by which local time is ahead of UTC at an instant, in seconds since the epoch.
    ///
    /// Before chrono's first and after its last date, some 260,000 years from now, the offset at that date applies.
    pub fn offset_at(self, second: i64) -> i64 {
        match self.0 {
            Zone::Fixed(offset) => offset.into(),
            Zone::Named(zone) => {
                let time = DateTime::from_timestamp(second, 0).map(|time| time.naive_utc());
                let end = if second < 0 {
                    NaiveDateTime::MIN
                } else {
                    NaiveDateTime::MAX
                };
                let offset = zone.offset_from_utc_datetime(&time.unwrap_or(end));
                offset.fix().local_minus_utc().into()
            }
        }
    }

    /// Returns the offset from UTC in seconds, if it is the same at all instants.
    pub fn fixed_offset(self) -> Option<i64> {
        match self.0 {
            Zone::Fixed(offset) => Some(offset.into()),
            Zone::Named(_) => None,
        }
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

/// Writes the name that [`FromStr`] parses.
impl fmt::Display for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Zone::Fixed(0) => formatter.write_str("UTC"),
            Zone::Fixed(offset) => match FixedOffset::east_opt(offset) {
                Some(offset) => offset.fmt(formatter),
                None => formatter.write_str("UTC"),
            },
            Zone::Named(zone) => formatter.write_str(zone.name()),
        }
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    /// Parses `UTC` or `Z`, an offset such as `+02:00`, or the name of an IANA zone, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("z") {
            return Ok(Self::UTC);
        }
        if let Some(offset) = parse_offset(text) {
            return Ok(Self(Zone::Fixed(offset)));
        }
        let mut zones = TZ_VARIANTS.into_iter();
        let found = zones.find(|zone| zone.name().eq_ignore_ascii_case(text));
        match found {
            Some(zone) => Ok(Self(Zone::Named(zone))),
            None => Err(TimeZoneError {
                text: text.to_owned(),
            }),
        }
    }
}

/// Parses an offset of a sign, two digits of hours below 24, and optionally a colon and two digits of minutes.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.as_bytes() {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i32::from(byte - b'0'));
    let pair = |tens: u8, ones: u8| Some(digit(tens)? * 10 + digit(ones)?);
    let (hours, minutes) = match *rest {
        [h1, h2] => (pair(h1, h2)?, 0),
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (pair(h1, h2)?, pair(m1, m2)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// The error of a text that is not a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a time zone, found {}", if text.is_empty() { "nothing".to_owned() } else { quote(text) })]
pub struct TimeZoneError {
    /// The text, without white space at its ends.
    pub text: String,
}

impl TimeZoneError {
    /// Returns the nearest names and the accepted forms, in one line.
    pub fn help(&self) -> String {
        // A query string decodes a `+` to a space, and the space is trimmed.
        let with_sign = format!("+{}", self.text);
        if parse_offset(&with_sign).is_some() {
            let quoted = quote(&with_sign);
            return format!(
                "write {quoted}, or in a URL {}",
                quote(&format!("%2B{}", self.text))
            );
        }
        let names = TimeZone::names;
        // Users often omit the region of a city.
        let city = self.text.replace(' ', "_");
        let mut near: Vec<&str> = names()
            .filter(|name| {
                name.rsplit('/')
                    .next()
                    .is_some_and(|last| last.eq_ignore_ascii_case(&city))
            })
            .take(MAX_SUGGESTED_NAMES)
            .collect();
        if near.is_empty() {
            near = nearest(&self.text, names(), MAX_SUGGESTED_NAMES);
        }
        let near: Vec<String> = near.into_iter().map(quote).collect();
        let suggestion = if near.is_empty() {
            String::new()
        } else {
            format!("did you mean {}? ", near.join(" or "))
        };
        format!(
            "{suggestion}write an IANA name such as `Europe/Berlin`, an offset such as `+02:00`, or `UTC`"
        )
    }
}
