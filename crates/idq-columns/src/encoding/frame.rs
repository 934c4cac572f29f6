//! Frames of reference with outliers: a patched frame of reference whose exceptions are part of its order.
//!
//! Exporters write dates such as `0001-01-01` and `9999-12-31` for "never". A frame of reference over all instants of
//! such a chunk would span millennia. A [`Frame`] spans the *bulk* only: the seconds around which most instants lie.
//! Each distinct instant outside the bulk, an *outlier*, has a code of its own, below the codes of the bulk or above
//! them, so that codes compare like the instants and kernels need no list of exceptional rows.

use std::ops::RangeInclusive;

/// Microseconds in a second.
pub(crate) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;

/// The maximum number of outliers of a frame, of eight bytes each: a chunk has some thousand rows. A chunk with more has
/// no frame, or one whose bulk is the whole chunk.
const MAX_OUTLIERS: usize = 256;

/// The base-2 logarithm of the seconds of a bucket of the histogram that finds the bulk: 8.5 years. A date 17 years
/// from all others is an outlier at any alignment of the buckets.
const BUCKET_BITS: u32 = 28;

/// The maximum span of a chunk, in seconds, that is not searched for outliers: 34 years.
const MAX_UNSEARCHED_SPAN: i64 = 1 << 30;

/// The maximum span of a bulk in seconds, so that codes of four bytes remain for outliers.
const MAX_BULK_SPAN: i64 = u32::MAX as i64 - MAX_OUTLIERS as i64;

/// A mapping between the instants of a chunk and codes of four bytes that compare like them.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// The first second of the bulk, since the epoch.
    base: i64,
    /// The code of `base`: the number of outliers before the bulk.
    first: u32,
    /// The last second of the bulk, since `base`.
    span: u32,
    /// The distinct instants outside the bulk, in microseconds since the epoch, ascending.
    outliers: Box<[i64]>,
}

impl Frame {
    /// Chooses a frame for instants whose least and greatest are `range`; `None` if there is none.
    pub(crate) fn new(
        instants: impl Iterator<Item = i64> + Clone,
        range: (i64, i64),
    ) -> Option<Self> {
        let (base, last) = (second_of(range.0), second_of(range.1));
        let whole = || {
            Some(Self {
                base,
                first: 0,
                span: u32::try_from(last - base).ok()?,
                outliers: Box::default(),
            })
        };
        if last - base <= MAX_UNSEARCHED_SPAN {
            return whole();
        }
        Self::with_outliers(instants, (base, last)).or_else(whole)
    }

    /// Chooses the frame of a bulk; `None` if there are too many outliers.
    fn with_outliers(
        instants: impl Iterator<Item = i64> + Clone,
        seconds: (i64, i64),
    ) -> Option<Self> {
        let window = bulk_window(instants.clone().map(second_of), seconds);
        let (mut base, mut last) = (i64::MAX, i64::MIN);
        let mut outliers = Vec::new();
        for instant in instants {
            let second = second_of(instant);
            if window.contains(&second) {
                (base, last) = (base.min(second), last.max(second));
            } else if let Err(position) = outliers.binary_search(&instant) {
                if outliers.len() == MAX_OUTLIERS {
                    return None;
                }
                outliers.insert(position, instant);
            }
        }
        let start = base.checked_mul(MICROSECONDS_PER_SECOND)?;
        Some(Self {
            base,
            first: outliers.partition_point(|outlier| *outlier < start) as u32,
            span: u32::try_from(last - base).ok()?,
            outliers: outliers.into(),
        })
    }

    /// Returns the code of an instant of the frame, and its microseconds beyond a whole second if it is in the bulk. The
    /// result for any other instant is unspecified.
    #[inline]
    pub(crate) fn encode(&self, instant: i64) -> (u32, u32) {
        // An instant before the bulk wraps around to one after it. The base is a second of some instant, so that the
        // product does not overflow.
        let offset = instant.wrapping_sub(self.base.wrapping_mul(MICROSECONDS_PER_SECOND)) as u64;
        let second = offset / MICROSECONDS_PER_SECOND as u64;
        if second <= u64::from(self.span) {
            let microseconds = offset % MICROSECONDS_PER_SECOND as u64;
            return (self.first + second as u32, microseconds as u32);
        }
        let code = match self.outliers.binary_search(&instant) {
            Ok(position) => self.code_of_outlier(position),
            Err(_) => self.first,
        };
        (code, 0)
    }

    /// Returns the code of the outlier at a position.
    fn code_of_outlier(&self, position: usize) -> u32 {
        let position = position as u32;
        if position < self.first {
            position
        } else {
            position + self.span + 1
        }
    }

    /// Returns the outlier of a code; `None` for a code of the bulk.
    #[inline]
    pub(crate) fn outlier(&self, code: u32) -> Option<i64> {
        if self.is_bulk(code) {
            return None;
        }
        self.outliers.get(self.position(code) as usize).copied()
    }

