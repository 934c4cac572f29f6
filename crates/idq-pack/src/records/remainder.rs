//! How a record is put together from its remainder.

use idq_grammar::date::clock_reading;
use idq_load::MAX_RECORD;

use super::spelling::Style;

/// A place in a template that is filled with a text of its own for each record.
pub(crate) const HOLE: u8 = 0;

/// Bytes below this one are references, and holes: JSON has them nowhere.
const FIRST_OF_TEXT: u8 = 9;

/// What a byte below 9 stands for; the next byte is the position of a column among those that hold the values of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reference {
    /// The text, as it is.
    Text = 1,
    /// The text as a JSON string in one of the [styles](Style), or `null`.
    Plain = 2,
    Ascii = 3,
    Slashes = 4,
    Html = 5,
    /// The date-time to the second in UTC, as a JSON string that ends in `Z`, or `null`.
    Instant = 6,
    /// The date and the time of day to the second, in the time zone that the text behind it names.
    Seconds = 7,
    /// The same to the microsecond.
    Microseconds = 8,
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

impl<'c> Cell<'c> {
    pub(crate) fn text(self) -> Option<&'c [u8]> {
        match self {
            Cell::Text(text) => Some(text),
            Cell::Null | Cell::Instant(_) => None,
        }
    }
}

impl Reference {
    pub(crate) const STYLES: [Self; 4] = [Self::Plain, Self::Ascii, Self::Slashes, Self::Html];

    fn of(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Text,
            2 => Self::Plain,
            3 => Self::Ascii,
            4 => Self::Slashes,
            5 => Self::Html,
            6 => Self::Instant,
            7 => Self::Seconds,
            8 => Self::Microseconds,
            _ => return None,
        })
    }

    pub(crate) fn style(self) -> Option<Style> {
        match self {
            Self::Plain => Some(Style::Plain),
            Self::Ascii => Some(Style::Ascii),
            Self::Slashes => Some(Style::Slashes),
            Self::Html => Some(Style::Html),
            _ => None,
        }
    }

    /// Appends what it stands for. `None` where it stands for nothing, with some of it appended perhaps.
    pub(crate) fn spell(self, cell: Cell<'_>, behind: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match (self, cell) {
            (Self::Text, _) => out.extend_from_slice(cell.text()?),
            (Self::Seconds | Self::Microseconds, Cell::Instant(instant)) => {
                let reading = clock_reading(instant.checked_add(ahead_of_utc(behind)?)?)?;
                let length = self.clock_length();
                out.extend_from_slice(&reading[..length]);
            }
            (Self::Seconds | Self::Microseconds, _) => return None,
            (_, Cell::Null) => out.extend_from_slice(b"null"),
            (Self::Instant, Cell::Instant(instant)) => {
                let reading = clock_reading(instant)?;
                out.push(b'"');
                out.extend_from_slice(&reading[..SECONDS_LENGTH]);
                out.extend_from_slice(b"Z\"");
            }
            (Self::Instant, _) => return None,
            (_, cell) => {
                let (style, text) = (self.style()?, cell.text()?);
                out.push(b'"');
                if style.is_plain(text) {
                    out.extend_from_slice(text);
                } else {
                    style.spell(std::str::from_utf8(text).ok()?, out);
                }
                out.push(b'"');
            }
        }
        Some(())
    }

    /// Bytes of a date and a time of day.
    pub(crate) fn clock_length(self) -> usize {
        match self {
            Self::Microseconds => MICROSECONDS_LENGTH,
            _ => SECONDS_LENGTH,
        }
    }
}

/// Bytes of `"2023-11-07T05:31:56Z"`.
pub(crate) const INSTANT_LENGTH: usize = SECONDS_LENGTH + 3;

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

/// Why a remainder makes no record.
pub(crate) type Wrong = &'static str;

/// Whether a text has bytes that would be taken for references.
pub(crate) fn has_references(text: &[u8]) -> bool {
    text.iter()
        .fold(false, |has, &byte| has | (byte < FIRST_OF_TEXT))
}

/// Appends the record that a remainder, or a template and what goes into its holes, stands for. Nothing is trusted: not
/// the remainder, nor what the columns hold.
pub(crate) fn put_together(
    text: &[u8],
    mut holes: &[u8],
    cells: &impl Cells,
    out: &mut Vec<u8>,
) -> Result<(), Wrong> {
    let mut rest = text;
    let mut scratch = Vec::new();
    loop {
        let plain = plain_length(rest);
        out.extend_from_slice(&rest[..plain]);
        if out.len() > MAX_RECORD {
            return Err("it is too long");
        }
        rest = &rest[plain..];
        match rest {
            [] => return Ok(()),
            [HOLE, behind @ ..] => {
                let (hole, others) =
                    first_hole(holes).ok_or("a hole of its template stays empty")?;
                out.extend_from_slice(hole);
                (holes, rest) = (others, behind);
            }
            [code, column, behind @ ..] => {
                // What the time zone is may stand in a hole.
                let zone = match behind {
                    [HOLE, ..] => first_hole(holes).map_or(behind, |(hole, _)| hole),
                    _ => behind,
                };
                let reference =
                    Reference::of(*code).ok_or("it has a reference of an unknown kind")?;
                let cell = cells.cell(*column, &mut scratch);
                cell.and_then(|cell| reference.spell(cell, zone, out))
                    .ok_or("a column does not have the value that it refers to")?;
                rest = behind;
            }
            [_] => return Err("it ends within a reference"),
        }
    }
}

