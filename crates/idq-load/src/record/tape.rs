//! The tape reader: reads records from the tape of `simd-json`, for records that the structural reader does not support.
//!
//! A tape has the record as a flat sequence of nodes, in document order; an object or array node has the number of its
//! members and of the nodes below it. The tape has numbers by value, not by spelling, and keeps repeated keys: if
//! either makes a difference, the reference parser must parse the record.
//!
//! ```text
//! {"id":"a","profile":{"n":[1,2]}}
//!
//! Object(2 members, 7 nodes) "id" "a" "profile" Object(1, 4) "n" Array(2, 2) 1 2
//! ```
//!
//! The number of nodes of an object is the distance to its next sibling, so an undocumented value is skipped in one
//! step.

use idq_api::Kind;
use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};
use idq_json::{Node as SchemaNode, PathTree, Scalar, Text};
use simd_json::{Node, StaticNode};

use super::chunk_builder::ChunkBuilder;
use super::duplicate_keys::has_duplicate_key;
use super::field_value::{FieldCollector, FieldValue, dotted_path};
use super::schema::Schema;

/// The error of a record that the reference parser must parse.
pub(super) struct NeedsReferenceParser;

/// Adds the record of a tape to a chunk.
pub(super) fn read<'a>(
    schema: &Schema,
    record: &[u8],
    tape: &[Node<'a>],
    chunk: &mut ChunkBuilder,
) -> Result<(), NeedsReferenceParser> {
    let Some(Node::Object { len, .. }) = tape.first() else {
        return Err(NeedsReferenceParser);
    };
    // The strings of the tape borrow from the unescaped copy of the record, which outlives the values.
    let mut reader = TapeReader {
        fields: FieldCollector::<'_, 'a>::new(schema, chunk),
        zeros: Zeros {
            record,
            are_plain: None,
        },
        objects: Vec::new(),
    };
    reader.read_members(&tape[1..], *len, PathTree::ROOT, None)?;
    let FieldCollector {
        values,
        has_documented_key,
        chunk,
        ..
    } = reader.fields;
    // A record without a documented key may be of another API, which only the reference parser reports.
    if !has_documented_key {
        return Err(NeedsReferenceParser);
    }
    (chunk.push(schema, values.as_slice())).map_err(|_| NeedsReferenceParser)
}

/// A read of one record.
struct TapeReader<'s, 'a> {
    /// The values so far.
    fields: FieldCollector<'s, 'a>,
    /// The spelling of the record's zeros.
    zeros: Zeros<'s>,
    /// The keys of the object that is being read.
    objects: Vec<&'a str>,
}

/// The spelling of a record's zeros: `-0` and `0` are the same node of a tape.
struct Zeros<'r> {
    /// The record's bytes, before unescaping.
    record: &'r [u8],
    /// Whether the record has no number `-0`; `None` until it is needed.
    are_plain: Option<bool>,
}

impl Zeros<'_> {
    /// Returns whether no number of the record is `-0`. The record is searched at most once, because zeros are
    /// frequent. An occurrence of `-0` counts if the byte before it may precede a number.
    fn are_plain(&mut self) -> bool {
        *self.are_plain.get_or_insert_with(|| {
            memchr::memmem::find_iter(self.record, "-0")
                .all(|minus| minus > 0 && !b":,[ \t\r\n".contains(&self.record[minus - 1]))
        })
    }

    /// Returns the integer of a node, if its value determines its spelling. A fraction has many spellings, and a zero
    /// two.
    fn integer(&mut self, number: StaticNode) -> Result<i128, NeedsReferenceParser> {
        let integer = match number {
            StaticNode::I64(number) => i128::from(number),
            StaticNode::U64(number) => i128::from(number),
            _ => return Err(NeedsReferenceParser),
        };
        if integer != 0 || self.are_plain() {
            Ok(integer)
        } else {
            Err(NeedsReferenceParser)
        }
    }
}

