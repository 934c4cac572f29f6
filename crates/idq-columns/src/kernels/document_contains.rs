//! Substring search in documents: in the keys of each path once, and in the values of all paths as one text.
//!
//! The time grows with the distinct text of a chunk, not with the text of all documents: keys and recurring values are
//! searched once for all rows that have them.

use super::search::row_of_byte;
use crate::bitmap::BitmapBuilder;
use crate::document::{DocumentPath, is_terminator};
use crate::patterns::Searcher;
use crate::{DocumentColumn, Patterns, RowSet};

/// Returns the rows whose document has a key or a scalar value that contains one of the patterns.
///
/// Every document that has a key or a value contains the empty pattern.
pub fn document_contains(column: &DocumentColumn, patterns: &Patterns) -> RowSet {
    let mut rows = BitmapBuilder::zeros(column.len());
    let mut set = |row: usize| rows.set(row);
    // A match in a key is a match for all rows with a value below it. Parents precede their children.
    let mut is_below_match = Vec::with_capacity(column.path_count());
    for path in column.paths() {
        let index = path.index();
        let parent = is_below_match.get(column.parent(index));
        // The root has no key.
        let matches =
            parent == Some(&true) || index > 0 && patterns.any_in(&column.folded_key(index));
        if matches {
            path.rows().into_iter().for_each(&mut set);
        }
        is_below_match.push(matches);
    }
    for pass in patterns.passes() {
        if !pass.matches_everything() {
            search_values(column, pass, &mut set);
        } else if let Some(root) = column.paths().next() {
            // The empty text was found in the keys already, so only documents that are scalars remain.
            let is_value: Vec<bool> = root.texts().map(|text| text.kind.is_value()).collect();
            let values = root.occurrences();
            values
                .filter(|(_, text)| is_value.get(*text) == Some(&true))
                .for_each(|(row, _)| set(row));
        }
    }
    rows.finish()
}

/// Calls `found` with each row that has a value that contains a pattern.
fn search_values(column: &DocumentColumn, searcher: &Searcher, mut found: impl FnMut(usize)) {
    let texts = column.values().value_data();
    let offsets = column.values().value_offsets();
    let mut position = 0;
    let mut path = 0;
    while let Some(hit) = texts.get(position..).and_then(|rest| searcher.find(rest)) {
        let start_of_hit = position + hit.start;
        path = row_of_byte(offsets, path, start_of_hit);
        let (start, end) = (offsets[path] as usize, offsets[path + 1] as usize);
        let matching = matching_texts(&texts[start..end], start_of_hit - start, searcher);
        for_each_row_with(&column.path_at(path), &matching, &mut found);
        position = end;
    }
}

/// Returns the positions, ascending, of the texts of a path that contain a pattern; the first hit is at byte `first`.
fn matching_texts(texts: &[u8], first: usize, searcher: &Searcher) -> Vec<usize> {
    let mut positions = Vec::new();
    let (mut counted_bytes, mut position) = (0, 0);
    let mut hit = Some(first);
    while let Some(at) = hit {
        let before = texts[counted_bytes..at].iter();
        position += before.filter(|&&byte| is_terminator(byte)).count();
        positions.push(position);
        // Further hits in the same text are skipped.
        let Some(end) = texts[at..].iter().position(|&byte| is_terminator(byte)) else {
            break;
        };
        counted_bytes = at + end;
        let next = searcher.find(&texts[counted_bytes..]);
        hit = next.map(|next| counted_bytes + next.start);
    }
    positions
}

/// Calls `found` with the rows of a path that have one of the texts at some positions.
fn for_each_row_with(path: &DocumentPath<'_>, positions: &[usize], found: &mut impl FnMut(usize)) {
    match path.codes() {
        Some(codes) => {
            let mut is_wanted = [false; 256];
            for &position in positions {
                // Codes have eight bits, so texts beyond 256, in a damaged file, belong to no row.
                if let Some(is_wanted) = is_wanted.get_mut(position) {
                    *is_wanted = true;
                }
            }
            let rows = path.rows().into_iter().zip(codes.iter());
            rows.filter(|(_, code)| is_wanted[usize::from(**code)])
                .for_each(|(row, _)| found(row));
        }
        None => {
            let mut rows = path.rows().into_iter();
            let mut next = 0;
            for &position in positions {
                rows.nth(position - next).into_iter().for_each(&mut *found);
                next = position + 1;
            }
        }
    }
}
