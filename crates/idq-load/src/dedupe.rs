//! Deduplication: finds records whose id an earlier record has, by a counting Bloom filter over the hashes of the ids.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::DefaultHashBuilder;
use idq_columns::Column;
use idq_snapshot::{ColumnError, ColumnView, RowId, Snapshot};
use rayon::prelude::*;

use crate::record::IdHashes;

/// Counts the records whose id an earlier record has. With `dedupe`, hides all but the newest record of each id.
///
/// Chunks of snapshot files have no hashes of ids; these are computed here, from the columns.
pub(crate) fn mark_duplicates(
    snapshot: &mut Snapshot,
    id_hashes: IdHashes,
    hasher: &DefaultHashBuilder,
    dedupe: bool,
) -> Result<(), ColumnError> {
    let find = || find_duplicates(snapshot, id_hashes, hasher, dedupe);
    let duplicates = snapshot.while_unchanged(find)?;
    snapshot.set_repeated_ids(duplicates.len() as u64);
    if dedupe {
        snapshot.drop_rows(&duplicates);
    }
    Ok(())
}

/// Returns the rows whose id an earlier row has, ascending; with `by_time`, all but the newest row of each id.
fn find_duplicates(
    snapshot: &Snapshot,
    id_hashes: IdHashes,
    hasher: &DefaultHashBuilder,
    by_time: bool,
) -> Result<Vec<RowId>, ColumnError> {
    let api = snapshot.api();
    let updated = by_time.then_some(api.updated);
    let fields: Vec<usize> = [api.id].into_iter().chain(updated).collect();
    let records = Records {
        columns: snapshot.columns(&fields)?,
        updated,
    };
    let hashes: Vec<Vec<u64>> = id_hashes
        .into_par_iter()
        .enumerate()
        .map(|(chunk, hashes)| {
            hashes.unwrap_or_else(|| hash_ids(records.columns.column(chunk, api.id), hasher))
        })
        .collect();
    let mut candidates = duplicate_candidates(&hashes);
    candidates.par_sort_unstable();
    let mut duplicates = Vec::new();
    for same in candidates
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|same| same.len() > 1)
    {
        records.add_duplicates(same, &mut duplicates);
    }
    duplicates.sort_unstable();
    Ok(duplicates)
}

/// Returns the hash of the id in each row, as the parser of a dump computes it.
fn hash_ids(ids: &Column, hasher: &DefaultHashBuilder) -> Vec<u64> {
    let rows = 0..ids.validity().rows();
    match ids {
        Column::Text(ids) => rows
            .map(|row| hasher.hash_one(ids.value(row).as_deref().unwrap_or_default()))
            .collect(),
        Column::Keyword(ids) => rows
            .map(|row| hasher.hash_one(ids.value(row).unwrap_or_default()))
            .collect(),
        // Unreachable: the description of every API has an id that is a text.
        _ => rows.map(|_| 0).collect(),
    }
}

/// The number of counters of the filter per row. With more counters, fewer rows without a duplicate are candidates.
const COUNTERS_PER_ROW: usize = 32;

/// The number of counters in a word of the filter. A counter has two bits: the first is set by one hash, the second by
/// another.
const COUNTERS_PER_WORD: usize = 32;

/// Returns the rows that may have the same hash as another row, with their hashes.
///
/// Few ids are repeated. A counting Bloom filter with one hash function and counters of two bits finds the few rows
/// that must be sorted, in two passes over the hashes.
fn duplicate_candidates(hashes: &[Vec<u64>]) -> Vec<(u64, u32)> {
    let rows: usize = hashes.iter().map(Vec::len).sum();
    let counters = (rows * COUNTERS_PER_ROW)
        .next_power_of_two()
        .max(COUNTERS_PER_WORD);
    let mut filter: Vec<AtomicU64> = Vec::new();
    filter.resize_with(counters / COUNTERS_PER_WORD, AtomicU64::default);
    let counter = |hash: u64| {
        let counter = (hash >> (64 - counters.ilog2())) as usize;
        (
            &filter[counter / COUNTERS_PER_WORD],
            2 * (counter % COUNTERS_PER_WORD),
        )
    };
    hashes.par_iter().for_each(|hashes| {
        for &hash in hashes {
            let (word, bit) = counter(hash);
            // The order of rows makes no difference: the second row marks the counter for both.
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

/// The columns by which records are compared.
struct Records<'s> {
    columns: ColumnView<'s>,
    /// The field of the update time; `None` if the first record of each id counts as the newest.
    updated: Option<usize>,
}

impl Records<'_> {
    /// Adds all but the newest record of each id among these rows, which have equal hashes and ascend.
    fn add_duplicates(&self, rows: &[(u64, u32)], duplicates: &mut Vec<RowId>) {
        // One row for each id. Usually the rows have one id, but different ids may have equal hashes.
        let mut kept: Vec<RowId> = Vec::new();
        for &(_, row) in rows {
            let row = RowId(row);
            match kept.iter_mut().find(|kept| self.id(**kept) == self.id(row)) {
                None => kept.push(row),
                Some(kept) if self.update_time(row) > self.update_time(*kept) => {
                    duplicates.push(std::mem::replace(kept, row));
                }
                Some(_) => duplicates.push(row),
            }
        }
    }

    fn id(&self, row: RowId) -> Option<Cow<'_, str>> {
        let snapshot = self.columns.snapshot();
        let (chunk, row) = snapshot.locate(row);
        match self.columns.column(chunk, snapshot.api().id) {
            Column::Text(column) => column.value(row),
            Column::Keyword(column) => column.value(row).map(Cow::Borrowed),
            _ => None,
        }
    }

    fn update_time(&self, row: RowId) -> Option<i64> {
        let (chunk, row) = self.columns.snapshot().locate(row);
        match self.columns.column(chunk, self.updated?) {
            Column::Timestamp(column) => column.value(row),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_whose_hash_is_repeated_is_a_candidate() {
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
                "few others"
            );
        }
    }
}
