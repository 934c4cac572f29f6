//! Distinct values of whole fields: their number, the least and the greatest, and the most frequent.
//!
//! A hash table of all values of a field is larger than the caches of a processor, so that most lookups miss them.
//! Texts are therefore copied to partitions by their hash, which are written in sequence, and each partition is counted
//! by itself (radix partitioning). All figures are exact: equal hashes are followed by a comparison of the texts.

use std::cmp::Ordering;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{Column, RowSet};

use super::group_by::{for_each_code_count, for_each_row, valid_selected};

/// The number of partitions: those of a million texts of 40 bytes take some 250 KB each, which a second-level
/// cache holds.
const PARTITIONS: usize = 256;

/// The hash bits that select a partition: neither the lowest nor the highest ones, which the table of a partition uses.
const PARTITION_SHIFT: u32 = 40;

/// The maximum number of rows whose texts are copied at once, by each thread. A field with more is read again for each
/// part of the partitions.
const MAX_ROWS_PER_PASS: usize = 4_000_000;

/// The maximum number of bytes of the columns whose texts are copied at once, by each thread.
const MAX_BYTES_PER_PASS: usize = 256 << 20;

/// The distinct texts of a field: the result of a [`TextCounter`].
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

/// A counter of the distinct texts of fields, whose memory later fields use again.
///
/// ```
/// use idq_columns::{Column, KeywordBuilder, kernels::TextCounter};
///
/// let mut builder = KeywordBuilder::new();
/// ["staged", "active", "staged"].map(|state| builder.push(state));
/// let column = Column::Keyword(builder.finish());
/// let texts = TextCounter::new().count(&[(&column, None)], 1);
/// assert_eq!((texts.rows, texts.distinct), (3, 2));
/// assert_eq!(texts.range, Some(("active".to_owned(), "staged".to_owned())));
/// assert_eq!(texts.frequent, [("staged".to_owned(), 2)]);
/// ```
#[derive(Debug)]
pub struct TextCounter {
    /// The texts of one pass, by their hashes.
    partitions: Vec<Partition>,
    /// For each distinct text of one partition, its first entry.
    table: HashTable<usize>,
    /// Hash function of all partitions.
    hasher: DefaultHashBuilder,
}

