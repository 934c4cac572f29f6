//! The oracle's dates: intervals of their own precision in the calendar of a time zone, and ages by that calendar.

use chrono::{
    DateTime, Days, Duration, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike, Utc,
};
use chrono_tz::Tz;

/// The clock of a request, with its time zone.
pub type Now = DateTime<Tz>;

/// Returns the clock of a request in UTC.
pub fn now_in_utc(now: DateTime<Utc>) -> Now {
    now.with_timezone(&Tz::UTC)
}

/// Parses a record's timestamp to microseconds since the Unix epoch, truncated.
pub fn instant_of(timestamp: &str) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(timestamp).ok()?;
    Some(instant.timestamp_micros())
}

/// Returns the first instant of a local time, or the first one after it if the clocks of the zone skip it: the next whole
/// minute that they show.
fn first_shown(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Tz>> {
    if let Some(instant) = zone.from_local_datetime(&local).earliest() {
        return Some(instant);
    }
    let mut minute = local.with_second(0)?.with_nanosecond(0)?;
    loop {
        minute += Duration::minutes(1);
        if let Some(instant) = zone.from_local_datetime(&minute).earliest() {
            return Some(instant);
        }
    }
}

/// Returns the only instant of a local time; `None` if the clocks of the zone skip or repeat it.
fn only_instant(local: NaiveDateTime, zone: Tz) -> Option<i64> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(instant) => Some(instant.timestamp_micros()),
        _ => None,
    }
}

/// Returns the first and the last microsecond from one local day to before another one; `None` if there is none.
fn days(first: NaiveDate, next: NaiveDate, zone: Tz) -> Option<(i64, i64)> {
    let start_of =
        |day: NaiveDate| Some(first_shown(day.and_time(NaiveTime::MIN), zone)?.timestamp_micros());
    let (start, next) = (start_of(first)?, start_of(next)?);
    (start < next).then_some((start, next - 1))
}

/// Returns the start of a date in a document; a day without a time is that day in every zone, and a time without an
/// offset is UTC.
pub fn document_instant(text: &str, zone: Tz) -> Option<i64> {
    // No age, and no blanks around.
    let is_calendar_date =
        text.starts_with(|first: char| first.is_ascii_digit()) && text.trim() == text;
    let in_utc = interval_of(text, DateTime::UNIX_EPOCH.with_timezone(&Tz::UTC));
    let (start, _) = in_utc.filter(|_| is_calendar_date)?;
    if text.len() > 10 {
        return Some(start);
    }
    let day: NaiveDate = text.parse().ok()?;
    Some(first_shown(day.and_time(NaiveTime::MIN), zone)?.timestamp_micros())
}

/// Returns the first and the last microsecond of the interval of a filter's date; `None` if it is not a date.
pub fn interval_of(text: &str, now: Now) -> Option<(i64, i64)> {
    // Letters may be of either case.
    let text = &text.trim().to_ascii_lowercase();
    let zone = now.timezone();
    let instant = |instant: i64| Some((instant, instant));
    if text == "now" {
        return instant(now.timestamp_micros());
    }
    if text == "today" {
        let day = now.date_naive();
        return days(day, day.succ_opt()?, zone);
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
            days(day, day.succ_opt()?, zone)
        }
        "0000-00-00 00:00" => {
            let minute = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").ok()?;
            let start = only_instant(minute, zone)?;
            Some((start, start + 60_000_000 - 1))
        }
        "0000-00-00 00:00:00" => {
            let second = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
            instant(only_instant(second, zone)?)
        }
        _ if form.starts_with("0000-00-00t") => instant(instant_of(text)?),
        _ => None,
    }
}

/// Returns the interval of a date of an expression, which may also be a year or a month; `None` if it is not a date.
pub fn expression_interval_of(text: &str, now: Now) -> Option<(i64, i64)> {
    let text = text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let first_of = |year: &str, month: &str| format!("{year}-{month}-01").parse().ok();
    let (first, months): (NaiveDate, u32) = match text.len() {
        4 if digits(text) => (first_of(text, "01")?, 12),
        7 if digits(&text[..4]) && text[4..].starts_with('-') && digits(&text[5..]) => {
            (first_of(&text[..4], &text[5..])?, 1)
        }
        _ => return interval_of(text, now),
    };
    days(first, first + Months::new(months), now.timezone())
}

/// Returns the instant before the clock by an age: `90d`, `12h`, `6mo`, `1y`. Days and months keep the local time.
fn before(now: Now, age: &str) -> Option<Now> {
    let digits = age.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = age.split_at(digits);
    let count: u32 = count.parse().ok()?;
    let (local, days) = (now.naive_local(), u64::from(count));
    let local = match unit {
        "min" => return now.checked_sub_signed(Duration::minutes(count.into())),
        "h" => return now.checked_sub_signed(Duration::hours(count.into())),
        "w" => local.checked_sub_days(Days::new(days * 7)),
        "d" => local.checked_sub_days(Days::new(days)),
        "mo" => local.checked_sub_months(Months::new(count)),
        "y" => local.checked_sub_months(Months::new(count.checked_mul(12)?)),
        _ => None,
    };
    first_shown(local?, now.timezone())
}
