//! The builder of document columns: a trie of paths, with the values of each path.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::chained_values::{ChainedValues, EncodedChain};
use super::element_numbers::ElementNumber;
use super::path_arrays::PathArrays;
use super::path_values::PathValuesBuilder;
use super::{DocumentColumn, ValueKind};
use crate::encoding::strings::StringArena;
use crate::validity::{ValidityBuilder, ValueState};

/// A path of a document: the keys that lead to a value. Elements of an array have the path of the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathId(u32);

/// The number of an object of a document, by which a repeated key is detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectNumber(u32);

/// Builds a [`DocumentColumn`]: any number of [`add`](Self::add), then the end of the row.
///
/// A parser that fails within a record calls [`restart_row`](Self::restart_row) before the record is parsed again.
///
/// ```
/// use idq_columns::{DocumentBuilder, Patterns, ValueKind, ValueState, kernels};
///
/// // {"name": {"given": "Fiona"}}
/// let mut builder = DocumentBuilder::new();
/// let name = builder.enter(DocumentBuilder::ROOT, "name");
/// let given = builder.enter(name, "given");
/// builder.add(given, ValueKind::String, "Fiona", &[]);
/// builder.end_row(ValueState::Present);
/// let column = builder.finish();
/// for text in ["fiona", "given", "NAME"] {
///     let rows = kernels::document_contains(&column, &Patterns::new([text]));
///     assert_eq!(rows.count_set_bits(), 1, "{text}");
/// }
/// let value = column.path(&["name", "given"]).and_then(|path| path.texts().next());
/// assert_eq!(value.map(|value| value.original), Some(&b"Fiona"[..]));
/// ```
#[derive(Debug)]
pub struct DocumentBuilder {
    /// The nodes of the trie, the root first.
    paths: Vec<Path>,
    /// The own key of each path.
    keys: StringArena,
    /// The edges of the trie: each path by the hash of its parent and its key. Hashes are seeded, because an attacker
    /// could choose keys that collide.
    children: HashTable<PathId>,
    hasher: DefaultHashBuilder,
    /// The first values of each path, up to 16 and none in an array.
    chained: ChainedValues,
    /// The paths of the values of the current row, in the order they were added, for
    /// [`restart_row`](Self::restart_row).
    row_paths: Vec<PathId>,
    /// The paths of arrays with elements in the current row.
    row_arrays: Vec<PathId>,
    validity: ValidityBuilder,
    rows: u32,
    /// The paths whose values are kept; `None` for all.
    kept: Option<Vec<Vec<String>>>,
    /// The number of the last numbered object. A chunk has far fewer than 2^32 of them.
    last_object: u32,
    /// The number of the document of the current row, as an object.
    row_object: ObjectNumber,
}

/// A node of the trie.
#[derive(Debug)]
struct Path {
    parent: PathId,
    /// The hash of its parent and its key.
    hash: u64,
    /// The number of keys of the path.
    level: u16,
    /// The number of array elements at the path in the current row.
    elements: u32,
    /// Whether values are kept.
    is_kept: bool,
    /// The number of the last object in which the path was [entered once](DocumentBuilder::enter_once); 0 for none.
    entered_in: u32,
    values: PathValuesBuilder,
}

impl Default for DocumentBuilder {
    fn default() -> Self {
        let root = Path {
            parent: Self::ROOT,
            hash: 0,
            level: 0,
            elements: 0,
            is_kept: true,
            entered_in: 0,
            values: PathValuesBuilder::default(),
        };
        let mut keys = StringArena::default();
        keys.push("");
        Self {
            paths: vec![root],
            keys,
            children: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            chained: ChainedValues::default(),
            row_paths: Vec::new(),
            row_arrays: Vec::new(),
            validity: ValidityBuilder::new(),
            rows: 0,
            kept: None,
            last_object: 1,
            row_object: ObjectNumber(1),
        }
    }
}

impl DocumentBuilder {
    /// The path of the document itself.
    pub const ROOT: PathId = PathId(0);

    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a builder that keeps the values at these paths and below them. Every other path keeps an empty text in
    /// the first row that has it, so that its keys can be listed.
    pub fn with_paths(paths: Vec<Vec<String>>) -> Self {
        let mut builder = Self::new();
        builder.paths[0].is_kept = paths.iter().any(Vec::is_empty);
        builder.kept = Some(paths);
        builder
    }

