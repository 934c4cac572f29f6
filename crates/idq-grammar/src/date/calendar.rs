//! The Gregorian calendar, proleptic, in 64-bit arithmetic.
//!
//! Days to dates and back as in Howard Hinnant's "chrono-compatible low-level date algorithms": years begin
//! in March, so that the leap day comes last, and are counted in eras of 400.

pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;
pub(super) const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
pub(super) const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
pub(super) const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

const DAYS_PER_ERA: i64 = 146_097;
/// From 0000-03-01, where the first era begins, to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

impl Date {
    /// Days since 1970-01-01.
    #[inline]
    pub(super) fn days(self) -> i64 {
        if (1..10_000).contains(&self.year) {
            return self.days_of_usual_year();
        }
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH
    }

    /// [`days`](Self::days) of a year with four digits, without a division by anything but constants.
    #[inline]
    fn days_of_usual_year(self) -> i64 {
        // In months from March, as eras are counted.
        let is_early = self.month <= 2;
        let year = (self.year - i64::from(is_early)) as u32;
        let month = (self.month + if is_early { 9 } else { -3 }) as u32;
        let day_of_year = (153 * month + 2) / 5 + self.day as u32 - 1;
        let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
        i64::from(days) - DAYS_TO_EPOCH
    }

    /// The day that lies this many days after 1970-01-01.
    pub(super) fn from_days(days: i64) -> Self {
        let days = days + DAYS_TO_EPOCH;
        let era = days.div_euclid(DAYS_PER_ERA);
        let day_of_era = days.rem_euclid(DAYS_PER_ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month,
            day,
        }
    }

    /// The same day `months` later, or the month's last day if it has no such day. `None` on overflow.
    pub(super) fn add_months(self, months: i64) -> Option<Self> {
        let months = (self.year * 12 + self.month - 1).checked_add(months)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        Some(Self {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
        })
    }
}

/// The number of days of a month from 1 to 12.
pub(super) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
