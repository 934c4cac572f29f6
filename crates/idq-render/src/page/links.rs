//! The links of a page of Laravel's paginator: to its neighbours, to both ends, and to the pages around it.
//!
//! The numbers are those of Laravel's `UrlWindow` with its default of three links on each side.
//!
//! A collection with few pages has a link to each of them. Otherwise there are links to the first two and the last two
//! pages and to the pages around the current one, with a gap for each omitted range. Close to an end, the pages up to
//! that end are linked without a gap.

use serde::Serialize;

use super::PageInfo;

/// The label of the link to the previous page, with the HTML entity that Laravel writes.
const PREVIOUS_LABEL: &str = "&laquo; Previous";
/// The label of the link to the next page.
const NEXT_LABEL: &str = "Next &raquo;";
/// The label of a gap between links.
const GAP_LABEL: &str = "...";

/// A link of a page to a page, or a gap between links.
#[derive(Debug, Serialize)]
pub(super) struct PageLink {
    /// The URL of the page; `None` of a gap, of the previous link of the first page and the next link of the last.
    url: Option<String>,
    /// The text of the link, as HTML.
    label: String,
    /// The number of the page. A gap has no such key, while a link without a page has null.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Option<u64>>,
    /// Whether the link is to the page that contains it.
    active: bool,
}

/// Returns the links of a page in the order of the paginator.
pub(super) fn page_links(info: &PageInfo<'_>, url: impl Fn(u64) -> String) -> Vec<PageLink> {
    let link = |label: &str, page: Option<u64>| PageLink {
        url: page.map(&url),
        label: label.to_owned(),
        page: Some(page),
        active: false,
    };
    let mut links = vec![link(PREVIOUS_LABEL, info.previous())];
    for_each_link(info.page, info.last_page(), |linked| {
        links.push(match linked {
            Some(page) => PageLink {
                active: page == info.page,
                ..link(&page.to_string(), Some(page))
            },
            None => PageLink {
                page: None,
                ..link(GAP_LABEL, None)
            },
        });
    });
    links.push(link(NEXT_LABEL, info.next()));
    links
}

/// The number of pages from which on some are omitted.
const MIN_ABRIDGED_PAGES: u64 = 14;

/// The distance from an end of the collection up to which every page between is linked.
const END_ZONE_PAGES: u64 = 7;

/// The number of linked pages on each side of a page in the middle.
const LINKS_PER_SIDE: u64 = 3;

/// Calls `link` with each linked page in ascending order, and with `None` for a gap.
fn for_each_link(current: u64, last: u64, mut link: impl FnMut(Option<u64>)) {
    let ranges: &[(u64, u64)] = if last < MIN_ABRIDGED_PAGES {
        &[(1, last)]
        // One gap, after the pages at the start.
    } else if current <= END_ZONE_PAGES {
        &[(1, END_ZONE_PAGES + LINKS_PER_SIDE), (last - 1, last)]
        // One gap, before the pages at the end.
    } else if current > last - END_ZONE_PAGES {
        &[(1, 2), (last - END_ZONE_PAGES - LINKS_PER_SIDE + 1, last)]
    } else {
        &[
            (1, 2),
            (current - LINKS_PER_SIDE, current + LINKS_PER_SIDE),
            (last - 1, last),
        ]
    };
    for (index, &(from, to)) in ranges.iter().enumerate() {
        if index > 0 {
            link(None);
        }
        (from..=to).for_each(|page| link(Some(page)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::for_each_link;

    fn links(current: u64, last: u64) -> Vec<Option<u64>> {
        let mut links = Vec::new();
        for_each_link(current, last, |link| links.push(link));
        links
    }

    /// The inverse of the rule: decides for each page whether it is linked.
    fn oracle(current: u64, last: u64) -> Vec<Option<u64>> {
        let linked = |page: u64| {
            let all = last < 14;
            let start = current <= 7 && page <= 10;
            let end = current > 7 && current + 7 > last && page + 9 >= last;
            all || start || end || page <= 2 || page > last - 2 || page.abs_diff(current) <= 3
        };
        let mut links: Vec<Option<u64>> = Vec::new();
        for page in (1..=last).filter(|&page| linked(page)) {
            if let Some(&Some(before)) = links.last()
                && before + 1 < page
            {
                links.push(None);
            }
            links.push(Some(page));
        }
        links
    }

    #[test]
    fn links_of_known_pages_are_those_of_laravel() {
        for (current, last, expected) in [
            (1, 1, "1"),
            (7, 13, "1 2 3 4 5 6 7 8 9 10 11 12 13"),
            (7, 14, "1 2 3 4 5 6 7 8 9 10 ... 13 14"),
            (8, 14, "1 2 ... 5 6 7 8 9 10 11 12 13 14"),
            (8, 15, "1 2 ... 5 6 7 8 9 10 11 ... 14 15"),
            (7, 30, "1 2 3 4 5 6 7 8 9 10 ... 29 30"),
            (15, 30, "1 2 ... 12 13 14 15 16 17 18 ... 29 30"),
            (23, 30, "1 2 ... 20 21 22 23 24 25 26 ... 29 30"),
            (24, 30, "1 2 ... 21 22 23 24 25 26 27 28 29 30"),
            (99, 30, "1 2 ... 21 22 23 24 25 26 27 28 29 30"),
            (99, 3, "1 2 3"),
        ] {
            let shown: Vec<_> = links(current, last)
                .into_iter()
                .map(|link| link.map_or("...".to_owned(), |page| page.to_string()))
                .collect();
            assert_eq!(shown.join(" "), expected, "{current}/{last}");
        }
    }

    proptest! {
        #[test]
        fn links_of_any_page_follow_the_rule(current in 1_u64..80, last in 1_u64..70) {
            prop_assert_eq!(links(current, last), oracle(current, last));
        }
    }
}
