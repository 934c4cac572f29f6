//! The shape reader, the fastest of the three parsers: reads records of a known shape with [`idq_shape`].

use idq_columns::{DocumentBuilder, PathId};
use idq_json::Scalar;
use idq_shape::{Captures, Shapes, SimdLevel};

use super::chunk_builder::ChunkBuilder;
use super::field_builder::with_decoded;
use super::field_value::{FieldValue, FieldValues};
use super::schema::Schema;
use super::shape_resolver::{HAS_DOCUMENTED_KEY, MAX_SHAPE_FIELDS, ShapeResolver};
use crate::options::Parser;

/// A reader of records of the shapes that it has learned.
pub(super) struct ShapeReader<'s> {
    /// The learned shapes, with the resolver of their paths.
    shapes: Shapes<ShapeResolver<'s>>,
}

impl<'s> ShapeReader<'s> {
    /// Creates a reader without shapes; `None` if the options select another parser, or the API has too many fields.
    pub(super) fn new(schema: &'s Schema) -> Option<Self> {
        let simd_level = match schema.parser {
            Parser::Shapes => SimdLevel::Native,
            Parser::PortableShapes => SimdLevel::Portable,
            Parser::Tape | Parser::Reference => return None,
        };
        (schema.api.fields.len() <= MAX_SHAPE_FIELDS).then(|| Self {
            shapes: Shapes::new(ShapeResolver::new(schema), simd_level),
        })
    }

    /// Reads the record that starts at `start` into the chunk, and returns its end. If its shape is unknown, or another
    /// parser must parse it, returns `None` and leaves the chunk unchanged.
    #[inline]
    pub(super) fn read(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        start: usize,
        chunk: &mut ChunkBuilder,
    ) -> Option<usize> {
        let (captures, resolver) = self.shapes.read(bytes, start)?;
        // Two rare cases: a record that may be of another API, and a document with too many keys.
        let flags = captures.flags();
        if flags & HAS_DOCUMENTED_KEY == 0 || chunk.has_full_document(schema) {
            return None;
        }
        for (tag, scalar) in captures.tagged() {
            chunk.add_document_value(resolver, tag, scalar);
        }
        // The automaton has checked the kinds, but a timestamp may be malformed, or the id `null`.
        if chunk.push(schema, &captures).is_err() {
            chunk.restart_record();
            return None;
        }
        for &key in captures.unknown_keys() {
            chunk.add_unknown_shape_key(resolver, key);
        }
        Some(captures.end())
    }

    /// Learns the shape of a record that another parser has accepted.
    pub(super) fn learn(&mut self, record: &[u8]) {
        self.shapes.learn(record);
    }
}

/// The slot of a field is its position. If field `i` is a document, flag `i` is set if it is present; its slot receives
/// a document that is a scalar, and its content is captured as tagged scalars.
impl FieldValues for Captures<'_, '_> {
    const ARE_KINDS_CHECKED: bool = true;

    #[inline]
    fn get(&self, field: usize) -> FieldValue<'_> {
        match self.slot(field) {
            Some(scalar) => FieldValue::Scalar(scalar),
            None if self.flags() & 1 << field != 0 => FieldValue::Document,
            None => FieldValue::Missing,
        }
    }
}

/// The state of the shape reader for one chunk: caches by the numbers of the resolver, which outlives the chunk.
#[derive(Debug, Default)]
pub(super) struct ShapeState {
    /// Whether each unknown key was added to the chunk.
    added_unknown_keys: Vec<bool>,
    /// For each tag its field, and its path in that field's documents.
    document_paths: Vec<Option<(usize, PathId)>>,
}

impl ChunkBuilder {
    /// Adds an undocumented key, once for each chunk.
    fn add_unknown_shape_key(&mut self, resolver: &ShapeResolver<'_>, key: u32) {
        let added = &mut self.shape_state.added_unknown_keys;
        let index = key as usize;
        if added.len() <= index {
            added.resize(index + 1, false);
        }
        if !std::mem::replace(&mut added[index], true) {
            let name = resolver.key_name(key).to_owned();
            self.parsed.unknown_fields.insert(name);
        }
    }

    /// Adds a scalar of a document.
    #[inline]
    fn add_document_value(&mut self, resolver: &ShapeResolver<'_>, tag: u32, scalar: Scalar<'_>) {
        let known = (self.shape_state.document_paths.get(tag as usize))
            .copied()
            .flatten();
        let Some((field, path)) = known.or_else(|| self.document_path(resolver, tag)) else {
            return;
        };
        let Some(builder) = self.document_builder(field) else {
            return;
        };
        if builder.is_overflow(path) {
            // All paths beyond the limit share the overflow path, so the keys of the path are added as values.
            let mut step = &resolver.tag(tag).parent;
            while let Some((parent, key)) = step {
                builder.add(path, key);
                step = &resolver.tag(*parent).parent;
            }
        }
        match scalar {
            Scalar::String(text) => with_decoded(text, |text| builder.add(path, text)),
            Scalar::Number(spelling) => builder.add(path, spelling),
            Scalar::Boolean(boolean) => builder.add(path, if boolean { "true" } else { "false" }),
            Scalar::Null => builder.add_empty(path),
        }
    }

    /// Returns the field of a tag and its path in the field's documents, which is added if it is new.
    #[cold]
    fn document_path(&mut self, resolver: &ShapeResolver<'_>, tag: u32) -> Option<(usize, PathId)> {
        let description = resolver.tag(tag);
        let path = match &description.parent {
            None => DocumentBuilder::ROOT,
            Some((parent, key)) => {
                let (field, parent) = self.document_path(resolver, *parent)?;
                self.document_builder(field)?.path(parent, key)
            }
        };
        let found = Some((description.field, path));
        let paths = &mut self.shape_state.document_paths;
        let index = tag as usize;
        if paths.len() <= index {
            paths.resize(index + 1, None);
        }
        paths[index] = found;
        found
    }
}
