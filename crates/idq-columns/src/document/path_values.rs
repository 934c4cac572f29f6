//! The values of one path in the documents of a chunk while they are added, dictionary-encoded or plain.
//!
//! Up to 16 values of a path, none of them in an array, are in the list of [chained values](super::chained_values).
//! Otherwise they are in a dictionary of the path. If most of its texts are distinct, as ids and addresses are, the
//! texts are decoded and further texts are stored row by row.

use hashbrown::HashTable;

use super::chained_values::{ChainedValues, EncodedChain, PathChain};
use super::element_numbers::{ElementNumber, ElementNumbersBuilder};
use super::path_arrays::{PathArrays, PathParts};
use super::{ValueKind, is_terminator};
use crate::encoding::strings::StringArena;
use crate::hash::hash;

/// Builds the values of one path.
#[derive(Debug)]
pub(super) enum PathValuesBuilder {
    /// Up to 16 values, none in an array, in the list of all paths.
    Chained(PathChain),
    /// Any number of values, stored for this path alone.
    Separate(Box<SeparateValues>),
}

impl Default for PathValuesBuilder {
    fn default() -> Self {
        Self::Chained(PathChain::default())
    }
}

/// The values of a path that are not in the list of all paths.
#[derive(Debug, Default)]
pub(super) struct SeparateValues {
    /// The row of each value, ascending.
    rows: Vec<u32>,
    texts: Texts,
    /// The element numbers; `None` while no value is inside an array.
    elements: Option<Box<ElementNumbersBuilder>>,
}

/// The texts of a path.
#[derive(Debug)]
enum Texts {
    /// Dictionary-encoded, while values recur.
    Encoded(DictionaryBuilder),
    /// The text of each value, with its terminator.
    Plain(Vec<u8>),
}

impl Default for Texts {
    fn default() -> Self {
        Self::Encoded(DictionaryBuilder::default())
    }
}

/// The maximum number of distinct texts of a dictionary, whose codes have eight bits.
const MAX_DISTINCT: usize = 256;

/// Beyond this number of distinct texts, a path stays encoded only while a text occurs twice on average.
const MIN_DISTINCT_LIMIT: usize = 48;

impl PathValuesBuilder {
    /// Adds a value of a row; `chained` has the chained values of all paths.
    #[inline]
    pub(super) fn push(
        &mut self,
        row: u32,
        kind: ValueKind,
        text: &str,
        elements: &[ElementNumber],
        chained: &mut ChainedValues,
    ) {
        match self {
            Self::Separate(values) => values.push(row, kind, text, elements),
            Self::Chained(path) if elements.is_empty() && !path.is_full() => {
                chained.push(path, row, kind, text);
            }
            Self::Chained(path) => {
                let mut values = Box::<SeparateValues>::default();
                chained.for_each(*path, |row, kind, text| values.push(row, kind, text, &[]));
                values.push(row, kind, text, elements);
                *self = Self::Separate(values);
            }
        }
    }

    /// Returns whether there is no value.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Chained(path) if path.is_empty())
    }

    /// Removes the last value.
    pub(super) fn pop(&mut self, chained: &ChainedValues) {
        match self {
            Self::Chained(path) => chained.pop(path),
            Self::Separate(values) => values.pop(),
        }
    }

    /// Adds the path to the arrays of a column of `rows` rows. `encoded` is a buffer.
    pub(super) fn finish(
        self,
        parent: u32,
        key: &[u8],
        rows: usize,
        chained: &ChainedValues,
        encoded: &mut EncodedChain,
        arrays: &mut PathArrays,
    ) {
        let parts = PathParts {
            parent,
            key,
            ..PathParts::default()
        };
        match self {
            Self::Chained(path) => {
                chained.encode(path, encoded);
                let parts = PathParts {
                    texts: &encoded.texts,
                    codes: encoded.codes(),
                    rows: &encoded.rows,
                    ..parts
                };
                arrays.push(parts, rows);
            }
            Self::Separate(values) => values.finish(parts, rows, arrays),
        }
    }
}

