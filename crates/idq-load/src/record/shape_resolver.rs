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

/// The maximum number of fields and objects, each of which takes a slot and a bit of the flags. The last two bits are
/// [`HAS_DOCUMENTED_KEY`] and [`HAS_RECORDS_KEY`].
pub(super) const MAX_SHAPE_COLUMNS: usize = MAX_SLOTS - 1;

/// The flag of records with a documented key other than the id. Without one a record may be of another API.
pub(super) const HAS_DOCUMENTED_KEY: u64 = 1 << MAX_SHAPE_COLUMNS;

/// The flag of records with a key under which pages have their records. Such an object may be a page.
pub(super) const HAS_RECORDS_KEY: u64 = 1 << (MAX_SHAPE_COLUMNS + 1);

/// The resolver of one parser, for all chunks of a load.
#[derive(Debug)]
pub(super) struct ShapeResolver<'s> {
    /// The fields that paths resolve to.
    schema: &'s Schema,
    /// Whether documents and undocumented members are only validated where no column needs them, so that their content
    /// is no part of a shape. A column needs no document of a record that the prefilter does not pass.
    pub(super) skips_content: bool,
    /// The dotted paths of objects on the way to fields, and of undocumented keys.
    names: Vec<String>,
    /// The paths inside documents, by tag.
    tags: Vec<DocumentTag>,
}

/// A path inside a document, described by its last step.
#[derive(Debug)]
pub(super) struct DocumentTag {
    /// The column of the document.
    pub(super) field: usize,
    /// The tag of the parent and the step below it; `None` for the document itself.
    pub(super) parent: Option<(u32, Step)>,
    /// The tags of the array elements on the path, outermost first.
    pub(super) elements: Box<[u32]>,
}

/// A step from a value to one inside it.
#[derive(Debug)]
pub(super) enum Step {
    /// The value of a key.
    Key(Box<str>),
    /// An element of an array.
    Element,
}

/// The field, or other meaning, that a path resolves to.
#[derive(Debug, Clone, Copy)]
pub(super) enum ShapeField {
    /// An object on the way to fields. The record itself has no name. The tag is that of the object among the
    /// undocumented members, if these are wanted.
    Object {
        node: Node,
        name: Option<u32>,
        tag: Option<u32>,
    },
    /// A field that is not a document.
    Field(usize),
    /// A document, or a path in one.
    Document { tag: u32, is_root: bool },
    /// An undocumented key. The tag is that of its value, if undocumented members are wanted.
    UnknownKey { name: u32, tag: Option<u32> },
    /// A path below an undocumented key, or below a field that holds scalars.
    Ignored,
}

