//! Dates that are shifted by some days.

use chrono::{Days, NaiveDate};

/// The dates that mean *never* or *no end*, which say nothing of a person and are kept.
const KEPT_DATES: [&str; 3] = ["0001-01-01", "1970-01-01", "9999-12-31"];

/// The number of seconds of a day.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The least number that counts milliseconds rather than seconds since the Unix epoch.
const LEAST_MILLISECONDS: i64 = 100_000_000_000;

/// Returns the calendar date at the start of a text, if it is a date or a date-time: its first ten bytes.
pub(crate) fn leading_date(text: &str) -> Option<NaiveDate> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_time = rest.is_empty()
        || (rest.starts_with(['T', 't', ' '])
            && rest[1..].starts_with(|c: char| c.is_ascii_digit()));
    let has_form = date.bytes().enumerate().all(|(index, byte)| match index {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    (is_time && has_form)
        .then(|| NaiveDate::parse_from_str(date, "%Y-%m-%d").ok())
        .flatten()
}

/// Returns a date or a date-time, some days later, with everything else as spelled; `None` for another text.
pub(crate) fn shift_date(text: &str, days: i64) -> Option<String> {
    let date = leading_date(text)?;
    if KEPT_DATES.iter().any(|kept| text.starts_with(kept)) {
        return Some(text.to_owned());
    }
    let distance = Days::new(days.unsigned_abs());
    let shifted = if days < 0 {
        date.checked_sub_days(distance)
    } else {
        date.checked_add_days(distance)
    };
    Some(format!(
        "{}{}",
        shifted.unwrap_or(date).format("%Y-%m-%d"),
        &text[10..]
    ))
}

/// Returns the whole number of a date, in seconds or milliseconds since the Unix epoch, some days later; `None` for another
/// text. Zero is kept, because it means *never*.
pub(crate) fn shift_epoch(number: &str, days: i64) -> Option<String> {
    let instant: i64 = number.parse().ok()?;
    let unit = if instant.abs() >= LEAST_MILLISECONDS {
        1_000
    } else {
        1
    };
    let distance = if instant == 0 {
        0
    } else {
        days * DAY_SECONDS * unit
    };
    Some(instant.checked_add(distance)?.to_string())
}

/// Returns a date as .NET wrote it, `/Date(1720919582928)/`, some days later; `None` for another text.
pub(crate) fn shift_dotnet(text: &str, days: i64) -> Option<String> {
    let number = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    // Digits after a sign within are an offset, which changes nothing.
    let end = number
        .char_indices()
        .skip(1)
        .find(|(_, character)| !character.is_ascii_digit())
        .map_or(number.len(), |(index, _)| index);
    let instant: i64 = number[..end].parse().ok()?;
    let shifted = instant.checked_add(days * DAY_SECONDS * 1_000)?;
    Some(format!("/Date({shifted}{})/", &number[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_by_days_and_keep_their_spelling() {
        for (text, days, expected) in [
            ("2024-02-28T10:00:00Z", 2, Some("2024-03-01T10:00:00Z")),
            (
                "2024-03-01 10:00:00.5+02:00",
                -1,
                Some("2024-02-29 10:00:00.5+02:00"),
            ),
            ("2024-12-31", 1, Some("2025-01-01")),
            ("0001-01-01T00:00:00Z", 9, Some("0001-01-01T00:00:00Z")),
            ("9999-12-31", 9, Some("9999-12-31")),
            ("2024-13-01", 1, None),
            ("2024-01-01x", 1, None),
            ("2024-01-01T", 1, None),
            ("+024-01-01", 1, None),
            ("20240101", 1, None),
            ("2024-01-0é", 1, None),
        ] {
            assert_eq!(shift_date(text, days).as_deref(), expected, "{text}");
        }
        assert_eq!(shift_epoch("1720919582", 1).as_deref(), Some("1721005982"));
        assert_eq!(
            shift_epoch("1720919582928", -1).as_deref(),
            Some("1720833182928")
        );
        assert_eq!(shift_epoch("0", 5).as_deref(), Some("0"));
        assert_eq!(shift_epoch("1.5", 5), None);
        assert_eq!(
            shift_dotnet("/Date(1720919582928+0200)/", 1).as_deref(),
            Some("/Date(1721005982928+0200)/")
        );
        assert_eq!(shift_dotnet("/Date()/", 1), None);
    }
}
