//! The builder of string columns, which chooses the encoding that suits the strings.

use arrow_buffer::NullBuffer;

use crate::Column;
use crate::column::keyword::KeywordBuilder;
use crate::column::text::{Encoding, TextColumn};
use crate::encoding::affix::AffixEncoded;
use crate::encoding::strings::StringArena;
use crate::encoding::uuid::{self, Uuids};
use crate::validity::{ValidityBuilder, ValueState};

/// Builds a [`TextColumn`].
///
/// The strings are collected without an encoding, because the best one depends on all of them. A chunk is small, so the
/// encoding reads them from the processor's cache.
///
/// ```
/// use idq_columns::{Column, TextBuilder};
///
/// let mut builder = TextBuilder::new();
/// (0..1_000).for_each(|row| builder.push(["Lyon", "Rye"][row % 2]));
/// // Two distinct values: a code for each row is smaller.
/// assert!(matches!(builder.finish_compact(), Column::Keyword(_)));
/// ```
#[derive(Debug, Default)]
pub struct TextBuilder {
    /// The string of each row; empty for rows without one.
    strings: StringArena,
    validity: ValidityBuilder,
    /// Whether no dictionary is tried.
    is_distinct: bool,
}

/// Distinct values up to which a dictionary is tried, whatever the number of rows.
const MIN_DISTINCT_LIMIT: usize = 512;

/// Beyond [`MIN_DISTINCT_LIMIT`], more distinct values than one in this number of rows end the trial: a dictionary
/// would save too little for the time that hashing takes.
const MIN_ROWS_PER_VALUE: usize = 8;

impl TextBuilder {
    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a builder for strings that hardly recur, such as ids: they get no dictionary, and none is tried.
    pub fn for_distinct() -> Self {
        Self {
            is_distinct: true,
            ..Self::default()
        }
    }

    /// Adds a row with a string.
    ///
    /// # Panics
    /// The strings of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn push(&mut self, value: &str) {
        self.strings.push(value);
        self.validity.push(ValueState::Present);
    }

    /// Adds a row with null.
    pub fn push_null(&mut self) {
        self.strings.push("");
        self.validity.push(ValueState::Null);
    }

    /// Adds a row whose record does not have the field.
    pub fn push_missing(&mut self) {
        self.strings.push("");
        self.validity.push(ValueState::Missing);
    }

    /// Returns a text column: of UUIDs if all strings are UUIDs, else affix-encoded if that saves memory, else plain.
    pub fn finish(self) -> TextColumn {
        let (nulls, missing) = self.validity.finish();
        let encoding = parse_uuids(&self.strings, nulls.as_ref()).map_or_else(
            || {
                let plain = self.strings.finish(nulls.clone());
                AffixEncoded::encode(&plain).map_or(Encoding::Plain(plain), Encoding::Affix)
            },
            |uuids| Encoding::Uuids(Uuids::new(uuids)),
        );
        TextColumn::new(encoding, nulls, missing)
    }

    /// Returns the column in the form that takes the least memory: dictionary-encoded where values recur.
    pub fn finish_compact(self) -> Column {
        match self.to_keywords() {
            Some(builder) => Column::Keyword(builder.finish()),
            None => Column::Text(self.finish()),
        }
    }

    /// Dictionary-encodes the rows, unless too many of their strings are distinct.
    fn to_keywords(&self) -> Option<KeywordBuilder> {
        if self.is_distinct {
            return None;
        }
        let mut builder = KeywordBuilder::new();
        for row in 0..self.strings.len() {
            match self.validity.state(row) {
                ValueState::Present => builder.push_bytes(self.strings.get(row)),
                ValueState::Null => builder.push_null(),
                ValueState::Missing => builder.push_missing(),
            }
            if builder.distinct() > MIN_DISTINCT_LIMIT + row / MIN_ROWS_PER_VALUE {
                return None;
            }
        }
        (builder.distinct() <= self.strings.len() / 2).then_some(builder)
    }
}

/// Parses the strings as UUIDs; `None` if a string is not a UUID, or no row has a string.
fn parse_uuids(strings: &StringArena, nulls: Option<&NullBuffer>) -> Option<Vec<[u8; 16]>> {
    let mut uuids = Vec::new();
    let mut has_value = false;
    for row in 0..strings.len() {
        let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(row));
        has_value |= is_valid;
        let uuid = if is_valid {
            uuid::parse(strings.get(row))?
        } else {
            [0; 16]
        };
        // Most columns of text fail at their first row, before memory is reserved.
        if uuids.is_empty() {
            uuids.reserve_exact(strings.len());
        }
        uuids.push(uuid);
    }
    has_value.then_some(uuids)
}
