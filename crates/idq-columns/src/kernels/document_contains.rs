use super::search::no_rows;
use crate::document::{END, PlaceRows};
use crate::needles::Searcher;
use crate::{DocumentColumn, Needles, RowSet};

/// The rows some key or scalar value of which contains one of the needles.
///
/// An empty needle is in every document that has a key or a value.
pub fn document_contains(column: &DocumentColumn, needles: &Needles) -> RowSet {
    let mut rows = no_rows(column.len());
    let mut set = |row: usize| rows.set_bit(row, true);
    // Whatever lies under a key has that key; places come after those around them.
    let mut under = Vec::with_capacity(column.places().len());
    for (index, place) in column.places().iter().enumerate() {
        let is_under = under.get(place.around as usize).is_some_and(|under| *under);
        let has = is_under || needles.are_in_folded(column.keys().value(index));
        if has {
            place.rows.iter().for_each(&mut set);
        }
        under.push(has);
    }
    for pass in needles.passes() {
        // A document with a value has a key, which contains the empty text as well.
        if !pass.matches_everything() {
            in_values(column, pass, &mut set);
        }
    }
    rows.build()
}

/// Calls `found` with each row some value of which contains a text that is searched for, searching all values as one text.
fn in_values(column: &DocumentColumn, searcher: &Searcher, mut found: impl FnMut(usize)) {
    let texts = column.values().value_data();
    let offsets = column.values().value_offsets();
    let mut position = 0;
    let mut index = 0;
    while let Some(found_at) = texts.get(position..).and_then(|rest| searcher.find(rest)) {
        let hit = position + found_at.start;
        // Hits come in order: the place is the one of the last hit, or one behind it.
        index += offsets[index + 1..].partition_point(|&offset| offset as usize <= hit);
        let (start, end) = (offsets[index] as usize, offsets[index + 1] as usize);
        let texts_with = texts_with(&texts[start..end], hit - start, searcher);
        rows_of(&column.places()[index], &texts_with, &mut found);
        position = end;
    }
}

/// The positions of the texts that contain one that is searched for, ascending; the first of them has one at `first`.
fn texts_with(texts: &[u8], first: usize, searcher: &Searcher) -> Vec<usize> {
    let mut positions = Vec::new();
    let (mut counted, mut count) = (0, 0);
    let mut hit = Some(first);
    while let Some(at) = hit {
        count += memchr::memchr_iter(END, &texts[counted..at]).count();
        positions.push(count);
        // A text counts once.
        let Some(end) = memchr::memchr(END, &texts[at..]) else {
            break;
        };
        counted = at + end;
        let next = searcher.find(&texts[counted..]);
        hit = next.map(|next| counted + next.start);
    }
    positions
}

/// Calls `found` with the rows of a place that have one of these texts.
fn rows_of(place: &PlaceRows, texts: &[usize], found: &mut impl FnMut(usize)) {
    match &place.codes {
        Some(codes) => {
            let mut wanted = [false; 256];
            for &text in texts {
                // No code leads to more texts than that.
                if let Some(wanted) = wanted.get_mut(text) {
                    *wanted = true;
                }
            }
            let rows = place.rows.iter().zip(codes.iter());
            rows.filter(|(_, code)| wanted[usize::from(**code)])
                .for_each(|(row, _)| found(row));
        }
        None => {
            let mut rows = place.rows.iter();
            let mut next = 0;
            for &text in texts {
                rows.nth(text - next).into_iter().for_each(&mut *found);
                next = text + 1;
            }
        }
    }
}
