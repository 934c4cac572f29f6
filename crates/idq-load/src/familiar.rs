//! Records of a familiar shape: what the places of a record are to the columns.

use idq_api::Kind;
use idq_json::{Node, PathTree};
use idq_shape::{Capture, FieldResolver, KeyInfo, ScalarKinds, Shapes, SimdLevel};

use crate::options::Parser;
use crate::row::ChunkBuilder;
use crate::schema::Schema;
use crate::tape::joined;

/// Set where a record has one of its API's keys, the id apart: else it may be another API's.
pub(crate) const KNOWN: u64 = 1 << MAX_FIELDS;

/// More fields than there are slots, or bits of marks, cannot be read this way.
const MAX_FIELDS: usize = idq_shape::MAX_SLOTS;

/// Reads records of the shapes that it has seen.
pub(crate) struct Familiar<'s> {
    shapes: Shapes<Places<'s>>,
}

impl<'s> Familiar<'s> {
    /// A reader without shapes, if the schema and its parser allow one.
    pub(crate) fn new(schema: &'s Schema) -> Option<Self> {
        let instructions = match schema.parser {
            Parser::Shapes => SimdLevel::Native,
            Parser::PortableShapes => SimdLevel::Portable,
            Parser::Simd | Parser::Exact => return None,
        };
        let fields = schema.api.fields.len();
        let places = Places {
            schema,
            names: Vec::new(),
            tags: Vec::new(),
        };
        (fields <= MAX_FIELDS).then(|| Self {
            shapes: Shapes::new(places, instructions),
        })
    }

    /// Adds the record that starts at `start`, and says where it ends, if it is familiar and sound.
    #[inline]
    pub(crate) fn parse(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        start: usize,
        chunk: &mut ChunkBuilder,
    ) -> Option<usize> {
        let (record, places) = self.shapes.read(bytes, start)?;
        let end = record.end();
        chunk.push_familiar(schema, places, record)?;
        Some(end)
    }

    /// Takes a record that another reader has accepted for familiar from now on.
    pub(crate) fn learn(&mut self, record: &[u8]) {
        self.shapes.learn(record);
    }
}

/// What the places of records are to a schema.
#[derive(Debug)]
pub(crate) struct Places<'s> {
    schema: &'s Schema,
    /// The dotted names of objects on the way to fields, and of keys that the API does not document.
    names: Vec<String>,
    tags: Vec<Tag>,
}

/// A place inside a document.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) field: usize,
    /// The place around it, and the key that leads from there; none for the document itself.
    pub(crate) step: Option<(u32, Box<str>)>,
}

/// What a place is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// An object on the way to fields: the record itself has no name.
    Object { node: Node, name: Option<u32> },
    /// A field that is no document.
    Field(usize),
    /// A document, or a place in one.
    Document { tag: u32, is_root: bool },
    /// A key that the API does not document.
    Unknown { name: u32 },
    /// Below such a key.
    Inside,
}

impl Places<'_> {
    pub(crate) fn name(&self, note: u32) -> &str {
        &self.names[note as usize]
    }

    pub(crate) fn tag(&self, tag: u32) -> &Tag {
        &self.tags[tag as usize]
    }

    fn add_name(&mut self, of: Option<u32>, key: &str) -> u32 {
        let path = of.map(|name| self.name(name));
        let name = joined(path, key);
        self.names.push(name);
        self.names.len() as u32 - 1
    }

    fn add_tag(&mut self, field: usize, step: Option<(u32, Box<str>)>) -> u32 {
        self.tags.push(Tag { field, step });
        self.tags.len() as u32 - 1
    }

    fn is_listed(&self, tag: u32) -> bool {
        self.schema.wanted[self.tag(tag).field]
    }
}

impl FieldResolver for Places<'_> {
    type FieldId = Role;

    fn resolve_root(&self) -> Role {
        Role::Object {
            node: PathTree::ROOT,
            name: None,
        }
    }

    fn resolve_key(&mut self, of: Role, key: &str) -> Role {
        match of {
            Role::Object { node, name } => {
                let Some(child) = self.schema.tree.child(node, key, &mut 0) else {
                    let name = self.add_name(name, key);
                    return Role::Unknown { name };
                };
                match self.schema.tree.leaf(child) {
                    Some(field) if self.schema.api.fields[field].kind == Kind::Document => {
                        let tag = self.add_tag(field, None);
                        Role::Document { tag, is_root: true }
                    }
                    Some(field) => Role::Field(field),
                    None => {
                        let name = Some(self.add_name(name, key));
                        Role::Object { node: child, name }
                    }
                }
            }
            Role::Document { tag, .. } => {
                let field = self.tag(tag).field;
                let tag = self.add_tag(field, Some((tag, key.into())));
                Role::Document {
                    tag,
                    is_root: false,
                }
            }
            Role::Field(_) | Role::Unknown { .. } | Role::Inside => Role::Inside,
        }
    }

    fn resolve_element(&mut self, of: Role) -> Role {
        match of {
            // An element is at the place of its array, but no document of its own.
            Role::Document { tag, .. } => Role::Document {
                tag,
                is_root: false,
            },
            _ => Role::Inside,
        }
    }

    fn resolve_scalar(&self, role: Role) -> Capture {
        let nowhere = Capture {
            slot: None,
            tag: None,
            kinds: ScalarKinds::ANY,
        };
        match role {
            Role::Object { .. } => Capture {
                kinds: ScalarKinds::NULL,
                ..nowhere
            },
            Role::Field(field) => Capture {
                slot: Some(field),
                kinds: ScalarKinds::NULL.or(match self.schema.api.fields[field].kind {
                    Kind::Text | Kind::Keyword | Kind::Timestamp => ScalarKinds::STRING,
                    Kind::Boolean => ScalarKinds::BOOLEAN,
                    Kind::Number => ScalarKinds::NUMBER,
                    Kind::Document => ScalarKinds::ANY,
                }),
                ..nowhere
            },
            Role::Document { tag, is_root } => Capture {
                slot: is_root.then(|| self.tag(tag).field),
                tag: self.is_listed(tag).then_some(tag),
                ..nowhere
            },
            Role::Unknown { .. } | Role::Inside => nowhere,
        }
    }

    fn resolve_presence(&self, role: Role) -> KeyInfo {
        let marks = |flags| KeyInfo {
            flags,
            unknown_key: None,
        };
        match role {
            Role::Field(field) if field == self.schema.api.id => marks(0),
            Role::Object { .. } | Role::Field(_) => marks(KNOWN),
            Role::Document { tag, is_root: true } => marks(KNOWN | 1 << self.tag(tag).field),
            Role::Unknown { name } => KeyInfo {
                flags: 0,
                unknown_key: Some(name),
            },
            Role::Document { .. } | Role::Inside => marks(0),
        }
    }

    fn resolve_empty(&self, role: Role) -> Option<u32> {
        match role {
            Role::Document {
                tag,
                is_root: false,
            } if self.is_listed(tag) => Some(tag),
            _ => None,
        }
    }
}
