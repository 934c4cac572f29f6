use std::hash::BuildHasher;

use arrow_array::types::UInt32Type;
use arrow_array::{Array, DictionaryArray, StringArray, UInt32Array};
use arrow_buffer::BooleanBuffer;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::presence::{Presence, PresenceBuilder, PresenceOf};
use crate::text::TextBuilder;

/// Strings out of a few: each row has the code of a value in the chunk's dictionary.
#[derive(Debug)]
pub struct KeywordColumn {
    codes: DictionaryArray<UInt32Type>,
    dictionary: StringArray,
    missing: Option<BooleanBuffer>,
}

impl KeywordColumn {
    /// The column as an Arrow dictionary array.
    pub fn codes(&self) -> &DictionaryArray<UInt32Type> {
        &self.codes
    }

    /// The distinct values of the chunk, in the order of their first row.
    pub fn dictionary(&self) -> &StringArray {
        &self.dictionary
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(self.codes.len(), self.codes.nulls(), self.missing.as_ref())
    }

    /// The code of a row.
    pub fn code(&self, row: usize) -> Option<u32> {
        self.codes
            .is_valid(row)
            .then(|| self.codes.keys().value(row))
    }

    /// The string of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        self.code(row)
            .map(|code| self.dictionary.value(code as usize))
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.codes.get_buffer_memory_size()
    }
}

/// Builds a [`KeywordColumn`].
#[derive(Debug, Default)]
pub struct KeywordBuilder {
    codes: Vec<u32>,
    dictionary: TextBuilder,
    values: Vec<Box<str>>,
    positions: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: u32,
    presence: PresenceBuilder,
}

impl KeywordBuilder {
    /// A builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row with a string.
    pub fn push(&mut self, value: &str) {
        let code = self.code(value);
        self.last = code;
        self.codes.push(code);
        self.presence.push(PresenceOf::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.codes.push(0);
        self.presence.push(PresenceOf::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.codes.push(0);
        self.presence.push(PresenceOf::Missing);
    }

    /// The column.
    pub fn finish(mut self) -> KeywordColumn {
        let (nulls, missing) = self.presence.finish();
        self.codes.shrink_to_fit();
        let dictionary = self.dictionary.finish().values().clone();
        let keys = UInt32Array::new(self.codes.into(), nulls);
        let codes = DictionaryArray::new(keys, std::sync::Arc::new(dictionary.clone()));
        KeywordColumn {
            codes,
            dictionary,
            missing,
        }
    }

    fn code(&mut self, value: &str) -> u32 {
        // Neighbours often have the same value.
        if self
            .values
            .get(self.last as usize)
            .is_some_and(|last| &**last == value)
        {
            return self.last;
        }
        let hash = self.hasher.hash_one(value);
        let same = |&code: &u32| &*self.values[code as usize] == value;
        if let Some(&code) = self.positions.find(hash, same) {
            return code;
        }
        let code = self.values.len() as u32;
        let rehash = |&code: &u32| self.hasher.hash_one(&*self.values[code as usize]);
        self.positions.insert_unique(hash, code, rehash);
        self.values.push(value.into());
        self.dictionary.push(value);
        code
    }
}
