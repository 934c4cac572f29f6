//! Marks records whose id an earlier record has, by a counting filter over the hashes of the ids.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use idq_columns::Column;
use idq_snapshot::{ColumnError, ColumnView, RowId, Snapshot};
use rayon::prelude::*;

/// Counts the records whose id an earlier record has. With `dedupe`, hides all but the newest record of each id.
pub(crate) fn mark_duplicates(
    snapshot: &mut Snapshot,
    id_hashes: &[Vec<u64>],
    dedupe: bool,
) -> Result<(), ColumnError> {
    let mut candidates = duplicate_candidates(id_hashes);
    // By hash, then by row: equal ids become neighbours, in load order.
    candidates.par_sort_unstable();
    let mut duplicates = {
        let api = snapshot.api();
        // Which record is the newest matters only where the others are hidden.
        let updated = dedupe.then_some(api.updated);
        let fields: Vec<usize> = [api.id].into_iter().chain(updated).collect();
        let records = Records {
            columns: snapshot.columns(&fields)?,
            updated,
        };
        let mut duplicates = Vec::new();
        for same in candidates
            .chunk_by(|one, other| one.0 == other.0)
            .filter(|same| same.len() > 1)
        {
            records.add_duplicates(same, &mut duplicates);
        }
        duplicates
    };
    snapshot.set_repeated_ids(duplicates.len() as u64);
    if dedupe {
        duplicates.sort_unstable();
        snapshot.drop_rows(&duplicates);
    }
    Ok(())
}

/// The counters of the filter for each row: the more, the fewer rows are candidates without a duplicate.
const COUNTERS_A_ROW: usize = 32;

/// The counters in a word of the filter. A counter has two bits: one hash was counted, and more than one was.
const COUNTERS_A_WORD: usize = 32;

/// Returns the rows whose hash may be another row's as well, with their hashes.
///
/// Few ids are repeated. A counting filter, which is a Bloom filter with one hash and counters of two bits, finds the
/// few rows that are worth sorting in two passes over the hashes.
fn duplicate_candidates(hashes: &[Vec<u64>]) -> Vec<(u64, u32)> {
    let rows: usize = hashes.iter().map(Vec::len).sum();
    let counters = (rows * COUNTERS_A_ROW)
        .next_power_of_two()
        .max(COUNTERS_A_WORD);
    let mut filter: Vec<AtomicU64> = Vec::new();
    filter.resize_with(counters / COUNTERS_A_WORD, AtomicU64::default);
    let counter = |hash: u64| {
        let counter = (hash >> (64 - counters.ilog2())) as usize;
        (
            &filter[counter / COUNTERS_A_WORD],
            2 * (counter % COUNTERS_A_WORD),
        )
    };
    hashes.par_iter().for_each(|hashes| {
        for &hash in hashes {
            let (word, bit) = counter(hash);
            // The order of rows makes no difference: the second one marks the counter for both.
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
    /// The field of the update time, where the newest record is kept.
    updated: Option<usize>,
}

impl Records<'_> {
    /// Adds all but the newest record of each id among these rows, which ascend.
    fn add_duplicates(&self, rows: &[(u64, u32)], duplicates: &mut Vec<RowId>) {
        // Mostly one id; different ids with the same hash are compared all the same.
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
