//! The keys of all records of a snapshot, with their hashes.

use std::ptr;

use arrow_array::{Array, StringArray};
use hashbrown::DefaultHashBuilder;
use idq::columns::{Column, Dictionary, KeywordColumn};
use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::error::Error;
use crate::key::{Key, Values, text_at, text_in};
use crate::key_texts::KeyTexts;

/// The keys of the records of one snapshot.
#[derive(Default)]
pub(crate) struct KeyTable {
    /// The texts of each dictionary, and of each chunk that has none.
    texts: Vec<KeyTexts>,
    /// The number of the first text of each of `texts`.
    starts: Vec<u32>,
    /// For each key, the number of its text. Records of one dictionary share the texts of its values.
    text_numbers: Vec<u32>,
    /// The row of each key, ascending.
    rows: Vec<RowId>,
    /// The hash of each key.
    hashes: Vec<u64>,
    /// The number of records without a key.
    pub(crate) without_key: u64,
}

/// The keys of the records of one chunk.
#[derive(Default)]
struct ChunkKeys {
    /// The texts; none if those of a dictionary are used.
    texts: KeyTexts,
    text_numbers: Vec<u32>,
    rows: Vec<RowId>,
    hashes: Vec<u64>,
    without_key: u64,
}

/// The keys of the values of a dictionary: each value is folded and hashed once, however many records have it.
struct DictionaryKeys {
    texts: KeyTexts,
    /// For each code, the number of its text, and its hash; `None` for a value that is no key.
    keys: Vec<Option<(u32, u64)>>,
}

/// The number of bytes for which memory is reserved for each key of a chunk.
const USUAL_KEY_BYTES: usize = 32;

impl KeyTable {
    /// Reads the keys of the visible records that `is_wanted` accepts. Tables that are compared have one hash function.
    pub(crate) fn read(
        key: &Key,
        snapshot: &Snapshot,
        is_wanted: impl Fn(RowId) -> bool + Sync,
        hasher: &DefaultHashBuilder,
    ) -> Result<Self, Error> {
        let columns = key.column().map(|column| snapshot.columns(&[column]));
        let columns = columns.transpose()?;
        let column = |chunk: usize| {
            let columns = columns.as_ref()?;
            Some(columns.column(chunk, key.column().unwrap_or_default()))
        };
        let chunks = snapshot.chunks().len();
        // Chunks can share a dictionary.
        let mut dictionaries: Vec<&Dictionary> = Vec::new();
        let mut dictionary_of_chunk = vec![None; chunks];
        for (chunk, of_chunk) in dictionary_of_chunk.iter_mut().enumerate() {
            if let Some(Column::Keyword(column)) = column(chunk) {
                let dictionary: &Dictionary = column.dictionary_arc();
                let known = dictionaries
                    .iter()
                    .rposition(|known| ptr::eq(*known, dictionary));
                *of_chunk = Some(known.unwrap_or(dictionaries.len()));
                if known.is_none() {
                    dictionaries.push(dictionary);
                }
            }
        }
        let dictionaries: Vec<DictionaryKeys> = dictionaries
            .par_iter()
            .map(|dictionary| DictionaryKeys::new(key, dictionary.values(), hasher))
            .collect();
        let read_chunk = |chunk: usize| {
            let mut rows = Vec::with_capacity(snapshot.chunks()[chunk].visible_count());
            snapshot.chunks()[chunk].for_each_visible(|row| {
                let id = snapshot.row_id(chunk, row);
                if is_wanted(id) {
                    rows.push((id, row));
                }
            });
            let mut keys = ChunkKeys::with_capacity(rows.len());
            match (column(chunk), dictionary_of_chunk[chunk]) {
                (Some(Column::Keyword(column)), Some(dictionary)) => {
                    keys.read_codes(&rows, column, &dictionaries[dictionary]);
                }
                (Some(column), _) => {
                    keys.texts.reserve(rows.len(), rows.len() * USUAL_KEY_BYTES);
                    keys.read_column(key, &rows, column, hasher);
                }
                (None, _) => keys.read_records(key, snapshot, &rows, hasher)?,
            }
            Ok(keys)
        };
        let chunk_keys = (0..chunks).into_par_iter().map(read_chunk);
        let chunk_keys: Vec<ChunkKeys> = chunk_keys.collect::<Result<_, Error>>()?;
        let mut table = Self::default();
        let keys = chunk_keys.iter().map(|keys| keys.rows.len()).sum();
        table.text_numbers.reserve(keys);
        table.rows.reserve(keys);
        table.hashes.reserve(keys);
        let dictionaries = dictionaries.into_iter();
        let starts: Vec<u32> = dictionaries
            .map(|dictionary| table.add_texts(dictionary.texts))
            .collect();
        for (keys, dictionary) in chunk_keys.into_iter().zip(dictionary_of_chunk) {
            let start = match dictionary {
                Some(dictionary) => starts[dictionary],
                None => table.add_texts(keys.texts),
            };
            let numbers = keys.text_numbers.iter().map(|number| start + number);
            table.text_numbers.extend(numbers);
            table.rows.extend(keys.rows);
            table.hashes.extend(keys.hashes);
            table.without_key += keys.without_key;
        }
        Ok(table)
    }

