//! Every row of a snapshot in order.

use idq_snapshot::{KeptOrder, Snapshot};
use rayon::prelude::*;

use crate::order::{Candidate, Depth, Order};

/// Runs shorter than this are not worth handing to another thread.
const ALONE: usize = 4_096;

/// How many words of a text are looked at one after another. Texts that are alike even longer are compared two by two:
/// the recursion must have an end.
const MAX_WORDS: usize = 64;

/// All rows in order, dropped ones included.
pub(crate) fn sort_all(order: &Order<'_>, snapshot: &Snapshot) -> KeptOrder {
    let chunks = snapshot.chunks();
    let mut candidates: Vec<Candidate> = (0..chunks.len())
        .into_par_iter()
        .flat_map_iter(|chunk| {
            (0..chunks[chunk].rows()).map(move |row| order.candidate(chunk, row))
        })
        .collect();
    by_word(&mut candidates, Depth::FIRST, order);
    let row =
        |candidate: &Candidate| snapshot.first_row(candidate.chunk as usize).0 + candidate.row;
    KeptOrder::new(candidates.iter().map(row).collect())
}

/// Sorts by the prefix, which is the word at this depth, then each run of equal ones by what lies below.
fn by_word(candidates: &mut [Candidate], mut depth: Depth, order: &Order<'_>) {
    loop {
        let key = |candidate: &Candidate| (candidate.prefix, candidate.position());
        if candidates.len() > ALONE {
            candidates.par_sort_unstable_by_key(key);
        } else {
            candidates.sort_unstable_by_key(key);
        }
        // Where all are alike, going on here instead of below keeps the recursion as deep as the texts differ.
        let (first, last) = match candidates {
            [first, .., last] => (first.prefix, last.prefix),
            _ => return,
        };
        if first != last {
            break;
        }
        match order.below(first, depth) {
            None => return,
            Some(below) => {
                depth = below;
                read(candidates, depth, order);
            }
        }
    }
    let runs = candidates.chunk_by_mut(|one, other| one.prefix == other.prefix);
    if runs.size_hint().1.is_some_and(|most| most < ALONE) {
        runs.for_each(|run| below(run, depth, order));
    } else {
        let runs: Vec<&mut [Candidate]> = candidates
            .chunk_by_mut(|one, other| one.prefix == other.prefix)
            .filter(|run| run.len() > 1)
            .collect();
        runs.into_par_iter()
            .for_each(|run| below(run, depth, order));
    }
}

/// Sorts rows that have the same word at this depth, and the same ones above.
fn below(run: &mut [Candidate], depth: Depth, order: &Order<'_>) {
    if run.len() < 2 {
        return;
    }
    let Some(below) = order.below(run[0].prefix, depth) else {
        // Load order has been the second key of the sort.
        return;
    };
    if below.words() > MAX_WORDS {
        run.sort_unstable_by(|one, other| order.compare_below(one, other, Some(below)));
        return;
    }
    read(run, below, order);
    by_word(run, below, order);
}

fn read(run: &mut [Candidate], depth: Depth, order: &Order<'_>) {
    let read = |candidate: &mut Candidate| {
        candidate.prefix = order.word(candidate.chunk as usize, candidate.row as usize, depth);
    };
    if run.len() > ALONE {
        run.par_iter_mut().for_each(read);
    } else {
        run.iter_mut().for_each(read);
    }
}
