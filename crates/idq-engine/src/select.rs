//! Selection of a page from the matches: top-k per chunk, then of all candidates.

use std::ops::Range;

use idq_load::{Row, Snapshot};
use rayon::prelude::*;

use crate::evaluate::{Found, FoundInChunk};
use crate::order::{Candidate, Order};
use crate::selection::Selection;

/// The matches at these places of the order, of which there are as many.
///
/// Nothing is sorted but the page itself. Each chunk offers the matches that could be on it; of those, the ones before
/// the page and behind it are split off by selection.
pub(crate) fn select(
    found: &Found,
    order: &Order<'_>,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<Row> {
    let offers: Vec<Vec<Candidate>> = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let mut candidates = Vec::new();
            // Most rows of a chunk lie behind the page, as can be told once some have been looked at.
            let room = wanted.end.saturating_mul(2).max(LOOKED_AT);
            let mut bound = u64::MAX;
            let FoundInChunk { selection, count } = &found.chunks[chunk];
            let rows = snapshot.chunks()[chunk].rows();
            let words = (*count > rows / MANY).then(|| order.first_words(chunk));
            selection.for_each(rows, |row| {
                let candidate = match &words {
                    Some(words) => Candidate {
                        prefix: words[row],
                        chunk: chunk as u32,
                        row: row as u32,
                    },
                    None => order.candidate(chunk, row),
                };
                if candidate.prefix > bound {
                    return;
                }
                candidates.push(candidate);
                if candidates.len() == room {
                    keep_least(&mut candidates, wanted.end, order);
                    bound = candidates.last().map_or(bound, |last| last.prefix);
                }
            });
            keep_least(&mut candidates, wanted.end, order);
            candidates
        })
        .collect();
    let mut candidates: Vec<Candidate> = offers.into_iter().flatten().collect();
    keep_least(&mut candidates, wanted.end, order);
    let start = wanted.start.min(candidates.len());
    if 0 < start && start < candidates.len() {
        candidates.select_nth_unstable_by(start, |one, other| order.compare(one, other));
    }
    let page = &mut candidates[start..];
    page.par_sort_unstable_by(|one, other| order.compare(one, other));
    page.iter()
        .map(|candidate| row(snapshot, candidate))
        .collect()
}

/// If one row in so many matches, the words of all are read, which is faster by the row.
const MANY: usize = 4;

/// Rows are dropped when at least so many have been looked at.
const LOOKED_AT: usize = 256;

/// Drops all but the first `count` in order; the last of those stands last.
fn keep_least(candidates: &mut Vec<Candidate>, count: usize, order: &Order<'_>) {
    if count == 0 {
        candidates.clear();
    } else if count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, |one, other| order.compare(one, other));
        candidates.truncate(count);
    }
}

fn row(snapshot: &Snapshot, candidate: &Candidate) -> Row {
    Row(snapshot.first_row(candidate.chunk as usize).0 + candidate.row)
}

/// The matches at these places in load order.
pub(crate) fn slice(found: &Found, snapshot: &Snapshot, wanted: Range<usize>) -> Vec<Row> {
    let mut page = Vec::new();
    let mut before = 0;
    for (chunk, found) in found.chunks.iter().enumerate() {
        if before >= wanted.end {
            break;
        }
        if before + found.count > wanted.start {
            let first = snapshot.first_row(chunk).0;
            let skip = wanted.start.saturating_sub(before);
            let take = wanted.end - before.max(wanted.start);
            let row = |row: usize| Row(first + row as u32);
            match &found.selection {
                Selection::None => {}
                Selection::All => page.extend((skip..found.count.min(skip + take)).map(row)),
                Selection::Some(rows) => {
                    page.extend(rows.set_indices().skip(skip).take(take).map(row));
                }
            }
        }
        before += found.count;
    }
    page
}
