//! Ages: instants given by how far they are from now.

use super::DateErrorKind;
use super::calendar::{Date, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE};

/// The calendar's first instant, 0001-01-01T00:00:00Z.
const FIRST: i64 = -719_162 * MICROS_PER_DAY;
/// Its last, 9999-12-31T23:59:59.999999Z.
const LAST: i64 = 2_932_897 * MICROS_PER_DAY - 1;

/// What an age is counted in.
enum Unit {
    Micros(i64),
    Months(i64),
}

/// The instant that lies a signed age from `now`: `-90d`, `+6mo`. `text` starts with a sign and a digit.
pub(super) fn read_age(text: &str, now: i64) -> Result<i64, DateErrorKind> {
    let unit_start = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or(DateErrorKind::Unit)?;
    let (count, unit) = text.split_at(unit_start);
    if !count[1..].bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateErrorKind::NotADate);
    }
    let unit = read_unit(unit)?;
    // Nothing but digits after the sign, so it can only be too large.
    let count: i64 = count.parse().map_err(|_| DateErrorKind::Age)?;
    shift(now, count, &unit)
        .filter(|instant| (FIRST..=LAST).contains(instant))
        .ok_or(DateErrorKind::Age)
}

fn read_unit(unit: &str) -> Result<Unit, DateErrorKind> {
    Ok(match unit.to_ascii_lowercase().as_str() {
        "min" => Unit::Micros(MICROS_PER_MINUTE),
        "h" => Unit::Micros(MICROS_PER_HOUR),
        "d" => Unit::Micros(MICROS_PER_DAY),
        "w" => Unit::Micros(7 * MICROS_PER_DAY),
        "mo" => Unit::Months(1),
        "y" => Unit::Months(12),
        _ => return Err(DateErrorKind::Unit),
    })
}

/// `None` on overflow.
fn shift(now: i64, count: i64, unit: &Unit) -> Option<i64> {
    match unit {
        Unit::Micros(each) => now.checked_add(count.checked_mul(*each)?),
        Unit::Months(each) => {
            let date = Date::from_days(now.div_euclid(MICROS_PER_DAY));
            let shifted = date.add_months(count.checked_mul(*each)?)?;
            // Far enough beyond the calendar that the days of the result would overflow.
            if !(-1..=10_000).contains(&shifted.year) {
                return None;
            }
            Some(shifted.days() * MICROS_PER_DAY + now.rem_euclid(MICROS_PER_DAY))
        }
    }
}
