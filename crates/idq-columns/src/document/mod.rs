//! Documents: free-form JSON values, stored in columns by path (shredded).
//!
//! Documents of one source have values under the same keys, so values are stored by *path*, the keys that lead to a
//! value. The paths of a chunk form a trie with one key per node; the elements of an array have the path of the array.
//! Under each path, values are dictionary-encoded if they recur, and stored row by row otherwise.
//!
//! | question | read from |
//! |---|---|
//! | Which documents contain a text? | all texts as one, casefolded ([`kernels::document_contains`]) |
//! | Which documents have a value at a path? | the texts of the path ([`DocumentColumn::path`]) |
//! | Which elements of an array satisfy a condition? | the element numbers of the paths below it ([`Elements`]) |
//!
//! [`kernels::document_contains`]: crate::kernels::document_contains

mod arrow;
mod builder;
mod capitals;
mod chained_values;
mod element_numbers;
mod elements;
mod kind;
mod path;
mod path_arrays;
mod path_filter;
mod path_values;
mod presence;
mod retain;
mod row_list;

use arrow_array::{Array, BinaryArray, ListArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::encoding::strings::array_memory;
use crate::validity::Validity;

pub use builder::{DocumentBuilder, ObjectNumber, PathId};
use capitals::Capitals;
pub use element_numbers::ElementNumber;
use elements::AlignmentIndex;
pub use elements::Elements;
pub use kind::ValueKind;
pub(crate) use kind::{is_terminator, split_texts};
pub use path::{DocumentPath, DocumentValue};
use path_filter::NumberIndex;
pub use presence::PathPresence;

/// Free-form documents: every key and every scalar value at any depth, by path.
///
/// The arrays have an element for each path, in an order in which parents precede their children. The first path is the
/// root: the document itself, without a key.
#[derive(Debug)]
pub struct DocumentColumn {
    /// For each path the position of its parent. The parent of the root is the root.
    parents: ScalarBuffer<u32>,
    /// For each path its own key, as written.
    keys: BinaryArray,
    /// For each path its texts, casefolded, each followed by the terminator of its kind: see [`ValueKind`].
    values: BinaryArray,
    /// For each path the texts that casefolding changes, as written, each with its terminator.
    originals: BinaryArray,
    /// The bits from which the originals of other paths are restored; `None` if the column was not in a snapshot file.
    capitals: Option<Capitals>,
    /// For each path one bit for each text: whether it is among the originals. Empty if none is.
    original_bits: BinaryArray,
    /// For each path and value the position of its text; null if each value has a text of its own, in order.
    codes: BinaryArray,
    /// The row of each value of a path, ascending, in one of three encodings: see [`row_list`].
    row_bits: BinaryArray,
    rows: ListArray,
    wide_rows: ListArray,
    /// The array elements that each value of a path belongs to: see [`element_numbers`].
    levels: BinaryArray,
    element_numbers: BinaryArray,
    row_count: usize,
    nulls: Option<NullBuffer>,
    missing: Option<BooleanBuffer>,
    numbers: NumberIndex,
    alignments: AlignmentIndex,
}

impl DocumentColumn {
    /// Returns for each path its texts, casefolded, each followed by the terminator of its kind. Null, and an object or
    /// array without members, is an empty text.
    pub fn values(&self) -> &BinaryArray {
        &self.values
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.row_count
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.row_count == 0
    }

    /// Returns the number of paths, the root included.
    pub fn path_count(&self) -> usize {
        self.parents.len()
    }

    /// Returns the distinct keys and the distinct texts of one row's document, both sorted and casefolded: everything
    /// that a search can find in it.
    ///
    /// It reads the whole column. Tests compare columns of different encodings by it.
    #[doc(hidden)]
    pub fn searchable_texts(&self, row: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for index in 0..self.path_count() {
            let path = self.path_at(index);
            let texts: Vec<DocumentValue<'_>> = path.texts().collect();
            for (_, text) in path.occurrences().filter(|(at, _)| *at == row) {
                let mut at = index;
                while at > 0 {
                    keys.push(self.folded_key(at).into_owned());
                    at = self.parents[at] as usize;
                }
                values.push(texts[text].folded.to_vec());
            }
        }
        values.retain(|value| !value.is_empty());
        keys.sort_unstable();
        keys.dedup();
        values.sort_unstable();
        values.dedup();
        (keys, values)
    }

    /// Returns every value of one row with its path, kind, text as written and element numbers, sorted.
    ///
    /// It reads the whole column. Tests compare columns of different encodings by it.
    #[doc(hidden)]
    pub fn row_values(&self, row: usize) -> Vec<String> {
        let mut values = Vec::new();
        for index in 0..self.path_count() {
            let path = self.path_at(index);
            let texts: Vec<DocumentValue<'_>> = path.texts().collect();
            let numbers = path.element_numbers();
            for (occurrence, (_, text)) in path
                .occurrences()
                .enumerate()
                .filter(|(_, (at, _))| *at == row)
            {
                let numbers: Vec<String> = (numbers.levels.iter().zip(numbers.of(occurrence)))
                    .filter(|(_, number)| **number > 0)
                    .map(|(level, number)| format!("{level}#{number}"))
                    .collect();
                let text = &texts[text];
                let original = String::from_utf8_lossy(text.original);
                values.push(format!(
                    "{:?} {:?} {original:?} {}",
                    self.keys_of(index),
                    text.kind,
                    numbers.join(" ")
                ));
            }
        }
        values.sort_unstable();
        values
    }

    /// Returns the validity: which rows have a document, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(self.row_count, self.nulls.as_ref(), self.missing.as_ref())
    }

    /// Returns the bytes of memory that the buffers take, indexes included.
    pub fn memory(&self) -> usize {
        let binaries = [
            &self.keys,
            &self.values,
            &self.originals,
            &self.original_bits,
            &self.codes,
            &self.row_bits,
            &self.levels,
            &self.element_numbers,
        ];
        let lists = [&self.rows, &self.wide_rows].map(|list| {
            list.offsets().inner().inner().len() + list.values().get_buffer_memory_size()
        });
        let binaries = binaries.map(array_memory);
        let capitals = self.capitals.as_ref().map_or(0, Capitals::memory);
        let arrays = binaries.iter().chain(&lists).sum::<usize>();
        self.parents.inner().len() + arrays + capitals + self.numbers.memory()
    }
}
