//! The oracle's dates: intervals of their own precision, and ages by the calendar.

use chrono::{DateTime, Days, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Parses a record's timestamp to microseconds since the Unix epoch, truncated.
pub fn instant_of(timestamp: &str) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(timestamp).ok()?;
    Some(instant.timestamp_micros())
}

/// Returns the first and the last microsecond of the interval of a filter's date; `None` if it is not a date.
pub fn interval_of(text: &str, now: DateTime<Utc>) -> Option<(i64, i64)> {
    // Letters may be of either case.
    let text = &text.trim().to_ascii_lowercase();
    let instant = |instant: i64| Some((instant, instant));
    let starting = |start: NaiveDateTime, length: Duration| {
        let start = start.and_utc();
        let end = start + length - Duration::microseconds(1);
        Some((start.timestamp_micros(), end.timestamp_micros()))
    };
    if text == "now" {
        return instant(now.timestamp_micros());
    }
    if text == "today" {
        return starting(now.date_naive().and_time(NaiveTime::MIN), Duration::days(1));
    }
    if let Some(age) = text.strip_prefix('-') {
        return instant(before(now, age)?.timestamp_micros());
    }
    // Chrono also accepts fewer digits, which are not dates here.
    let form: String = text
        .chars()
        .map(|character| {
            if character.is_ascii_digit() {
                '0'
            } else {
                character
            }
        })
        .collect();
    match form.as_str() {
        "0000-00-00" => {
            let day: NaiveDate = text.parse().ok()?;
            starting(day.and_time(NaiveTime::MIN), Duration::days(1))
        }
        "0000-00-00 00:00" => {
            let minute = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok()?;
            starting(minute, Duration::minutes(1))
        }
        "0000-00-00 00:00:00" => {
            let second = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
            instant(second.and_utc().timestamp_micros())
        }
        _ if form.starts_with("0000-00-00t") => instant(instant_of(text)?),
        _ => None,
    }
}

/// Returns the interval of a date of an expression, which may also be a year or a month; `None` if it is not a date.
pub fn expression_interval_of(text: &str, now: DateTime<Utc>) -> Option<(i64, i64)> {
    let text = text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let first_of = |year: &str, month: &str| {
        let day: NaiveDate = format!("{year}-{month}-01").parse().ok()?;
        Some(day.and_time(NaiveTime::MIN).and_utc())
    };
    let (start, months) = match text.len() {
        4 if digits(text) => (first_of(text, "01")?, 12),
        7 if digits(&text[..4]) && text[4..].starts_with('-') && digits(&text[5..]) => {
            (first_of(&text[..4], &text[5..])?, 1)
        }
        _ => return interval_of(text, now),
    };
    let end = start + Months::new(months) - Duration::microseconds(1);
    Some((start.timestamp_micros(), end.timestamp_micros()))
}

/// Returns the instant before the clock by an age: `90d`, `12h`, `6mo`, `1y`.
fn before(now: DateTime<Utc>, age: &str) -> Option<DateTime<Utc>> {
    let digits = age.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = age.split_at(digits);
    let count: u32 = count.parse().ok()?;
    match unit {
        "min" => now.checked_sub_signed(Duration::minutes(count.into())),
        "h" => now.checked_sub_signed(Duration::hours(count.into())),
        "w" => now.checked_sub_signed(Duration::weeks(count.into())),
        "d" => now.checked_sub_days(Days::new(count.into())),
        "mo" => now.checked_sub_months(Months::new(count)),
        "y" => now.checked_sub_months(Months::new(count.checked_mul(12)?)),
        _ => None,
    }
}
