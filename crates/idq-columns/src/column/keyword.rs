//! Dictionary-encoded string columns: the distinct values, and a code for each row.

use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use arrow_array::{Array, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::column::text::TextColumn;
use crate::column::text_builder::TextBuilder;
use crate::encoding::code_set::CodeSet;
use crate::encoding::codes::Codes;
use crate::encoding::strings::{StringArena, array_memory};
use crate::kernels::text_contains;
use crate::validity::{Validity, ValidityBuilder, ValueState};
use crate::{Column, Patterns, RowSet};

/// Dictionary-encoded strings: each row has the code of a value in the dictionary.
///
/// The chunks of a loaded snapshot have a dictionary each, in the order of first occurrence. The chunks of a snapshot
/// file share one, in the field's sort order.
///
/// A condition is evaluated in two steps: once for each value of the dictionary, by [`Dictionary::codes_matching`] or
/// [`Dictionary::codes_containing`], and then for each row by its code.
///
/// ```
/// use idq_columns::KeywordBuilder;
///
/// let mut builder = KeywordBuilder::new();
/// for state in ["active", "staged", "active"] {
///     builder.push(state);
/// }
/// let column = builder.finish();
/// let codes = column.dictionary_arc().codes_matching(|state| state == "active");
/// let rows = column.filter_codes(&codes);
/// assert_eq!(rows.set_indices().collect::<Vec<_>>(), [0, 2]);
/// ```
#[derive(Debug)]
pub struct KeywordColumn {
    pub(crate) codes: Codes,
    pub(crate) nulls: Option<NullBuffer>,
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) missing: Option<BooleanBuffer>,
}

/// The distinct strings of a column, or of the columns of several chunks.
#[derive(Debug)]
pub struct Dictionary {
    values: StringArray,
    /// The values as a text column, which keeps their casefolded forms. Built by the first search.
    searchable: OnceLock<Box<TextColumn>>,
}

impl Dictionary {
    /// Creates a dictionary of distinct strings, none of which is null.
    pub fn new(values: StringArray) -> Self {
        Self {
            values,
            searchable: OnceLock::new(),
        }
    }

    /// Returns the strings; the code of each is its position.
    pub fn values(&self) -> &StringArray {
        &self.values
    }

    /// Returns the codes of the strings that satisfy a condition.
    pub fn codes_matching(&self, condition: impl Fn(&str) -> bool) -> CodeSet {
        let codes = 0..self.values.len();
        CodeSet::new(
            codes
                .map(|code| condition(self.values.value(code)))
                .collect(),
        )
    }

    /// Returns the codes of the strings whose casefolded form contains one of the patterns.
    ///
    /// All strings are searched as one text, which is faster than one search for each short string.
    pub fn codes_containing(&self, patterns: &Patterns) -> CodeSet {
        let make = || Box::new(TextColumn::plain(self.values.clone()));
        let rows = text_contains(self.searchable.get_or_init(make), patterns);
        CodeSet::new(rows.iter().collect())
    }
}

impl KeywordColumn {
    /// Returns the strings as a plain Arrow array; null where a row has none.
    pub fn to_strings(&self) -> StringArray {
        (0..self.codes.len()).map(|row| self.value(row)).collect()
    }

    /// Returns the codes of all rows; those of rows without a value are unspecified.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Returns the strings of the dictionary: the distinct values of the chunk, and those of other chunks that share
    /// it.
    pub fn dictionary(&self) -> &StringArray {
        &self.dictionary.values
    }

    /// Returns the dictionary, which columns of other chunks may share.
    pub fn dictionary_arc(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// Returns the rows whose code is in a set.
    ///
    /// `set` must contain codes of this column's dictionary.
    pub fn filter_codes(&self, set: &CodeSet) -> RowSet {
        if set.is_full() {
            return self.validity().valid_rows();
        }
        self.codes.filter_codes(set, self.nulls.as_ref())
    }

    /// Returns the validity: which rows have a value, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(self.codes.len(), self.nulls.as_ref(), self.missing.as_ref())
    }

