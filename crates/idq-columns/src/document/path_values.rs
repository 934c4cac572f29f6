//! The values of one path in the documents of a chunk while they are added, dictionary-encoded or plain.
//!
//! A path starts with a dictionary. If most of its texts are distinct, as ids and addresses are, the texts are decoded
//! and further texts are stored row by row.

use hashbrown::HashTable;

use super::element_numbers::{ElementNumber, ElementNumbersBuilder};
use super::path_arrays::{PathArrays, PathParts};
use super::{ValueKind, is_terminator};
use crate::encoding::strings::StringArena;
use crate::hash::hash;

/// Builds the values of one path.
#[derive(Debug, Default)]
pub(super) struct PathValuesBuilder {
    /// The row of each value, ascending.
    rows: Vec<u32>,
    values: Values,
    /// The element numbers; `None` while no value is inside an array.
    elements: Option<Box<ElementNumbersBuilder>>,
}

/// The values of a path by their number: documents whose keys are data have a path for each value, which must be small.
#[derive(Debug, Default)]
enum Values {
    /// No value.
    #[default]
    None,
    /// One value.
    One(ValueKind, Box<str>),
    /// Dictionary-encoded, while values recur.
    Encoded(Box<DictionaryBuilder>),
    /// The text of each value, with its terminator.
    Plain(Vec<u8>),
}

/// The maximum number of distinct texts of a dictionary, whose codes have eight bits.
const MAX_DISTINCT: usize = 256;

/// Beyond this number of distinct texts, a path stays encoded only while a text occurs twice on average.
const MIN_DISTINCT_LIMIT: usize = 48;

impl PathValuesBuilder {
    /// Adds a value of a row.
    #[inline]
    pub(super) fn push(
        &mut self,
        row: u32,
        kind: ValueKind,
        text: &str,
        elements: &[ElementNumber],
    ) {
        if !elements.is_empty() || self.elements.is_some() {
            let numbers = self.elements.get_or_insert_default();
            numbers.push(self.rows.len(), elements);
        }
        self.rows.push(row);
        match &mut self.values {
            Values::Encoded(dictionary) => {
                if !dictionary.push(kind, text) {
                    let mut texts = dictionary.decode();
                    push_text(kind, text, &mut texts);
                    self.values = Values::Plain(texts);
                }
            }
            Values::Plain(texts) => push_text(kind, text, texts),
            Values::None => self.values = Values::One(kind, text.into()),
            Values::One(first_kind, first) => {
                let mut dictionary = Box::<DictionaryBuilder>::default();
                dictionary.push(*first_kind, first);
                dictionary.push(kind, text);
                self.values = Values::Encoded(dictionary);
            }
        }
    }

    /// Removes the last value.
    pub(super) fn pop(&mut self) {
        self.rows.pop();
        if let Some(numbers) = &mut self.elements {
            numbers.pop();
        }
        match &mut self.values {
            Values::None => {}
            Values::One(..) => self.values = Values::None,
            Values::Encoded(dictionary) => drop(dictionary.codes.pop()),
            Values::Plain(texts) => {
                texts.pop();
                let end = texts.iter().rposition(|&byte| is_terminator(byte));
                texts.truncate(end.map_or(0, |end| end + 1));
            }
        }
    }

    /// Adds the path to the arrays of a column of `rows` rows.
    pub(super) fn finish(self, parent: u32, key: &str, rows: usize, arrays: &mut PathArrays) {
        let (texts, codes) = match self.values {
            Values::None => (Vec::new(), None),
            Values::One(kind, text) => {
                let mut texts = Vec::new();
                push_text(kind, &text, &mut texts);
                (texts, None)
            }
            Values::Encoded(dictionary) => {
                let mut texts = Vec::new();
                for code in 0..dictionary.kinds.len() {
                    push_text(
                        dictionary.kinds[code],
                        dictionary.texts.text(code),
                        &mut texts,
                    );
                }
                (texts, Some(dictionary.codes))
            }
            Values::Plain(texts) => (texts, None),
        };
        let (mut levels, mut element_numbers) = (Vec::new(), Vec::new());
        if let Some(numbers) = &self.elements {
            numbers.encode(&mut levels, &mut element_numbers);
        }
        let parts = PathParts {
            parent,
            key: key.as_bytes(),
            texts: &texts,
            codes: codes.as_deref(),
            rows: self.rows,
            levels: &levels,
            element_numbers: &element_numbers,
        };
        arrays.push(parts, rows);
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
/// A chunk has thousands of these dictionaries and their size is bounded, so unlike
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
