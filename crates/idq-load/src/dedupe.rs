//! Deduplication: finds records whose id an earlier record has, by the hashes of the ids.

use std::borrow::Cow;

use idq_columns::Column;
use idq_snapshot::{ColumnError, ColumnView, RowId, Snapshot};
use rayon::prelude::*;

use crate::id_hash::{IdHash, IdHasher};
use crate::record::IdHashes;

/// Counts the records whose id an earlier record has. With `dedupe`, hides all but the newest record of each id.
///
/// Chunks of snapshot files have no hashes of ids; these are computed here, from the columns.
pub(crate) fn mark_duplicates(
    snapshot: &mut Snapshot,
    id_hashes: IdHashes,
    hasher: IdHasher,
    dedupe: bool,
) -> Result<(), ColumnError> {
    let find = || -> Result<_, ColumnError> {
        let hashes = RowHashes::new(complete_hashes(snapshot, id_hashes, hasher)?);
        if dedupe {
            let older = find_older_rows(snapshot, &hashes)?;
            Ok((older.len() as u64, older))
        } else {
            Ok((hashes.count_later_rows(), Vec::new()))
        }
    };
    let (repeated, dropped) = snapshot.while_unchanged(find)?;
    snapshot.set_repeated_ids(repeated);
    if dedupe {
        snapshot.drop_rows(&dropped);
    }
    Ok(())
}

/// Returns the hashes of the ids of each chunk.
fn complete_hashes(
    snapshot: &Snapshot,
    id_hashes: IdHashes,
    hasher: IdHasher,
) -> Result<Vec<Vec<IdHash>>, ColumnError> {
    if id_hashes.iter().all(Option::is_some) {
        return Ok(id_hashes.into_iter().flatten().collect());
    }
    let id = snapshot.api().id;
    let columns = snapshot.columns(&[id])?;
    let chunks = id_hashes.into_par_iter().enumerate();
    let hashes = chunks.map(|(chunk, hashes)| {
        hashes.unwrap_or_else(|| hash_ids(columns.column(chunk, id), hasher))
    });
    Ok(hashes.collect())
}

/// Returns the hash of the id in each row, as the parser of a dump computes it.
fn hash_ids(ids: &Column, hasher: IdHasher) -> Vec<IdHash> {
    let rows = 0..ids.validity().rows();
    match ids {
        Column::Text(ids) => rows
            .map(|row| hasher.hash(ids.value(row).as_deref().unwrap_or_default()))
            .collect(),
        Column::Keyword(ids) => rows
            .map(|row| hasher.hash(ids.value(row).unwrap_or_default()))
            .collect(),
        // Unreachable: the description of every API has an id that is a text.
        _ => rows.map(|_| IdHash::default()).collect(),
    }
}

/// A row and the hash of its id.
type HashedRow = (IdHash, u32);

/// Returns all but the newest row of each id, ascending. The ids of rows with the same hash are compared as well, so
/// that no record is dropped for its hash alone.
fn find_older_rows(snapshot: &Snapshot, hashes: &RowHashes) -> Result<Vec<RowId>, ColumnError> {
    let api = snapshot.api();
    let records = Records {
        columns: snapshot.columns(&[api.id, api.updated])?,
    };
    let parts = hashes.repeated();
    let mut older: Vec<RowId> = parts
        .flat_map_iter(|repeated| {
            let mut older = Vec::new();
            for same in of_one_hash(&repeated) {
                records.add_older_rows(same, &mut older);
            }
            older
        })
        .collect();
    older.sort_unstable();
    Ok(older)
}

/// Returns the rows of each hash, of rows that are sorted by hash.
fn of_one_hash(rows: &[HashedRow]) -> impl Iterator<Item = &[HashedRow]> {
    rows.chunk_by(|one, other| one.0 == other.0)
}

/// The hashes of the ids of all rows, and the rows partitioned by some bits of their hashes (radix partitioning), so that
/// rows of equal hashes are in one part, and parts can be searched in parallel.
struct RowHashes {
    /// The hashes of each chunk.
    chunks: Vec<Vec<IdHash>>,
    /// The first row of each chunk.
    starts: Vec<u32>,
    /// The number of parts.
    parts: usize,
    /// Groups of adjacent chunks, each partitioned by one thread.
    groups: Vec<PartitionedRows>,
}