impl<'s> ShapeResolver<'s> {
    /// Creates a resolver for a schema.
    pub(super) fn new(schema: &'s Schema) -> Self {
        // The first tag is that of the record itself.
        let root = schema.undocumented.map(|field| DocumentTag {
            field,
            parent: None,
            elements: Box::default(),
        });
        Self {
            schema,
            skips_content: false,
            names: Vec::new(),
            tags: root.into_iter().collect(),
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

    /// Adds a document, and returns its tag.
    fn add_document(&mut self, field: usize) -> u32 {
        self.tags.push(DocumentTag {
            field,
            parent: None,
            elements: Box::default(),
        });
        self.tags.len() as u32 - 1
    }

    /// Adds a path of a document, and returns its tag.
    fn add_step(&mut self, parent: u32, step: Step) -> u32 {
        let tag = self.tags.len() as u32;
        let outer = self.tag(parent);
        let own = matches!(step, Step::Element).then_some(tag);
        self.tags.push(DocumentTag {
            field: outer.field,
            elements: outer.elements.iter().copied().chain(own).collect(),
            parent: Some((parent, step)),
        });
        tag
    }

    /// Returns whether the values of a tag are added to a column.
    fn is_wanted(&self, tag: u32) -> bool {
        self.has_wanted_part(tag, |kept, keys| keys.starts_with(kept))
    }

    /// Returns whether some document or undocumented member becomes no column, or only in part, or in few records.
    pub(super) fn has_unwanted_content(&self) -> bool {
        let documents = self.schema.documents.iter().copied();
        let mut columns = documents.chain([self.schema.api.undocumented_column()]);
        columns.any(|column| {
            !self.schema.wanted[column]
                || self.schema.document_paths(column).is_some()
                || self.is_filtered(column)
        })
    }

    /// Returns whether the documents of a column are built only for records that pass the prefilter.
    fn is_filtered(&self, column: usize) -> bool {
        let prefilter = self.schema.document_prefilter.as_ref();
        prefilter.is_some_and(|prefilter| prefilter.filters(column))
    }

    /// Returns whether the content of a tag's document may be skipped: no column needs it, or only for records that
    /// pass the prefilter.
    fn is_skippable(&self, tag: u32) -> bool {
        !self.is_numbered(tag) || self.is_filtered(self.tag(tag).field)
    }

    /// Returns the kinds of values of a document or undocumented member, or of a path in one.
    fn kinds_of_content(&self, tag: Option<u32>) -> ScalarKinds {
        if self.skips_content && tag.is_none_or(|tag| self.is_skippable(tag)) {
            ScalarKinds::ANY.or(ScalarKinds::SKIPPED)
        } else {
            ScalarKinds::ANY
        }
    }

    /// Returns the dotted path of a key of an object that is no document; `None` for the record itself and for paths in
    /// documents.
    fn path_name(&self, field: ShapeField) -> Option<&str> {
        match field {
            ShapeField::Object { name, .. } => name.map(|name| self.key_name(name)),
            ShapeField::UnknownKey { name, .. } => Some(self.key_name(name)),
            ShapeField::Field(field) => Some(&self.schema.api.fields[field].name),
            ShapeField::Document { tag, is_root } => {
                is_root.then(|| &*self.schema.api.fields[self.tag(tag).field].name)
            }
            ShapeField::Ignored => None,
        }
    }

    /// Returns whether the elements of a tag's array are numbered, because some of their values are wanted.
    fn is_numbered(&self, tag: u32) -> bool {
        self.has_wanted_part(tag, |kept, keys| {
            keys.starts_with(kept) || kept.starts_with(keys)
        })
    }

    /// Returns whether a tag's document becomes a column, and if only some paths of it do, whether one passes a test
    /// with the keys of the tag.
    fn has_wanted_part(&self, tag: u32, test: impl Fn(&[&str], &[&str]) -> bool) -> bool {
        let column = self.tag(tag).field;
        if !self.schema.wanted[column] {
            return false;
        }
        let Some(paths) = self.schema.document_paths(column) else {
            return true;
        };
        let (mut keys, mut at) = (Vec::new(), tag);
        while let Some((parent, step)) = &self.tag(at).parent {
            if let Step::Key(key) = step {
                keys.push(&**key);
            }
            at = *parent;
        }
        keys.reverse();
        paths.iter().any(|path| {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            test(&path, &keys)
        })
    }
}

impl FieldResolver for ShapeResolver<'_> {
    type FieldId = ShapeField;

    fn resolve_root(&self) -> ShapeField {
        ShapeField::Object {
            node: PathTree::ROOT,
            name: None,
            tag: self.schema.undocumented.map(|_| 0),
        }
    }

    fn resolve_key(&mut self, object: ShapeField, key: &str) -> ShapeField {
        match object {
            ShapeField::Object { node, name, tag } => {
                let Some(child) = self.schema.tree.child(node, key, &mut 0) else {
                    let tag = tag.map(|tag| self.add_step(tag, Step::Key(key.into())));
                    let name = self.add_name(name, key);
                    return ShapeField::UnknownKey { name, tag };
                };
                match self.schema.field(child) {
                    Some(field) if self.schema.api.fields[field].kind == Kind::Document => {
                        let tag = self.add_document(field);
                        ShapeField::Document { tag, is_root: true }
                    }
                    Some(field) => ShapeField::Field(field),
                    None => {
                        let tag = tag.map(|tag| self.add_step(tag, Step::Key(key.into())));
                        ShapeField::Object {
                            node: child,
                            name: Some(self.add_name(name, key)),
                            tag,
                        }
                    }
                }
            }
            ShapeField::Document { tag, .. } | ShapeField::UnknownKey { tag: Some(tag), .. } => {
                ShapeField::Document {
                    tag: self.add_step(tag, Step::Key(key.into())),
                    is_root: false,
                }
            }
            ShapeField::Field(_)
            | ShapeField::UnknownKey { tag: None, .. }
            | ShapeField::Ignored => ShapeField::Ignored,
        }
    }

    fn resolve_element(&mut self, array: ShapeField) -> ShapeField {
        match array {
            // An element has the path of its array, but is not the document itself.
            ShapeField::Document { tag, .. } | ShapeField::UnknownKey { tag: Some(tag), .. } => {
                ShapeField::Document {
                    tag: self.add_step(tag, Step::Element),
                    is_root: false,
                }
            }
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
            ShapeField::Object { node, .. } => Capture {
                slot: (self.schema.object_column(node))
                    .filter(|&column| self.schema.wanted[column]),
                kinds: ScalarKinds::NULL,
                ..ignored
            },
            ShapeField::Field(field) => Capture {
                slot: Some(field),
                kinds: ScalarKinds::NULL.or(match self.schema.api.fields[field].kind {
                    Kind::Text | Kind::Keyword | Kind::Timestamp
                        if self.schema.takes_numbers[field] =>
                    {
                        ScalarKinds::STRING.or(ScalarKinds::NUMBER)
                    }
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
                kinds: self.kinds_of_content(Some(tag)),
            },
            ShapeField::UnknownKey { tag, .. } => Capture {
                tag: tag.filter(|&tag| self.is_wanted(tag)),
                kinds: self.kinds_of_content(tag),
                ..ignored
            },
            ShapeField::Ignored => ignored,
        }
    }

    fn resolve_presence(&self, field: ShapeField) -> KeyInfo {
        let column_flags = match field {
            ShapeField::Field(field) if field == self.schema.api.id => 0,
            ShapeField::Object { node, .. } => {
                let column = self.schema.object_column(node);
                HAS_DOCUMENTED_KEY | column.map_or(0, |column| 1 << column)
            }
            ShapeField::Field(_) => HAS_DOCUMENTED_KEY,
            ShapeField::Document { tag, is_root: true } => {
                HAS_DOCUMENTED_KEY | 1 << self.tag(tag).field
            }
            ShapeField::UnknownKey { .. } | ShapeField::Document { .. } | ShapeField::Ignored => 0,
        };
        // The path of a key of the record itself is the key.
        let may_hold_records =
            (self.path_name(field)).is_some_and(|name| self.schema.apis.is_records_key(name));
        KeyInfo {
            flags: column_flags | if may_hold_records { HAS_RECORDS_KEY } else { 0 },
            unknown_key: match field {
                ShapeField::UnknownKey { name, .. } => Some(name),
                _ => None,
            },
        }
    }

    fn resolve_empty(&self, field: ShapeField) -> Option<u32> {
        match field {
            ShapeField::Document { tag, .. } if self.is_wanted(tag) => Some(tag),
            ShapeField::UnknownKey { tag, .. } => tag.filter(|&tag| self.is_wanted(tag)),
            _ => None,
        }
    }

    fn resolve_element_start(&self, element: ShapeField) -> Option<u32> {
        match element {
            ShapeField::Document { tag, .. } if self.is_numbered(tag) => Some(tag),
            _ => None,
        }
    }
}
