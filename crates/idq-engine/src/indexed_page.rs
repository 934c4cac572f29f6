//! Pages of matches by a sorted index, by scan or by rank, whichever takes fewer steps.

use std::ops::Range;
use std::sync::Arc;

use idq_snapshot::{ColumnError, RowId, Snapshot};

use crate::caches::Caches;
use crate::evaluate::Matches;
use crate::ordering::row_order::{RowOrder, SortKey};
use crate::selection::Selection;
use crate::sort_cache::Lookup;
use crate::sorted_index::SortedIndex;

/// The number of matches up to which a top-k selection of the page takes less than 0.1 ms, so that such queries do not
/// cause an index to be built.
const SORT_CACHE_MIN_MATCHES: usize = 256;

/// The cost of looking up the rank of a match and selecting by it, in steps of a scan along the index.
const SCAN_STEPS_A_RANK: usize = 3;

/// Returns the sorted index of an order, if it is cached or due to be built.
pub(crate) fn sorted_index(
    order: &[SortKey],
    matches: &Matches,
    snapshot: &Snapshot,
    caches: &Caches,
) -> Result<Option<Arc<SortedIndex>>, ColumnError> {
    if matches.total <= SORT_CACHE_MIN_MATCHES {
        return Ok(caches.sorts.get(order));
    }
    Ok(match caches.sorts.lookup(order) {
        Lookup::Miss => None,
        Lookup::Hit(index) => Some(index),
        Lookup::Build(guard) => {
            let sorted = RowOrder::compile(order, snapshot)?.sort_all();
            let row_ids = sorted.iter().map(|entry| {
                let row = snapshot.row_id(entry.chunk as usize, entry.row as usize);
                row.0
            });
            let index = Arc::new(SortedIndex::new(row_ids.collect()));
            guard.finish(&index);
            Some(index)
        }
    })
}

/// Returns the matches at these positions of the order of an index.
///
/// A scan along the index from the nearer end passes `position * rows / matches` rows on average, as matches are spread
/// about evenly. Where that exceeds the cost of a selection by rank, the page is selected by rank.
pub(crate) fn page_of_index(
    index: &SortedIndex,
    matches: &Matches,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let rows = index.row_ids.len();
    if matches.total == rows {
        return index.row_ids[wanted].iter().copied().map(RowId).collect();
    }
    let nearer = wanted.end.min(matches.total - wanted.start);
    let steps = nearer as u128 * rows as u128 / matches.total as u128;
    if matches.total as u128 * SCAN_STEPS_A_RANK as u128 <= steps {
        page_by_rank(index, matches, snapshot, wanted)
    } else {
        page_by_scan(index, matches, snapshot, wanted)
    }
}

/// Scans the index from the end that is nearer to the page, and tests each row in a bitmap of the matches.
fn page_by_scan(
    index: &SortedIndex,
    matches: &Matches,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let bits = MatchBits::new(matches, snapshot);
    let rows = &index.row_ids;
    if wanted.end <= matches.total - wanted.start {
        let page = nth_matches(rows.iter(), rows.chunks(ROWS_A_COUNT), &bits, wanted);
        return page.into_iter().map(RowId).collect();
    }
    let from_end = matches.total - wanted.end..matches.total - wanted.start;
    let blocks = rows.rchunks(ROWS_A_COUNT);
    let page = nth_matches(rows.iter().rev(), blocks, &bits, from_end);
    page.into_iter().rev().map(RowId).collect()
}

/// The number of rows that a scan counts together before the page. The loop over them has no branch.
const ROWS_A_COUNT: usize = 64;

/// Returns the matches at these positions of a sequence of rows, which is also given in blocks.
fn nth_matches<'o>(
    rows: impl Iterator<Item = &'o u32>,
    blocks: impl Iterator<Item = &'o [u32]>,
    matches: &MatchBits,
    wanted: Range<usize>,
) -> Vec<u32> {
    let (mut passed, mut before) = (0, 0);
    for block in blocks {
        let count: usize = block.iter().map(|&row| matches.get(row) as usize).sum();
        if before + count > wanted.start {
            break;
        }
        before += count;
        passed += block.len();
    }
    rows.skip(passed)
        .copied()
        .filter(|&row| matches.get(row) == 1)
        .skip(wanted.start - before)
        .take(wanted.len())
        .collect()
}

