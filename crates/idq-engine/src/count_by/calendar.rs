//! Calendar buckets: the year, quarter, month, week, day, weekday or hour of an instant in a time zone.
//!
//! A bucket has an *id*: the number of the day or week since the epoch, `12 * year + month` and so on, so that ids of
//! one unit are ordered and consecutive. Two tables, both by day, replace the calls of a calendar for most rows: the
//! offset of the time zone, and the id of a local day. A day in which the offset changes has no entry, so its instants
//! take the slow, exact path; the change to and from daylight saving time needs no other rule.

use chrono::{Datelike, Days, NaiveDate};
use idq_grammar::{Bucket, TimeZone};

use super::day_ranges::{DayRanges, DayTables};
use crate::time::SECONDS_PER_DAY;

/// Seconds in an hour.
const SECONDS_PER_HOUR: i64 = 3_600;

/// The distance between the probes for a change of the offset within a day. No zone of the IANA database changes its
/// offset twice in this time between 1930 and 2129.
const PROBE_SECONDS: i64 = 12 * SECONDS_PER_HOUR;

/// An entry of the table of offsets for a day in which the offset changes.
const CHANGING: i32 = i32::MIN;

/// The unit of a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum CalendarUnit {
    /// Calendar years.
    Year,
    /// Quarters of years.
    Quarter,
    /// Months of years.
    Month,
    /// ISO weeks.
    Week,
    /// Days.
    Day,
    /// Days of the week, from Monday.
    Weekday,
    /// Hours of the day.
    Hour,
}

impl CalendarUnit {
    /// Returns the unit of a bucket.
    pub(super) fn of(bucket: &Bucket) -> Option<Self> {
        Some(match bucket {
            Bucket::Year => Self::Year,
            Bucket::Quarter => Self::Quarter,
            Bucket::Month => Self::Month,
            Bucket::Week => Self::Week,
            Bucket::Day => Self::Day,
            Bucket::Weekday => Self::Weekday,
            Bucket::Hour => Self::Hour,
            _ => return None,
        })
    }

    /// Returns the ids of a unit that recurs, such as the hours of a day; `None` for a unit of the timeline.
    pub(super) fn cycle(self) -> Option<std::ops::Range<i64>> {
        match self {
            Self::Weekday => Some(0..7),
            Self::Hour => Some(0..24),
            _ => None,
        }
    }

    /// Returns the id of a local day; 0 for [`Hour`](Self::Hour), which a day does not determine.
    pub(super) fn of_day(self, day: i64) -> i64 {
        self.of_date(day, || date_of_day(day))
    }

    /// Returns the ids of a range of local days.
    fn of_days(self, days: std::ops::Range<i64>) -> Vec<i32> {
        // The next date is cheaper than the date of a day.
        let mut date = date_of_day(days.start);
        let ids = days.map(|day| {
            let id = self.of_date(day, || date);
            date = date.succ_opt().unwrap_or(NaiveDate::MAX);
            id as i32
        });
        ids.collect()
    }

    /// Returns the id of a day with its date.
    fn of_date(self, day: i64, date: impl Fn() -> NaiveDate) -> i64 {
        let year = |date: NaiveDate| i64::from(date.year());
        match self {
            Self::Year => year(date()),
            Self::Quarter => year(date()) * 4 + i64::from(date().month0() / 3),
            Self::Month => year(date()) * 12 + i64::from(date().month0()),
            // The epoch is a Thursday, so its week began three days earlier.
            Self::Week => (day + 3).div_euclid(7),
            Self::Day => day,
            Self::Weekday => (day + 3).rem_euclid(7),
            Self::Hour => 0,
        }
    }

