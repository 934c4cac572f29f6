//! Dates that are shifted by some days.
//!
//! Only the calendar date moves, so that the time of day, the zone and the distances between the dates of one person stay as
//! they are. Dates of RFC 3339, numbers of the Unix epoch and dates of old .NET are shifted; other texts are not dates.

use chrono::{DateTime, Datelike, Days, NaiveDate};
use idq::date::EpochUnit;

/// The years of dates that mean *never* or *no end*, which say nothing of a person and are kept.
const KEPT_YEARS: [i32; 2] = [1, 9999];

/// The milliseconds of a day.
const DAY_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// Returns the calendar date of a text, if it is a date or a date-time and nothing else.
pub(crate) fn calendar_date(text: &str) -> Option<NaiveDate> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let is_of_time = |byte: u8| byte.is_ascii_digit() || b":.,+-Zz".contains(&byte);
    let is_time = rest.is_empty()
        || (rest.starts_with(['T', 't', ' '])
            && rest.len() > 1
            && rest[1..].bytes().all(is_of_time));
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
    let date = calendar_date(text)?;
    let Some(shifted) = shift(date, days) else {
        return Some(text.to_owned());
    };
    let start = text.len() - text.trim_start().len();
    let (before, rest) = (&text[..start], &text[start + 10..]);
    Some(format!("{before}{}{rest}", shifted.format("%Y-%m-%d")))
}

/// Returns a number of seconds or milliseconds since the Unix epoch, some days later, with its fraction as spelled; `None`
/// for another number.
pub(crate) fn shift_epoch(number: &str, unit: EpochUnit, days: i64) -> Option<String> {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let instant: i64 = whole.parse().ok()?;
    let units_of_day = match unit {
        EpochUnit::Seconds => DAY_MILLISECONDS / 1_000,
        EpochUnit::Milliseconds => DAY_MILLISECONDS,
    };
    let milliseconds = instant.checked_mul(DAY_MILLISECONDS / units_of_day)?;
    let date = DateTime::from_timestamp_millis(milliseconds)?.date_naive();
    let distance = shift(date, days).map_or(0, |shifted| (shifted - date).num_days());
    Some(format!("{}{fraction}", instant + distance * units_of_day))
}

/// Returns a date as .NET wrote it, `/Date(1720919582928)/`, some days later; `None` for another text.
pub(crate) fn shift_dotnet(text: &str, days: i64) -> Option<String> {
    let number = text.trim().strip_prefix("/Date(")?.strip_suffix(")/")?;
    if number
        .bytes()
        .any(|byte| !byte.is_ascii_digit() && byte != b'+' && byte != b'-')
    {
        return None;
    }
    // Digits after a sign within are an offset, which changes nothing.
    let end = number
        .char_indices()
        .skip(1)
        .find(|(_, character)| !character.is_ascii_digit())
        .map_or(number.len(), |(index, _)| index);
    let shifted = shift_epoch(&number[..end], EpochUnit::Milliseconds, days)?;
    Some(format!("/Date({shifted}{})/", &number[end..]))
}

/// Returns a date some days later; `None` for one that is kept: one that means *never*, or that would become one.
fn shift(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    let distance = Days::new(days.unsigned_abs());
    let shifted = if days < 0 {
        date.checked_sub_days(distance)
    } else {
        date.checked_add_days(distance)
    }?;
    let is_kept = |date: NaiveDate| {
        let is_epoch = date == DateTime::UNIX_EPOCH.date_naive();
        is_epoch || KEPT_YEARS.contains(&date.year()) || !(1..=9999).contains(&date.year())
    };
    (!is_kept(date) && !is_kept(shifted)).then_some(shifted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_by_days_and_keep_their_spelling() {
        for (text, days, expected) in [
            ("2024-02-28T10:00:00Z", 2, Some("2024-03-01T10:00:00Z")),
            (
                " 2024-03-01 10:00:00.5+02:00",
                -1,
                Some(" 2024-02-29 10:00:00.5+02:00"),
            ),
            ("2024-12-31", 1, Some("2025-01-01")),
            ("0001-01-01T00:00:00Z", 9, Some("0001-01-01T00:00:00Z")),
            ("9999-12-30", 9, Some("9999-12-30")),
            ("9998-12-30", 9, Some("9998-12-30")),
            ("1970-01-01", 9, Some("1970-01-01")),
            ("2024-13-01", 1, None),
            ("2024-01-01x", 1, None),
            ("2024-01-01T", 1, None),
            ("2024-01-01 ", 1, Some("2024-01-02 ")),
            ("2024-01-01 10:00 call with Ada", 1, None),
            ("+024-01-01", 1, None),
            ("20240101", 1, None),
            ("2024-01-0é", 1, None),
        ] {
            assert_eq!(shift_date(text, days).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_of_the_epoch_move_by_days() {
        use EpochUnit::{Milliseconds, Seconds};
        for (number, unit, expected) in [
            ("1720919582", Seconds, Some("1721005982")),
            ("1545339378.5", Seconds, Some("1545425778.5")),
            ("86400000", Milliseconds, Some("172800000")),
            ("1720919582928", Milliseconds, Some("1721005982928")),
            ("0", Seconds, Some("0")),
            ("-62135596800000", Milliseconds, Some("-62135596800000")),
            ("253402300799999", Milliseconds, Some("253402300799999")),
            ("1e9", Seconds, None),
        ] {
            assert_eq!(
                shift_epoch(number, unit, 1).as_deref(),
                expected,
                "{number}"
            );
        }
        for (text, expected) in [
            (
                "/Date(1720919582928+0200)/",
                Some("/Date(1721005982928+0200)/"),
            ),
            ("/Date(0)/", Some("/Date(0)/")),
            ("/Date()/", None),
            ("/Date(5 Ada)/", None),
        ] {
            assert_eq!(shift_dotnet(text, 1).as_deref(), expected, "{text}");
        }
    }
}