impl SeparateValues {
    /// Adds a value of a row; the first text that does not suit the dictionary ends it.
    #[inline]
    fn push(&mut self, row: u32, kind: ValueKind, text: &str, elements: &[ElementNumber]) {
        if !elements.is_empty() || self.elements.is_some() {
            let numbers = self.elements.get_or_insert_default();
            numbers.push(self.rows.len(), elements);
        }
        self.rows.push(row);
        match &mut self.texts {
            Texts::Encoded(dictionary) => {
                if !dictionary.push(kind, text) {
                    let mut texts = dictionary.decode();
                    push_text(kind, text, &mut texts);
                    self.texts = Texts::Plain(texts);
                }
            }
            Texts::Plain(texts) => push_text(kind, text, texts),
        }
    }

    /// Adds the path to the arrays of a column of `rows` rows. `parts` has its parent and its key.
    fn finish(self, parts: PathParts<'_>, rows: usize, arrays: &mut PathArrays) {
        let (mut levels, mut element_numbers) = (Vec::new(), Vec::new());
        if let Some(numbers) = &self.elements {
            numbers.encode(&mut levels, &mut element_numbers);
        }
        let (texts, codes) = match self.texts {
            Texts::Encoded(dictionary) if dictionary.codes.is_empty() => (Vec::new(), None),
            Texts::Encoded(dictionary) => (dictionary.texts(), Some(dictionary.codes)),
            Texts::Plain(texts) => (texts, None),
        };
        let parts = PathParts {
            texts: &texts,
            codes: codes.as_deref(),
            rows: &self.rows,
            levels: &levels,
            element_numbers: &element_numbers,
            ..parts
        };
        arrays.push(parts, rows);
    }

    /// Removes the last value. Its text may stay in the dictionary, where no value refers to it.
    fn pop(&mut self) {
        self.rows.pop();
        if let Some(numbers) = &mut self.elements {
            numbers.pop();
        }
        match &mut self.texts {
            Texts::Encoded(dictionary) => drop(dictionary.codes.pop()),
            Texts::Plain(texts) => {
                texts.pop();
                let end = texts.iter().rposition(|&byte| is_terminator(byte));
                texts.truncate(end.map_or(0, |end| end + 1));
            }
        }
    }
}

/// Appends a text and its terminator.
#[inline]
fn push_text(kind: ValueKind, text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 1);
    out.extend_from_slice(text.as_bytes());
    out.push(kind.terminator());
}

/// Dictionary-encodes up to [`MAX_DISTINCT`] values.
///
/// A chunk may have many of these dictionaries and their size is bounded, so unlike
/// [`KeywordBuilder`](crate::KeywordBuilder) they have an unseeded hash and codes of one byte.
#[derive(Debug, Default)]
struct DictionaryBuilder {
    codes: Vec<u8>,
    texts: StringArena,
    kinds: Vec<ValueKind>,
    /// The hash of each text.
    hashes: Vec<u64>,
    table: HashTable<u8>,
}

impl DictionaryBuilder {
    /// Adds a value; returns false if too many values are distinct.
    #[inline]
    fn push(&mut self, kind: ValueKind, text: &str) -> bool {
        let hash = hash(text.as_bytes());
        let is_same = |&code: &u8| {
            let code = usize::from(code);
            self.hashes[code] == hash
                && self.kinds[code] == kind
                && self.texts.get(code) == text.as_bytes()
        };
        if let Some(&code) = self.table.find(hash, is_same) {
            self.codes.push(code);
            return true;
        }
        self.push_new(kind, text, hash)
    }

    /// Adds a value that is not in the dictionary.
    #[inline(never)]
    fn push_new(&mut self, kind: ValueKind, text: &str, hash: u64) -> bool {
        let count = self.hashes.len();
        let recurs = count < MIN_DISTINCT_LIMIT || self.codes.len() >= count * 2;
        if count == MAX_DISTINCT || !recurs {
            return false;
        }
        let code = count as u8;
        self.texts.push(text);
        self.kinds.push(kind);
        self.hashes.push(hash);
        let hashes = &self.hashes;
        let rehash = |&code: &u8| hashes[usize::from(code)];
        self.table.insert_unique(hash, code, rehash);
        self.codes.push(code);
        true
    }

    /// Returns the distinct texts, each with its terminator.
    fn texts(&self) -> Vec<u8> {
        let mut texts = Vec::new();
        for code in 0..self.kinds.len() {
            push_text(self.kinds[code], self.texts.text(code), &mut texts);
        }
        texts
    }

    /// Returns the text of each value, with its terminator.
    fn decode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for &code in &self.codes {
            let code = usize::from(code);
            push_text(self.kinds[code], self.texts.text(code), &mut out);
        }
        out
    }
}
