use idq_api::Kind;
use idq_columns::{DocumentBuilder, DocumentPlace};
use idq_json::{Node as Place, PathTree};
use simd_json::{Node, StaticNode};

use crate::documents::has_repeated_key;
use crate::row::{ChunkBuilder, Slot};
use crate::schema::Schema;

/// Something that only the exact reader can judge.
pub(crate) struct Unfamiliar;

/// Reads the fields of a record from `simd-json`'s tape.
///
/// The tape has numbers by value, not by spelling; where the spelling counts and the value does not give it back, the
/// record is unfamiliar. So is a document in which a key occurs twice.
pub(crate) fn read<'a>(
    schema: &Schema,
    record: &[u8],
    tape: &[Node<'a>],
    slots: &mut [Slot<'a>],
    chunk: &mut ChunkBuilder,
) -> Result<(), Unfamiliar> {
    let Some(Node::Object { len, .. }) = tape.first() else {
        return Err(Unfamiliar);
    };
    let mut walk = Walk {
        schema,
        slots,
        chunk,
        known: 0,
        zero: Zero {
            record,
            is_plain: None,
        },
    };
    walk.object(&tape[1..], *len, PathTree::ROOT, None)?;
    // Whose record is it?
    if walk.known == 0 {
        Err(Unfamiliar)
    } else {
        Ok(())
    }
}

struct Walk<'s, 'w, 'a> {
    schema: &'s Schema,
    slots: &'w mut [Slot<'a>],
    chunk: &'w mut ChunkBuilder,
    /// How many of the record's own keys the API documents, the id apart.
    known: usize,
    zero: Zero<'w>,
}

/// How a record's zeros are spelled: on the tape, `-0` is `0`.
struct Zero<'r> {
    record: &'r [u8],
    is_plain: Option<bool>,
}

impl Zero<'_> {
    /// Whether no number of the record can be `-0`. Zeros are frequent, `-0` behind what stands before a number is not.
    fn is_plain(&mut self) -> bool {
        *self.is_plain.get_or_insert_with(|| {
            memchr::memmem::find_iter(self.record, "-0")
                .all(|minus| minus > 0 && !b":,[ \t\r\n".contains(&self.record[minus - 1]))
        })
    }
}

