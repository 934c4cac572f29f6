//! Distinct values of whole fields: their number, the least and the greatest, and the most frequent.
//!
//! A hash table of all values of a field is larger than the caches of a processor, so that each row waits for memory.
//! Texts are therefore copied to partitions by their hash, which is written in sequence, and each partition is counted
//! by itself (radix partitioning). All figures are exact: equal hashes are followed by a comparison of the texts.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{Column, RowSet};

use super::group_by::{for_each_code_count, for_each_row, valid_selected};

/// The number of partitions: those of a million texts of 40 bytes take 160 KB each, which a second-level cache holds.
const PARTITIONS: usize = 256;

/// The hash bits that select a partition: neither the lowest nor the highest ones, which the table of a partition uses.
const PARTITION_SHIFT: u32 = 40;

/// The maximum rows whose texts are copied at once, some 200 MB. A field with more is read again for each part of the
/// partitions.
const MAX_ROWS_PER_PASS: usize = 4_000_000;

/// The distinct texts of a field: the result of [`distinct_texts`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistinctTexts {
    /// Number of rows with a text.
    pub rows: u64,
    /// Number of distinct texts.
    pub distinct: u64,
    /// The least and the greatest text by their bytes.
    pub range: Option<(String, String)>,
    /// The most frequent texts with their numbers of rows, the most frequent first, and equally frequent ones by their
    /// bytes.
    pub frequent: Vec<(String, u64)>,
}

/// The distinct instants of a field: the result of [`distinct_instants`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DistinctInstants {
    /// Number of rows with an instant that was left out.
    pub excluded: u64,
    /// Number of distinct instants.
    pub distinct: u64,
    /// The least and the greatest instant.
    pub range: Option<(i64, i64)>,
}

/// Describes the texts of the selected rows, chunk by chunk; without a selection, of all rows of the chunk. Returns at
/// most `most` frequent texts.
///
/// ```
/// use idq_columns::{Column, KeywordBuilder, kernels::distinct_texts};
///
/// let mut builder = KeywordBuilder::new();
/// ["staged", "active", "staged"].map(|state| builder.push(state));
/// let column = Column::Keyword(builder.finish());
/// let texts = distinct_texts(&[(&column, None)], 1);
/// assert_eq!((texts.rows, texts.distinct), (3, 2));
/// assert_eq!(texts.range, Some(("active".to_owned(), "staged".to_owned())));
/// assert_eq!(texts.frequent, [("staged".to_owned(), 2)]);
/// ```
pub fn distinct_texts(chunks: &[(&Column, Option<&RowSet>)], most: usize) -> DistinctTexts {
    let rows: usize = chunks
        .iter()
        .map(|(column, _)| column.validity().rows())
        .sum();
    distinct_in_passes(chunks, most, rows.div_ceil(MAX_ROWS_PER_PASS).max(1))
}

/// Describes texts in a number of passes, each of which counts its part of the partitions.
fn distinct_in_passes(
    chunks: &[(&Column, Option<&RowSet>)],
    most: usize,
    passes: usize,
) -> DistinctTexts {
    let hasher = DefaultHashBuilder::default();
    let mut found = DistinctTexts::default();
    let mut range: Option<(Vec<u8>, Vec<u8>)> = None;
    let mut partitions: Vec<Partition> = Vec::new();
    partitions.resize_with(PARTITIONS, Partition::default);
    let mut table = HashTable::new();
    for pass in 0..passes {
        for_each_text(chunks, |text, rows| {
            if pass == 0 {
                found.rows += rows;
                widen(&mut range, text);
            }
            let hash = hasher.hash_one(text);
            let partition = (hash >> PARTITION_SHIFT) as usize % PARTITIONS;
            if partition % passes == pass {
                partitions[partition].push(hash, text, rows);
            }
        });
        for partition in &mut partitions {
            found.distinct += partition.count(&mut table);
            found.frequent.extend(partition.frequent(&table, most));
            partition.clear();
        }
    }
    found.frequent.sort_by(|one, other| {
        let (one, other) = ((one.0.as_bytes(), one.1), (other.0.as_bytes(), other.1));
        by_frequency(one, other)
    });
    found.frequent.truncate(most);
    found.range = range.map(|(least, greatest)| (to_string(&least), to_string(&greatest)));
    found
}

/// Describes the instants of the selected rows, chunk by chunk, except the excluded ones, which are counted.
pub fn distinct_instants(
    chunks: &[(&Column, Option<&RowSet>)],
    excluded: &[i64],
) -> DistinctInstants {
    let mut instants = Vec::new();
    let mut found = DistinctInstants::default();
    for (column, selection) in chunks {
        let Column::Timestamp(column) = column else {
            continue;
        };
        let rows = valid_selected(column.validity(), *selection);
        for_each_row(
            column.validity().rows(),
            rows.as_ref(),
            |row| match column.value(row) {
                Some(instant) if excluded.contains(&instant) => found.excluded += 1,
                Some(instant) => instants.push(instant),
                None => {}
            },
        );
    }
    instants.sort_unstable();
    found.range = instants.first().copied().zip(instants.last().copied());
    instants.dedup();
    found.distinct = instants.len() as u64;
    found
}

/// Calls `visit` with the texts of the selected rows and a number of rows. Dictionary-encoded texts are visited once for
/// each dictionary, others row by row.
fn for_each_text(chunks: &[(&Column, Option<&RowSet>)], mut visit: impl FnMut(&[u8], u64)) {
    for_each_code_count(chunks.iter().copied(), |text, rows| {
        visit(text.as_bytes(), rows);
    });
    let mut buffer = Vec::new();
    for (column, selection) in chunks {
        if let Column::Text(column) = column {
            let rows = valid_selected(column.validity(), *selection);
            for_each_row(column.rows(), rows.as_ref(), |row| {
                visit(column.bytes(row, &mut buffer), 1);
            });
        }
    }
}