    /// Returns the text of an id: `2026`, `2026-Q1`, `2026-01`, `2026-W05`, `2026-01-31`, `Monday`, `09`.
    pub(super) fn label(self, id: i64) -> String {
        match self {
            Self::Year => format!("{id:04}"),
            Self::Quarter => format!("{:04}-Q{}", id.div_euclid(4), id.rem_euclid(4) + 1),
            Self::Month => format!("{:04}-{:02}", id.div_euclid(12), id.rem_euclid(12) + 1),
            Self::Week => {
                let week = date_of_day(id * 7 - 3).iso_week();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Day => date_of_day(id).to_string(),
            Self::Weekday => {
                let names = [
                    "Monday",
                    "Tuesday",
                    "Wednesday",
                    "Thursday",
                    "Friday",
                    "Saturday",
                ];
                let name = usize::try_from(id).ok().and_then(|id| names.get(id));
                (*name.unwrap_or(&"Sunday")).to_owned()
            }
            Self::Hour => format!("{id:02}"),
        }
    }
}

/// Returns the date of a day since the epoch; a day outside chrono's calendar becomes its first or last one.
fn date_of_day(day: i64) -> NaiveDate {
    let epoch = NaiveDate::default();
    let days = Days::new(day.unsigned_abs());
    if day < 0 {
        epoch.checked_sub_days(days).unwrap_or(NaiveDate::MIN)
    } else {
        epoch.checked_add_days(days).unwrap_or(NaiveDate::MAX)
    }
}

/// The ids of one unit in one time zone, with tables for the days of some data.
#[derive(Debug)]
pub(super) struct Calendar {
    unit: CalendarUnit,
    zone: TimeZone,
    offsets: Offsets,
    /// The ids of local days.
    ids: DayTables<i32>,
}

/// The offsets of a time zone.
#[derive(Debug)]
enum Offsets {
    /// The same at all instants.
    Fixed(i64),
    /// By UTC day, in seconds; [`CHANGING`] for a day in which the offset changes.
    ByDay(DayTables<i32>),
}

/// A code for each local day of some ranges, for counting by days.
#[derive(Debug)]
pub(super) struct DayCodes {
    /// The seconds by which local time is ahead of UTC.
    pub(super) offset: i64,
    /// The code of each day.
    codes: DayTables<u16>,
}

impl DayCodes {
    /// Returns the codes of the days from `first` to `last`, both included, if all have one.
    pub(super) fn between(&self, first: i64, last: i64) -> Option<&[u16]> {
        self.codes.between(first, last)
    }

    /// Returns the code of the day of an instant, in seconds since the epoch, if it has one.
    pub(super) fn of_second(&self, second: i64) -> Option<u16> {
        let local = second.checked_add(self.offset)?;
        self.codes.get(local.div_euclid(SECONDS_PER_DAY))
    }
}

impl Calendar {
    /// Prepares a calendar for the instants of some days.
    pub(super) fn new(unit: CalendarUnit, zone: TimeZone, days: &DayRanges) -> Self {
        let offsets = match zone.fixed_offset() {
            Some(offset) => Offsets::Fixed(offset),
            None => Offsets::ByDay(DayTables::new(days, |days| {
                days.map(|day| offset_of_day(zone, day)).collect()
            })),
        };
        Self {
            unit,
            zone,
            offsets,
            ids: DayTables::new(days, |days| unit.of_days(days)),
        }
    }

    /// Returns the unit.
    pub(super) fn unit(&self) -> CalendarUnit {
        self.unit
    }

    /// Returns the id of an instant, in seconds since the epoch.
    #[inline]
    pub(super) fn id(&self, second: i64) -> i64 {
        let local = second.saturating_add(self.offset(second));
        if self.unit == CalendarUnit::Hour {
            return local.rem_euclid(SECONDS_PER_DAY) / SECONDS_PER_HOUR;
        }
        let day = local.div_euclid(SECONDS_PER_DAY);
        self.id_of_day(day)
    }

    /// Returns the code of each day: `code` of its id, which is below `code_count`. `None` if a day does not determine
    /// the id, if the offset from UTC changes, or if there are too many codes.
    pub(super) fn day_codes(
        &self,
        code_count: usize,
        code: impl Fn(i64) -> u32,
    ) -> Option<DayCodes> {
        let offset = match self.offsets {
            Offsets::Fixed(offset) if self.unit != CalendarUnit::Hour => offset,
            _ => return None,
        };
        u16::try_from(code_count).ok()?;
        Some(DayCodes {
            offset,
            codes: self.ids.map(|id| code(id.into()) as u16),
        })
    }

    /// Returns the id of a local day; 0 for hours, which a day does not determine.
    fn id_of_day(&self, day: i64) -> i64 {
        let id = self.ids.get(day);
        id.map_or_else(|| self.unit.of_day(day), i64::from)
    }

