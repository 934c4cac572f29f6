//! Resolution of the paths of record shapes to the fields of the schema.
//!
//! A field that holds scalars is captured in the slot of its position. A document is captured as a list of tagged
//! scalars, with one tag for each path in it, so that the builder looks the path of a scalar up by an index instead of
//! by keys.

use idq_api::Kind;
use idq_json::{Node, PathTree};
use idq_shape::{Capture, FieldResolver, KeyInfo, MAX_SLOTS, ScalarKinds};

use super::field_value::dotted_path;
use super::schema::Schema;

/// The maximum number of fields, each of which takes a slot and a bit of the flags.
pub(super) const MAX_SHAPE_FIELDS: usize = MAX_SLOTS;

/// The flag of records with a documented key other than the id. Without one a record may be of another API.
pub(super) const HAS_DOCUMENTED_KEY: u64 = 1 << MAX_SHAPE_FIELDS;

/// The resolver of one parser, for all chunks of a load.
#[derive(Debug)]
pub(super) struct ShapeResolver<'s> {
    /// The fields that paths resolve to.
    schema: &'s Schema,
    /// The dotted paths of objects on the way to fields, and of undocumented keys.
    names: Vec<String>,
    /// The paths inside documents, by tag.
    tags: Vec<DocumentTag>,
}

/// A path inside a document, described by its last step.
#[derive(Debug)]
pub(super) struct DocumentTag {
    /// The document field.
    pub(super) field: usize,
    /// The tag of the parent and the key below it; `None` for the document itself.
    pub(super) parent: Option<(u32, Box<str>)>,
}

/// The field, or other meaning, that a path resolves to.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShapeField {
    /// An object on the way to fields. The record itself has no name.
    Object { node: Node, name: Option<u32> },
    /// A field that is not a document.
    Field(usize),
    /// A document, or a path in one.
    Document { tag: u32, is_root: bool },
    /// An undocumented key.
    UnknownKey { name: u32 },
    /// A path below an undocumented key, or below a field that holds scalars.
    Ignored,
}

impl<'s> ShapeResolver<'s> {
    /// Creates a resolver for a schema.
    pub(super) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            names: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Returns the dotted path of an undocumented key by its number.
    pub(super) fn key_name(&self, key: u32) -> &str {
        &self.names[key as usize]
    }

    /// Returns the description of a tag.
    pub(super) fn tag(&self, tag: u32) -> &DocumentTag {
        &self.tags[tag as usize]
    }

    /// Adds the dotted path of a key, and returns its number.
    fn add_name(&mut self, object: Option<u32>, key: &str) -> u32 {
        let object = object.map(|name| self.key_name(name));
        let name = dotted_path(object, key);
        self.names.push(name);
        self.names.len() as u32 - 1
    }

    /// Adds a path of a document, and returns its tag.
    fn add_tag(&mut self, field: usize, parent: Option<(u32, Box<str>)>) -> u32 {
        self.tags.push(DocumentTag { field, parent });
        self.tags.len() as u32 - 1
    }

    /// Returns whether a tag's document becomes a column.
    fn is_wanted(&self, tag: u32) -> bool {
        self.schema.wanted[self.tag(tag).field]
    }
}

impl FieldResolver for ShapeResolver<'_> {
    type FieldId = ShapeField;

    fn resolve_root(&self) -> ShapeField {
        ShapeField::Object {
            node: PathTree::ROOT,
            name: None,
        }
    }

    fn resolve_key(&mut self, object: ShapeField, key: &str) -> ShapeField {
        match object {
            ShapeField::Object { node, name } => {
                let Some(child) = self.schema.tree.child(node, key, &mut 0) else {
                    let name = self.add_name(name, key);
                    return ShapeField::UnknownKey { name };
                };
                match self.schema.tree.leaf(child) {
                    Some(field) if self.schema.api.fields[field].kind == Kind::Document => {
                        let tag = self.add_tag(field, None);
                        ShapeField::Document { tag, is_root: true }
                    }
                    Some(field) => ShapeField::Field(field),
                    None => {
                        let name = Some(self.add_name(name, key));
                        ShapeField::Object { node: child, name }
                    }
                }
            }
            ShapeField::Document { tag, .. } => {
                let field = self.tag(tag).field;
                let tag = self.add_tag(field, Some((tag, key.into())));
                ShapeField::Document {
                    tag,
                    is_root: false,
                }
            }
            ShapeField::Field(_) | ShapeField::UnknownKey { .. } | ShapeField::Ignored => {
                ShapeField::Ignored
            }
        }
    }

    fn resolve_element(&mut self, array: ShapeField) -> ShapeField {
        match array {
            // An element has the path of its array, but is not the document itself.
            ShapeField::Document { tag, .. } => ShapeField::Document {
                tag,
                is_root: false,
            },
            _ => ShapeField::Ignored,
        }
    }

    fn resolve_scalar(&self, field: ShapeField) -> Capture {
        let ignored = Capture {
            slot: None,
            tag: None,
            kinds: ScalarKinds::ANY,
        };
        match field {
            ShapeField::Object { .. } => Capture {
                kinds: ScalarKinds::NULL,
                ..ignored
            },
            ShapeField::Field(field) => Capture {
                slot: Some(field),
                kinds: ScalarKinds::NULL.or(match self.schema.api.fields[field].kind {
                    Kind::Text | Kind::Keyword | Kind::Timestamp => ScalarKinds::STRING,
                    Kind::Boolean => ScalarKinds::BOOLEAN,
                    Kind::Number => ScalarKinds::NUMBER,
                    Kind::Document => ScalarKinds::ANY,
                }),
                ..ignored
            },
            ShapeField::Document { tag, is_root } => Capture {
                slot: is_root.then(|| self.tag(tag).field),
                tag: self.is_wanted(tag).then_some(tag),
                ..ignored
            },
            ShapeField::UnknownKey { .. } | ShapeField::Ignored => ignored,
        }
    }

    fn resolve_presence(&self, field: ShapeField) -> KeyInfo {
        let with_flags = |flags| KeyInfo {
            flags,
            unknown_key: None,
        };
        match field {
            ShapeField::Field(field) if field == self.schema.api.id => KeyInfo::default(),
            ShapeField::Object { .. } | ShapeField::Field(_) => with_flags(HAS_DOCUMENTED_KEY),
            ShapeField::Document { tag, is_root: true } => {
                with_flags(HAS_DOCUMENTED_KEY | 1 << self.tag(tag).field)
            }
            ShapeField::UnknownKey { name } => KeyInfo {
                flags: 0,
                unknown_key: Some(name),
            },
            ShapeField::Document { .. } | ShapeField::Ignored => KeyInfo::default(),
        }
    }

    fn resolve_empty(&self, field: ShapeField) -> Option<u32> {
        match field {
            ShapeField::Document {
                tag,
                is_root: false,
            } if self.is_wanted(tag) => Some(tag),
            _ => None,
        }
    }
}