/// Widens a range of texts to include another one.
fn widen(range: &mut Option<(Vec<u8>, Vec<u8>)>, text: &[u8]) {
    match range {
        None => *range = Some((text.to_vec(), text.to_vec())),
        Some((least, _)) if text < &least[..] => text.clone_into(least),
        Some((_, greatest)) if text > &greatest[..] => text.clone_into(greatest),
        Some(_) => {}
    }
}

/// Orders texts by their numbers of rows, the greatest first, and then by their bytes.
fn by_frequency(one: (&[u8], u64), other: (&[u8], u64)) -> Ordering {
    other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0))
}

/// Returns the string of bytes that are a column's text, which is UTF-8.
fn to_string(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// The texts whose hashes have the same partition bits.
#[derive(Default)]
struct Partition {
    /// The texts, one after another.
    bytes: Vec<u8>,
    /// The texts in the order in which they came, equal ones repeated.
    entries: Vec<Entry>,
}

/// A text of a partition.
struct Entry {
    /// Hash of the text.
    hash: u64,
    /// End of the text in the bytes of the partition, where the next one starts.
    end: usize,
    /// Number of rows with the text; once counted, the first of equal texts has the rows of all.
    rows: u64,
}

impl Partition {
    /// Appends a text with its number of rows.
    fn push(&mut self, hash: u64, text: &[u8], rows: u64) {
        self.bytes.extend_from_slice(text);
        let end = self.bytes.len();
        self.entries.push(Entry { hash, end, rows });
    }

    /// Returns the text of an entry.
    fn text(&self, index: usize) -> &[u8] {
        let start = index
            .checked_sub(1)
            .map_or(0, |before| self.entries[before].end);
        &self.bytes[start..self.entries[index].end]
    }

    /// Fills a table with the first entry of each distinct text, adds the rows of equal ones to it, and returns the
    /// number of distinct texts.
    fn count(&mut self, table: &mut HashTable<usize>) -> u64 {
        table.clear();
        for index in 0..self.entries.len() {
            let hash = self.entries[index].hash;
            let is_equal = |&other: &usize| {
                self.entries[other].hash == hash && self.text(other) == self.text(index)
            };
            match table.find(hash, is_equal).copied() {
                Some(first) => self.entries[first].rows += self.entries[index].rows,
                None => {
                    table.insert_unique(hash, index, |&other| self.entries[other].hash);
                }
            }
        }
        table.len() as u64
    }

    /// Returns the most frequent texts of a table, in any order.
    fn frequent(&self, table: &HashTable<usize>, most: usize) -> Vec<(String, u64)> {
        let order = |&one: &usize, &other: &usize| {
            let (rows, others) = (self.entries[one].rows, self.entries[other].rows);
            by_frequency((self.text(one), rows), (self.text(other), others))
        };
        let mut indices: Vec<usize> = table.iter().copied().collect();
        // Selection before any text is copied: most partitions have hundreds.
        if indices.len() > most {
            indices.select_nth_unstable_by(most, order);
            indices.truncate(most);
        }
        let indices = indices.into_iter();
        indices
            .map(|index| (to_string(self.text(index)), self.entries[index].rows))
            .collect()
    }

    /// Removes all texts and keeps the memory for the next ones.
    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeywordBuilder, TextBuilder};

    /// Returns a column of texts, of which every 7th is one of a few; `first` shifts them.
    fn texts(first: usize) -> Column {
        let mut builder = TextBuilder::new();
        for number in first..first + 3000 {
            match number % 7 {
                0 => builder.push(&format!("few {}", number % 5)),
                1 => builder.push_null(),
                _ => builder.push(&format!("person{}@example.org", number % 2000)),
            }
        }
        builder.finish_compact()
    }

    #[test]
    fn texts_are_counted_alike_in_any_number_of_passes() {
        let mut keywords = KeywordBuilder::new();
        ["few 1", "few 1", "", "zebra"].map(|text| keywords.push(text));
        let columns = [texts(0), Column::Keyword(keywords.finish()), texts(1500)];
        let some = RowSet::from((0..3000).map(|row| row % 3 > 0).collect::<Vec<bool>>());
        let chunks = [
            (&columns[0], Some(&some)),
            (&columns[1], None),
            (&columns[2], None),
        ];
        let expected = crate::kernels::group_by(chunks);
        for passes in [1, 2, 3, 300] {
            let found = distinct_in_passes(&chunks, 4, passes);
            assert_eq!(found.distinct, expected.distinct());
            assert_eq!(found.rows, expected.states.present);
            assert_eq!(found.range, Some((String::new(), "zebra".to_owned())));
            let counts: Vec<u64> = found.frequent.iter().map(|(_, rows)| *rows).collect();
            assert!(counts.len() == 4 && counts.is_sorted_by(|one, other| one >= other));
            for (text, rows) in &found.frequent {
                assert_eq!(expected.texts[&**text], *rows);
            }
            let greatest = expected.texts.values().max().copied();
            assert_eq!(counts.first().copied(), greatest);
        }
    }

    #[test]
    fn field_without_texts_has_no_range() {
        assert_eq!(distinct_texts(&[], 3), DistinctTexts::default());
        let mut builder = TextBuilder::new();
        builder.push_null();
        let column = builder.finish_compact();
        assert_eq!(
            distinct_texts(&[(&column, None)], 3),
            DistinctTexts::default()
        );
    }
}
