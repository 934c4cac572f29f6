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

/// Number of matches up to which a top-k selection of the page takes less than 0.1 ms. A query with fewer matches uses
/// a cached index, but does not cause one to be built.
const SORT_CACHE_MIN_MATCHES: usize = 256;

/// Cost of looking up the rank of a match and selecting by it, in steps of a scan along the index.
const SCAN_STEPS_A_RANK: usize = 3;

/// If a page ends beyond one row in this number, sorting all rows takes less time than top-k.
const MIN_ROWS_PER_SORTED_ROW: usize = 16;

/// Returns the sorted index of an order, if it is cached or due to be built for these positions.
pub(crate) fn sorted_index(
    order: &[SortKey],
    matches: &Matches,
    snapshot: &Snapshot,
    caches: &Caches,
    wanted: &Range<usize>,
) -> Result<Option<Arc<SortedIndex>>, ColumnError> {
    // `get` does not count as a use of the order, which `lookup` does.
    if matches.total <= SORT_CACHE_MIN_MATCHES {
        return Ok(caches.sorts.get(order));
    }
    let reaches_far = wanted.end > snapshot.rows() as usize / MIN_ROWS_PER_SORTED_ROW;
    Ok(match caches.sorts.lookup(order, reaches_far) {
        // The first query for an early page selects by top-k; a second one makes the order worth an index.
        Lookup::Miss => None,
        Lookup::Hit(index) => Some(index),
        // The guard keeps other threads from building the same index; they select by top-k meanwhile.
        Lookup::Build(guard) => {
            let sorted = RowOrder::for_all(order, snapshot)?.sort_all();
            // The index has row numbers of the whole snapshot, not positions in chunks.
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
    // Without a condition, positions among the matches are positions in the index.
    if matches.total == rows {
        return index.row_ids[wanted].iter().copied().map(RowId).collect();
    }
    // A scan may start at either end, so the farther end of the page decides its length.
    let nearer = wanted.end.min(matches.total - wanted.start);
    // The product of two counts of rows may exceed a `usize`.
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
    // The bitmap costs one pass over the selections, and makes the test of a row one load.
    if wanted.end <= matches.total - wanted.start {
        let page = nth_matches(rows.iter(), rows.chunks(ROWS_A_COUNT), &bits, wanted);
        return page.into_iter().map(RowId).collect();
    }
    // Positions from the end, for a scan backwards.
    let from_end = matches.total - wanted.end..matches.total - wanted.start;
    let blocks = rows.rchunks(ROWS_A_COUNT);
    let page = nth_matches(rows.iter().rev(), blocks, &bits, from_end);
    page.into_iter().rev().map(RowId).collect()
}

/// Number of rows that a scan counts together before the page. The loop over them has no branch.
const ROWS_A_COUNT: usize = 64;

/// Returns the matches at these positions of a sequence of rows, which is also given in blocks.
fn nth_matches<'o>(
    rows: impl Iterator<Item = &'o u32>,
    blocks: impl Iterator<Item = &'o [u32]>,
    matches: &MatchBits,
    wanted: Range<usize>,
) -> Vec<u32> {
    // `passed` counts rows, `before` the matches among them.
    let (mut passed, mut before) = (0, 0);
    for block in blocks {
        let count: usize = block.iter().map(|&row| matches.get(row) as usize).sum();
        // The page starts in this block, which is read row by row.
        if before + count > wanted.start {
            break;
        }
        before += count;
        passed += block.len();
    }
    rows.skip(passed)
        .copied()
        .filter(|&row| matches.get(row) == 1)
        // Matches of the first block before the page.
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
        // Ranks are stored by row, so those of a chunk are consecutive.
        let first = snapshot.first_row(chunk).0 as usize;
        let rows = snapshot.chunks()[chunk].rows();
        let chunk_ranks = &index.ranks[first..first + rows];
        matches
            .selection
            .for_each(rows, |row| ranks.push(chunk_ranks[row]));
    }
    // Quickselect at both ends of the page, and a sort of the page alone: linear in the matches.
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
    /// Bits of the rows, 64 in a word, with room for a word that is shifted beyond the last row.
    words: Vec<u64>,
}

impl MatchBits {
    /// Builds the bitmap from the selections of all chunks, whose first rows need not be multiples of 64.
    fn new(matches: &Matches, snapshot: &Snapshot) -> Self {
        let mut bits = Self {
            // One word for a rest of fewer than 64 rows, and one that `set` may shift into.
            words: vec![0; snapshot.all_rows() / 64 + 2],
        };
        for (chunk, matches) in matches.chunks.iter().enumerate() {
            let first = snapshot.first_row(chunk).0 as usize;
            let rows = snapshot.chunks()[chunk].rows();
            match &matches.selection {
                Selection::None => {}
                Selection::All => bits.set_all(first, rows),
                Selection::Some(rows) => {
                    // Arrow's chunks start at bit 0 of the selection; the last one is padded with zeros.
                    let words = rows.bit_chunks();
                    for (index, word) in words.iter_padded().enumerate() {
                        bits.set(first + 64 * index, word);
                    }
                }
            }
        }
        bits
    }

    /// Sets the bits of consecutive rows.
    fn set_all(&mut self, mut first: usize, mut rows: usize) {
        while rows >= 64 {
            self.set(first, u64::MAX);
            first += 64;
            rows -= 64;
        }
        // Fewer than 64 rows are left, so the shift does not overflow.
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

    /// Returns the bit of a row, 0 or 1, for sums without a branch.
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
