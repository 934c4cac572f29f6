//! Pages from orders that are kept in the snapshot.

use std::ops::Range;
use std::sync::Arc;

use idq_load::{Asked, KeptOrder, Row, Snapshot};

use crate::evaluate::{EvaluateError, Found};
use crate::order::{Order, OrderTerm};
use crate::selection::Selection;
use crate::sort::sort_all;

/// Up to so many matches, selecting the page costs next to nothing: no reason to work out a whole order.
const FEW: usize = 256;

/// Looking a match's place up and selecting by it takes as long as so many steps along an order.
const STEPS_A_MATCH: usize = 3;

/// The order, if it is kept or it is time to work it out.
pub(crate) fn kept_order(
    terms: &[OrderTerm],
    found: &Found,
    snapshot: &Snapshot,
) -> Result<Option<Arc<KeptOrder>>, EvaluateError> {
    let key: Vec<_> = terms
        .iter()
        .map(|term| (term.field, term.direction))
        .collect();
    if found.total <= FEW {
        return Ok(snapshot.orders().peek(&key));
    }
    Ok(match snapshot.orders().ask(&key) {
        Asked::Nothing => None,
        Asked::Kept(order) => Some(order),
        Asked::Wanted(wanted) => {
            let order = Arc::new(sort_all(&Order::compile(terms, snapshot)?, snapshot));
            wanted.keep(Arc::clone(&order));
            Some(order)
        }
    })
}

/// The matches at these places of an order, of which there are as many.
pub(crate) fn walk(
    order: &KeptOrder,
    found: &Found,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<Row> {
    let all = order.rows.len();
    if found.total == all {
        return order.rows[wanted].iter().copied().map(Row).collect();
    }
    // How far the page is from the nearer end, if matches are spread evenly.
    let nearer = wanted.end.min(found.total - wanted.start);
    let steps = nearer as u128 * all as u128 / found.total as u128;
    if found.total as u128 * STEPS_A_MATCH as u128 <= steps {
        return by_place(order, found, snapshot, wanted);
    }
    let matches = Bits::of(found, snapshot);
    if wanted.end <= found.total - wanted.start {
        let page = nth(
            order.rows.iter(),
            order.rows.chunks(BLOCK),
            &matches,
            wanted,
        );
        return page.into_iter().map(Row).collect();
    }
    let from_behind = found.total - wanted.end..found.total - wanted.start;
    let blocks = order.rows.rchunks(BLOCK);
    let page = nth(order.rows.iter().rev(), blocks, &matches, from_behind);
    page.into_iter().rev().map(Row).collect()
}

/// Rows that are counted together on the way to the page.
const BLOCK: usize = 64;

/// The matches at these places of a sequence of rows, which is also given in blocks.
fn nth<'o>(
    rows: impl Iterator<Item = &'o u32>,
    blocks: impl Iterator<Item = &'o [u32]>,
    matches: &Bits,
    wanted: Range<usize>,
) -> Vec<u32> {
    let (mut passed, mut before) = (0, 0);
    for block in blocks {
        // Without a branch for each row.
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

/// Few matches, or a page in their middle: their places are looked up, and the page's selected.
fn by_place(
    order: &KeptOrder,
    found: &Found,
    snapshot: &Snapshot,
    wanted: Range<usize>,
) -> Vec<Row> {
    let mut places = Vec::with_capacity(found.total);
    for (chunk, found) in found.chunks.iter().enumerate() {
        let first = snapshot.first_row(chunk).0 as usize;
        let rows = snapshot.chunks()[chunk].rows();
        let of_chunk = &order.places[first..first + rows];
        found
            .selection
            .for_each(rows, |row| places.push(of_chunk[row]));
    }
    if wanted.end < places.len() {
        places.select_nth_unstable(wanted.end);
        places.truncate(wanted.end);
    }
    if 0 < wanted.start {
        places.select_nth_unstable(wanted.start);
    }
    let page = &mut places[wanted.start..];
    page.sort_unstable();
    page.iter()
        .map(|&place| Row(order.rows[place as usize]))
        .collect()
}

/// The matches of all chunks, one bit a row.
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    fn of(found: &Found, snapshot: &Snapshot) -> Self {
        let mut bits = Self {
            words: vec![0; snapshot.all_rows() / 64 + 2],
        };
        for (chunk, found) in found.chunks.iter().enumerate() {
            let first = snapshot.first_row(chunk).0 as usize;
            let rows = snapshot.chunks()[chunk].rows();
            match &found.selection {
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

    /// Sets those of 64 rows that the word has.
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

    /// 1 if the row is there, else 0.
    fn get(&self, row: u32) -> u64 {
        self.words[row as usize / 64] >> (row % 64) & 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_chunks_stand_where_their_rows_do() {
        for (first, rows) in [
            (0, 0),
            (0, 1),
            (1, 63),
            (1, 64),
            (63, 2),
            (5, 130),
            (64, 64),
        ] {
            let mut bits = Bits { words: vec![0; 10] };
            bits.set_all(first, rows);
            let set: Vec<usize> = (0..600).filter(|&row| bits.get(row as u32) == 1).collect();
            assert_eq!(set, (first..first + rows).collect::<Vec<_>>());
        }
    }

    #[test]
    fn pages_are_found_from_either_end() {
        let rows: Vec<u32> = (0..1_000).rev().collect();
        let mut matches = Bits { words: vec![0; 17] };
        (0..1_000).step_by(3).for_each(|row| matches.set(row, 1));
        let expected: Vec<u32> = rows.iter().copied().filter(|row| row % 3 == 0).collect();
        for start in [0, 1, 20, 21, 22, 330] {
            let wanted = start..(start + 15).min(expected.len());
            let found = nth(rows.iter(), rows.chunks(BLOCK), &matches, wanted.clone());
            assert_eq!(found, expected[wanted.clone()]);
            let behind = expected.len() - wanted.end..expected.len() - wanted.start;
            let mut found = nth(rows.iter().rev(), rows.rchunks(BLOCK), &matches, behind);
            found.reverse();
            assert_eq!(found, expected[wanted]);
        }
    }
}
