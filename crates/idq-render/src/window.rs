//! Which pages a page of Laravel's paginator links to.

/// From this many pages on, some are left out.
const ABRIDGED: u64 = 14;

/// So close to an end, every page up to that end is linked.
const NEAR_END: u64 = 7;

/// How many pages are linked on each side of a page in the middle.
const BESIDE: u64 = 3;

/// Calls `entry` with each linked page in turn, and with `None` for a gap.
pub(crate) fn window(current: u64, last: u64, mut entry: impl FnMut(Option<u64>)) {
    let stretches: &[(u64, u64)] = if last < ABRIDGED {
        &[(1, last)]
    } else if current <= NEAR_END {
        &[(1, NEAR_END + BESIDE), (last - 1, last)]
    } else if current > last - NEAR_END {
        &[(1, 2), (last - NEAR_END - BESIDE + 1, last)]
    } else {
        &[
            (1, 2),
            (current - BESIDE, current + BESIDE),
            (last - 1, last),
        ]
    };
    for (index, &(from, to)) in stretches.iter().enumerate() {
        if index > 0 {
            entry(None);
        }
        (from..=to).for_each(|page| entry(Some(page)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::window;

    fn entries(current: u64, last: u64) -> Vec<Option<u64>> {
        let mut entries = Vec::new();
        window(current, last, |entry| entries.push(entry));
        entries
    }

    /// The rule the other way round: asks of every page whether it is linked.
    fn oracle(current: u64, last: u64) -> Vec<Option<u64>> {
        let linked = |page: u64| {
            let all = last < 14;
            let start = current <= 7 && page <= 10;
            let end = current > 7 && current + 7 > last && page + 9 >= last;
            all || start || end || page <= 2 || page > last - 2 || page.abs_diff(current) <= 3
        };
        let mut entries: Vec<Option<u64>> = Vec::new();
        for page in (1..=last).filter(|&page| linked(page)) {
            if let Some(&Some(before)) = entries.last()
                && before + 1 < page
            {
                entries.push(None);
            }
            entries.push(Some(page));
        }
        entries
    }

    #[test]
    fn known_windows() {
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
            let shown: Vec<_> = entries(current, last)
                .into_iter()
                .map(|entry| entry.map_or("...".to_owned(), |page| page.to_string()))
                .collect();
            assert_eq!(shown.join(" "), expected, "{current}/{last}");
        }
    }

    proptest! {
        #[test]
        fn windows_follow_the_rule(current in 1_u64..80, last in 1_u64..70) {
            prop_assert_eq!(entries(current, last), oracle(current, last));
        }
    }
}
