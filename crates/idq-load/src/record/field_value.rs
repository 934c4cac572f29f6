//! The values of one record by field: the common output of the parsers, and the input of the column builders.

use idq_json::{Node, Scalar};

use super::chunk_builder::ChunkBuilder;
use super::schema::Schema;

/// The value that a record has for a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FieldValue<'a> {
    /// No value.
    Missing,
    /// A scalar, `null` included. The spelling of a number may be empty if the field does not become a column.
    Scalar(Scalar<'a>),
    /// A whole number whose spelling is the shortest decimal one, so that its value determines the spelling.
    Integer(i128),
    /// An object, as the value of an object or of a field that is not a document.
    Object,
    /// An array, as the value of an object or of a field that is not a document.
    Array,
    /// A document other than `null` and a text. The texts of documents are already in their column builders.
    Document,
}

impl FieldValue<'_> {
    /// The value `null`.
    pub(crate) const NULL: Self = Self::Scalar(Scalar::Null);

    /// Returns whether there is a value other than `null`.
    pub(crate) fn is_value(self) -> bool {
        !matches!(self, Self::Missing | Self::NULL)
    }
}

/// The values of a record.
///
/// This is a trait because the values of a matched record are read from its captures, without a copy.
pub(crate) trait FieldValues {
    /// Whether the parser has checked the kind of each value, so that only timestamps must be checked.
    const ARE_KINDS_CHECKED: bool;

    /// Returns the value of a field, or of an object that contains fields.
    fn get(&self, field: usize) -> FieldValue<'_>;
}

impl FieldValues for [FieldValue<'_>] {
    const ARE_KINDS_CHECKED: bool = false;

    #[inline]
    fn get(&self, field: usize) -> FieldValue<'_> {
        self[field]
    }
}

/// The visitor of a record's members: resolves keys to fields, collects values, and adds undocumented keys.
///
/// The tape reader and the reference parser call it with the keys and values of a record.
pub(crate) struct FieldCollector<'s, 'a> {
    /// The fields to collect.
    pub(crate) schema: &'s Schema,
    /// The chunk, to which documents and undocumented keys are added while the record is read.
    pub(crate) chunk: &'s mut ChunkBuilder,
    /// The values so far, by column.
    pub(crate) values: Vec<FieldValue<'a>>,
    /// Whether the record has a documented key other than the id. Without one it may be a record of another API.
    pub(crate) has_documented_key: bool,
}

impl<'s, 'a> FieldCollector<'s, 'a> {
    /// Creates a collector without values.
    pub(crate) fn new(schema: &'s Schema, chunk: &'s mut ChunkBuilder) -> Self {
        Self {
            values: vec![FieldValue::Missing; schema.api.column_count()],
            schema,
            chunk,
            has_documented_key: false,
        }
    }

    /// Resolves a key of an object on the way to fields; `None` if the API does not document it.
    ///
    /// `position_hint` is the likely position of the key, see [`PathTree::child`](idq_json::PathTree::child).
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
                let is_id = self.schema.field(node) == Some(self.schema.api.id);
                self.has_documented_key |= !is_id;
            }
            None => (self.chunk).add_unknown_key(dotted_path(object_path, key)),
        }
        node
    }

    /// Starts the value of a documented key. It replaces all values of an earlier occurrence of the key, nested ones
    /// included. Returns the columns at or below the key, fields first.
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
