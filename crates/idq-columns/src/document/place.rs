//! The values of one place in the documents of a chunk.

use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder, ScalarBuffer};
use hashbrown::HashTable;

use super::{END, PlaceRows};
use crate::fold::fold_into;

/// Rows, ascending; one may be there several times.
#[derive(Debug)]
pub(crate) enum Rows {
    /// One bit a row of the chunk.
    Bits(BooleanBuffer),
    /// Each as a number, in a chunk of so few.
    Short(ScalarBuffer<u16>),
    /// Each as a number.
    Long(ScalarBuffer<u32>),
}

impl Rows {
    /// A bit a row is smaller than a number a row, unless few of them are there.
    pub(super) fn new(list: Vec<u32>, rows: usize) -> Self {
        let distinct = list.is_sorted_by(|one, other| one < other);
        if !distinct || list.len() * 16 < rows {
            return if rows <= 1 << 16 {
                Self::Short(list.into_iter().map(|row| row as u16).collect())
            } else {
                Self::Long(list.into_boxed_slice().into_vec().into())
            };
        }
        let mut bits = BooleanBufferBuilder::new(rows);
        bits.append_n(rows, false);
        list.iter()
            .for_each(|&row| bits.set_bit(row as usize, true));
        Self::Bits(bits.build())
    }

    /// The rows.
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::Bits(bits) => Box::new(bits.set_indices()),
            Self::Short(list) => Box::new(list.iter().map(|&row| usize::from(row))),
            Self::Long(list) => Box::new(list.iter().map(|&row| row as usize)),
        }
    }

    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.inner().len(),
            Self::Short(list) => 2 * list.len(),
            Self::Long(list) => 4 * list.len(),
        }
    }
}

/// Builds the values of one place.
#[derive(Debug, Default)]
pub(super) struct PlaceBuilder {
    rows: Vec<u32>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    /// Each distinct text once, as long as few are.
    Distinct(Distinct),
    /// The text of each row, folded as far as it is not ASCII.
    Plain(Vec<u8>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Distinct(Distinct::default())
    }
}

/// How many distinct texts a code can tell apart.
const MAX_DISTINCT: usize = 256;

/// After this many values a place whose texts mostly differ is known to be one where they do.
const ENOUGH: usize = 48;

impl PlaceBuilder {
    #[inline]
    pub(super) fn push(&mut self, row: u32, text: &str) {
        self.rows.push(row);
        if let Values::Distinct(distinct) = &mut self.values {
            if distinct.push(text) {
                return;
            }
            self.values = Values::Plain(distinct.plain());
        }
        if let Values::Plain(texts) = &mut self.values {
            push_plain(text, texts);
        }
    }

    /// Forgets the last text.
    pub(super) fn pop(&mut self) {
        self.rows.pop();
        match &mut self.values {
            Values::Distinct(distinct) => drop(distinct.codes.pop()),
            Values::Plain(texts) => {
                texts.pop();
                texts.truncate(memchr::memrchr(END, texts).map_or(0, |end| end + 1));
            }
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self.values, Values::Plain(_))
    }

    /// Appends the texts, folded, to `out`; where the rows are, and which text each has.
    pub(super) fn finish(self, around: u32, rows: usize, out: &mut Vec<u8>) -> PlaceRows {
        let start = out.len();
        let codes = match self.values {
            Values::Distinct(distinct) => {
                distinct.each(|text| push_plain(text, out));
                Some(distinct.codes.into_boxed_slice().into_vec().into())
            }
            Values::Plain(texts) => {
                out.extend_from_slice(&texts);
                None
            }
        };
        // All at once is faster than one by one.
        out[start..].make_ascii_lowercase();
        PlaceRows {
            around,
            rows: Rows::new(self.rows, rows),
            codes,
        }
    }
}

/// Appends a text that still has to be lowercased as far as it is ASCII.
#[inline]
fn push_plain(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 1);
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        fold_into(text, out);
    }
    out.push(END);
}

/// Distinct texts, as they are, and for each row the position of its text.
#[derive(Debug, Default)]
struct Distinct {
    codes: Vec<u8>,
    texts: Vec<u8>,
    entries: Vec<Entry>,
    table: HashTable<u8>,
}

/// One of the texts.
#[derive(Debug, Clone, Copy)]
struct Entry {
    hash: u64,
    start: u32,
    length: u32,
}

impl Distinct {
    /// Adds a row; false where the texts turn out to differ too much.
    #[inline]
    fn push(&mut self, text: &str) -> bool {
        let text = text.as_bytes();
        let hash = hash(text);
        let same = |&code: &u8| {
            let entry = &self.entries[usize::from(code)];
            entry.hash == hash && entry.of(&self.texts) == text
        };
        if let Some(&code) = self.table.find(hash, same) {
            self.codes.push(code);
            return true;
        }
        self.push_new(text, hash)
    }

    #[inline(never)]
    fn push_new(&mut self, text: &[u8], hash: u64) -> bool {
        let count = self.entries.len();
        if count == MAX_DISTINCT || (count >= ENOUGH && self.codes.len() < count * 2) {
            return false;
        }
        let code = count as u8;
        self.entries.push(Entry {
            hash,
            start: self.texts.len() as u32,
            length: text.len() as u32,
        });
        self.texts.extend_from_slice(text);
        let entries = &self.entries;
        let rehash = |&code: &u8| entries[usize::from(code)].hash;
        self.table.insert_unique(hash, code, rehash);
        self.codes.push(code);
        true
    }

    fn text(&self, code: u8) -> &str {
        // Only strings are pushed.
        let text = self.entries[usize::from(code)].of(&self.texts);
        std::str::from_utf8(text).unwrap_or_default()
    }

    fn each(&self, visit: impl FnMut(&str)) {
        let codes = (0..self.entries.len()).map(|code| code as u8);
        codes.map(|code| self.text(code)).for_each(visit);
    }

    /// The text of each row.
    fn plain(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for &code in &self.codes {
            push_plain(self.text(code), &mut out);
        }
        out
    }
}

impl Entry {
    #[inline]
    fn of(self, texts: &[u8]) -> &[u8] {
        let start = self.start as usize;
        &texts[start..start + self.length as usize]
    }
}

/// A fast hash: at most 256 texts are in a table, so nobody can make it slow.
#[inline]
fn hash(text: &[u8]) -> u64 {
    const MIX: u64 = 0x9E37_79B9_7F4A_7C15;
    let word = |at: usize| {
        let chunk = text.get(at..).and_then(<[u8]>::first_chunk);
        chunk.map_or(0, |chunk| u64::from_le_bytes(*chunk))
    };
    // The ends tell most texts apart; those that they do not share a place in the table.
    let (first, last) = match text.len() {
        0..4 => text
            .iter()
            .fold((0, 0), |(sum, _), &byte| (sum << 8 | u64::from(byte), 0)),
        4..8 => {
            let half = |at: usize| {
                let chunk = text.get(at..).and_then(<[u8]>::first_chunk);
                u64::from(chunk.map_or(0, |chunk| u32::from_le_bytes(*chunk)))
            };
            (half(0), half(text.len() - 4))
        }
        length => (word(0), word(length - 8)),
    };
    let mixed = (first ^ last.rotate_left(32) ^ text.len() as u64).wrapping_mul(MIX);
    (mixed ^ mixed >> 32).wrapping_mul(MIX)
}
