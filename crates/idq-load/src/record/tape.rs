//! The tape reader: reads records of unknown shapes from the tape of `simd-json`.
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
use idq_columns::{DocumentBuilder, PathId};
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
        for _ in 0..members {
            let [Node::String(key), rest @ ..] = tape else {
                return Err(NeedsReferenceParser);
            };
            let (value, next) = rest.split_at(value_nodes(rest)?);
            tape = next;
            if let Some(child) = self.fields.visit_key(object, path, key, &mut hint) {
                self.read_value(value, child, key, path)?;
            }
        }
        Ok(())
    }

    /// Reads the value of a documented key.
    fn read_value(
        &mut self,
        tape: &[Node<'a>],
        node: SchemaNode,
        key: &str,
        path: Option<&str>,
    ) -> Result<(), NeedsReferenceParser> {
        self.fields.start_value(node);
        if let Some(field) = self.fields.schema.tree.leaf(node) {
            self.fields.values[field] = self.read_field(tape, field)?;
            return Ok(());
        }
        match tape[0] {
            Node::Object { len, .. } => {
                self.read_members(&tape[1..], len, node, Some(&dotted_path(path, key)))
            }
            // PHP writes an object without members as `[]`.
            Node::Static(StaticNode::Null) | Node::Array { len: 0, .. } => Ok(()),
            _ => Err(NeedsReferenceParser),
        }
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
                add_document(tape, builder, DocumentBuilder::ROOT, &mut self.zeros)?;
            }
            return Ok(if tape[0] == Node::Static(StaticNode::Null) {
                FieldValue::NULL
            } else {
                FieldValue::Document
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
    zeros: &mut Zeros<'_>,
) -> Result<&'t [Node<'a>], NeedsReferenceParser> {
    let (value, mut rest) = tape.split_first().ok_or(NeedsReferenceParser)?;
    match *value {
        Node::String(text) => builder.add(path, text),
        Node::Static(StaticNode::Null)
        | Node::Array { len: 0, .. }
        | Node::Object { len: 0, .. } => builder.add_empty(path),
        Node::Static(StaticNode::Bool(boolean)) => {
            builder.add(path, if boolean { "true" } else { "false" });
        }
        Node::Static(number) => {
            builder.add(path, itoa::Buffer::new().format(zeros.integer(number)?));
        }
        Node::Array { len, .. } => {
            for _ in 0..len {
                rest = add_document(rest, builder, path, zeros)?;
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
                rest = add_document(value, builder, path, zeros)?;
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
