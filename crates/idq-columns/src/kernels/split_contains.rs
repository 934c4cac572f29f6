use arrow_array::Array;
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};

use super::search::{no_rows, rows_with, written_rows_with};
use crate::codes::Holding;
use crate::needles::Searcher;
use crate::split::{Side, Split};
use crate::{Needles, RowSet};

/// A text of so many bytes is rare enough that searching all rows as one is faster than looking at each.
const LONG: usize = 4;

/// The rows whose text, as it stands, contains one of the needles.
pub(super) fn split_contains(split: &Split, needles: &Needles) -> RowSet {
    let passes = needles.passes().iter().map(|pass| match pass {
        Searcher::Everything => RowSet::new_set(split.codes.len()),
        Searcher::One(needle) => contains_one(split, needle, pass),
        Searcher::Several(_) => contains_several(split, needles.texts(), pass),
    });
    passes
        .reduce(|one, other| &one | &other)
        .unwrap_or_else(|| RowSet::new_unset(split.codes.len()))
}

/// The rows whose text contains one of several needles.
fn contains_several(split: &Split, texts: &[String], searcher: &Searcher) -> RowSet {
    let mut rows = no_rows(split.codes.len());
    let set = |row| rows.set_bit(row, true);
    let separator = split.side.separator();
    if texts
        .iter()
        .all(|text| memchr(separator, text.as_bytes()).is_none())
    {
        let rests = &split.rests;
        rows_with(rests.value_data(), rests.value_offsets(), searcher, set);
        return with_parts(split, searcher, rows.build());
    }
    // Each needle across both parts would take a pass of its own; rows put together take one for all.
    let write = |row: usize, out: &mut Vec<u8>| {
        let halves = split.halves(row).into_iter();
        halves.for_each(|half| out.extend_from_slice(half.as_bytes()));
    };
    written_rows_with(split.codes.len(), searcher, write, set);
    rows.build()
}

/// The rows whose text contains a needle.
///
/// It lies in the coded part, in the rest, or across both; across, its separator must be the coded part's.
fn contains_one(split: &Split, needle: &Finder<'_>, searcher: &Searcher) -> RowSet {
    let (parts, rests) = (&split.parts, &split.rests);
    let mut rows = no_rows(split.codes.len());
    let text = needle.needle();
    if split.is_in_rests || memchr(split.side.separator(), text).is_none() {
        rows_with(rests.value_data(), rests.value_offsets(), searcher, |row| {
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
        let these: Vec<bool> = codes.map(ends_so).collect();
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
            let rest_of_needle = Searcher::one(rest);
            let (bytes, offsets) = (rests.value_data(), rests.value_offsets());
            rows_with(bytes, offsets, &rest_of_needle, |row| {
                if these[split.codes.get(row) as usize] && goes_on(row) {
                    rows.set_bit(row, true);
                }
            });
        }
    }
    with_parts(split, searcher, rows.build())
}

/// These rows and those whose coded part contains a text that is searched for.
fn with_parts(split: &Split, searcher: &Searcher, rows: RowSet) -> RowSet {
    let part = |code: usize| split.parts.value(code).as_bytes();
    let within: Vec<bool> = (0..split.parts.len())
        .map(|code| searcher.find(part(code)).is_some())
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