impl TextCounter {
    /// Creates a counter without memory.
    pub fn new() -> Self {
        Self {
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Describes the texts of the selected rows, chunk by chunk; without a selection, of all rows of the chunk. Returns
    /// at most `most` frequent texts.
    pub fn count(&mut self, chunks: &[(&Column, Option<&RowSet>)], most: usize) -> DistinctTexts {
        let rows: usize = chunks
            .iter()
            .map(|(column, _)| column.validity().rows())
            .sum();
        let bytes: usize = chunks.iter().map(|(column, _)| column.memory()).sum();
        let passes = rows
            .div_ceil(MAX_ROWS_PER_PASS)
            .max(bytes.div_ceil(MAX_BYTES_PER_PASS));
        self.count_in_passes(chunks, most, passes.clamp(1, PARTITIONS))
    }

    /// Describes texts in a number of passes, each of which counts its part of the partitions.
    fn count_in_passes(
        &mut self,
        chunks: &[(&Column, Option<&RowSet>)],
        most: usize,
        passes: usize,
    ) -> DistinctTexts {
        let mut found = DistinctTexts::default();
        let mut range = TextRange::default();
        let mut frequent = Frequent::new(most);
        for pass in 0..passes {
            for_each_text(chunks, |text, rows| {
                if pass == 0 {
                    found.rows += rows;
                    range.add(text);
                }
                let hash = self.hasher.hash_one(text);
                let partition = (hash >> PARTITION_SHIFT) as usize % PARTITIONS;
                if partition % passes == pass {
                    self.partitions[partition].push(hash, text, rows);
                }
            });
            for partition in &mut self.partitions {
                found.distinct += partition.count(&mut self.table);
                for &entry in &self.table {
                    frequent.add(partition.text(entry), partition.entries[entry].rows);
                }
                partition.clear();
            }
        }
        found.range = range.finish();
        found.frequent = frequent.finish();
        found
    }
}

impl Default for TextCounter {
    fn default() -> Self {
        Self::new()
    }
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

/// The least and the greatest of some texts.
#[derive(Default)]
struct TextRange {
    /// Both texts with their prefixes; `None` without texts.
    ends: Option<[(u64, Vec<u8>); 2]>,
}

impl TextRange {
    /// Widens the range to include a text. Most texts are within it by their prefixes alone.
    fn add(&mut self, text: &[u8]) {
        let prefix = prefix(text);
        let Some([least, greatest]) = &mut self.ends else {
            self.ends = Some([(prefix, text.to_vec()), (prefix, text.to_vec())]);
            return;
        };
        if least.0 < prefix && prefix < greatest.0 {
            return;
        }
        if (prefix, text) < (least.0, &least.1[..]) {
            *least = (prefix, text.to_vec());
        }
        if (prefix, text) > (greatest.0, &greatest.1[..]) {
            *greatest = (prefix, text.to_vec());
        }
    }

    /// Returns the least and the greatest text.
    fn finish(self) -> Option<(String, String)> {
        let [least, greatest] = self.ends?;
        Some((to_string(&least.1), to_string(&greatest.1)))
    }
}

/// Returns the first eight bytes as a number; numbers of texts are in the order of the texts, or equal.
fn prefix(text: &[u8]) -> u64 {
    if let Some(bytes) = text.first_chunk() {
        return u64::from_be_bytes(*bytes);
    }
    let mut bytes = [0; 8];
    bytes[..text.len()].copy_from_slice(text);
    u64::from_be_bytes(bytes)
}

/// The most frequent of some distinct texts.
struct Frequent {
    /// Maximum number of texts.
    most: usize,
    /// The texts with their numbers of rows, in their order.
    texts: Vec<(Vec<u8>, u64)>,
}

impl Frequent {
    /// Returns a list of at most `most` texts, without any.
    fn new(most: usize) -> Self {
        let texts = Vec::with_capacity(most + 1);
        Self { most, texts }
    }

    /// Adds a text that was not added before. Texts that are rarer than those of a full list cost one comparison.
    fn add(&mut self, text: &[u8], rows: u64) {
        let is_before = |other: &(Vec<u8>, u64)| {
            let order = by_frequency((text, rows), (&other.0, other.1));
            order == Ordering::Less
        };
        if self.texts.len() == self.most && !self.texts.last().is_some_and(is_before) {
            return;
        }
        let position = self.texts.partition_point(|other| !is_before(other));
        self.texts.insert(position, (text.to_vec(), rows));
        self.texts.truncate(self.most);
    }

    /// Returns the texts, the most frequent first.
    fn finish(self) -> Vec<(String, u64)> {
        let texts = self.texts.into_iter();
        texts.map(|(text, rows)| (to_string(&text), rows)).collect()
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
#[derive(Debug, Default)]
struct Partition {
    /// The texts, one after another.
    bytes: Vec<u8>,
    /// The texts in the order in which they came, equal ones repeated.
    entries: Vec<Entry>,
}

/// A text of a partition.
#[derive(Debug)]
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
        for text in ["few 1", "few 1", "", "zebra"] {
            keywords.push(text);
        }
        let columns = [texts(0), Column::Keyword(keywords.finish()), texts(1500)];
        let some = RowSet::from((0..3000).map(|row| row % 3 > 0).collect::<Vec<bool>>());
        let chunks = [
            (&columns[0], Some(&some)),
            (&columns[1], None),
            (&columns[2], None),
        ];
        let expected = crate::kernels::group_by(chunks);
        let mut counter = TextCounter::new();
        for passes in [1, 2, 3, 300] {
            let found = counter.count_in_passes(&chunks, 4, passes);
            assert_eq!(found.distinct, expected.distinct());
            assert_eq!(found.rows, expected.states.present);
            assert_eq!(found.range, Some((String::new(), "zebra".to_owned())));
            let mut counts: Vec<(&str, u64)> = (expected.texts.iter())
                .map(|(text, rows)| (text.as_ref(), *rows))
                .collect();
            counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
            let frequent = found.frequent.iter();
            let frequent: Vec<(&str, u64)> =
                frequent.map(|(text, rows)| (&**text, *rows)).collect();
            assert_eq!(frequent, counts[..4]);
        }
    }

    #[test]
    fn range_has_the_least_and_the_greatest_text() {
        for (texts, least, greatest) in [
            (&["b", "a", "c"][..], "a", "c"),
            (&["prefix-2", "prefix-", "prefix-10"], "prefix-", "prefix-2"),
            (
                &["same-prefix-b", "same-prefix-a"],
                "same-prefix-a",
                "same-prefix-b",
            ),
            (&["x\0", "x"], "x", "x\0"),
            (&["é", "z", ""], "", "é"),
        ] {
            let mut range = TextRange::default();
            texts.iter().for_each(|text| range.add(text.as_bytes()));
            let expected = (least.to_owned(), greatest.to_owned());
            assert_eq!(range.finish(), Some(expected));
        }
    }

    #[test]
    fn field_without_texts_has_no_range() {
        let mut counter = TextCounter::new();
        assert_eq!(counter.count(&[], 3), DistinctTexts::default());
        let mut builder = TextBuilder::new();
        builder.push_null();
        let column = builder.finish_compact();
        assert_eq!(
            counter.count(&[(&column, None)], 3),
            DistinctTexts::default()
        );
    }
}
