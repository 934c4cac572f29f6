//! What a column tells of a value of a record.

use idq_grammar::date::clock_reading;

use super::spelling::Style;

/// How a value of a record is made of one in a column; in an order in which each makes no less of a value than the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// The text as a JSON string, or `null`.
    Value = 1,
    /// A date-time to the second in UTC as a JSON string that ends in `Z`, or `null`.
    Instant = 2,
    /// The text as it is spelled between quotes.
    Text = 3,
    /// The date and the time of day to the microsecond, in the time zone that the text behind it names.
    Microseconds = 4,
    /// The same to the second.
    Seconds = 5,
    /// What stands before the first `@` of the text.
    Local = 6,
    /// What stands before its first space.
    First = 7,
    /// What stands behind its last space.
    Last = 8,
}

/// The value of a column in the row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'c> {
    Null,
    /// Not known to be UTF-8.
    Text(&'c [u8]),
    /// Microseconds since the Unix epoch.
    Instant(i64),
}

/// The values of one row.
pub(crate) trait Cells {
    /// The value in the column of this position, in `scratch` perhaps; `None` if no such column has texts or date-times.
    fn cell<'c>(&'c self, column: u8, scratch: &'c mut Vec<u8>) -> Option<Cell<'c>>;
}

impl Reference {
    const ALL: [Self; 8] = [
        Self::Value,
        Self::Instant,
        Self::Text,
        Self::Microseconds,
        Self::Seconds,
        Self::Local,
        Self::First,
        Self::Last,
    ];

    /// Those that make a part of a value of a text.
    pub(super) const OF_PARTS: [Self; 4] = [Self::Text, Self::Local, Self::First, Self::Last];

    /// The one with this number.
    pub(super) fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|one| *one as u8 == number)
    }

    /// Whether it makes all of a value, and of no value `null`.
    pub(super) fn is_whole(self) -> bool {
        matches!(self, Self::Value | Self::Instant)
    }

    /// The part of a text that it is about.
    pub(super) fn part(self, text: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Value | Self::Text => Some(text),
            Self::Local => text.split(|&byte| byte == b'@').next(),
            Self::First => text.split(|&byte| byte == b' ').next(),
            Self::Last => text.rsplit(|&byte| byte == b' ').next(),
            Self::Instant | Self::Microseconds | Self::Seconds => None,
        }
    }

    /// Appends what it makes of a cell, with a text behind it. `None` where it makes nothing of it; some of it may have
    /// been appended then.
    pub(super) fn spell(
        self,
        cell: Cell<'_>,
        style: Style,
        behind: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        match (self, cell) {
            (Self::Value | Self::Instant, Cell::Null) => out.extend_from_slice(b"null"),
            (Self::Value, Cell::Text(text)) => {
                out.push(b'"');
                spell(text, style, out)?;
                out.push(b'"');
            }
            (_, Cell::Text(text)) => spell(self.part(text)?, style, out)?,
            (Self::Instant, Cell::Instant(instant)) => {
                let reading = clock_reading(instant)?;
                out.push(b'"');
                out.extend_from_slice(&reading[..SECONDS_LENGTH]);
                out.extend_from_slice(b"Z\"");
            }
            (Self::Microseconds | Self::Seconds, Cell::Instant(instant)) => {
                let reading = clock_reading(instant.checked_add(ahead_of_utc(behind)?)?)?;
                out.extend_from_slice(&reading[..self.clock_length()]);
            }
            _ => return None,
        }
        Some(())
    }

    /// Bytes of a date and a time of day.
    pub(super) fn clock_length(self) -> usize {
        match self {
            Self::Microseconds => MICROSECONDS_LENGTH,
            _ => SECONDS_LENGTH,
        }
    }
}

fn spell(text: &[u8], style: Style, out: &mut Vec<u8>) -> Option<()> {
    if style.is_plain(text) {
        out.extend_from_slice(text);
    } else {
        style.spell(std::str::from_utf8(text).ok()?, out);
    }
    Some(())
}

/// Bytes of `"2023-11-07T05:31:56Z"`.
pub(super) const INSTANT_LENGTH: usize = SECONDS_LENGTH + 3;

/// Bytes of `2023-11-07T05:31:56`, and of `2023-11-07T05:31:56.123456`.
const SECONDS_LENGTH: usize = 19;
const MICROSECONDS_LENGTH: usize = 26;

/// The microseconds that a time zone is ahead of UTC, which stands behind a time of day and the digits of a fraction.
fn ahead_of_utc(behind: &[u8]) -> Option<i64> {
    let fraction = behind
        .iter()
        .take_while(|byte| matches!(byte, b'.' | b'0'..=b'9'))
        .count();
    let pair = |tens: u8, ones: u8| {
        let is_number = tens.is_ascii_digit() && ones.is_ascii_digit();
        is_number.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    match behind[fraction..] {
        [b'Z' | b'z', ..] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, ..] => {
            let minutes = pair(h1, h2)? * 60 + pair(m1, m2)?;
            let micros = minutes * 60_000_000;
            Some(if sign == b'-' { -micros } else { micros })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(reference: Reference, cell: Cell<'_>, behind: &str) -> Option<String> {
        let mut out = Vec::new();
        reference.spell(cell, Style::Html, behind.as_bytes(), &mut out)?;
        Some(String::from_utf8(out).unwrap())
    }

    #[test]
    fn references_make_what_columns_tell() {
        let text = |text: &'static str| Cell::Text(text.as_bytes());
        let instant = Cell::Instant(1_500_000_000_123_456);
        for (reference, cell, behind, expected) in [
            (Reference::Value, text("é/1"), "", "\"\\u00E9/1\""),
            (Reference::Value, Cell::Null, "", "null"),
            (Reference::Text, text("é/1"), "", "\\u00E9/1"),
            (Reference::Local, text("a.b@c@d"), "", "a.b"),
            (Reference::Local, text("none"), "", "none"),
            (Reference::First, text("Ann Mary Lée"), "", "Ann"),
            (Reference::Last, text("Ann Mary Lée"), "", "L\\u00E9e"),
            (Reference::Instant, instant, "", "\"2017-07-14T02:40:00Z\""),
            (Reference::Instant, Cell::Null, "", "null"),
            (
                Reference::Seconds,
                instant,
                "+05:30\"",
                "2017-07-14T08:10:00",
            ),
            (
                Reference::Seconds,
                instant,
                ".123Z\"",
                "2017-07-14T02:40:00",
            ),
            (
                Reference::Microseconds,
                instant,
                "7-00:01",
                "2017-07-14T02:39:00.123456",
            ),
        ] {
            assert_eq!(spelled(reference, cell, behind).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_makes_no_sense_makes_nothing() {
        let instant = Cell::Instant(0);
        for (reference, cell, behind) in [
            (Reference::Text, Cell::Null, ""),
            (Reference::Text, instant, ""),
            (Reference::Value, instant, ""),
            (Reference::Value, Cell::Text(b"\xFF"), ""),
            (Reference::Instant, Cell::Text(b"x"), ""),
            (Reference::Instant, Cell::Instant(i64::MAX), ""),
            (Reference::Seconds, Cell::Null, "Z"),
            (Reference::Seconds, instant, ""),
            (Reference::Seconds, instant, " Z"),
            (Reference::Seconds, instant, "+0x:00"),
            (Reference::Seconds, Cell::Instant(i64::MAX), "+00:01"),
        ] {
            assert_eq!(spelled(reference, cell, behind), None);
        }
    }
}