    /// Returns the position among the outliers of the code of one; unspecified for a code of the bulk.
    #[inline]
    pub(crate) fn position(&self, code: u32) -> u32 {
        if code < self.first {
            code
        } else {
            code.wrapping_sub(self.span).wrapping_sub(1)
        }
    }

    /// Returns whether a code is that of a second of the bulk.
    #[inline]
    pub(crate) fn is_bulk(&self, code: u32) -> bool {
        code.wrapping_sub(self.first) <= self.span
    }

    /// Returns the second of a code, since the epoch, rounded down.
    #[inline]
    pub(crate) fn second(&self, code: u32) -> i64 {
        match self.outlier(code) {
            Some(instant) => second_of(instant),
            None => self.base + i64::from(code.wrapping_sub(self.first)),
        }
    }

    /// Returns the first and the last code of the instants from `start` to `end`, both included; `None` if the frame has
    /// no such instant. An instant in the second of the first or of the last code may lie outside.
    pub(crate) fn codes_between(&self, start: i64, end: i64) -> Option<(u32, u32)> {
        let (before, after) = self.outliers.split_at(self.first as usize);
        let last_bulk = i64::from(self.first) + i64::from(self.span);
        // Codes have 33 bits here, because the end of a range may be one beyond all codes.
        let first = match before.partition_point(|outlier| *outlier < start) {
            position if position < before.len() => position as i64,
            position => match (second_of(start) - self.base).max(0) {
                second if second <= i64::from(self.span) => position as i64 + second,
                _ => last_bulk + 1 + after.partition_point(|outlier| *outlier < start) as i64,
            },
        };
        let last = match after.partition_point(|outlier| *outlier <= end) {
            0 => match (second_of(end) - self.base).min(self.span.into()) {
                second if second >= 0 => i64::from(self.first) + second,
                _ => before.partition_point(|outlier| *outlier <= end) as i64 - 1,
            },
            position => last_bulk + position as i64,
        };
        (first <= last).then_some((first as u32, last as u32))
    }

    /// Returns the first and the last second of the bulk, since the epoch.
    pub(crate) fn bulk(&self) -> (i64, i64) {
        (self.base, self.base + i64::from(self.span))
    }

    /// Returns the code of the first second of the bulk.
    pub(crate) fn first_code(&self) -> u32 {
        self.first
    }

    /// Returns the instants outside the bulk with their codes, ascending.
    pub(crate) fn outliers(&self) -> impl ExactSizeIterator<Item = (u32, i64)> + '_ {
        let outliers = self.outliers.iter().enumerate();
        outliers.map(|(position, &instant)| (self.code_of_outlier(position), instant))
    }

    /// Returns whether some code is that of an outlier.
    pub(crate) fn has_outliers(&self) -> bool {
        !self.outliers.is_empty()
    }

    /// Returns the bytes of memory of the outliers.
    pub(crate) fn memory(&self) -> usize {
        size_of_val(&*self.outliers)
    }
}

/// Returns the second of an instant, rounded down.
pub(crate) fn second_of(instant: i64) -> i64 {
    instant.div_euclid(MICROSECONDS_PER_SECOND)
}

/// A bucket of the histogram.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// The number of rows.
    rows: usize,
    /// The first second that was added.
    second: i64,
    /// Whether another second was added.
    has_several: bool,
}

