//! The values of one path in the documents of a chunk, dictionary-encoded or plain.
//!
//! A path starts with a dictionary. If most of its texts are distinct, as ids and addresses are, the texts are decoded
//! and further texts are stored row by row.

use arrow_buffer::{BooleanBuffer, ScalarBuffer};
use hashbrown::HashTable;

use super::{PathRows, TERMINATOR};
use crate::bitmap::BitmapBuilder;
use crate::casefold::casefold_into;
use crate::encoding::strings::StringArena;
use crate::hash::hash;

/// Row numbers, ascending. A row with several values at a path, such as the elements of an array, occurs several times.
#[derive(Debug)]
pub(crate) enum RowList {
    /// One bit for each row of the chunk.
    Bits(BooleanBuffer),
    /// A number for each value, in a chunk of at most 65,536 rows.
    U16(ScalarBuffer<u16>),
    /// A number for each value.
    U32(ScalarBuffer<u32>),
}

/// The number of rows whose bits in a bitmap take as much memory as one row number of sixteen bits.
const BITMAP_ROWS_PER_NUMBER: usize = 16;

impl RowList {
    /// Encodes row numbers: as a bitmap, unless rows repeat or a list of numbers is smaller.
    pub(super) fn new(list: Vec<u32>, rows: usize) -> Self {
        let is_distinct = list.is_sorted_by(|one, other| one < other);
        if !is_distinct || list.len() * BITMAP_ROWS_PER_NUMBER < rows {
            return if rows <= 1 << 16 {
                Self::U16(list.into_iter().map(|row| row as u16).collect())
            } else {
                // The conversion to a box frees unused capacity.
                Self::U32(list.into_boxed_slice().into_vec().into())
            };
        }
        let mut bits = BitmapBuilder::zeros(rows);
        list.iter().for_each(|&row| bits.set(row as usize));
        Self::Bits(bits.finish())
    }

    /// Returns the row numbers.
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = usize> + '_> {
        match self {
            Self::Bits(bits) => Box::new(bits.set_indices()),
            Self::U16(list) => Box::new(list.iter().map(|&row| usize::from(row))),
            Self::U32(list) => Box::new(list.iter().map(|&row| row as usize)),
        }
    }

    /// Returns the bytes of memory taken.
    pub(super) fn memory(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.inner().len(),
            Self::U16(list) => 2 * list.len(),
            Self::U32(list) => 4 * list.len(),
        }
    }
}

/// Builds the values of one path.
#[derive(Debug, Default)]
pub(super) struct PathValuesBuilder {
    /// The row of each value, ascending.
    rows: Vec<u32>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    /// Dictionary-encoded, while values recur.
    Encoded(DictionaryBuilder),
    /// The text of each row, in a form that [`PathValuesBuilder::finish`] lowercases: see [`push_text`].
    Plain(Vec<u8>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Encoded(DictionaryBuilder::default())
    }
}

/// The maximum number of distinct texts of a dictionary, whose codes have eight bits.
const MAX_DISTINCT: usize = 256;

/// Beyond this number of distinct texts, a path stays encoded only while a text occurs twice on average.
const MIN_DISTINCT_LIMIT: usize = 48;

impl PathValuesBuilder {
    /// Adds the text of a row.
    #[inline]
    pub(super) fn push(&mut self, row: u32, text: &str) {
        self.rows.push(row);
        if let Values::Encoded(dictionary) = &mut self.values {
            if dictionary.push(text) {
                return;
            }
            self.values = Values::Plain(dictionary.decode());
        }
        if let Values::Plain(texts) = &mut self.values {
            push_text(text, texts);
        }
    }

    /// Removes the last text.
    pub(super) fn pop(&mut self) {
        self.rows.pop();
        match &mut self.values {
            Values::Encoded(dictionary) => drop(dictionary.codes.pop()),
            Values::Plain(texts) => {
                texts.pop();
                let end = memchr::memrchr(TERMINATOR, texts);
                texts.truncate(end.map_or(0, |end| end + 1));
            }
        }
    }

    /// Returns whether texts are stored row by row.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.values, Values::Plain(_))
    }

    /// Appends the casefolded texts to `out`; returns the rows and the codes of their texts.
    pub(super) fn finish(self, parent: u32, rows: usize, out: &mut Vec<u8>) -> PathRows {
        let start = out.len();
        let codes = match self.values {
            Values::Encoded(dictionary) => {
                let codes = 0..dictionary.texts.len();
                codes.for_each(|code| push_text(dictionary.texts.text(code), out));
                Some(dictionary.codes.into_boxed_slice().into_vec().into())
            }
            Values::Plain(texts) => {
                out.extend_from_slice(&texts);
                None
            }
        };
        // One vectorised pass over all texts is faster than one for each.
        out[start..].make_ascii_lowercase();
        PathRows {
            parent,
            rows: RowList::new(self.rows, rows),
            codes,
        }
    }
}

/// Appends a text: casefolded if it has characters beyond ASCII, else unchanged, to be lowercased in one pass with all
/// other texts.
#[inline]
fn push_text(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() + 1);
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        casefold_into(text, out);
    }
    out.push(TERMINATOR);
}

/// Dictionary-encodes up to [`MAX_DISTINCT`] texts.
///
/// A chunk has thousands of these dictionaries and their size is bounded, so unlike
/// [`KeywordBuilder`](crate::KeywordBuilder) they have an unseeded hash and codes of one byte.
#[derive(Debug, Default)]
struct DictionaryBuilder {
    codes: Vec<u8>,
    texts: StringArena,
    /// The hash of each text.
    hashes: Vec<u64>,
    table: HashTable<u8>,
}

impl DictionaryBuilder {
    /// Adds the text of a row; returns false if too many texts are distinct.
    #[inline]
    fn push(&mut self, text: &str) -> bool {
        let hash = hash(text.as_bytes());
        let is_same = |&code: &u8| {
            let code = usize::from(code);
            self.hashes[code] == hash && self.texts.get(code) == text.as_bytes()
        };
        if let Some(&code) = self.table.find(hash, is_same) {
            self.codes.push(code);
            return true;
        }
        self.push_new(text, hash)
    }

    #[inline(never)]
    fn push_new(&mut self, text: &str, hash: u64) -> bool {
        let count = self.hashes.len();
        let recurs = count < MIN_DISTINCT_LIMIT || self.codes.len() >= count * 2;
        if count == MAX_DISTINCT || !recurs {
            return false;
        }
        let code = count as u8;
        self.texts.push(text);
        self.hashes.push(hash);
        let hashes = &self.hashes;
        let rehash = |&code: &u8| hashes[usize::from(code)];
        self.table.insert_unique(hash, code, rehash);
        self.codes.push(code);
        true
    }

    /// Returns the text of each row.
    fn decode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for &code in &self.codes {
            push_text(self.texts.text(usize::from(code)), &mut out);
        }
        out
    }
}
