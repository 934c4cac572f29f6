use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_columns::Column;
use idq_snapshot::{RowId, Snapshot};
use rayon::prelude::*;

/// Counts the records whose id an earlier record has; with `dedupe`, leaves only the newest of each.
pub(crate) fn settle(snapshot: &mut Snapshot, id_hashes: &[Vec<u64>], dedupe: bool) {
    let mut hashes = suspects(id_hashes);
    hashes.par_sort_unstable();
    let mut dropped = Vec::new();
    for same in hashes
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|same| same.len() > 1)
    {
        settle_equal_hashes(snapshot, same, &mut dropped);
    }
    snapshot.set_repeated_ids(dropped.len() as u64);
    if dedupe {
        dropped.sort_unstable();
        snapshot.drop_rows(&dropped);
    }
}

/// Places in the table for each row: the more, the fewer rows are suspected without reason.
const PLACES_A_ROW: usize = 32;

/// Places in a word of the table, each with two bits: some row's hash falls there, and more than one does.
const PLACES_A_WORD: usize = 32;

/// The rows whose hash may be another row's as well, with their hashes.
///
/// Hardly any id is repeated: a table of two bits a place finds the few rows that are worth sorting.
fn suspects(hashes: &[Vec<u64>]) -> Vec<(u64, u32)> {
    let rows: usize = hashes.iter().map(Vec::len).sum();
    let places = (rows * PLACES_A_ROW).next_power_of_two().max(PLACES_A_WORD);
    let mut table: Vec<AtomicU64> = Vec::new();
    table.resize_with(places / PLACES_A_WORD, AtomicU64::default);
    let place = |hash: u64| {
        let place = (hash >> (64 - places.ilog2())) as usize;
        (&table[place / PLACES_A_WORD], 2 * (place % PLACES_A_WORD))
    };
    hashes.par_iter().for_each(|hashes| {
        for &hash in hashes {
            let (word, bit) = place(hash);
            // Which row comes first makes no difference: the second one marks the place for both.
            if word.fetch_or(1 << bit, Ordering::Relaxed) >> bit & 1 == 1 {
                word.fetch_or(2 << bit, Ordering::Relaxed);
            }
        }
    });
    let first_rows = hashes.iter().scan(0u32, |next, hashes| {
        let first = *next;
        *next += hashes.len() as u32;
        Some(first)
    });
    let chunks: Vec<(u32, &Vec<u64>)> = first_rows.zip(hashes).collect();
    let is_suspect = |&(hash, _): &(u64, u32)| {
        let (word, bit) = place(hash);
        word.load(Ordering::Relaxed) >> bit & 2 == 2
    };
    chunks
        .into_par_iter()
        .flat_map_iter(|(first, hashes)| hashes.iter().copied().zip(first..).filter(is_suspect))
        .collect()
}

/// Adds to `dropped` all but the newest record of each id among these rows, which ascend.
fn settle_equal_hashes(snapshot: &Snapshot, rows: &[(u64, u32)], dropped: &mut Vec<RowId>) {
    // Almost always one id; different ids with one hash are told apart all the same.
    let mut kept: Vec<RowId> = Vec::new();
    for &(_, row) in rows {
        let row = RowId(row);
        match kept
            .iter_mut()
            .find(|kept| text(snapshot, **kept) == text(snapshot, row))
        {
            None => kept.push(row),
            Some(kept) if updated(snapshot, row) > updated(snapshot, *kept) => {
                dropped.push(std::mem::replace(kept, row));
            }
            Some(_) => dropped.push(row),
        }
    }
}

fn text(snapshot: &Snapshot, row: RowId) -> Option<Cow<'_, str>> {
    let (chunk, row) = snapshot.locate(row);
    match snapshot.chunks()[chunk].column(snapshot.api().id) {
        Some(Column::Text(column)) => column.value(row),
        Some(Column::Keyword(column)) => column.value(row).map(Cow::Borrowed),
        _ => None,
    }
}

fn updated(snapshot: &Snapshot, row: RowId) -> Option<i64> {
    let (chunk, row) = snapshot.locate(row);
    match snapshot.chunks()[chunk].column(snapshot.api().updated) {
        Some(Column::Timestamp(column)) => column.value(row),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_whose_hash_is_repeated_is_suspected() {
        let hash = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for rows in [0, 1, 2, 100, 5_000] {
            let first: Vec<u64> = (0..rows).map(hash).collect();
            let repeated: Vec<u64> = (0..rows).step_by(50).map(hash).collect();
            let expected = repeated.len();
            let hashes = [first, Vec::new(), repeated];
            let found = suspects(&hashes);
            let all: Vec<u64> = hashes.concat();
            assert!(found.iter().all(|&(hash, row)| all[row as usize] == hash));
            for (row, hash) in (0..).zip(&all) {
                let times = all.iter().filter(|other| *other == hash).count();
                assert!(times < 2 || found.contains(&(*hash, row)), "{rows} {row}");
            }
            assert!(
                found.len() <= 2 * expected + rows as usize / 5,
                "few others"
            );
        }
    }
}
