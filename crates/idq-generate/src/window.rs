//! Which page numbers Laravel links from a page.

use std::ops::RangeInclusive;

/// From this many pages on, some are left out.
const ABRIDGED: u64 = 14;

/// So close to an end, the pages up to that end are linked without a gap.
const NEAR_END: u64 = 7;

/// How many pages are linked on each side of a current page in the middle.
const BESIDE: u64 = 3;

/// One entry of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Page(u64),
    Gap,
}

/// The entries between the links to the previous and to the next page.
pub(crate) fn window(current: u64, last: u64) -> Vec<Entry> {
    let ranges: &[RangeInclusive<u64>] = if last < ABRIDGED {
        &[1..=last]
    } else if current <= NEAR_END {
        &[1..=NEAR_END + BESIDE, last - 1..=last]
    } else if current > last - NEAR_END {
        &[1..=2, last - NEAR_END - 2..=last]
    } else {
        &[1..=2, current - BESIDE..=current + BESIDE, last - 1..=last]
    };
    let mut entries = Vec::new();
    for range in ranges {
        if !entries.is_empty() {
            entries.push(Entry::Gap);
        }
        entries.extend(range.clone().map(Entry::Page));
    }
    entries
}
