//! Codes of the ids of a calendar: those of a few ranges of ids are numbered without gaps.

use std::ops::Range;

use super::calendar::CalendarUnit;
use super::day_ranges::DayRanges;

/// The greatest number of ids that have a code each; more are hashed. A century of days has 36,525.
const MAX_IDS: i64 = 1 << 18;

/// Consecutive ids with consecutive codes.
#[derive(Debug, Clone, Copy)]
struct IdRange {
    first: i64,
    count: u32,
    /// The code of the first id.
    code: u32,
}

impl IdRange {
    /// Returns the code of an id; `None` outside the range.
    #[inline]
    fn code(&self, id: i64) -> Option<u32> {
        // An id before the first wraps around to one after the last.
        let position = id.wrapping_sub(self.first) as u64;
        (position < u64::from(self.count)).then(|| self.code + position as u32)
    }
}

/// The ids of some days, numbered from 0 in their order.
#[derive(Debug)]
pub(super) struct IdRanges {
    /// The longest range, which has most dates.
    main: IdRange,
    /// All ranges, ascending.
    ranges: Vec<IdRange>,
    /// The number of ids.
    count: u32,
}

impl IdRanges {
    /// Numbers the ids of days; `None` if they are too many for a code each, or none.
    pub(super) fn new(unit: CalendarUnit, days: &DayRanges) -> Option<Self> {
        let mut merged: Vec<Range<i64>> = Vec::new();
        let of_days = |days: Range<i64>| unit.of_day(days.start)..unit.of_day(days.end - 1) + 1;
        // Units that recur have the same few ids on all days.
        let cycle = unit.cycle();
        let timeline = days.iter().filter(|_| cycle.is_none()).map(of_days);
        for ids in cycle.clone().into_iter().chain(timeline) {
            match merged.last_mut() {
                Some(last) if ids.start <= last.end => last.end = last.end.max(ids.end),
                _ => merged.push(ids),
            }
        }
        let mut count = 0;
        let mut ranges = Vec::with_capacity(merged.len());
        for ids in merged {
            let length = ids.end - ids.start;
            if length > MAX_IDS - count {
                return None;
            }
            ranges.push(IdRange {
                first: ids.start,
                count: length as u32,
                code: count as u32,
            });
            count += length;
        }
        Some(Self {
            main: *ranges.iter().max_by_key(|range| range.count)?,
            ranges,
            count: count as u32,
        })
    }

    /// Returns the number of ids.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Returns the ids in the order of their codes.
    pub(super) fn ids(&self) -> impl Iterator<Item = i64> + '_ {
        let ranges = self.ranges.iter();
        ranges.flat_map(|range| range.first..range.first + i64::from(range.count))
    }

    /// Returns the code of an id of these days; of any other id, that of one near it.
    #[inline]
    pub(super) fn code(&self, id: i64) -> u32 {
        self.main.code(id).unwrap_or_else(|| self.other_code(id))
    }

    /// Returns the code of an id outside the main range.
    fn other_code(&self, id: i64) -> u32 {
        let after = self.ranges.partition_point(|range| range.first <= id);
        let range = self.ranges[after.saturating_sub(1)];
        // The ranges have the ids of all instants, so the limit only bounds damage.
        let last = range.code + range.count - 1;
        range
            .code(id)
            .unwrap_or(if after == 0 { range.code } else { last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SECONDS_PER_DAY;

    /// Returns the ranges of days near the given ones.
    fn days(days: &[i64]) -> DayRanges {
        let mut ranges = DayRanges::default();
        for day in days {
            ranges.add_seconds((day * SECONDS_PER_DAY, day * SECONDS_PER_DAY));
        }
        ranges
    }

    #[test]
    fn ids_of_far_days_have_consecutive_codes_in_their_order() {
        let ranges = days(&[-719_162, 19_000, 20_000, 2_932_896]);
        for unit in [
            CalendarUnit::Year,
            CalendarUnit::Month,
            CalendarUnit::Week,
            CalendarUnit::Day,
            CalendarUnit::Weekday,
            CalendarUnit::Hour,
        ] {
            let ids = IdRanges::new(unit, &ranges).expect("few ids");
            let all: Vec<i64> = ids.ids().collect();
            assert!(all.is_sorted_by(|one, next| one < next), "{unit:?}");
            assert_eq!(all.len(), ids.count() as usize);
            assert!(all.len() < 1_100, "{unit:?} {}", all.len());
            let codes: Vec<u32> = all.iter().map(|&id| ids.code(id)).collect();
            assert!(codes.into_iter().eq(0..ids.count()), "{unit:?}");
        }
    }

    #[test]
    fn ids_of_too_many_days_have_no_codes() {
        let mut ranges = DayRanges::default();
        ranges.add_seconds((-719_162 * SECONDS_PER_DAY, 2_932_896 * SECONDS_PER_DAY));
        for (unit, expected) in [
            (CalendarUnit::Day, None),
            (CalendarUnit::Week, None),
            (CalendarUnit::Month, Some(119_990)),
            (CalendarUnit::Hour, Some(24)),
        ] {
            let ids = IdRanges::new(unit, &ranges);
            assert_eq!(ids.map(|ids| ids.count()), expected, "{unit:?}");
        }
        assert!(IdRanges::new(CalendarUnit::Day, &DayRanges::default()).is_none());
    }
}