    /// Returns the seconds by which local time is ahead of UTC.
    #[inline]
    fn offset(&self, second: i64) -> i64 {
        match &self.offsets {
            Offsets::Fixed(offset) => *offset,
            Offsets::ByDay(offsets) => match offsets.get(second.div_euclid(SECONDS_PER_DAY)) {
                Some(offset) if offset != CHANGING => offset.into(),
                _ => self.zone.offset_at(second),
            },
        }
    }
}

/// Returns the offset of a day in UTC, or [`CHANGING`].
fn offset_of_day(zone: TimeZone, day: i64) -> i32 {
    let start = day * SECONDS_PER_DAY;
    let offset = zone.offset_at(start);
    let probes = (1..SECONDS_PER_DAY / PROBE_SECONDS).map(|probe| start + probe * PROBE_SECONDS);
    let mut probes = probes.chain([start + SECONDS_PER_DAY - 1]);
    if probes.all(|probe| zone.offset_at(probe) == offset) {
        offset as i32
    } else {
        CHANGING
    }
}

#[cfg(test)]
mod tests {
    use super::super::id_ranges::IdRanges;
    use super::*;

    /// Returns the days of the instants between two seconds.
    fn days(first: i64, last: i64) -> DayRanges {
        let mut days = DayRanges::default();
        days.add_seconds((first, last));
        days
    }

    /// Returns the label of the bucket of an instant in RFC 3339, with tables for `seconds` around it.
    fn label(bucket: &Bucket, zone: &str, instant: &str, tables: i64) -> String {
        let micros = idq_grammar::parse_timestamp(instant.as_bytes()).expect("a timestamp");
        let second = micros.div_euclid(1_000_000);
        let unit = CalendarUnit::of(bucket).expect("a bucket of the calendar");
        let zone = zone.parse().expect("a time zone");
        let calendar = Calendar::new(unit, zone, &days(second - tables, second + tables));
        let id = calendar.id(second);
        let ids = IdRanges::new(unit, &days(second, second)).expect("the ids of a day");
        assert!(ids.ids().any(|of_day| of_day == id));
        unit.label(id)
    }

