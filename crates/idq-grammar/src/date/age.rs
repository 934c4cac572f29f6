//! Ages: instants given by their distance from now, such as `-90d`.

use chrono::{DateTime, Months, Utc};

use super::local::LocalTime;
use super::{
    DateErrorKind, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, TimeZone,
};

/// The first accepted instant, 0001-01-01T00:00:00Z.
const FIRST_INSTANT: i64 = -719_162 * MICROS_PER_DAY;
/// The last accepted instant, 9999-12-31T23:59:59.999999Z.
const LAST_INSTANT: i64 = 2_932_897 * MICROS_PER_DAY - 1;

/// The unit of an age, as a multiple of a fixed length, of calendar days or of calendar months.
enum Unit {
    Micros(i64),
    Days(i64),
    Months(u32),
}

/// Parses a signed age from `now`: `-90d`, `+6mo`, by the calendar of a time zone. `text` starts with a sign and a digit.
pub(super) fn parse_age(text: &str, now: i64, zone: TimeZone) -> Result<i64, DateErrorKind> {
    let unit_start = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or(DateErrorKind::Unit)?;
    let (count, unit) = text.split_at(unit_start);
    if !count[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateErrorKind::NotADate);
    }
    let unit = parse_unit(unit)?;
    // The text is a sign and digits, so the only possible failure is overflow.
    let count: i64 = count.parse().map_err(|_| DateErrorKind::Age)?;
    shift(now, count, &unit, zone)
        .filter(|instant| (FIRST_INSTANT..=LAST_INSTANT).contains(instant))
        .ok_or(DateErrorKind::Age)
}

/// Parses the unit of an age; letters may be of either case.
fn parse_unit(unit: &str) -> Result<Unit, DateErrorKind> {
    Ok(match unit.to_ascii_lowercase().as_str() {
        "min" => Unit::Micros(MICROS_PER_MINUTE),
        "h" => Unit::Micros(MICROS_PER_HOUR),
        "d" => Unit::Days(1),
        "w" => Unit::Days(7),
        "mo" => Unit::Months(1),
        "y" => Unit::Months(12),
        _ => return Err(DateErrorKind::Unit),
    })
}

/// Returns the instant `count` units after `now`, or `None` on overflow.
fn shift(now: i64, count: i64, unit: &Unit, zone: TimeZone) -> Option<i64> {
    // Days and months keep the local time of the day.
    let offset = zone.offset_at(now.div_euclid(MICROS_PER_SECOND));
    let local = now.checked_add(offset * MICROS_PER_SECOND)?;
    let shifted = match unit {
        // Hours and minutes have a fixed length.
        Unit::Micros(length) => return now.checked_add(count.checked_mul(*length)?),
        Unit::Days(days) => {
            let days = count.checked_mul(*days)?;
            local.checked_add(days.checked_mul(MICROS_PER_DAY)?)?
        }
        Unit::Months(months) => shift_months(local, count, *months)?,
    };
    // An instant out of bounds is refused later, and its local time may be out of the calendar.
    let bounds = FIRST_INSTANT - MICROS_PER_DAY..=LAST_INSTANT + MICROS_PER_DAY;
    if !bounds.contains(&shifted) {
        return None;
    }
    let local = zone.local_time(shifted.div_euclid(MICROS_PER_SECOND));
    let fraction = match local {
        LocalTime::Skipped { .. } => 0,
        _ => shifted.rem_euclid(MICROS_PER_SECOND),
    };
    Some(local.first() * MICROS_PER_SECOND + fraction)
}

/// Returns the local time `count` times `length` months after another one, or `None` on overflow.
fn shift_months(local: i64, count: i64, length: u32) -> Option<i64> {
    let local = DateTime::<Utc>::from_timestamp_micros(local)?;
    let months = u32::try_from(count.unsigned_abs()).ok()?;
    let months = Months::new(months.checked_mul(length)?);
    // A day that the month does not have becomes its last day.
    let shifted = if count < 0 {
        local.checked_sub_months(months)
    } else {
        local.checked_add_months(months)
    };
    Some(shifted?.timestamp_micros())
}