impl<'a> TapeReader<'_, 'a> {
    /// Reads the members of an object on the way to fields. The depth of the API's paths bounds the recursion.
    fn read_members(
        &mut self,
        mut tape: &[Node<'a>],
        members: usize,
        object: SchemaNode,
        path: Option<&str>,
    ) -> Result<(), NeedsReferenceParser> {
        let mut hint = 0;
        if self.fields.schema.undocumented.is_some()
            && has_duplicate_key(|visit| visit_keys(tape, members, visit))
        {
            return Err(NeedsReferenceParser);
        }
        for _ in 0..members {
            let [Node::String(key), rest @ ..] = tape else {
                return Err(NeedsReferenceParser);
            };
            let (value, next) = rest.split_at(value_nodes(rest)?);
            tape = next;
            match self.fields.visit_key(object, path, key, &mut hint) {
                Some(child) => self.read_value(value, child, key, path)?,
                None => self.read_undocumented(value, key)?,
            }
        }
        Ok(())
    }

    /// Adds an undocumented member to the column of these, if it is built.
    fn read_undocumented(
        &mut self,
        value: &[Node<'a>],
        key: &str,
    ) -> Result<(), NeedsReferenceParser> {
        let column = self.fields.schema.undocumented;
        let builder = column.and_then(|column| self.fields.chunk.document_builder(column));
        if let Some(builder) = builder {
            let keys = self.objects.iter().copied().chain([key]);
            let path = keys.fold(DocumentBuilder::ROOT, |path, key| builder.enter(path, key));
            add_document(value, builder, path, &mut Vec::new(), &mut self.zeros)?;
        }
        Ok(())
    }

    /// Reads the value of a documented key.
    fn read_value(
        &mut self,
        tape: &[Node<'a>],
        node: SchemaNode,
        key: &'a str,
        path: Option<&str>,
    ) -> Result<(), NeedsReferenceParser> {
        self.fields.start_value(node);
        if let Some(field) = self.fields.schema.field(node) {
            self.fields.values[field] = self.read_field(tape, field)?;
            return Ok(());
        }
        let presence = match tape[0] {
            Node::Object { len, .. } => {
                self.objects.push(key);
                self.read_members(&tape[1..], len, node, Some(&dotted_path(path, key)))?;
                self.objects.pop();
                FieldValue::Object
            }
            Node::Static(StaticNode::Null) => FieldValue::NULL,
            // PHP writes an object without members as `[]`.
            Node::Array { len: 0, .. } => FieldValue::Array,
            _ => return Err(NeedsReferenceParser),
        };
        if let Some(column) = self.fields.schema.object_column(node) {
            self.fields.values[column] = presence;
        }
        Ok(())
    }

    /// Returns the value of a field. A document is added to its builder.
    fn read_field(
        &mut self,
        tape: &[Node<'a>],
        field: usize,
    ) -> Result<FieldValue<'a>, NeedsReferenceParser> {
        let schema = self.fields.schema;
        if schema.api.fields[field].kind == Kind::Document {
            if let Some(builder) = self.fields.chunk.document_builder(field) {
                builder.restart_row();
                let root = DocumentBuilder::ROOT;
                add_document(tape, builder, root, &mut Vec::new(), &mut self.zeros)?;
            }
            return Ok(match tape[0] {
                Node::Static(StaticNode::Null) => FieldValue::NULL,
                Node::String(text) => {
                    FieldValue::Scalar(Scalar::String(Text::from_raw(text, false)))
                }
                _ => FieldValue::Document,
            });
        }
        Ok(match tape[0] {
            Node::String(text) => FieldValue::Scalar(Scalar::String(Text::from_raw(text, false))),
            Node::Object { .. } => FieldValue::Object,
            Node::Array { .. } => FieldValue::Array,
            Node::Static(StaticNode::Null) => FieldValue::NULL,
            Node::Static(StaticNode::Bool(boolean)) => FieldValue::Scalar(Scalar::Boolean(boolean)),
            // A field without a column needs no spelling, only a kind.
            Node::Static(_) if !schema.wanted[field] => FieldValue::Scalar(Scalar::Number("")),
            Node::Static(number) => FieldValue::Integer(self.zeros.integer(number)?),
        })
    }
}

/// Returns the number of nodes of the value at the start of a tape.
fn value_nodes(tape: &[Node<'_>]) -> Result<usize, NeedsReferenceParser> {
    let nodes = match tape.first() {
        None => return Err(NeedsReferenceParser),
        Some(Node::Object { count, .. } | Node::Array { count, .. }) => count + 1,
        Some(Node::String(_) | Node::Static(_)) => 1,
    };
    if nodes <= tape.len() {
        Ok(nodes)
    } else {
        Err(NeedsReferenceParser)
    }
}

/// Adds the keys and scalars of a document's value to its builder. Returns the rest of the tape. The maximum depth of
/// `simd-json` bounds the recursion.
fn add_document<'a, 't>(
    tape: &'t [Node<'a>],
    builder: &mut DocumentBuilder,
    path: PathId,
    elements: &mut Vec<ElementNumber>,
    zeros: &mut Zeros<'_>,
) -> Result<&'t [Node<'a>], NeedsReferenceParser> {
    let (value, mut rest) = tape.split_first().ok_or(NeedsReferenceParser)?;
    match *value {
        Node::String(text) => builder.add(path, ValueKind::String, text, elements),
        Node::Static(StaticNode::Null) => builder.add(path, ValueKind::Null, "", elements),
        Node::Array { len: 0, .. } => builder.add(path, ValueKind::EmptyArray, "", elements),
        Node::Object { len: 0, .. } => builder.add(path, ValueKind::EmptyObject, "", elements),
        Node::Static(StaticNode::Bool(boolean)) => {
            let text = if boolean { "true" } else { "false" };
            builder.add(path, ValueKind::Boolean, text, elements);
        }
        Node::Static(number) => {
            let mut buffer = itoa::Buffer::new();
            let text = buffer.format(zeros.integer(number)?);
            builder.add(path, ValueKind::Number, text, elements);
        }
        Node::Array { len, .. } => {
            for _ in 0..len {
                elements.push(builder.number_element(path));
                rest = add_document(rest, builder, path, elements, zeros)?;
                elements.pop();
            }
        }
        Node::Object { len, .. } => {
            if has_duplicate_key(|visit| visit_keys(rest, len, visit)) {
                return Err(NeedsReferenceParser);
            }
            for _ in 0..len {
                let (Node::String(key), value) = rest.split_first().ok_or(NeedsReferenceParser)?
                else {
                    return Err(NeedsReferenceParser);
                };
                let path = builder.enter(path, key);
                rest = add_document(value, builder, path, elements, zeros)?;
            }
        }
    }
    Ok(rest)
}

/// Calls `visit` with the keys of the object whose members start the tape.
fn visit_keys<'a>(mut tape: &[Node<'a>], members: usize, visit: &mut dyn FnMut(&'a str)) {
    for _ in 0..members {
        if let [Node::String(key), value @ ..] = tape {
            visit(key);
            let nodes = value_nodes(value).unwrap_or(value.len());
            tape = &value[nodes..];
        }
    }
}
