//! The values of one record by field: the common output of the three parsers, and the input of the column builders.

use idq_json::{Node, Scalar};

use super::chunk_builder::ChunkBuilder;
use super::schema::Schema;

/// The value that a record has for a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FieldValue<'a> {
    /// No value.
    Missing,
    /// A scalar, `null` included. A number's spelling may be empty if the field is no column.
    Scalar(Scalar<'a>),
    /// A whole number in its only spelling, which no escape, sign or exponent makes ambiguous.
    Integer(i128),
    /// An object, where a field holds none.
    Object,
    /// An array, where a field holds none.
    Array,
    /// A document other than `null`, whose text is in its column builder already.
    Document,
}

impl FieldValue<'_> {
    /// The value `null`.
    pub(crate) const NULL: Self = Self::Scalar(Scalar::Null);
}

/// The values of a record.
///
/// A trait, because the values of a matched record need no memory of their own: they are read from its captures.
pub(crate) trait FieldValues {
    /// Whether each field is known to hold a value of its kind, so that only timestamps have to be checked.
    const ARE_KINDS_CHECKED: bool;

    /// Returns the value of a field.
    fn get(&self, field: usize) -> FieldValue<'_>;
}

impl FieldValues for [FieldValue<'_>] {
    const ARE_KINDS_CHECKED: bool = false;

    #[inline]
    fn get(&self, field: usize) -> FieldValue<'_> {
        self[field]
    }
}

/// The visitor of a record's members: resolves keys to fields, collects values, and notes undocumented keys.
///
/// The tape reader and the reference parser drive it, each from its own sequence of keys and values.
pub(crate) struct FieldCollector<'s, 'a> {
    /// The fields to collect.
    pub(crate) schema: &'s Schema,
    /// The chunk, which takes documents and undocumented keys while the record is read.
    pub(crate) chunk: &'s mut ChunkBuilder,
    /// The values so far, by field.
    pub(crate) values: Vec<FieldValue<'a>>,
    /// Whether the record has one of its API's keys, the id apart. Otherwise it may be another API's.
    pub(crate) has_documented_key: bool,
}

impl<'s, 'a> FieldCollector<'s, 'a> {
    /// Makes a collector without values.
    pub(crate) fn new(schema: &'s Schema, chunk: &'s mut ChunkBuilder) -> Self {
        Self {
            values: vec![FieldValue::Missing; schema.api.fields.len()],
            schema,
            chunk,
            has_documented_key: false,
        }
    }

    /// Resolves a key of an object on the way to fields; `None` if the API does not document it.
    ///
    /// `position_hint` is the position of the likely key, see [`PathTree::child`](idq_json::PathTree::child).
    pub(crate) fn visit_key(
        &mut self,
        object: Node,
        object_path: Option<&str>,
        key: &str,
        position_hint: &mut usize,
    ) -> Option<Node> {
        let node = self.schema.tree.child(object, key, position_hint);
        match node {
            Some(node) => {
                let is_id = self.schema.tree.leaf(node) == Some(self.schema.api.id);
                self.has_documented_key |= !is_id;
            }
            None => (self.chunk).add_unknown_key(dotted_path(object_path, key)),
        }
        node
    }

    /// Starts the value of a documented key. It replaces all values of an earlier occurrence of the key, nested ones
    /// too: the last of several counts as a whole. Returns the fields at or below the key.
    pub(crate) fn start_value(&mut self, node: Node) -> &'s [usize] {
        let schema = self.schema;
        let fields = schema.tree.leaves_below(node);
        for &field in fields {
            self.values[field] = FieldValue::Missing;
        }
        fields
    }
}

/// Returns the dotted path of a key below an object; the record itself has no path.
pub(crate) fn dotted_path(object: Option<&str>, key: &str) -> String {
    object.map_or_else(|| key.to_owned(), |object| format!("{object}.{key}"))
}
