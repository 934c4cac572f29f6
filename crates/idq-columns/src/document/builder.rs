//! The builder of document columns: a trie of paths, with the values of each path.

use hashbrown::HashMap;

use super::path_values::PathValuesBuilder;
use super::{DocumentColumn, TERMINATOR};
use crate::casefold::casefold_into;
use crate::encoding::strings::StringArena;
use crate::validity::{ValidityBuilder, ValueState};

/// A path of a document: the keys that lead to a value. Elements of an array have the path of the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PathId(u32);

/// Builds a [`DocumentColumn`]: any number of [`add`](Self::add), then the end of the row.
///
/// A parser that fails within a record calls [`restart_row`](Self::restart_row) before the record is parsed again.
///
/// ```
/// use idq_columns::{DocumentBuilder, Patterns, ValueState, kernels};
///
/// // {"name": {"given": "Fiona"}}
/// let mut builder = DocumentBuilder::new();
/// let name = builder.enter(DocumentBuilder::ROOT, "name");
/// let given = builder.enter(name, "given");
/// builder.add(given, "Fiona");
/// builder.end_row(ValueState::Present);
/// let column = builder.finish();
/// for text in ["fiona", "given", "NAME"] {
///     let rows = kernels::document_contains(&column, &Patterns::new([text]));
///     assert_eq!(rows.count_set_bits(), 1, "{text}");
/// }
/// ```
#[derive(Debug)]
pub struct DocumentBuilder {
    /// The nodes of the trie; the first two are the root and the overflow.
    paths: Vec<Path>,
    /// The edges of the trie.
    children: HashMap<(PathId, Box<str>), PathId>,
    /// The paths of the values of the current row, in the order they were added, for
    /// [`restart_row`](Self::restart_row).
    row_paths: Vec<PathId>,
    row_texts: RowTexts,
    validity: ValidityBuilder,
    rows: u32,
}

/// A node of the trie.
#[derive(Debug)]
struct Path {
    parent: PathId,
    key: Box<str>,
    values: PathValuesBuilder,
}

/// The maximum number of paths of a chunk, because keys that are data would add paths without end. The keys of further
/// paths are added as values of [`DocumentBuilder::OVERFLOW`].
const MAX_PATHS: usize = 4_096;

impl Default for DocumentBuilder {
    fn default() -> Self {
        let path = || Path {
            parent: Self::ROOT,
            key: Box::default(),
            values: PathValuesBuilder::default(),
        };
        Self {
            paths: vec![path(), path()],
            children: HashMap::new(),
            row_paths: Vec::new(),
            row_texts: RowTexts::default(),
            validity: ValidityBuilder::new(),
            rows: 0,
        }
    }
}

impl DocumentBuilder {
    /// The path of the document itself.
    pub const ROOT: PathId = PathId(0);

    /// The path of all values beyond the limit of paths.
    const OVERFLOW: PathId = PathId(1);

    /// Creates a builder without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the path under a key, which is created if it is new.
    ///
    /// A search finds the key in every row that gets a value at this path or below it.
    pub fn path(&mut self, parent: PathId, key: &str) -> PathId {
        if let Some(&path) = self.children.get(&Child(parent, key)) {
            return path;
        }
        if parent == Self::OVERFLOW || self.is_full() {
            return Self::OVERFLOW;
        }
        let path = PathId(self.paths.len() as u32);
        self.paths.push(Path {
            parent,
            key: key.into(),
            values: PathValuesBuilder::default(),
        });
        self.children.insert((parent, key.into()), path);
        path
    }

    /// Returns the path under a key of the current row's document, and adds the key as a value if it is beyond the
    /// limit of paths.
    pub fn enter(&mut self, parent: PathId, key: &str) -> PathId {
        let path = self.path(parent, key);
        if self.is_overflow(path) {
            self.add(path, key);
            self.add_keys_of(parent);
        }
        path
    }

