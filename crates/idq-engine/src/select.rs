use std::ops::Range;

use idq_columns::RowSet;
use idq_load::{Row, Snapshot};
use rayon::prelude::*;

use crate::order::{Candidate, Order};
use crate::predicates::Predicate;

/// The matches at these places of the order, and how many matches there are: one pass over the columns.
///
/// Nothing is sorted but the page itself. Each chunk offers the matches that could be on it; of those, the ones before
/// the page and behind it are split off by selection.
pub(crate) fn select(
    predicate: &Predicate,
    order: &Order<'_>,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> (Vec<Row>, u64) {
    if order.is_load_order() {
        return slice(
            &crate::evaluate::matching_rows(predicate, snapshot),
            snapshot,
            wanted,
        );
    }
    let offers: Vec<(usize, Vec<Candidate>)> = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let rows = predicate.rows(&snapshot.chunks()[chunk]);
            let mut candidates = candidates(order, chunk, &rows);
            let total = candidates.len();
            keep_least(&mut candidates, wanted.end, order);
            (total, candidates)
        })
        .collect();
    let total = offers.iter().map(|(total, _)| *total as u64).sum();
    let mut candidates: Vec<Candidate> = offers
        .into_iter()
        .flat_map(|(_, candidates)| candidates)
        .collect();
    keep_least(&mut candidates, wanted.end, order);
    let start = wanted.start.min(candidates.len());
    if 0 < start && start < candidates.len() {
        candidates.select_nth_unstable_by(start, |one, other| order.compare(one, other));
    }
    let page = &mut candidates[start..];
    page.par_sort_unstable_by(|one, other| order.compare(one, other));
    (
        page.iter()
            .map(|candidate| row(snapshot, candidate))
            .collect(),
        total,
    )
}

fn candidates(order: &Order<'_>, chunk: usize, rows: &RowSet) -> Vec<Candidate> {
    rows.set_indices()
        .map(|row| order.candidate(chunk, row))
        .collect()
}

/// Drops all but the first `count` in order.
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

/// The matches at these places in load order, and how many matches there are.
fn slice(matches: &[RowSet], snapshot: &Snapshot, wanted: Range<usize>) -> (Vec<Row>, u64) {
    let mut page = Vec::new();
    let mut before = 0;
    for (chunk, rows) in matches.iter().enumerate() {
        let count = rows.count_set_bits();
        if before < wanted.end && before + count > wanted.start {
            let first = snapshot.first_row(chunk).0;
            let skip = wanted.start.saturating_sub(before);
            let take = wanted.end - before.max(wanted.start);
            page.extend(
                rows.set_indices()
                    .skip(skip)
                    .take(take)
                    .map(|row| Row(first + row as u32)),
            );
        }
        before += count;
    }
    (page, before as u64)
}