/// Returns the seconds in which the bulk lies: the bucket with the most rows, and its neighbours up to the nearest
/// empty bucket on either side.
///
/// A bucket with one distinct second has the least weight, because one outlier replaces all of its rows: the result is
/// the same for 1% and for 99% of such rows.
fn bulk_window(
    seconds: impl Iterator<Item = i64>,
    (least, greatest): (i64, i64),
) -> RangeInclusive<i64> {
    let position = |second: i64| ((second - least) >> BUCKET_BITS) as usize;
    let empty = Bucket {
        rows: 0,
        second: 0,
        has_several: false,
    };
    let mut buckets = vec![empty; position(greatest) + 1];
    for second in seconds {
        let bucket = &mut buckets[position(second)];
        bucket.has_several |= bucket.rows > 0 && bucket.second != second;
        bucket.second = second;
        bucket.rows += 1;
    }
    let heaviest = buckets.iter().enumerate();
    let heaviest = heaviest.max_by_key(|(_, bucket)| (bucket.has_several, bucket.rows));
    let (mut first, mut last) = heaviest.map_or((0, 0), |(position, _)| (position, position));
    let span = |first: usize, last: usize| ((last - first + 1) as i64) << BUCKET_BITS;
    let fits = |first: usize, last: usize| span(first, last) <= MAX_BULK_SPAN;
    while first > 0 && buckets[first - 1].rows > 0 && fits(first - 1, last) {
        first -= 1;
    }
    while last + 1 < buckets.len() && buckets[last + 1].rows > 0 && fits(first, last + 1) {
        last += 1;
    }
    let start = least + ((first as i64) << BUCKET_BITS);
    start..=start + span(first, last) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A year of 365 days, in microseconds.
    const YEAR: i64 = 365 * 86_400 * MICROSECONDS_PER_SECOND;

    /// Returns the frame of instants.
    fn frame(instants: &[i64]) -> Option<Frame> {
        let range = (*instants.iter().min()?, *instants.iter().max()?);
        Frame::new(instants.iter().copied(), range)
    }

    /// Returns instants of `years` years, one every 11 days and some microseconds.
    fn bulk(years: i64) -> Vec<i64> {
        (0..years * YEAR).step_by(11 * 86_401_000_007).collect()
    }

    #[test]
    fn frame_of_any_share_of_outliers_has_a_code_for_each_instant_in_their_order() {
        let far = [
            -2_000 * YEAR,
            -2_000 * YEAR + 1,
            8_000 * YEAR,
            8_000 * YEAR + 3,
        ];
        for (name, outliers, copies) in [
            ("none", &far[..0], 0),
            ("one", &far[..1], 1),
            ("some", &far[..3], 5),
            ("most", &far[..], 500),
            ("most, one value", &far[3..], 2_000),
        ] {
            let mut instants = bulk(10);
            (0..copies).for_each(|_| instants.extend(outliers));
            let frame = frame(&instants).expect(name);
            let found: Vec<i64> = frame.outliers().map(|(_, outlier)| outlier).collect();
            assert_eq!(found, outliers, "{name}");
            instants.sort_unstable();
            instants.dedup();
            let codes: Vec<(u32, u32)> = instants.iter().map(|&i| frame.encode(i)).collect();
            assert!(codes.is_sorted_by(|one, next| one < next), "{name}");
            for (&instant, (code, microseconds)) in instants.iter().zip(codes) {
                assert_eq!(frame.second(code), second_of(instant), "{name}");
                let decoded = frame.outlier(code).unwrap_or_else(|| {
                    frame.second(code) * MICROSECONDS_PER_SECOND + i64::from(microseconds)
                });
                assert_eq!(decoded, instant, "{name}");
            }
        }
    }

    #[test]
    fn frame_separates_a_date_that_is_far_from_all_others_within_four_bytes() {
        for (name, outlier, is_separate) in [
            ("40 years before", -40 * YEAR, true),
            ("100 years before", -100 * YEAR, true),
            ("40 years after", 40 * YEAR, true),
            ("10 years before", -10 * YEAR, false),
            ("2000 years before", -2_000 * YEAR, true),
        ] {
            let mut instants = bulk(10);
            instants.push(outlier);
            let frame = frame(&instants).expect(name);
            assert_eq!(frame.has_outliers(), is_separate, "{name}");
        }
    }

    #[test]
    fn frame_of_dates_without_a_bulk_is_whole_if_four_bytes_suffice() {
        // One date in each twenty years, more than a frame has outliers if they span millennia.
        for (name, count, step, expected) in [
            ("a century", 6, 20 * YEAR, Some(5)),
            ("millennia", 300, 20 * YEAR, None),
            ("millennia, few", 200, 20 * YEAR, Some(199)),
            ("a century, dense", 5_000, YEAR / 50, Some(0)),
        ] {
            let instants: Vec<i64> = (0..count).map(|date| date * step).collect();
            let outliers = frame(&instants).map(|frame| frame.outliers().len());
            assert_eq!(outliers, expected, "{name}");
        }
    }

    #[test]
    fn codes_between_any_bounds_are_those_of_the_instants_between_them() {
        let mut instants = vec![-3_000 * YEAR, -2_000 * YEAR, 7_000 * YEAR, 8_000 * YEAR];
        instants.extend(bulk(2));
        let frame = frame(&instants).expect("few outliers");
        let mut bounds = vec![i64::MIN, i64::MAX, 4_000 * YEAR];
        for instant in &instants[..8] {
            bounds.extend([instant - 1, *instant, instant + 1]);
        }
        for &start in &bounds {
            for &end in &bounds {
                // Bounds of whole seconds: others select the codes of the seconds that contain them.
                let seconds = second_of(start)..=second_of(end);
                let is_between = |instant: i64| match frame.outlier(frame.encode(instant).0) {
                    Some(outlier) => (start..=end).contains(&outlier),
                    None => start <= end && seconds.contains(&second_of(instant)),
                };
                let codes = frame.codes_between(start, end);
                for &instant in &instants {
                    let code = frame.encode(instant).0;
                    let found = codes.is_some_and(|(first, last)| (first..=last).contains(&code));
                    if start <= end {
                        assert_eq!(found, is_between(instant), "{start} {end} {instant}");
                    }
                }
            }
        }
    }
}