impl<'a> Walk<'_, '_, 'a> {
    /// Reads the members of an object on the way to a field. Recursion follows the table's paths.
    fn object(
        &mut self,
        mut tape: &[Node<'a>],
        members: usize,
        place: Place,
        path: Option<&str>,
    ) -> Result<(), Unfamiliar> {
        let mut hint = 0;
        for _ in 0..members {
            let [Node::String(key), rest @ ..] = tape else {
                return Err(Unfamiliar);
            };
            let (value, next) = rest.split_at(size(rest)?);
            tape = next;
            match self.schema.tree.child(place, key, &mut hint) {
                Some(child) => {
                    self.known +=
                        usize::from(self.schema.tree.leaf(child) != Some(self.schema.api.id));
                    self.value(value, child, key, path)?;
                }
                None => self.chunk.unknown(|| joined(path, key)),
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        tape: &[Node<'a>],
        place: Place,
        key: &str,
        path: Option<&str>,
    ) -> Result<(), Unfamiliar> {
        for &field in self.schema.tree.leaves_below(place) {
            self.slots[field] = Slot::Missing;
        }
        if let Some(field) = self.schema.tree.leaf(place) {
            self.slots[field] = self.leaf(tape, field)?;
            return Ok(());
        }
        match tape[0] {
            Node::Object { len, .. } => {
                self.object(&tape[1..], len, place, Some(&joined(path, key)))
            }
            Node::Static(StaticNode::Null) | Node::Array { len: 0, .. } => Ok(()),
            _ => Err(Unfamiliar),
        }
    }

    fn leaf(&mut self, tape: &[Node<'a>], field: usize) -> Result<Slot<'a>, Unfamiliar> {
        let wanted = self.schema.wanted[field];
        if self.schema.api.fields[field].kind == Kind::Document {
            if let Some(builder) = self.chunk.document(field) {
                builder.restart_row();
                document(tape, builder, DocumentBuilder::ROOT, &mut self.zero)?;
            }
            return Ok(if tape[0] == Node::Static(StaticNode::Null) {
                Slot::Null
            } else {
                Slot::Document
            });
        }
        Ok(match tape[0] {
            Node::String(text) => Slot::Text(text.into()),
            Node::Object { .. } => Slot::Object,
            Node::Array { .. } => Slot::Array,
            Node::Static(StaticNode::Null) => Slot::Null,
            Node::Static(StaticNode::Bool(boolean)) => Slot::Boolean(boolean),
            Node::Static(_) if !wanted => Slot::Number("".into()),
            Node::Static(number) => Slot::Number(
                spelling(number, &mut itoa::Buffer::new(), &mut self.zero)?
                    .to_owned()
                    .into(),
            ),
        })
    }
}

/// How many nodes the value at the start of the tape takes.
fn size(tape: &[Node<'_>]) -> Result<usize, Unfamiliar> {
    let size = match tape.first() {
        None => return Err(Unfamiliar),
        Some(Node::Object { count, .. } | Node::Array { count, .. }) => count + 1,
        Some(Node::String(_) | Node::Static(_)) => 1,
    };
    if size <= tape.len() {
        Ok(size)
    } else {
        Err(Unfamiliar)
    }
}

/// How JSON spells this number, if there is only one way. A fraction could be spelled anyhow.
fn spelling<'b>(
    number: StaticNode,
    buffer: &'b mut itoa::Buffer,
    zero: &mut Zero<'_>,
) -> Result<&'b str, Unfamiliar> {
    match number {
        StaticNode::I64(number) if number != 0 || zero.is_plain() => Ok(buffer.format(number)),
        StaticNode::U64(number) if number != 0 || zero.is_plain() => Ok(buffer.format(number)),
        _ => Err(Unfamiliar),
    }
}

/// Adds every key and scalar value of a document. Recursion is bounded by the depth at which the parser stops.
fn document<'a, 't>(
    tape: &'t [Node<'a>],
    builder: &mut DocumentBuilder,
    place: DocumentPlace,
    zero: &mut Zero<'_>,
) -> Result<&'t [Node<'a>], Unfamiliar> {
    let (value, mut rest) = tape.split_first().ok_or(Unfamiliar)?;
    match *value {
        Node::String(text) => builder.add(place, text),
        Node::Static(StaticNode::Null)
        | Node::Array { len: 0, .. }
        | Node::Object { len: 0, .. } => builder.add_nothing(place),
        Node::Static(StaticNode::Bool(boolean)) => {
            builder.add(place, if boolean { "true" } else { "false" });
        }
        Node::Static(number) => {
            builder.add(place, spelling(number, &mut itoa::Buffer::new(), zero)?);
        }
        Node::Array { len, .. } => {
            for _ in 0..len {
                rest = document(rest, builder, place, zero)?;
            }
        }
        Node::Object { len, .. } => {
            if has_repeated_key(|visit| keys(rest, len, visit)) {
                return Err(Unfamiliar);
            }
            for _ in 0..len {
                let (Node::String(key), value) = rest.split_first().ok_or(Unfamiliar)? else {
                    return Err(Unfamiliar);
                };
                let place = builder.enter(place, key);
                rest = document(value, builder, place, zero)?;
            }
        }
    }
    Ok(rest)
}

/// Visits the keys of the object whose members start here.
fn keys<'a>(mut tape: &[Node<'a>], members: usize, visit: &mut dyn FnMut(&'a str)) {
    for _ in 0..members {
        if let [Node::String(key), value @ ..] = tape {
            visit(key);
            let size = size(value).unwrap_or(value.len());
            tape = &value[size..];
        }
    }
}

/// The dotted name of a key below a path.
pub(crate) fn joined(path: Option<&str>, key: &str) -> String {
    path.map_or_else(|| key.to_owned(), |path| format!("{path}.{key}"))
}