    /// Adds the keys that lead to a path as values. The keys of paths beyond the limit have been added already.
    fn add_keys_of(&mut self, path: PathId) {
        let mut path = path;
        while path != Self::ROOT && path != Self::OVERFLOW {
            let key = self.paths[path.0 as usize].key.clone();
            self.add(Self::OVERFLOW, &key);
            path = self.paths[path.0 as usize].parent;
        }
    }

    /// Returns whether the limit of paths is reached.
    pub fn is_full(&self) -> bool {
        self.paths.len() == MAX_PATHS
    }

    /// Returns whether a path is beyond the limit, so that its keys must be [added](Self::add) as values.
    pub fn is_overflow(&self, path: PathId) -> bool {
        path == Self::OVERFLOW
    }

    /// Adds null, or an object or array without members, to the current row's document.
    pub fn add_empty(&mut self, path: PathId) {
        // The root has no key that a search could find.
        if path != Self::ROOT {
            self.add(path, "");
        }
    }

    /// Adds a scalar value to the current row's document.
    #[inline]
    pub fn add(&mut self, path: PathId, value: &str) {
        let values = &mut self.paths[path.0 as usize].values;
        // A value that a row has at two paths, such as an address under two keys, is stored once: one is enough to find
        // the row.
        let is_repeated = values.is_plain() && !self.row_texts.add(value);
        values.push(self.rows, if is_repeated { "" } else { value });
        self.row_paths.push(path);
    }

    /// Removes the values of the current row.
    pub fn restart_row(&mut self) {
        self.row_texts.clear();
        for path in self.row_paths.drain(..).rev() {
            self.paths[path.0 as usize].values.pop();
        }
    }

    /// Ends the current row.
    #[inline]
    pub fn end_row(&mut self, state: ValueState) {
        self.row_paths.clear();
        self.row_texts.clear();
        self.rows += 1;
        self.validity.push(state);
    }

    /// Returns the column.
    ///
    /// # Panics
    /// The documents of one chunk exceed 2 GiB; loaders cut chunks far below that.
    pub fn finish(self) -> DocumentColumn {
        let rows = self.rows as usize;
        let (mut keys, mut values) = (StringArena::default(), StringArena::default());
        let mut paths = Vec::with_capacity(self.paths.len());
        for (index, path) in self.paths.into_iter().enumerate() {
            keys.push_with(|out| {
                if index > Self::OVERFLOW.0 as usize {
                    casefold_into(&path.key, out);
                    out.push(TERMINATOR);
                }
            });
            values.push_with(|out| {
                let parent = path.parent.0;
                paths.push(path.values.finish(parent, rows, out));
            });
        }
        let (nulls, missing) = self.validity.finish();
        DocumentColumn {
            keys: keys.finish_binary(),
            values: values.finish_binary(),
            paths,
            rows,
            nulls,
            missing,
        }
    }
}

/// The distinct texts of one row that are stored row by row.
#[derive(Debug, Default)]
struct RowTexts(StringArena);

/// Distinct texts of a row beyond this number are stored without a comparison, so that a row of many texts takes linear
/// time.
const MAX_COMPARED_ROW_TEXTS: usize = 32;

impl RowTexts {
    /// Adds a text; returns false if the row already has it.
    #[inline]
    fn add(&mut self, text: &str) -> bool {
        let count = self.0.len();
        if (0..count).any(|index| self.0.get(index) == text.as_bytes()) {
            return false;
        }
        if count < MAX_COMPARED_ROW_TEXTS {
            self.0.push(text);
        }
        true
    }

    #[inline]
    fn clear(&mut self) {
        self.0.clear();
    }
}

/// A parent and a key of it, borrowed, so that a lookup does not allocate.
#[derive(Hash)]
struct Child<'k>(PathId, &'k str);

impl hashbrown::Equivalent<(PathId, Box<str>)> for Child<'_> {
    fn equivalent(&self, other: &(PathId, Box<str>)) -> bool {
        self.0 == other.0 && *self.1 == *other.1
    }
}
