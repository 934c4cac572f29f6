//! Local times of a time zone as instants: the start of a day, and times that the clocks skip or repeat.

use super::TimeZone;

/// Seconds in a day.
const SECONDS_PER_DAY: i64 = 86_400;

/// The instants at which the clocks of a time zone show one local time, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LocalTime {
    /// The clocks show it once.
    Once(i64),
    /// The clocks are put back past it, so that they show it twice.
    Twice {
        /// Instant of the first time.
        first: i64,
        /// Instant of the second time.
        second: i64,
    },
    /// The clocks are put forward past it.
    Skipped {
        /// First instant whose local time is later.
        next: i64,
    },
}

impl LocalTime {
    /// Returns the first instant at which the clocks show the local time, or a later one if they skip it.
    pub(super) fn first(self) -> i64 {
        match self {
            Self::Once(instant) | Self::Twice { first: instant, .. } => instant,
            Self::Skipped { next } => next,
        }
    }
}

impl TimeZone {
    /// Returns the instants of a local time, in seconds since the epoch as if it were UTC.
    pub(super) fn local_time(self, local: i64) -> LocalTime {
        if let Some(offset) = self.fixed_offset() {
            return LocalTime::Once(local - offset);
        }
        // Offsets are less than a day, so one day earlier and later is before and after each instant of the local time.
        let offsets = [-SECONDS_PER_DAY, SECONDS_PER_DAY];
        let offsets = offsets.map(|away| self.offset_at(local + away));
        let [early, late] = offsets.map(|offset| {
            let instant = local - offset;
            (self.offset_at(instant) == offset).then_some(instant)
        });
        match (early, late) {
            (Some(first), Some(second)) if first < second => LocalTime::Twice { first, second },
            (Some(instant), _) | (None, Some(instant)) => LocalTime::Once(instant),
            (None, None) => LocalTime::Skipped {
                next: self.first_instant_after(local),
            },
        }
    }

    /// Returns the first instant whose local time is `local` or later, where the clocks skip that.
    fn first_instant_after(self, local: i64) -> i64 {
        let (mut before, mut after) = (local - SECONDS_PER_DAY, local + SECONDS_PER_DAY);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if middle + self.offset_at(middle) < local {
                before = middle;
            } else {
                after = middle;
            }
        }
        after
    }

    /// Returns the first instant of a local day, in seconds since the epoch. The day is counted from 1970-01-01.
    ///
    /// A local midnight that the clocks skip is replaced by the first instant after it; of two, the first counts. So the
    /// days of a zone follow each other without a gap, and have 23 or 25 hours where the clocks change.
    ///
    /// ```
    /// use idq_grammar::TimeZone;
    ///
    /// let zone: TimeZone = "America/Sao_Paulo".parse()?;
    /// // Clocks were put forward at midnight of 2018-11-04, so the day began at 01:00, and had 23 hours.
    /// let (day, next) = (zone.start_of_day(17_839), zone.start_of_day(17_840));
    /// assert_eq!((day - 17_839 * 86_400, next - day), (3 * 3_600, 23 * 3_600));
    /// # Ok::<(), idq_grammar::TimeZoneError>(())
    /// ```
    pub fn start_of_day(self, day: i64) -> i64 {
        self.local_time(day * SECONDS_PER_DAY).first()
    }

    /// Returns the local day of an instant in seconds since the epoch, counted from 1970-01-01.
    pub(super) fn day_of(self, second: i64) -> i64 {
        (second + self.offset_at(second)).div_euclid(SECONDS_PER_DAY)
    }
}