    /// Returns the path under a key, which is created if it is new.
    ///
    /// A search finds the key in every row that gets a value at this path or below it.
    pub fn enter(&mut self, parent: PathId, key: &str) -> PathId {
        let hash = self.hasher.hash_one((parent, key));
        let is_same = |&path: &PathId| {
            let index = path.0 as usize;
            self.paths[index].parent == parent && self.keys.get(index) == key.as_bytes()
        };
        if let Some(&path) = self.children.find(hash, is_same) {
            return path;
        }
        let path = PathId(self.paths.len() as u32);
        let is_kept = self.is_kept(parent, key);
        self.paths.push(Path {
            parent,
            hash,
            level: self.paths[parent.0 as usize].level.saturating_add(1),
            elements: 0,
            is_kept,
            entered_in: 0,
            values: PathValuesBuilder::default(),
        });
        self.keys.push(key);
        let paths = &self.paths;
        let rehash = |&path: &PathId| paths[path.0 as usize].hash;
        self.children.insert_unique(hash, path, rehash);
        path
    }

    /// Returns the number of another object of the current row's document, for [`enter_once`](Self::enter_once).
    pub fn number_object(&mut self) -> ObjectNumber {
        self.last_object += 1;
        ObjectNumber(self.last_object)
    }

    /// Returns the path under a key of an object, as [`enter`](Self::enter); `None` if the object has the key already.
    ///
    /// All keys of one object must be entered with its number, and below the same path.
    pub fn enter_once(
        &mut self,
        parent: PathId,
        key: &str,
        object: ObjectNumber,
    ) -> Option<PathId> {
        let path = self.enter(parent, key);
        let entered_in = &mut self.paths[path.0 as usize].entered_in;
        (std::mem::replace(entered_in, object.0) != object.0).then_some(path)
    }

    /// Returns the path under a key, as [`enter`](Self::enter); `None` if this function was called for the same path in
    /// the current row.
    pub fn enter_once_in_row(&mut self, parent: PathId, key: &str) -> Option<PathId> {
        self.enter_once(parent, key, self.row_object)
    }

    /// Returns whether the values of a new path are kept.
    fn is_kept(&self, parent: PathId, key: &str) -> bool {
        let Some(kept) = &self.kept else {
            return true;
        };
        if self.paths[parent.0 as usize].is_kept {
            return true;
        }
        let (mut keys, mut at) = (vec![key.as_bytes()], parent);
        while at != Self::ROOT {
            keys.push(self.keys.get(at.0 as usize));
            at = self.paths[at.0 as usize].parent;
        }
        let keys = || keys.iter().rev().copied();
        kept.iter()
            .any(|kept| kept.iter().map(String::as_bytes).eq(keys()))
    }

    /// Returns the number of the next element of an array at a path of the current row.
    pub fn number_element(&mut self, array: PathId) -> ElementNumber {
        let path = &mut self.paths[array.0 as usize];
        if path.elements == 0 {
            self.row_arrays.push(array);
        }
        path.elements += 1;
        ElementNumber {
            level: path.level,
            number: path.elements,
        }
    }

    /// Adds a value to the current row's document. `elements` are the array elements that contain the value, outermost
    /// first. A document that is `null` itself is ignored: the state of its row records it.
    #[inline]
    pub fn add(&mut self, path: PathId, kind: ValueKind, text: &str, elements: &[ElementNumber]) {
        if path == Self::ROOT && kind == ValueKind::Null && elements.is_empty() {
            return;
        }
        let Path {
            values, is_kept, ..
        } = &mut self.paths[path.0 as usize];
        if *is_kept {
            values.push(self.rows, kind, text, elements, &mut self.chained);
        } else if values.is_empty() {
            values.push(self.rows, kind, "", &[], &mut self.chained);
        } else {
            return;
        }
        self.row_paths.push(path);
    }

    /// Removes the values of the current row.
    pub fn restart_row(&mut self) {
        for path in self.row_paths.drain(..).rev() {
            self.paths[path.0 as usize].values.pop(&self.chained);
        }
        self.restart_arrays();
        self.row_object = self.number_object();
    }

    /// Ends the current row.
    #[inline]
    pub fn end_row(&mut self, state: ValueState) {
        self.row_paths.clear();
        self.restart_arrays();
        self.rows += 1;
        self.row_object = self.number_object();
        self.validity.push(state);
    }

    /// Numbers the array elements of the next row from 1.
    #[inline]
    fn restart_arrays(&mut self) {
        for array in self.row_arrays.drain(..) {
            self.paths[array.0 as usize].elements = 0;
        }
    }

    /// Returns the column.
    ///
    /// # Panics
    /// The documents of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn finish(self) -> DocumentColumn {
        let rows = self.rows as usize;
        let (mut arrays, mut encoded) = (PathArrays::new(), EncodedChain::default());
        for (index, path) in self.paths.into_iter().enumerate() {
            let parent = path.parent.0;
            let key = self.keys.get(index);
            (path.values).finish(parent, key, rows, &self.chained, &mut encoded, &mut arrays);
        }
        let (nulls, missing) = self.validity.finish();
        arrays.finish(rows, nulls, missing)
    }
}
