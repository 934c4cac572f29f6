use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use arrow_array::{Array, ArrayRef, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::codes::{Codes, Holding};
use crate::kernels::text_contains;
use crate::presence::{Presence, PresenceBuilder, PresenceOf};
use crate::strings::{Strings, bytes_of};
use crate::text::{TextBuilder, TextColumn};
use crate::{Column, Needles, RowSet};

/// Strings out of a few: each row has the code of a value in the chunk's dictionary.
#[derive(Debug)]
pub struct KeywordColumn {
    pub(crate) codes: Codes,
    pub(crate) nulls: Option<NullBuffer>,
    pub(crate) dictionary: Arc<Dictionary>,
    pub(crate) missing: Option<BooleanBuffer>,
}

/// Distinct strings; the chunks of a snapshot can share one dictionary.
#[derive(Debug)]
pub struct Dictionary {
    values: StringArray,
    searched: OnceLock<Box<TextColumn>>,
}

impl Dictionary {
    /// A dictionary of these strings; none is null.
    pub fn new(values: StringArray) -> Self {
        Self {
            values,
            searched: OnceLock::new(),
        }
    }

    /// The strings; the code of each is its position.
    pub fn values(&self) -> &StringArray {
        &self.values
    }

    /// Which strings satisfy a condition.
    pub fn holding(&self, condition: impl Fn(&str) -> bool) -> Holding {
        let codes = 0..self.values.len();
        Holding::new(
            codes
                .map(|code| condition(self.values.value(code)))
                .collect(),
        )
    }

    /// Which strings' folded forms contain one of the needles; all are searched as one text.
    pub fn containing(&self, needles: &Needles) -> Holding {
        let make = || Box::new(TextColumn::plain(self.values.clone()));
        let rows = text_contains(self.searched.get_or_init(make), needles);
        Holding::new(rows.iter().collect())
    }
}

impl KeywordColumn {
    /// The column as an Arrow dictionary array, over the same memory.
    pub fn to_arrow(&self) -> ArrayRef {
        self.codes
            .to_arrow(self.nulls.as_ref(), &self.dictionary.values)
    }

    /// The strings as a plain Arrow array; null where a row has none.
    pub fn to_strings(&self) -> StringArray {
        (0..self.codes.len()).map(|row| self.value(row)).collect()
    }

    /// The codes of all rows; those of rows without a value mean nothing.
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// The distinct values of the chunk, and maybe others.
    pub fn dictionary(&self) -> &StringArray {
        &self.dictionary.values
    }

    /// The dictionary, which other chunks may have as well.
    pub fn shared_dictionary(&self) -> &Arc<Dictionary> {
        &self.dictionary
    }

    /// The rows whose value is one of those that hold, by their codes.
    pub fn rows_where(&self, holding: &Holding) -> RowSet {
        if holding.is_all() {
            return self.presence().present();
        }
        self.codes.rows_where(holding, self.nulls.as_ref())
    }

    /// Which rows have a value, null, or nothing.
    pub fn presence(&self) -> Presence<'_> {
        Presence::new(self.codes.len(), self.nulls.as_ref(), self.missing.as_ref())
    }

    /// The code of a row.
    pub fn code(&self, row: usize) -> Option<u32> {
        let is_valid = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        is_valid.then(|| self.codes.get(row))
    }

    /// The string of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        self.code(row)
            .map(|code| self.dictionary.values.value(code as usize))
    }

    /// Bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        self.codes.memory() + bytes_of(&self.dictionary.values) + self.presence().memory()
    }
}

/// Up to so many values a dictionary always pays.
const SMALL: usize = 256;

/// Builds a [`KeywordColumn`].
#[derive(Debug, Default)]
pub struct KeywordBuilder {
    codes: Vec<u32>,
    values: Strings,
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
        self.push_code(code);
    }

    /// Adds a row with a string that has this code.
    pub fn push_code(&mut self, code: u32) {
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

    /// How many distinct values there are.
    pub fn distinct(&self) -> usize {
        self.values.len()
    }

    /// The bytes of the distinct values.
    pub fn bytes(&self) -> usize {
        self.values.bytes()
    }

    /// The column.
    pub fn finish(self) -> KeywordColumn {
        let (nulls, missing) = self.presence.finish();
        KeywordColumn {
            codes: Codes::new(self.codes, self.values.len()),
            nulls,
            dictionary: Arc::new(Dictionary::new(self.values.finish(None))),
            missing,
        }
    }

    /// The column: plain text, where a dictionary would take more memory than it saves.
    pub fn finish_smallest(self) -> Column {
        let distinct = self.distinct();
        if distinct <= SMALL || distinct <= self.codes.len() / 2 {
            return Column::Keyword(self.finish());
        }
        let column = self.finish();
        let presence = column.presence();
        let mut builder = TextBuilder::new();
        for row in 0..column.codes.len() {
            match (column.value(row), presence.of(row)) {
                (Some(value), _) => builder.push(value),
                (None, PresenceOf::Missing) => builder.push_missing(),
                (None, _) => builder.push_null(),
            }
        }
        Column::Text(builder.finish())
    }

    /// The code of a value, which gets one if it has none.
    pub fn code(&mut self, value: &str) -> u32 {
        let Self {
            values,
            positions,
            hasher,
            ..
        } = self;
        // Neighbours often have the same value.
        if (self.last as usize) < values.len() && values.get(self.last as usize) == value.as_bytes()
        {
            return self.last;
        }
        let hash = hasher.hash_one(value.as_bytes());
        let same = |&code: &u32| values.get(code as usize) == value.as_bytes();
        if let Some(&code) = positions.find(hash, same) {
            return code;
        }
        let code = values.len() as u32;
        values.push(value);
        let rehash = |&code: &u32| hasher.hash_one(values.get(code as usize));
        positions.insert_unique(hash, code, rehash);
        code
    }
}
