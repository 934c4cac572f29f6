//! The days that a calendar has tables for: those of some data, without the gaps between dates that are far apart.
//!
//! A few dates such as `0001-01-01` would otherwise need a table of all days of two millennia.

use std::ops::Range;

use crate::time::SECONDS_PER_DAY;

/// The maximum gap between days of one range: ten years, whose entries take less time than another lookup.
const MAX_GAP_DAYS: i64 = 3_653;

/// The maximum number of days of all tables: two centuries.
const MAX_TABLE_DAYS: i64 = 73_049;

/// The days that have tables if all days would be too many: 1930 to 2129.
const USUAL_DAYS: Range<i64> = -14_610..58_439;

/// Ranges of days since the epoch, ascending, with gaps between them.
#[derive(Debug, Default)]
pub(super) struct DayRanges {
    ranges: Vec<Range<i64>>,
}

impl DayRanges {
    /// Adds the days of the instants between two seconds, in any time zone.
    pub(super) fn add_seconds(&mut self, (first, last): (i64, i64)) {
        // A local day is at most one day away from the day in UTC.
        let start = first.div_euclid(SECONDS_PER_DAY) - 1;
        let end = last.div_euclid(SECONDS_PER_DAY) + 2;
        // The ranges from `near` to `beyond` become one with the new one.
        let near = self
            .ranges
            .partition_point(|range| range.end + MAX_GAP_DAYS < start);
        let beyond = self
            .ranges
            .partition_point(|range| range.start <= end + MAX_GAP_DAYS);
        let merged = self.ranges[near..beyond]
            .iter()
            .fold(start..end, |merged, range| {
                merged.start.min(range.start)..merged.end.max(range.end)
            });
        self.ranges.splice(near..beyond, [merged]);
    }

    /// Returns the ranges.
    pub(super) fn iter(&self) -> impl Iterator<Item = Range<i64>> + '_ {
        self.ranges.iter().cloned()
    }

    /// Returns whether there is no day.
    pub(super) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// A value for each day of a range.
#[derive(Debug)]
struct DayTable<T> {
    first: i64,
    values: Vec<T>,
}

impl<T> DayTable<T> {
    /// Returns the value of a day; `None` outside the range.
    #[inline]
    fn get(&self, day: i64) -> Option<&T> {
        // A day before the first wraps around to a position after the last.
        let position = day.wrapping_sub(self.first) as u64;
        self.values.get(usize::try_from(position).ok()?)
    }

    /// Returns the values of the days from `first` to `last`, both included, if the range has all of them.
    fn between(&self, first: i64, last: i64) -> Option<&[T]> {
        let start = usize::try_from(first.checked_sub(self.first)?).ok()?;
        let end = usize::try_from(last.checked_sub(self.first)?).ok()?;
        self.values.get(start..=end)
    }
}

/// A value for each day of some ranges.
#[derive(Debug)]
pub(super) struct DayTables<T> {
    /// The table of the longest range, which has most dates.
    main: DayTable<T>,
    /// The other tables, ascending.
    others: Vec<DayTable<T>>,
}

impl<T: Copy> DayTables<T> {
    /// Computes the values of each range of days: of those that a table may have.
    pub(super) fn new(days: &DayRanges, values: impl FnMut(Range<i64>) -> Vec<T>) -> Self {
        let total: i64 = days.iter().map(|range| range.end - range.start).sum();
        let limits = if total <= MAX_TABLE_DAYS {
            i64::MIN..i64::MAX
        } else {
            USUAL_DAYS
        };
        let within_limits = days.iter().filter_map(|range| {
            let range = range.start.max(limits.start)..range.end.min(limits.end);
            (!range.is_empty()).then_some(range)
        });
        Self::of_ranges(within_limits, values)
    }

    /// Computes the values of ranges, ascending.
    fn of_ranges(
        ranges: impl Iterator<Item = Range<i64>>,
        mut values: impl FnMut(Range<i64>) -> Vec<T>,
    ) -> Self {
        let table = |range: Range<i64>| DayTable {
            first: range.start,
            values: values(range),
        };
        let mut tables: Vec<DayTable<T>> = ranges.map(table).collect();
        let longest = tables.iter().enumerate();
        let longest = longest.max_by_key(|(_, table)| table.values.len());
        let empty = DayTable {
            first: 0,
            values: Vec::new(),
        };
        let main = longest.map(|(position, _)| position);
        Self {
            main: main.map_or(empty, |main| tables.remove(main)),
            others: tables,
        }
    }

