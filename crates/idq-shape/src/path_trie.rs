//! The paths of records, as a trie of keys and array elements, with the order of keys in each object.

use hashbrown::HashMap;

use crate::resolver::FieldResolver;

/// A path of a learned record. All elements of an array have one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RecordPath(pub(crate) u32);

/// An edge of the trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum PathStep {
    Key(u32),
    Element,
}

/// All paths of the learned records, and for each object the order of its keys.
///
/// The order proves that matched records have no repeated keys: a literal leads from one key of an object only to a key
/// that is later in the object's order, so no match returns to a key. An object whose keys occur in different orders is
/// *unordered*: a match then keeps a set of its keys.
#[derive(Debug, Clone)]
pub(crate) struct RecordPaths<R: FieldResolver> {
    /// The number of each key, so that steps of the trie are small.
    keys: HashMap<String, u32>,
    /// The edges of the trie.
    children: HashMap<(RecordPath, PathStep), RecordPath>,
    /// The nodes of the trie, the record itself first.
    paths: Vec<PathInfo<R::FieldId>>,
    /// The number of unordered objects.
    unordered: u8,
}

/// The maximum number of unordered objects. Their numbers, from 1, are the indexes of the sets of seen keys.
pub(crate) const MAX_UNORDERED: usize = 7;

/// The reason why a record cannot be learned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LearnError {
    /// An object has just become unordered: all transitions that were learned with its order are invalid.
    NeedsReorder,
    /// The record exceeds a bound, has a repeated key, or is not valid. Another attempt would fail as well.
    Unsupported,
}

/// A node of the trie.
#[derive(Debug, Clone)]
struct PathInfo<F> {
    /// The field that the resolver assigned to the path.
    field: F,
    /// The keys of the object at this path, in an order that agrees with all known records.
    key_order: Vec<RecordPath>,
    /// The number of the object among the unordered ones.
    unordered: Option<u8>,
    /// The position among the keys of the parent object, by first occurrence.
    index: u32,
}

impl<R: FieldResolver> RecordPaths<R> {
    /// The path of the record itself.
    pub(crate) const ROOT: RecordPath = RecordPath(0);

    /// Creates a trie whose only node is the record itself.
    pub(crate) fn new(resolver: &R) -> Self {
        let root = PathInfo {
            field: resolver.resolve_root(),
            key_order: Vec::new(),
            unordered: None,
            index: 0,
        };
        Self {
            keys: HashMap::new(),
            children: HashMap::new(),
            paths: vec![root],
            unordered: 0,
        }
    }

    /// Returns the number of paths.
    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// Returns the field that a path was resolved to.
    pub(crate) fn field(&self, path: RecordPath) -> R::FieldId {
        self.paths[path.0 as usize].field
    }

    /// Returns the path of the elements of an array.
    pub(crate) fn element(&mut self, array: RecordPath, resolver: &mut R) -> RecordPath {
        if let Some(&path) = self.children.get(&(array, PathStep::Element)) {
            return path;
        }
        let field = resolver.resolve_element(self.field(array));
        self.insert(array, PathStep::Element, field, 0)
    }

    /// Returns the path of a key that follows the key `previous` of the same object.
    pub(crate) fn key(
        &mut self,
        object: RecordPath,
        key: &str,
        previous: Option<RecordPath>,
        resolver: &mut R,
    ) -> Result<RecordPath, LearnError> {
        let count = self.keys.len() as u32;
        let step = PathStep::Key(*self.keys.entry_ref(key).or_insert(count));
        let known = self.children.get(&(object, step)).copied();
        let info = &self.paths[object.0 as usize];
        if info.unordered.is_none() {
            let position = |path: RecordPath| info.key_order.iter().position(|&key| key == path);
            let next = previous.and_then(position).map_or(0, |before| before + 1);
            match known {
                None => {
                    let path = self.insert_key(object, step, key, resolver);
                    self.paths[object.0 as usize].key_order.insert(next, path);
                    return Ok(path);
                }
                Some(path) if info.key_order[next..].contains(&path) => return Ok(path),
                Some(_) if usize::from(self.unordered) == MAX_UNORDERED => {
                    return Err(LearnError::Unsupported);
                }
                Some(_) => {
                    self.unordered += 1;
                    self.paths[object.0 as usize].unordered = Some(self.unordered);
                    return Err(LearnError::NeedsReorder);
                }
            }
        }
        Ok(known.unwrap_or_else(|| {
            let path = self.insert_key(object, step, key, resolver);
            self.paths[object.0 as usize].key_order.push(path);
            path
        }))
    }

    /// Returns the number of an unordered object; `None` if its keys have an order.
    pub(crate) fn unordered(&self, object: RecordPath) -> Option<u8> {
        self.paths[object.0 as usize].unordered
    }

    /// Returns the position of a key among those of its object.
    pub(crate) fn index(&self, key: RecordPath) -> u32 {
        self.paths[key.0 as usize].index
    }

    /// Inserts a key of an object. Its position is the next one.
    fn insert_key(
        &mut self,
        object: RecordPath,
        step: PathStep,
        key: &str,
        resolver: &mut R,
    ) -> RecordPath {
        let field = resolver.resolve_key(self.field(object), key);
        let index = self.paths[object.0 as usize].key_order.len() as u32;
        self.insert(object, step, field, index)
    }

    /// Inserts a node.
    fn insert(
        &mut self,
        parent: RecordPath,
        step: PathStep,
        field: R::FieldId,
        index: u32,
    ) -> RecordPath {
        let path = RecordPath(self.paths.len() as u32);
        self.paths.push(PathInfo {
            field,
            key_order: Vec::new(),
            unordered: None,
            index,
        });
        self.children.insert((parent, step), path);
        path
    }
}