/// A row, with some bits of its hash that do not choose its part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct PartRow {
    bits: u32,
    row: u32,
}

/// The rows of some chunks, by part.
struct PartitionedRows {
    rows: Vec<PartRow>,
    /// The end of each part in `rows`.
    ends: Vec<usize>,
}

/// The mean number of rows of a part, whose rows and filter fit in the cache of a core.
const ROWS_PER_PART: usize = 1 << 14;

/// The number of counters of the filter of a part per row. With more of them, fewer rows without a repeated hash are
/// sorted.
const COUNTERS_PER_ROW: usize = 16;

/// The maximum number of counters of a part. All rows of an id are in one part, which can therefore be large.
const MAX_COUNTERS: usize = 1 << 24;

impl RowHashes {
    fn new(chunks: Vec<Vec<IdHash>>) -> Self {
        let starts = chunks.iter().scan(0, |next, chunk| {
            let start = *next;
            *next += chunk.len() as u32;
            Some(start)
        });
        let starts: Vec<u32> = starts.collect();
        let rows: usize = chunks.iter().map(Vec::len).sum();
        let parts = rows.div_ceil(ROWS_PER_PART);
        let per_group = chunks.len().div_ceil(rayon::current_num_threads()).max(1);
        let groups = chunks
            .par_chunks(per_group)
            .zip(starts.par_chunks(per_group))
            .map(|(chunks, starts)| PartitionedRows::new(chunks, starts[0], parts))
            .collect();
        Self {
            chunks,
            starts,
            parts,
            groups,
        }
    }

    /// Returns the number of rows whose hash an earlier row has. Their ids are not compared: see [`IdHash`].
    fn count_later_rows(&self) -> u64 {
        let later = |repeated: Vec<HashedRow>| {
            let rows = of_one_hash(&repeated).map(|rows| rows.len() as u64 - 1);
            rows.sum::<u64>()
        };
        self.repeated().map(later).sum()
    }

    /// Returns for each part the rows whose hash another row has, sorted by hash and row.
    fn repeated(&self) -> impl IndexedParallelIterator<Item = Vec<HashedRow>> + '_ {
        (0..self.parts).into_par_iter().map(|part| {
            let rows = self.groups.iter().flat_map(move |group| group.part(part));
            let mut hashed: Vec<HashedRow> = rows_with_repeated_bits(rows.copied())
                .into_iter()
                .map(|row| (self.hash(row), row))
                .collect();
            hashed.sort_unstable();
            let repeated = of_one_hash(&hashed).filter(|rows| rows.len() > 1);
            repeated.flatten().copied().collect()
        })
    }

    /// Returns the hash of a row.
    fn hash(&self, row: u32) -> IdHash {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        self.chunks[chunk][(row - self.starts[chunk]) as usize]
    }
}

impl PartitionedRows {
    /// Partitions the rows of adjacent chunks.
    fn new(chunks: &[Vec<IdHash>], first_row: u32, parts: usize) -> Self {
        let part = |hash: IdHash| (((hash >> 96) * parts as IdHash) >> 32) as usize;
        let hashes = || chunks.iter().flatten().copied();
        let mut ends = vec![0; parts];
        hashes().for_each(|hash| ends[part(hash)] += 1);
        let mut next = 0;
        for end in &mut ends {
            next += std::mem::replace(end, next);
        }
        // Each end is now the start of its part, and moves with each row.
        let mut rows = vec![PartRow::default(); next];
        for (row, hash) in (first_row..).zip(hashes()) {
            let end = &mut ends[part(hash)];
            let bits = hash as u32;
            rows[*end] = PartRow { bits, row };
            *end += 1;
        }
        Self { rows, ends }
    }

    /// Returns the rows of a part, ascending.
    fn part(&self, part: usize) -> &[PartRow] {
        let start = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start..self.ends[part]]
    }
}

