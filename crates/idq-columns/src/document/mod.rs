//! Documents: free-form JSON values that are searched as a whole, stored in columns by path (shredded).
//!
//! Documents of one source have values under the same keys, so texts are stored by *path*, the keys that lead to a
//! value. The paths of a chunk form a trie with one key per node. Under each path, values are dictionary-encoded if
//! they recur, and stored row by row otherwise.

mod arrow;
mod builder;
mod path_values;
mod retain;

use arrow_array::BinaryArray;
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

use crate::encoding::strings::array_memory;
use crate::validity::Validity;

pub use builder::{DocumentBuilder, PathId};
pub(crate) use path_values::RowList;

/// The byte after each text. No UTF-8 text contains it, so no pattern matches across two texts.
pub(crate) const TERMINATOR: u8 = 0xFF;

/// The searchable text of free-form documents: every key and every scalar value at any depth, casefolded.
#[derive(Debug)]
pub struct DocumentColumn {
    keys: BinaryArray,
    values: BinaryArray,
    paths: Vec<PathRows>,
    rows: usize,
    nulls: Option<NullBuffer>,
    missing: Option<BooleanBuffer>,
}

/// The rows that have values at a path, and the text of each.
#[derive(Debug)]
pub(crate) struct PathRows {
    /// The parent, which precedes its children. The parent of the root and of the overflow is the root.
    pub(crate) parent: u32,
    pub(crate) rows: RowList,
    /// For each of the rows the position of its text; `None` if each row has a text of its own, in order.
    pub(crate) codes: Option<ScalarBuffer<u8>>,
}

impl DocumentColumn {
    /// Returns for each path its own key, terminated by byte 0xFF.
    ///
    /// Two paths have no key: the root, and the overflow, which has the values beyond the limit of paths.
    pub fn keys(&self) -> &BinaryArray {
        &self.keys
    }

    /// Returns for each path its texts, each terminated by byte 0xFF. Null, and an object or array without members, is
    /// an empty text.
    pub fn values(&self) -> &BinaryArray {
        &self.values
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    pub(crate) fn paths(&self) -> &[PathRows] {
        &self.paths
    }

    /// Returns the distinct keys and the distinct texts of one row's document, both sorted: everything that a search
    /// can find in it.
    ///
    /// It reads the whole column. Tests compare columns of different encodings by it.
    #[doc(hidden)]
    pub fn searchable_texts(&self, row: usize) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        for (index, path) in self.paths.iter().enumerate() {
            let texts: Vec<&[u8]> = split_texts(self.values.value(index)).collect();
            for (position, _) in path.rows.iter().enumerate().filter(|(_, at)| *at == row) {
                let mut at = index;
                while at > 0 {
                    keys.extend(split_texts(self.keys.value(at)).map(<[u8]>::to_vec));
                    at = self.paths[at].parent as usize;
                }
                let code = path
                    .codes
                    .as_ref()
                    .map_or(position, |codes| usize::from(codes[position]));
                values.push(texts[code].to_vec());
            }
        }
        values.retain(|value| !value.is_empty());
        keys.sort_unstable();
        keys.dedup();
        values.sort_unstable();
        values.dedup();
        (keys, values)
    }

    /// Returns the validity: which rows have a document, null or nothing.
    pub fn validity(&self) -> Validity<'_> {
        Validity::new(self.rows, self.nulls.as_ref(), self.missing.as_ref())
    }

    /// Returns the bytes of memory that the buffers take.
    pub fn memory(&self) -> usize {
        let paths = self.paths.iter().map(|path| {
            size_of::<PathRows>()
                + path.rows.memory()
                + path.codes.as_ref().map_or(0, ScalarBuffer::len)
        });
        array_memory(&self.keys) + array_memory(&self.values) + paths.sum::<usize>()
    }
}

/// Splits the texts of a path, without their terminators.
fn split_texts(texts: &[u8]) -> impl Iterator<Item = &[u8]> {
    texts
        .split_inclusive(|&byte| byte == TERMINATOR)
        .map(|text| &text[..text.len() - 1])
}
