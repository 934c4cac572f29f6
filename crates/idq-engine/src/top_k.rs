//! Pages without an index: top-k selection for an order, and a walk over the selections for load order.

use std::ops::Range;

use idq_snapshot::{RowId, Snapshot};
use rayon::prelude::*;

use crate::answer::Answer;
use crate::evaluate::{ChunkMatches, Matches};
use crate::order::{Candidate, Order};

/// Returns the matches at these positions of the order.
///
/// Top-k selection: nothing but the page is sorted. Each chunk, in parallel, keeps the `wanted.end` least of its matches;
/// of those of all chunks, the ones before and behind the page are split off by quickselect. The greatest kept candidate
/// is a bound that rejects most later rows by one comparison.
pub(crate) fn top_k(
    matches: &Matches,
    order: &Order<'_>,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let kept: Vec<Vec<Candidate>> = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let mut candidates = Vec::new();
            let room = wanted.end.saturating_mul(2).max(TRUNCATE_AFTER);
            let mut bound = u64::MAX;
            let ChunkMatches { answer, count } = &matches.chunks[chunk];
            let rows = snapshot.chunks()[chunk].rows();
            let words = (*count > rows / SPARSE_SHARE).then(|| order.first_words(chunk));
            answer.for_each(rows, |row| {
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
                    truncate_to_k(&mut candidates, wanted.end, order);
                    bound = candidates.last().map_or(bound, |last| last.prefix);
                }
            });
            truncate_to_k(&mut candidates, wanted.end, order);
            candidates
        })
        .collect();
    let mut candidates: Vec<Candidate> = kept.into_iter().flatten().collect();
    truncate_to_k(&mut candidates, wanted.end, order);
    let start = wanted.start.min(candidates.len());
    if 0 < start && start < candidates.len() {
        candidates.select_nth_unstable_by(start, |one, other| order.compare(one, other));
    }
    let page = &mut candidates[start..];
    page.par_sort_unstable_by(|one, other| order.compare(one, other));
    page.iter()
        .map(|candidate| snapshot.row_id(candidate.chunk as usize, candidate.row as usize))
        .collect()
}

/// If more than one row in this number matches, the first words of all rows of a chunk are read: row by row, each word
/// costs several times as much.
const SPARSE_SHARE: usize = 4;

/// The least number of candidates after which those beyond the page are dropped.
const TRUNCATE_AFTER: usize = 256;

/// Drops all but the `count` least candidates, of which the greatest is then the last.
fn truncate_to_k(candidates: &mut Vec<Candidate>, count: usize, order: &Order<'_>) {
    if count == 0 {
        candidates.clear();
    } else if count < candidates.len() {
        candidates.select_nth_unstable_by(count - 1, |one, other| order.compare(one, other));
        candidates.truncate(count);
    }
}

/// Returns the matches at these positions of load order.
pub(crate) fn page_in_load_order(
    matches: &Matches,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let mut page = Vec::new();
    let mut before = 0;
    for (chunk, matches) in matches.chunks.iter().enumerate() {
        if before >= wanted.end {
            break;
        }
        if before + matches.count > wanted.start {
            let skip = wanted.start.saturating_sub(before);
            let take = wanted.end - before.max(wanted.start);
            let row = |row: usize| snapshot.row_id(chunk, row);
            match &matches.answer {
                Answer::Nothing => {}
                Answer::Everything => page.extend((skip..matches.count.min(skip + take)).map(row)),
                Answer::Rows(rows) => {
                    page.extend(rows.set_indices().skip(skip).take(take).map(row));
                }
            }
        }
        before += matches.count;
    }
    page
}