    /// Adds texts, and returns the number of the first one.
    fn add_texts(&mut self, texts: KeyTexts) -> u32 {
        let start = match (self.starts.last(), self.texts.last()) {
            (Some(start), Some(last)) => start + last.len(),
            _ => 0,
        };
        self.starts.push(start);
        self.texts.push(texts);
        start
    }

    /// Creates the table of keys with these hashes.
    #[cfg(test)]
    pub(crate) fn with_hashes(key: &Key, keys: &[(&str, u64)]) -> Self {
        let mut texts = KeyTexts::default();
        for (text, _) in keys {
            texts.push(key, text, &DefaultHashBuilder::default());
        }
        Self {
            texts: vec![texts],
            starts: vec![0],
            text_numbers: (0..keys.len() as u32).collect(),
            rows: (0..keys.len() as u32).map(RowId).collect(),
            hashes: keys.iter().map(|&(_, hash)| hash).collect(),
            without_key: 0,
        }
    }

    /// Returns the number of keys.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether no record has a key.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the hash of each key, by its number.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Returns the texts that have the text of a key, and its number there.
    fn texts_of(&self, key: u32) -> (&KeyTexts, u32) {
        let number = self.text_numbers[key as usize];
        // The last of several equal starts is that of texts that are not empty.
        let position = self.starts.partition_point(|&start| start <= number) - 1;
        (&self.texts[position], number - self.starts[position])
    }

    /// Returns the text of a key.
    pub(crate) fn text(&self, key: u32) -> &[u8] {
        let (texts, number) = self.texts_of(key);
        texts.folded(number)
    }

    /// Returns whether the texts of two keys are equal.
    pub(crate) fn have_one_text(&self, one: u32, other: u32) -> bool {
        let numbers = &self.text_numbers;
        numbers[one as usize] == numbers[other as usize] || self.text(one) == self.text(other)
    }

    /// Returns the row of a key.
    pub(crate) fn row(&self, key: u32) -> RowId {
        self.rows[key as usize]
    }

    /// Returns the key of a row as it is spelled in its record; empty for a row without one.
    pub(crate) fn spelling(&self, row: RowId) -> &str {
        let Ok(key) = self.rows.binary_search(&row) else {
            return "";
        };
        let (texts, number) = self.texts_of(key as u32);
        // The table is filled with whole texts.
        std::str::from_utf8(texts.spelled(number)).unwrap_or_default()
    }
}

impl ChunkKeys {
    /// Creates a list with memory for some keys.
    fn with_capacity(keys: usize) -> Self {
        Self {
            text_numbers: Vec::with_capacity(keys),
            rows: Vec::with_capacity(keys),
            hashes: Vec::with_capacity(keys),
            ..Self::default()
        }
    }

    /// Adds the keys of rows from their codes.
    fn read_codes(
        &mut self,
        rows: &[(RowId, usize)],
        column: &KeywordColumn,
        dictionary: &DictionaryKeys,
    ) {
        for &(id, row) in rows {
            let code = column.code(row);
            self.add(id, code.and_then(|code| dictionary.keys[code as usize]));
        }
    }

    /// Adds the keys of rows from a column with texts.
    fn read_column(
        &mut self,
        key: &Key,
        rows: &[(RowId, usize)],
        column: &Column,
        hasher: &DefaultHashBuilder,
    ) {
        for &(id, row) in rows {
            let text = text_in(column, row);
            let text = text.and_then(|text| self.texts.push(key, &text, hasher));
            self.add(id, text);
        }
    }

    /// Adds the keys of rows from their records.
    fn read_records(
        &mut self,
        key: &Key,
        snapshot: &Snapshot,
        rows: &[(RowId, usize)],
        hasher: &DefaultHashBuilder,
    ) -> Result<(), Error> {
        let Values::Path(path) = &key.values else {
            return Ok(());
        };
        let rows: Vec<RowId> = rows.iter().map(|&(id, _)| id).collect();
        let mut next = rows.iter();
        snapshot.for_each_record(&rows, &mut snapshot.reader(), |record| {
            if let Some(&row) = next.next() {
                let text = text_at(record, path)?;
                let text = text.and_then(|text| self.texts.push(key, &text, hasher));
                self.add(row, text);
            }
            Ok(())
        })
    }

    /// Adds the key of a record, by the number and the hash of its text; `None` for a record without a key.
    fn add(&mut self, row: RowId, text: Option<(u32, u64)>) {
        let Some((number, hash)) = text else {
            self.without_key += 1;
            return;
        };
        self.text_numbers.push(number);
        self.rows.push(row);
        self.hashes.push(hash);
    }
}

impl DictionaryKeys {
    /// Folds and hashes the values of a dictionary.
    fn new(key: &Key, values: &StringArray, hasher: &DefaultHashBuilder) -> Self {
        let mut texts = KeyTexts::default();
        texts.reserve(values.len(), values.value_data().len());
        let keys = values.iter().flatten();
        let keys = keys.map(|value| texts.push(key, value, hasher)).collect();
        Self { texts, keys }
    }
}