/// Returns the rows of a part whose bits another row has.
///
/// Few ids are repeated. A counting Bloom filter with one hash function, and counters that count to two, finds the few
/// rows that must be sorted, in two passes.
fn rows_with_repeated_bits(rows: impl Iterator<Item = PartRow> + Clone) -> Vec<u32> {
    let counters = (rows.clone().count() * COUNTERS_PER_ROW).next_power_of_two();
    let counters = counters.clamp(64, MAX_COUNTERS);
    let counter = |row: PartRow| {
        let counter = (row.bits >> (u32::BITS - counters.ilog2())) as usize;
        (counter / 64, 1_u64 << (counter % 64))
    };
    let (mut once, mut twice) = (vec![0; counters / 64], vec![0; counters / 64]);
    for row in rows.clone() {
        let (word, bit) = counter(row);
        twice[word] |= once[word] & bit;
        once[word] |= bit;
    }
    let is_counted_twice = |&row: &PartRow| {
        let (word, bit) = counter(row);
        twice[word] & bit != 0
    };
    let mut candidates: Vec<PartRow> = rows.filter(is_counted_twice).collect();
    candidates.sort_unstable();
    let same = candidates.chunk_by(|one, other| one.bits == other.bits);
    let repeated = same.filter(|rows| rows.len() > 1).flatten();
    repeated.map(|row| row.row).collect()
}

/// The columns by which records are compared.
struct Records<'s> {
    columns: ColumnView<'s>,
}

impl Records<'_> {
    /// Adds all but the newest record of each id among these rows, which have equal hashes and ascend.
    fn add_older_rows(&self, rows: &[HashedRow], older: &mut Vec<RowId>) {
        // One row for each id. Usually the rows have one id, but different ids may have equal hashes.
        let mut kept: Vec<RowId> = Vec::new();
        for &(_, row) in rows {
            let row = RowId(row);
            match kept.iter_mut().find(|kept| self.id(**kept) == self.id(row)) {
                None => kept.push(row),
                Some(kept) if self.update_time(row) > self.update_time(*kept) => {
                    older.push(std::mem::replace(kept, row));
                }
                Some(_) => older.push(row),
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
        let snapshot = self.columns.snapshot();
        let (chunk, row) = snapshot.locate(row);
        match self.columns.column(chunk, snapshot.api().updated) {
            Column::Timestamp(column) => column.value(row),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Returns the rows whose hash another row has, sorted.
    fn repeated(chunks: Vec<Vec<IdHash>>) -> Vec<HashedRow> {
        let hashes = RowHashes::new(chunks);
        let mut rows: Vec<HashedRow> = hashes.repeated().flatten_iter().collect();
        let later = of_one_hash(&rows).map(|rows| rows.len() as u64 - 1);
        assert_eq!(hashes.count_later_rows(), later.sum::<u64>());
        rows.sort_unstable();
        rows
    }

    /// Returns the rows whose hash another row has, by a map of all rows.
    fn repeated_by_map(chunks: &[Vec<IdHash>]) -> Vec<HashedRow> {
        let mut rows: BTreeMap<IdHash, Vec<u32>> = BTreeMap::new();
        for (row, &hash) in (0..).zip(chunks.iter().flatten()) {
            rows.entry(hash).or_default().push(row);
        }
        rows.retain(|_, rows| rows.len() > 1);
        let pairs = rows.iter().flat_map(|(&hash, rows)| {
            let rows = rows.iter();
            rows.map(move |&row| (hash, row))
        });
        pairs.collect()
    }

    #[test]
    fn rows_with_repeated_hashes_are_those_of_a_map() {
        let hasher = IdHasher::new();
        let hash = |number: usize| hasher.hash(&number.to_string());
        for rows in [0, 1, 2, 100, 5_000, 40_000] {
            let first: Vec<IdHash> = (0..rows).map(hash).collect();
            let some: Vec<IdHash> = (0..rows).step_by(50).map(hash).collect();
            let all_of_one = vec![hash(7); rows / 10];
            for chunks in [
                vec![first.clone()],
                vec![first.clone(), Vec::new(), some.clone()],
                vec![all_of_one, some.clone(), first, some],
            ] {
                let expected = repeated_by_map(&chunks);
                assert_eq!(repeated(chunks), expected, "{rows}");
            }
        }
    }

    #[test]
    fn hashes_that_share_bits_are_not_equal() {
        let chunks = vec![(0..64).map(|bit| 1 << (2 * bit)).collect()];
        assert_eq!(repeated(chunks), []);
        let chunks = vec![vec![5, 5 + (1 << 64), 5, 5 + (1 << 95)]];
        assert_eq!(repeated(chunks), [(5, 0), (5, 2)]);
    }
}