/// Appends the remainder that a template, which is none of a stranger's, makes with what goes into its holes.
pub(super) fn fill(template: &[u8], mut holes: &[u8], remainder: &mut Vec<u8>) {
    let mut rest = template;
    while let Some((plain, [code, behind @ ..])) = rest.split_at_checked(plain_length(rest)) {
        remainder.extend_from_slice(plain);
        rest = behind;
        if *code != HOLE {
            let (column, behind) = behind.split_at(1);
            remainder.push(*code);
            remainder.extend_from_slice(column);
            rest = behind;
        } else if let Some((hole, others)) = first_hole(holes) {
            remainder.extend_from_slice(hole);
            holes = others;
        }
    }
    remainder.extend_from_slice(rest);
}

/// The bytes before the first reference or hole.
fn plain_length(text: &[u8]) -> usize {
    const STEP: usize = 16;
    let steps = text.as_chunks::<STEP>().0;
    let plain = steps.iter().take_while(|step| !has_references(*step));
    let from = plain.count() * STEP;
    let more = text[from..].iter().position(|&byte| byte < FIRST_OF_TEXT);
    more.map_or(text.len(), |more| from + more)
}

/// The text of the next hole, and what is left for the others.
fn first_hole(holes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = holes.iter().position(|&byte| byte == HOLE)?;
    Some((&holes[..end], &holes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(Vec<Cell<'static>>);

    impl Cells for Row {
        fn cell<'c>(&'c self, column: u8, _: &'c mut Vec<u8>) -> Option<Cell<'c>> {
            self.0.get(usize::from(column)).copied()
        }
    }

    fn row() -> Row {
        Row(vec![
            Cell::Text("é/1".as_bytes()),
            Cell::Null,
            Cell::Instant(1_500_000_000_123_456),
            Cell::Text(b"\xFF"),
        ])
    }

    fn made(text: &[u8], holes: &[u8]) -> Result<String, Wrong> {
        let mut out = Vec::new();
        put_together(text, holes, &row(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn references_stand_for_what_the_columns_hold() {
        for (text, expected) in [
            (b"[\x02\x00]".as_slice(), r#"["é/1"]"#),
            (b"[\x03\x00]", r#"["\u00e9/1"]"#),
            (b"[\x04\x00]", r#"["\u00e9\/1"]"#),
            (b"[\x05\x00]", r#"["\u00E9/1"]"#),
            (b"[\"x\x01\x00\"]", r#"["xé/1"]"#),
            (b"[\x02\x01,\x06\x01]", "[null,null]"),
            (b"[\x06\x02]", r#"["2017-07-14T02:40:00Z"]"#),
            (b"\"\x07\x02+05:30\"", r#""2017-07-14T08:10:00+05:30""#),
            (b"\"\x07\x02.123Z\"", r#""2017-07-14T02:40:00.123Z""#),
            (
                b"\"\x08\x027-00:01\"",
                r#""2017-07-14T02:39:00.1234567-00:01""#,
            ),
        ] {
            assert_eq!(made(text, b""), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn holes_are_filled_in_order() {
        assert_eq!(
            made(b"[\x00,\"\x07\x02\x00\",\x00]", b"1\x00+00:00\x00\x00"),
            Ok("[1,\"2017-07-14T02:40:00+00:00\",]".to_owned())
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, holes) in [
            (b"\x02".as_slice(), b"".as_slice()),
            (b"\x02\x63", b""),
            (b"\x01\x01", b""),
            (b"\x03\x03", b""),
            (b"\x02\x02", b""),
            (b"\x06\x00", b""),
            (b"\x07\x02", b""),
            (b"\x07\x02 Z", b""),
            (b"\x07\x02+0x:00", b""),
            (b"\x00", b""),
            (b"\x00", b"no end"),
        ] {
            assert!(made(text, holes).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_record_that_would_fill_memory_is_refused() {
        let long = Row(vec![Cell::Text(vec![b'x'; MAX_RECORD / 2].leak())]);
        let text = b"\x01\x00".repeat(1_000);
        let mut out = Vec::new();
        assert!(put_together(&text, b"", &long, &mut out).is_err());
        assert!(out.len() <= 2 * MAX_RECORD);
    }
}
