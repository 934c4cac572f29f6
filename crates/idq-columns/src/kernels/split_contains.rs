use arrow_array::Array;
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use super::search::{no_rows, rows_with};
use crate::RowSet;
use crate::codes::Holding;
use crate::split::{Side, Split};

/// A text of so many bytes is rare enough that searching all rows as one is faster than looking at each.
const LONG: usize = 4;

/// The rows whose text, as it stands, contains the needle.
///
/// It lies in the coded part, in the rest, or across both; across, its separator must be the coded part's.
pub(super) fn split_contains(split: &Split, needle: &Finder<'_>) -> RowSet {
    let (parts, rests) = (&split.parts, &split.rests);
    let mut rows = no_rows(split.codes.len());
    let text = needle.needle();
    if split.is_in_rests || memchr(split.side.separator(), text).is_none() {
        rows_with(rests.value_data(), rests.value_offsets(), needle, |row| {
            rows.set_bit(row, true);
        });
    }
    let codes = 0..parts.len();
    let part = |code: usize| parts.value(code).as_bytes();
    if let Some((coded, rest)) = across(split.side, text) {
        let ends_so = |code| match split.side {
            Side::Front => part(code).ends_with(coded),
            Side::Back => part(code).starts_with(coded),
        };
        let these: Vec<bool> = codes.clone().map(ends_so).collect();
        let goes_on = |row: usize| {
            let other = rests.value(row).as_bytes();
            match split.side {
                Side::Front => other.starts_with(rest),
                Side::Back => other.ends_with(rest),
            }
        };
        if rest.len() < LONG {
            let likely = split.codes.rows_where(&Holding::new(these), None);
            likely
                .set_indices()
                .filter(|&row| goes_on(row))
                .for_each(|row| rows.set_bit(row, true));
        } else if these.contains(&true) {
            let rest = Finder::new(rest);
            rows_with(rests.value_data(), rests.value_offsets(), &rest, |row| {
                if these[split.codes.get(row) as usize] && goes_on(row) {
                    rows.set_bit(row, true);
                }
            });
        }
    }
    let rows = rows.build();
    let within: Vec<bool> = codes
        .map(|code| needle.find(part(code)).is_some())
        .collect();
    if within.contains(&true) {
        &rows | &split.codes.rows_where(&Holding::new(within), None)
    } else {
        rows
    }
}

/// What of a needle lies in the coded part and what in the rest, if it can lie across both.
fn across(side: Side, needle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (coded, rest) = match side {
        Side::Front => needle.split_at(memchr(side.separator(), needle)? + 1),
        Side::Back => {
            let (rest, coded) = needle.split_at(memrchr(side.separator(), needle)?);
            (coded, rest)
        }
    };
    (!rest.is_empty()).then_some((coded, rest))
}
