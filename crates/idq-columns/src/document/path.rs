//! [`DocumentPath`]: the values of one path of a document column.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt16Type, UInt32Type};
use arrow_array::{Array, BinaryArray, ListArray};
use arrow_buffer::{BooleanBuffer, Buffer};
use memchr::memmem;

use super::element_numbers::ElementNumbers;
use super::row_list::RowList;
use super::{DocumentColumn, ValueKind, split_texts};
use crate::RowSet;
use crate::casefold;
use crate::casefold::any_may_change;

/// A value at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentValue<'c> {
    /// Kind of the value.
    pub kind: ValueKind,
    /// Casefolded text; empty for null and for an empty container.
    pub folded: &'c [u8],
    /// Text as written, decoded.
    pub original: &'c [u8],
}

/// One path of a document column: its distinct texts, and the rows that have them.
#[derive(Debug, Clone, Copy)]
pub struct DocumentPath<'c> {
    column: &'c DocumentColumn,
    index: usize,
}

impl DocumentColumn {
    /// Returns the path of these keys, from the root; `None` if no document of the chunk has it.
    pub fn path<K: AsRef<str>>(&self, keys: &[K]) -> Option<DocumentPath<'_>> {
        // A linear search: a chunk has some hundred paths, and a hash table for each would take more memory than time.
        let mut parent = 0;
        for key in keys {
            // Children follow their parents.
            parent = (parent + 1..self.path_count()).find(|&index| {
                self.parents[index] as usize == parent
                    && self.keys.value(index) == key.as_ref().as_bytes()
            })?;
        }
        Some(self.path_at(parent))
    }

    /// Returns all paths, the root first, in an order in which parents precede their children.
    pub fn paths(&self) -> impl Iterator<Item = DocumentPath<'_>> {
        (0..self.path_count()).map(|index| self.path_at(index))
    }

    /// Returns the path of a number.
    pub(crate) fn path_at(&self, index: usize) -> DocumentPath<'_> {
        DocumentPath {
            column: self,
            index,
        }
    }

    /// Returns for each path whether it is at or below a path.
    pub(crate) fn is_below(&self, path: usize) -> Vec<bool> {
        let mut is_below = vec![false; self.path_count()];
        is_below[path] = true;
        for index in path + 1..self.path_count() {
            is_below[index] = is_below[self.parents[index] as usize];
        }
        is_below
    }

    /// Returns the keys that lead to a path.
    pub(crate) fn keys_of(&self, index: usize) -> Vec<Cow<'_, str>> {
        let mut keys = Vec::new();
        let mut at = index;
        while at > 0 {
            keys.push(String::from_utf8_lossy(self.keys.value(at)));
            at = self.parents[at] as usize;
        }
        keys.reverse();
        keys
    }

    /// Returns the own key of a path, casefolded.
    pub(crate) fn folded_key(&self, index: usize) -> Cow<'_, [u8]> {
        let key = self.keys.value(index);
        if !any_may_change(key) {
            return key.into();
        }
        let folded = casefold(&String::from_utf8_lossy(key)).into_owned();
        folded.into_bytes().into()
    }

    /// Returns the texts of a path that casefolding changes, as written, each with its terminator. Those that are stored
    /// as capitals are restored by the first call.
    fn originals_of(&self, index: usize) -> &[u8] {
        let (values, bits) = (self.values.value(index), self.original_bits.value(index));
        let capitals = self.capitals.as_ref();
        capitals
            .and_then(|capitals| capitals.originals(index, values, bits))
            .unwrap_or_else(|| self.originals.value(index))
    }

    /// Returns the parent of a path.
    pub(crate) fn parent(&self, index: usize) -> usize {
        self.parents[index] as usize
    }
}

