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
        let repeated = hashes.repeated();
        let dropped = if dedupe {
            find_older_rows(snapshot, &repeated)?
        } else {
            Vec::new()
        };
        Ok((repeated, dropped))
    };
    let (repeated, dropped) = snapshot.while_unchanged(find)?;
    if dedupe {
        snapshot.set_repeated_ids(dropped.len() as u64);
        snapshot.drop_rows(&dropped);
    } else {
        snapshot.set_repeated_ids(count_later_rows(&repeated));
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

/// Returns the number of rows with an earlier row of the same hash, of rows that are sorted by hash. Their ids are not
/// compared: see [`IdHash`].
fn count_later_rows(repeated: &[HashedRow]) -> u64 {
    let ids = repeated.chunk_by(|one, other| one.0 == other.0);
    ids.map(|rows| rows.len() as u64 - 1).sum()
}

/// Returns all but the newest row of each id, ascending, of rows that are sorted by hash. Their ids are compared as
/// well, so that no record is dropped for its hash alone.
fn find_older_rows(snapshot: &Snapshot, repeated: &[HashedRow]) -> Result<Vec<RowId>, ColumnError> {
    let api = snapshot.api();
    let records = Records {
        columns: snapshot.columns(&[api.id, api.updated])?,
    };
    let mut older = Vec::new();
    for same in repeated.chunk_by(|one, other| one.0 == other.0) {
        records.add_older_rows(same, &mut older);
    }
    older.sort_unstable();
    Ok(older)
}

/// The hashes of the ids of all rows.
struct RowHashes {
    /// The hashes of each chunk.
    chunks: Vec<Vec<IdHash>>,
    /// The first row of each chunk.
    starts: Vec<u32>,
}

/// A row, with some bits of its hash that do not choose its part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct PartRow {
    bits: u32,
    row: u32,
}

/// The rows of some chunks, by part.
struct DividedRows {
    rows: Vec<PartRow>,
    /// The end of each part in `rows`.
    ends: Vec<usize>,
}

/// The mean number of rows of a part, whose rows and marks fit in the cache of a core.
const ROWS_PER_PART: usize = 1 << 14;

/// The number of marks per row. With more of them, fewer rows without a repeated hash are sorted.
const MARKS_PER_ROW: usize = 16;

/// The maximum number of marks of a part, which many rows of one id can enlarge.
const MAX_MARKS: usize = 1 << 24;

impl RowHashes {
    fn new(chunks: Vec<Vec<IdHash>>) -> Self {
        let starts = chunks.iter().scan(0, |next, chunk| {
            let start = *next;
            *next += chunk.len() as u32;
            Some(start)
        });
        Self {
            starts: starts.collect(),
            chunks,
        }
    }

    /// Returns the rows whose hash another row has, sorted by hash and row.
    ///
    /// Rows are divided into parts by their hashes, so that rows of equal hashes are in one part, and parts are
    /// searched in parallel.
    fn repeated(&self) -> Vec<HashedRow> {
        let rows: usize = self.chunks.iter().map(Vec::len).sum();
        let parts = rows.div_ceil(ROWS_PER_PART);
        let per_group = self.chunks.len().div_ceil(rayon::current_num_threads());
        let per_group = per_group.max(1);
        let groups: Vec<DividedRows> = self
            .chunks
            .par_chunks(per_group)
            .zip(self.starts.par_chunks(per_group))
            .map(|(chunks, starts)| DividedRows::new(chunks, starts[0], parts))
            .collect();
        let repeated = (0..parts).into_par_iter().flat_map_iter(|part| {
            let rows = groups.iter().flat_map(move |group| group.part(part));
            let mut hashed: Vec<HashedRow> = rows_with_repeated_bits(rows.copied())
                .into_iter()
                .map(|row| (self.hash(row), row))
                .collect();
            hashed.sort_unstable();
            let same = hashed.chunk_by(|one, other| one.0 == other.0);
            let repeated = same.filter(|rows| rows.len() > 1).flatten().copied();
            repeated.collect::<Vec<_>>()
        });
        repeated.collect()
    }

    /// Returns the hash of a row.
    fn hash(&self, row: u32) -> IdHash {
        let chunk = self.starts.partition_point(|&start| start <= row) - 1;
        self.chunks[chunk][(row - self.starts[chunk]) as usize]
    }
}

impl DividedRows {
    /// Divides the rows of adjacent chunks.
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
/// Few ids are repeated. Marks by the first of the bits find the few rows that must be sorted, in two passes.
fn rows_with_repeated_bits(rows: impl Iterator<Item = PartRow> + Clone) -> Vec<u32> {
    let marks = (rows.clone().count() * MARKS_PER_ROW).next_power_of_two();
    let marks = marks.clamp(64, MAX_MARKS);
    let mark = |row: PartRow| {
        let mark = (row.bits >> (u32::BITS - marks.ilog2())) as usize;
        (mark / 64, 1_u64 << (mark % 64))
    };
    let (mut once, mut again) = (vec![0; marks / 64], vec![0; marks / 64]);
    for row in rows.clone() {
        let (word, bit) = mark(row);
        again[word] |= once[word] & bit;
        once[word] |= bit;
    }
    let is_marked_again = |&row: &PartRow| {
        let (word, bit) = mark(row);
        again[word] & bit != 0
    };
    let mut candidates: Vec<PartRow> = rows.filter(is_marked_again).collect();
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
                assert_eq!(RowHashes::new(chunks).repeated(), expected, "{rows}");
            }
        }
    }

    #[test]
    fn hashes_that_share_bits_are_not_equal() {
        let chunks = vec![(0..64).map(|bit| 1 << (2 * bit)).collect()];
        assert_eq!(RowHashes::new(chunks).repeated(), []);
        let chunks = vec![vec![5, 5 + (1 << 64), 5, 5 + (1 << 95)]];
        assert_eq!(RowHashes::new(chunks).repeated(), [(5, 0), (5, 2)]);
    }
}