    #[test]
    fn bucket_at_a_boundary_is_that_of_the_local_calendar() {
        for (bucket, zone, instant, expected) in [
            (Bucket::Year, "UTC", "2025-12-31T23:59:59.999999Z", "2025"),
            (Bucket::Year, "UTC", "2026-01-01T00:00:00Z", "2026"),
            (Bucket::Year, "+01:00", "2025-12-31T23:00:00Z", "2026"),
            (Bucket::Year, "-00:30", "2026-01-01T00:29:59Z", "2025"),
            (Bucket::Year, "UTC", "0001-01-01T00:00:00Z", "0001"),
            (Bucket::Year, "-01:00", "0001-01-01T00:00:00Z", "0000"),
            (Bucket::Year, "UTC", "9999-12-31T23:59:59Z", "9999"),
            (Bucket::Quarter, "UTC", "2026-03-31T23:59:59Z", "2026-Q1"),
            (Bucket::Quarter, "UTC", "2026-04-01T00:00:00Z", "2026-Q2"),
            (Bucket::Month, "UTC", "2024-02-29T12:00:00Z", "2024-02"),
            (Bucket::Month, "UTC", "1969-12-31T23:59:59Z", "1969-12"),
            (Bucket::Day, "UTC", "1969-12-31T23:59:59.5Z", "1969-12-31"),
            (Bucket::Day, "UTC", "2024-02-29T23:59:59Z", "2024-02-29"),
            (Bucket::Day, "UTC", "2100-02-28T23:59:59Z", "2100-02-28"),
            (Bucket::Day, "UTC", "2100-03-01T00:00:00Z", "2100-03-01"),
            (Bucket::Week, "UTC", "2026-01-01T00:00:00Z", "2026-W01"),
            (Bucket::Week, "UTC", "2025-12-29T00:00:00Z", "2026-W01"),
            (Bucket::Week, "UTC", "2027-01-03T23:59:59Z", "2026-W53"),
            (Bucket::Week, "UTC", "2027-01-04T00:00:00Z", "2027-W01"),
            (Bucket::Week, "UTC", "1970-01-01T00:00:00Z", "1970-W01"),
            (Bucket::Weekday, "UTC", "1970-01-01T00:00:00Z", "Thursday"),
            (Bucket::Weekday, "UTC", "1969-12-28T23:59:59Z", "Sunday"),
            (
                Bucket::Weekday,
                "Pacific/Auckland",
                "2026-01-04T11:00:00Z",
                "Monday",
            ),
            (Bucket::Hour, "UTC", "1969-12-31T23:59:59Z", "23"),
            (Bucket::Hour, "Asia/Kolkata", "2026-01-01T00:29:59Z", "05"),
            (Bucket::Hour, "Asia/Kolkata", "2026-01-01T00:30:00Z", "06"),
            // Daylight saving time in Berlin: 02:00 becomes 03:00 in March, 03:00 becomes 02:00 in October.
            (Bucket::Hour, "Europe/Berlin", "2026-03-29T00:59:59Z", "01"),
            (Bucket::Hour, "Europe/Berlin", "2026-03-29T01:00:00Z", "03"),
            (Bucket::Hour, "Europe/Berlin", "2026-10-25T00:59:59Z", "02"),
            (Bucket::Hour, "Europe/Berlin", "2026-10-25T01:00:00Z", "02"),
            (Bucket::Hour, "Europe/Berlin", "2026-10-25T02:00:00Z", "03"),
            (
                Bucket::Day,
                "Europe/Berlin",
                "2026-03-28T22:59:59Z",
                "2026-03-28",
            ),
            (
                Bucket::Day,
                "Europe/Berlin",
                "2026-03-28T23:00:00Z",
                "2026-03-29",
            ),
            (
                Bucket::Day,
                "Europe/Berlin",
                "2026-03-29T22:00:00Z",
                "2026-03-30",
            ),
            (
                Bucket::Day,
                "Europe/Berlin",
                "2026-10-25T22:59:59Z",
                "2026-10-25",
            ),
            // Clocks that are put back at midnight: the last hour of 17 February came twice.
            (
                Bucket::Day,
                "America/Sao_Paulo",
                "2018-02-18T01:59:59Z",
                "2018-02-17",
            ),
            (
                Bucket::Day,
                "America/Sao_Paulo",
                "2018-02-18T02:30:00Z",
                "2018-02-17",
            ),
            (
                Bucket::Day,
                "America/Sao_Paulo",
                "2018-02-18T03:00:00Z",
                "2018-02-18",
            ),
            // A day that a zone skipped: Samoa crossed the date line after 29 December.
            (
                Bucket::Day,
                "Pacific/Apia",
                "2011-12-30T09:59:59Z",
                "2011-12-29",
            ),
            (
                Bucket::Day,
                "Pacific/Apia",
                "2011-12-30T10:00:00Z",
                "2011-12-31",
            ),
            // Local mean time, 53 minutes and 28 seconds ahead of UTC.
            (
                Bucket::Day,
                "Europe/Berlin",
                "1890-01-01T23:06:31Z",
                "1890-01-01",
            ),
            (
                Bucket::Day,
                "Europe/Berlin",
                "1890-01-01T23:06:32Z",
                "1890-01-02",
            ),
        ] {
            for tables in [0, 40 * SECONDS_PER_DAY] {
                let found = label(&bucket, zone, instant, tables);
                assert_eq!(found, expected, "{bucket} of {instant} in {zone}");
            }
        }
    }

    #[test]
    fn tables_agree_with_the_calendar_at_every_change_of_offset() {
        let zones = [
            "Europe/Berlin",
            "America/Sao_Paulo",
            "Africa/Casablanca",
            "Australia/Lord_Howe",
        ];
        // Every half hour of some 21 years.
        let seconds = (946_684_800..1_609_459_200).step_by(1_800);
        for zone in zones {
            let zone: TimeZone = zone.parse().expect("a time zone");
            for unit in [CalendarUnit::Day, CalendarUnit::Hour] {
                let calendar = Calendar::new(unit, zone, &days(946_684_800, 1_609_459_200));
                for second in seconds.clone() {
                    let local = second + zone.offset_at(second);
                    let expected = match unit {
                        CalendarUnit::Hour => local.rem_euclid(SECONDS_PER_DAY) / SECONDS_PER_HOUR,
                        _ => local.div_euclid(SECONDS_PER_DAY),
                    };
                    assert_eq!(calendar.id(second), expected, "{second} in {zone}");
                }
            }
        }
    }
}