    /// Converts the values.
    pub(super) fn map<U>(&self, value: impl Fn(T) -> U) -> DayTables<U> {
        let table = |table: &DayTable<T>| DayTable {
            first: table.first,
            values: table.values.iter().map(|&of_day| value(of_day)).collect(),
        };
        DayTables {
            main: table(&self.main),
            others: self.others.iter().map(table).collect(),
        }
    }
}

impl<T: Copy> DayTables<T> {
    /// Returns the value of a day; `None` outside the ranges.
    #[inline]
    pub(super) fn get(&self, day: i64) -> Option<T> {
        let value = self.main.get(day).copied();
        value.or_else(|| self.other(day)?.get(day).copied())
    }

    /// Returns the values of the days from `first` to `last`, both included, if one range has all of them.
    pub(super) fn between(&self, first: i64, last: i64) -> Option<&[T]> {
        let main = self.main.between(first, last);
        main.or_else(|| self.other(first)?.between(first, last))
    }

    /// Returns the table that could have a day, of those beside the main one.
    fn other(&self, day: i64) -> Option<&DayTable<T>> {
        let after = self.others.partition_point(|table| table.first <= day);
        self.others.get(after.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the merged first and last days of some ranges, without the day before and the day after each.
    fn merged(days: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
        let mut ranges = DayRanges::default();
        for (first, last) in days {
            ranges.add_seconds((first * SECONDS_PER_DAY, last * SECONDS_PER_DAY));
        }
        let ranges = ranges.iter().map(|range| (range.start + 1, range.end - 2));
        ranges.collect()
    }

    #[test]
    fn ranges_of_days_in_any_order_are_merged_across_short_gaps() {
        for (days, expected) in [
            (&[(5, 9)][..], &[(5, 9)][..]),
            (&[(5, 9), (7, 8), (1, 6)], &[(1, 9)]),
            (&[(5, 9), (3_600, 3_650)], &[(5, 3_650)]),
            (
                &[(5, 9), (-700_000, -700_000)],
                &[(-700_000, -700_000), (5, 9)],
            ),
            (
                &[(5, 9), (20_000, 20_000), (-20_000, -20_000), (9_000, 9_000)],
                &[(-20_000, -20_000), (5, 9), (9_000, 9_000), (20_000, 20_000)],
            ),
            (&[(0, 1), (5_000, 5_001), (2_000, 2_500)], &[(0, 5_001)]),
        ] {
            assert_eq!(merged(days.iter().copied()), expected);
            assert_eq!(merged(days.iter().rev().copied()), expected);
        }
    }

    #[test]
    fn tables_of_several_ranges_have_the_days_of_each_and_no_other() {
        let mut days = DayRanges::default();
        for day in [-700_000, 0, 800, 2_900_000] {
            days.add_seconds((day * SECONDS_PER_DAY, day * SECONDS_PER_DAY));
        }
        let tables = DayTables::new(&days, |range| range.map(|day| day * 2).collect());
        for (day, is_known) in [
            (-700_002, false),
            (-700_001, true),
            (-699_999, true),
            (-699_998, false),
            (-2, false),
            (-1, true),
            (801, true),
            (802, false),
            (2_900_001, true),
            (2_900_002, false),
        ] {
            assert_eq!(tables.get(day), is_known.then_some(day * 2), "{day}");
        }
        assert_eq!(tables.between(3, 5), Some(&[6, 8, 10][..]));
        assert_eq!(tables.between(2_900_000, 2_900_000), Some(&[5_800_000][..]));
        assert_eq!(tables.between(801, 802), None);
        assert_eq!(tables.between(-700_000, 0), None);
    }

    #[test]
    fn tables_of_too_many_days_have_the_usual_ones() {
        let mut days = DayRanges::default();
        days.add_seconds((-700_000 * SECONDS_PER_DAY, 2_900_000 * SECONDS_PER_DAY));
        let tables = DayTables::new(&days, Iterator::collect);
        assert_eq!(tables.get(USUAL_DAYS.start), Some(USUAL_DAYS.start));
        assert_eq!(tables.get(USUAL_DAYS.start - 1), None);
        assert_eq!(tables.get(USUAL_DAYS.end), None);
    }
}
