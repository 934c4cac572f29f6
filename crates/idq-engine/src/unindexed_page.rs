//! Pages of matches without a sorted index: top-k selection by sort keys, and a walk over the selections for load
//! order.

use std::ops::Range;

use idq_snapshot::{RowId, Snapshot};
use rayon::prelude::*;

use crate::evaluate::{ChunkMatches, Matches};
use crate::ordering::row_order::RowOrder;
use crate::ordering::{SortEntry, TopK};
use crate::selection::Selection;

/// If more than one row in this number matches, the first words of all rows of a chunk are read together, because a
/// word that is read for one row costs several times as much.
const MIN_ROWS_PER_SPARSE_MATCH: usize = 4;

/// Returns the matches at the positions `wanted` of an order.
///
/// Each chunk, in parallel, keeps those of its matches that can be on the page or before it; the least of all chunks
/// are then merged. Only the page is sorted.
pub(crate) fn page_by_top_k(
    matches: &Matches,
    order: &RowOrder<'_>,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let of_chunks: Vec<TopK<'_, _>> = (0..snapshot.chunks().len())
        .into_par_iter()
        .map(|chunk| {
            let mut top = TopK::new(order, wanted.end);
            let ChunkMatches { selection, count } = &matches.chunks[chunk];
            let rows = snapshot.chunks()[chunk].rows();
            if *count > rows / MIN_ROWS_PER_SPARSE_MATCH {
                let words = order.first_words(chunk);
                selection.for_each(rows, |row| {
                    // The rest of the word, which is slower to read, only increases it.
                    if top.may_accept(words[row]) {
                        top.push(SortEntry {
                            key_word: order.add_next_key(words[row], chunk, row),
                            chunk: chunk as u32,
                            row: row as u32,
                        });
                    }
                });
            } else {
                selection.for_each(rows, |row| top.push(order.entry(chunk, row)));
            }
            // Pruned here, in parallel, rather than by the merge.
            top.prune();
            top
        })
        .collect();
    let mut top = TopK::new(order, wanted.end);
    of_chunks.into_iter().for_each(|chunk| top.merge(chunk));
    let page = top.finish(wanted.start);
    page.iter()
        .map(|entry| snapshot.row_id(entry.chunk as usize, entry.row as usize))
        .collect()
}

/// Returns the matches at the positions `wanted` of load order.
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
            match &matches.selection {
                Selection::None => {}
                Selection::All => page.extend((skip..matches.count.min(skip + take)).map(row)),
                Selection::Some(rows) => {
                    page.extend(rows.set_indices().skip(skip).take(take).map(row));
                }
            }
        }
        before += matches.count;
    }
    page
}