    /// Returns the code of a row.
    #[inline]
    pub fn code(&self, row: usize) -> Option<u32> {
        let is_valid = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        is_valid.then(|| self.codes.get(row))
    }

    /// Returns the string of a row.
    #[inline]
    pub fn value(&self, row: usize) -> Option<&str> {
        self.code(row)
            .map(|code| self.dictionary.values.value(code as usize))
    }

    /// Returns the bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.codes.memory() + array_memory(&self.dictionary.values) + self.validity().memory()
    }
}

/// Up to this number of distinct values, a column stays dictionary-encoded, whatever the number of rows.
const ALWAYS_ENCODED_VALUES: usize = 256;

/// Builds a [`KeywordColumn`] by hashing each value.
#[derive(Debug, Default)]
pub struct KeywordBuilder {
    /// The code of each row; 0 for rows without a value. Narrowed at the end, when the size of the dictionary is known.
    codes: Vec<u32>,
    /// The dictionary in the order of first occurrence.
    values: StringArena,
    /// Codes by the hashes of their values. Hashes are seeded, because an attacker could choose values that collide.
    codes_by_hash: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The code of the last row with a value.
    last_code: u32,
    validity: ValidityBuilder,
}

impl KeywordBuilder {
    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with a string.
    pub fn push(&mut self, value: &str) {
        self.push_bytes(value.as_bytes());
    }

    /// Adds a row with the bytes of a string, which must be UTF-8: [`finish`](Self::finish) panics if they are not.
    pub(crate) fn push_bytes(&mut self, value: &[u8]) {
        let code = self.code_of_bytes(value);
        self.push_code(code);
    }

    /// Adds a row with the string of a code.
    pub fn push_code(&mut self, code: u32) {
        self.last_code = code;
        self.codes.push(code);
        self.validity.push(ValueState::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.codes.push(0);
        self.validity.push(ValueState::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.codes.push(0);
        self.validity.push(ValueState::Missing);
    }

    /// Returns the number of distinct values.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// Returns the bytes of the distinct values.
    pub fn bytes(&self) -> usize {
        self.values.byte_len()
    }

    /// Returns the column.
    pub fn finish(self) -> KeywordColumn {
        let (nulls, missing) = self.validity.finish();
        KeywordColumn {
            codes: Codes::new(self.codes, self.values.len()),
            nulls,
            dictionary: Arc::new(Dictionary::new(self.values.finish(None))),
            missing,
        }
    }

    /// Returns the column in the form that takes less memory: plain text where most values are distinct.
    pub fn finish_compact(self) -> Column {
        let distinct = self.distinct();
        if distinct <= ALWAYS_ENCODED_VALUES || distinct <= self.codes.len() / 2 {
            return Column::Keyword(self.finish());
        }
        let column = self.finish();
        let validity = column.validity();
        let mut builder = TextBuilder::new();
        for row in 0..column.codes.len() {
            match (column.value(row), validity.state(row)) {
                (Some(value), _) => builder.push(value),
                (None, ValueState::Missing) => builder.push_missing(),
                (None, _) => builder.push_null(),
            }
        }
        Column::Text(builder.finish())
    }

    /// Returns the code of a value, which is added to the dictionary if it is new.
    pub fn code(&mut self, value: &str) -> u32 {
        self.code_of_bytes(value.as_bytes())
    }

    /// Returns the code of the bytes of a value.
    fn code_of_bytes(&mut self, value: &[u8]) -> u32 {
        let Self {
            values,
            codes_by_hash,
            hasher,
            ..
        } = self;
        // Consecutive records often have the same value, which a comparison finds faster than a hash.
        let last = self.last_code as usize;
        if last < values.len() && values.get(last) == value {
            return self.last_code;
        }
        let hash = hasher.hash_one(value);
        let is_same = |&code: &u32| values.get(code as usize) == value;
        if let Some(&code) = codes_by_hash.find(hash, is_same) {
            return code;
        }
        let code = values.len() as u32;
        values.push_bytes(value);
        let rehash = |&code: &u32| hasher.hash_one(values.get(code as usize));
        codes_by_hash.insert_unique(hash, code, rehash);
        code
    }
}
