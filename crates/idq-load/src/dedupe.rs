//! Finds records with the same id, and drops all but the newest of each if the load asks for it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_columns::Column;
use idq_snapshot::{RowId, Snapshot};
use rayon::prelude::*;

/// Counts the records whose id another record has. With `drops_duplicates`, drops all but the newest of each id.
///
/// `id_hashes` has, for each chunk, the hash of each row's id.
pub(crate) fn mark_duplicates(
    snapshot: &mut Snapshot,
    id_hashes: &[Vec<u64>],
    drops_duplicates: bool,
) {
    let mut candidates = duplicate_candidates(id_hashes);
    candidates.par_sort_unstable();
    let mut duplicates = Vec::new();
    for rows in candidates
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|rows| rows.len() > 1)
    {
        add_duplicates(snapshot, rows, &mut duplicates);
    }
    snapshot.set_repeated_ids(duplicates.len() as u64);
    if drops_duplicates {
        duplicates.sort_unstable();
        snapshot.drop_rows(&duplicates);
    }
}

/// The counters of the filter per row. With 32, about one row in 32 is a candidate without reason.
const COUNTERS_PER_ROW: usize = 32;

/// The counters in a word, two bits each.
const COUNTERS_PER_WORD: usize = 32;

/// Returns the rows whose hash may be another row's as well, with their hashes.
///
/// Few ids are repeated, so a counting filter comes before the sort: a table of saturating counters, of which bit 0
/// means that a hash falls on it, and bit 1 that a second one does.
fn duplicate_candidates(hashes: &[Vec<u64>]) -> Vec<(u64, u32)> {
    let rows: usize = hashes.iter().map(Vec::len).sum();
    let counters = (rows * COUNTERS_PER_ROW)
        .next_power_of_two()
        .max(COUNTERS_PER_WORD);
    let mut table: Vec<AtomicU64> = Vec::new();
    table.resize_with(counters / COUNTERS_PER_WORD, AtomicU64::default);
    let counter = |hash: u64| {
        let index = (hash >> (64 - counters.ilog2())) as usize;
        let word = &table[index / COUNTERS_PER_WORD];
        (word, 2 * (index % COUNTERS_PER_WORD))
    };
    hashes.par_iter().for_each(|hashes| {
        for &hash in hashes {
            let (word, bit) = counter(hash);
            // The order of rows makes no difference: the second one, whichever it is, marks the counter for both.
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
    let is_candidate = |&(hash, _): &(u64, u32)| {
        let (word, bit) = counter(hash);
        word.load(Ordering::Relaxed) >> bit & 2 == 2
    };
    chunks
        .into_par_iter()
        .flat_map_iter(|(first, hashes)| hashes.iter().copied().zip(first..).filter(is_candidate))
        .collect()
}

/// Adds all but the newest record of each id among rows of equal hash, which ascend.
fn add_duplicates(snapshot: &Snapshot, rows: &[(u64, u32)], duplicates: &mut Vec<RowId>) {
    // For each id its newest row. Mostly there is one id: different ids with equal hashes are rare.
    let mut newest: Vec<RowId> = Vec::new();
    for &(_, row) in rows {
        let row = RowId(row);
        match newest
            .iter_mut()
            .find(|newest| id(snapshot, **newest) == id(snapshot, row))
        {
            None => newest.push(row),
            Some(newest) if update_time(snapshot, row) > update_time(snapshot, *newest) => {
                duplicates.push(std::mem::replace(newest, row));
            }
            Some(_) => duplicates.push(row),
        }
    }
}

/// Returns the id of a record.
fn id(snapshot: &Snapshot, row: RowId) -> Option<Cow<'_, str>> {
    let (chunk, row) = snapshot.locate(row);
    match snapshot.chunks()[chunk].column(snapshot.api().id) {
        Some(Column::Text(column)) => column.value(row),
        Some(Column::Keyword(column)) => column.value(row).map(Cow::Borrowed),
        _ => None,
    }
}

/// Returns the update time of a record. Without one, or without its column, it is older than any.
fn update_time(snapshot: &Snapshot, row: RowId) -> Option<i64> {
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
    fn rows_with_a_repeated_hash_are_candidates_and_few_others() {
        let hash = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for rows in [0, 1, 2, 100, 5_000] {
            let first: Vec<u64> = (0..rows).map(hash).collect();
            let repeated: Vec<u64> = (0..rows).step_by(50).map(hash).collect();
            let expected = repeated.len();
            let hashes = [first, Vec::new(), repeated];
            let found = duplicate_candidates(&hashes);
            let all: Vec<u64> = hashes.concat();
            assert!(found.iter().all(|&(hash, row)| all[row as usize] == hash));
            for (row, hash) in (0..).zip(&all) {
                let times = all.iter().filter(|other| *other == hash).count();
                assert!(times < 2 || found.contains(&(*hash, row)), "{rows} {row}");
            }
            assert!(
                found.len() <= 2 * expected + rows as usize / 5,
                "too many candidates"
            );
        }
    }
}
