//! The page numbers that Laravel's paginator links from a page.

use std::ops::RangeInclusive;

/// The number of pages from which some are left out of the links.
const MIN_ABRIDGED_PAGES: u64 = 14;

/// The distance from an end below which all pages up to that end are linked.
const GAPLESS_PAGES: u64 = 7;

/// Pages that are linked on each side of the current page.
const PAGES_ON_EACH_SIDE: u64 = 3;

/// An entry of the page window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowEntry {
    Page(u64),
    Gap,
}

/// Returns the entries between the links to the previous and to the next page.
pub(crate) fn page_window(current: u64, last: u64) -> Vec<WindowEntry> {
    let ranges: &[RangeInclusive<u64>] = if last < MIN_ABRIDGED_PAGES {
        &[1..=last]
    } else if current <= GAPLESS_PAGES {
        &[1..=GAPLESS_PAGES + PAGES_ON_EACH_SIDE, last - 1..=last]
    } else if current > last - GAPLESS_PAGES {
        &[1..=2, last - GAPLESS_PAGES - 2..=last]
    } else {
        &[
            1..=2,
            current - PAGES_ON_EACH_SIDE..=current + PAGES_ON_EACH_SIDE,
            last - 1..=last,
        ]
    };
    let mut entries = Vec::new();
    for range in ranges {
        if !entries.is_empty() {
            entries.push(WindowEntry::Gap);
        }
        entries.extend(range.clone().map(WindowEntry::Page));
    }
    entries
}