/// Selects the page among the ranks of all matches: faster than a scan for few matches, or for a page in their middle.
fn page_by_rank(
    index: &SortedIndex,
    matches: &Matches,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<RowId> {
    let mut ranks = Vec::with_capacity(matches.total);
    for (chunk, matches) in matches.chunks.iter().enumerate() {
        let first = snapshot.first_row(chunk).0 as usize;
        let rows = snapshot.chunks()[chunk].rows();
        let chunk_ranks = &index.ranks[first..first + rows];
        matches
            .selection
            .for_each(rows, |row| ranks.push(chunk_ranks[row]));
    }
    if wanted.end < ranks.len() {
        ranks.select_nth_unstable(wanted.end);
        ranks.truncate(wanted.end);
    }
    if 0 < wanted.start {
        ranks.select_nth_unstable(wanted.start);
    }
    let page = &mut ranks[wanted.start..];
    page.sort_unstable();
    page.iter()
        .map(|&rank| RowId(index.row_ids[rank as usize]))
        .collect()
}

/// A selection bitmap over all rows of the snapshot.
struct MatchBits {
    words: Vec<u64>,
}

impl MatchBits {
    fn new(matches: &Matches, snapshot: &Snapshot) -> Self {
        let mut bits = Self {
            words: vec![0; snapshot.all_rows() / 64 + 2],
        };
        for (chunk, matches) in matches.chunks.iter().enumerate() {
            let first = snapshot.first_row(chunk).0 as usize;
            let rows = snapshot.chunks()[chunk].rows();
            match &matches.selection {
                Selection::None => {}
                Selection::All => bits.set_all(first, rows),
                Selection::Some(rows) => {
                    let words = rows.bit_chunks();
                    for (index, word) in words.iter_padded().enumerate() {
                        bits.set(first + 64 * index, word);
                    }
                }
            }
        }
        bits
    }

    fn set_all(&mut self, mut first: usize, mut rows: usize) {
        while rows >= 64 {
            self.set(first, u64::MAX);
            first += 64;
            rows -= 64;
        }
        self.set(first, (1 << rows) - 1);
    }

    /// Sets the bits of a word, from a row on.
    fn set(&mut self, first: usize, word: u64) {
        if word == 0 {
            return;
        }
        let (index, shift) = (first / 64, first % 64);
        self.words[index] |= word << shift;
        if shift > 0 {
            self.words[index + 1] |= word >> (64 - shift);
        }
    }

    /// Returns the bit of a row.
    fn get(&self, row: u32) -> u64 {
        self.words[row as usize / 64] >> (row % 64) & 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bitmap_of_any_offset_has_the_set_rows() {
        for (first, rows) in [
            (0, 0),
            (0, 1),
            (1, 63),
            (1, 64),
            (63, 2),
            (5, 130),
            (64, 64),
        ] {
            let mut bits = MatchBits { words: vec![0; 10] };
            bits.set_all(first, rows);
            let set: Vec<usize> = (0..600).filter(|&row| bits.get(row as u32) == 1).collect();
            assert_eq!(set, (first..first + rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn page_is_found_by_scans_from_either_end() {
        let rows: Vec<u32> = (0..1_000).rev().collect();
        let mut matches = MatchBits { words: vec![0; 17] };
        (0..1_000).step_by(3).for_each(|row| matches.set(row, 1));
        let expected: Vec<u32> = rows.iter().copied().filter(|row| row % 3 == 0).collect();
        for start in [0, 1, 20, 21, 22, 330] {
            let wanted = start..(start + 15).min(expected.len());
            let found = nth_matches(
                rows.iter(),
                rows.chunks(ROWS_A_COUNT),
                &matches,
                wanted.clone(),
            );
            assert_eq!(found, expected[wanted.clone()]);
            let behind = expected.len() - wanted.end..expected.len() - wanted.start;
            let mut found = nth_matches(
                rows.iter().rev(),
                rows.rchunks(ROWS_A_COUNT),
                &matches,
                behind,
            );
            found.reverse();
            assert_eq!(found, expected[wanted]);
        }
    }
}