impl<'c> DocumentPath<'c> {
    /// Returns the keys that lead to the path.
    pub fn keys(&self) -> Vec<Cow<'c, str>> {
        self.column.keys_of(self.index)
    }

    /// Returns the number of keys that lead to the path.
    pub fn depth(&self) -> usize {
        let parents = std::iter::successors(Some(self.index), |&index| {
            (index > 0).then(|| self.column.parent(index))
        });
        parents.count() - 1
    }

    /// Returns whether some document has a value below the path.
    pub fn has_members(&self) -> bool {
        let after = self.index + 1..self.column.path_count();
        after
            .into_iter()
            .any(|index| self.column.parent(index) == self.index)
    }

    /// Returns whether some document has a scalar, null or an empty container at the path.
    pub(super) fn has_values(&self) -> bool {
        !self.column.values.value(self.index).is_empty()
    }

    /// Returns whether the texts or codes of the path are as many as its values, as in a file without damage.
    pub(super) fn is_complete(&self) -> bool {
        let texts = || self.texts().count();
        self.codes().map_or_else(texts, <[u8]>::len) == self.value_count()
    }

    /// Returns whether two paths have values in the same rows and array elements.
    pub(super) fn is_aligned(&self, other: &Self) -> bool {
        let bytes = |path: &Self| {
            let column = path.column;
            (
                column.levels.value(path.index),
                column.element_numbers.value(path.index),
            )
        };
        self.rows() == other.rows() && bytes(self) == bytes(other)
    }

    /// Returns the position of the path in its column.
    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Returns the column.
    pub(crate) fn column(&self) -> &'c DocumentColumn {
        self.column
    }

    /// Returns the texts, whose positions [`occurrences`](Self::occurrences) refers to.
    pub fn texts(&self) -> impl Iterator<Item = DocumentValue<'c>> + use<'c> {
        let column = self.column;
        let bits = column.original_bits.value(self.index);
        let mut originals = split_texts(column.originals_of(self.index));
        let texts = split_texts(column.values.value(self.index)).enumerate();
        texts.map(move |(position, (folded, kind))| {
            let differs = bits
                .get(position / 8)
                .is_some_and(|byte| byte >> (position % 8) & 1 == 1);
            let original = if differs { originals.next() } else { None };
            DocumentValue {
                kind,
                folded,
                original: original.map_or(folded, |(original, _)| original),
            }
        })
    }

    /// Returns whether the texts of the path may contain a casefolded text: one search for all of them.
    pub fn may_contain(&self, folded: &str) -> bool {
        memmem::find(self.column.values.value(self.index), folded.as_bytes()).is_some()
    }

    /// Returns the row of each value and the position of its text, in row order. A position beyond the texts, in a
    /// damaged file, belongs to no text.
    pub fn occurrences(&self) -> impl Iterator<Item = (usize, usize)> + use<'c> {
        let codes = self.codes();
        let rows = self.rows().into_iter().enumerate();
        rows.map(move |(position, row)| match codes {
            Some(codes) => (
                row,
                codes.get(position).map_or(usize::MAX, |&code| code.into()),
            ),
            None => (row, position),
        })
    }

    /// Returns for each value the position of its text; `None` if each value has a text of its own, in order.
    pub(crate) fn codes(&self) -> Option<&'c [u8]> {
        let codes = &self.column.codes;
        codes.is_valid(self.index).then(|| codes.value(self.index))
    }

    /// Returns the rows of the values.
    pub(crate) fn rows(&self) -> RowList<'c> {
        let column = self.column;
        if column.row_bits.is_valid(self.index) {
            let bytes = slice_of(&column.row_bits, self.index);
            RowList::Bits(BooleanBuffer::new(bytes, 0, column.row_count))
        } else if column.rows.is_valid(self.index) {
            let (start, end) = range_of(&column.rows, self.index);
            RowList::U16(&column.rows.values().as_primitive::<UInt16Type>().values()[start..end])
        } else {
            let (start, end) = range_of(&column.wide_rows, self.index);
            let rows = column.wide_rows.values().as_primitive::<UInt32Type>();
            RowList::U32(&rows.values()[start..end])
        }
    }

    /// Returns the rows of the values as a bitmap; `None` if they are stored in another way, as repeated or few rows
    /// are.
    pub(crate) fn row_bitmap(&self) -> Option<RowSet> {
        match self.rows() {
            RowList::Bits(rows) => Some(rows),
            RowList::U16(_) | RowList::U32(_) => None,
        }
    }

    /// Returns the number of values.
    pub fn value_count(&self) -> usize {
        match self.rows() {
            RowList::Bits(bits) => bits.count_set_bits(),
            RowList::U16(rows) => rows.len(),
            RowList::U32(rows) => rows.len(),
        }
    }

    /// Decodes the element numbers of the values.
    pub(crate) fn element_numbers(&self) -> ElementNumbers {
        let levels = self.column.levels.value(self.index);
        let numbers = self.column.element_numbers.value(self.index);
        let values = if levels.is_empty() {
            0
        } else {
            self.value_count()
        };
        ElementNumbers::decode(levels, numbers, values)
    }
}

/// Returns the range of a list's items.
fn range_of(list: &ListArray, index: usize) -> (usize, usize) {
    let offsets = list.value_offsets();
    (offsets[index] as usize, offsets[index + 1] as usize)
}

/// Returns the bytes of one value, over the same memory.
pub(super) fn slice_of(values: &BinaryArray, index: usize) -> Buffer {
    let offsets = values.value_offsets();
    let (start, end) = (offsets[index] as usize, offsets[index + 1] as usize);
    values.values().slice_with_length(start, end - start)
}
