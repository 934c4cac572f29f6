//! The shape reader, the fastest of the parsers: reads records of a known shape with [`idq_shape`].

use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};
use idq_json::Scalar;
use idq_shape::{Captures, Shapes, SimdLevel, Tagged};

use super::ObjectPosition;
use super::chunk_builder::ChunkBuilder;
use super::document_prefilter::BlockPrefilter;
use super::field_builder::{FieldBuilder, kind_of, with_decoded};
use super::field_value::{FieldValue, FieldValues};
use super::schema::Schema;
use super::shape_resolver::{
    HAS_DOCUMENTED_KEY, HAS_RECORDS_KEY, MAX_SHAPE_COLUMNS, ShapeResolver, Step,
};
use crate::options::Parser;

/// The mean number of transitions compared in a step beyond which matching takes longer than reading any shape.
const MAX_SEARCH_LENGTH: f32 = 4.0;

/// The minimum number of matches for each one that may be a page and was in vain. With fewer, objects are classified
/// first.
const MIN_MATCHES_PER_POSSIBLE_PAGE: u64 = 16;

/// A reader of records of the shapes that it has learned.
pub(super) struct ShapeReader<'s> {
    /// The learned shapes, with the resolver of their paths.
    shapes: Shapes<ShapeResolver<'s>>,
    /// The prefilter of documents; `None` if all are built.
    prefilter: Option<BlockPrefilter<'s>>,
    /// The number of matches.
    matches: u64,
    /// The number of those outside pages with a key under which pages have their records.
    with_records_key: u64,
}

impl<'s> ShapeReader<'s> {
    /// Creates a reader without shapes; `None` if the options select another parser, or the API has too many fields.
    pub(super) fn new(schema: &'s Schema) -> Option<Self> {
        let simd_level = match schema.parser {
            Parser::Shapes => SimdLevel::Native,
            Parser::PortableShapes => SimdLevel::Portable,
            Parser::Structural | Parser::Tape | Parser::Reference => return None,
        };
        (schema.api.undocumented_column() <= MAX_SHAPE_COLUMNS).then(|| Self {
            shapes: Shapes::new(ShapeResolver::new(schema), simd_level),
            prefilter: (schema.document_prefilter.as_ref()).map(BlockPrefilter::new),
            matches: 0,
            with_records_key: 0,
        })
    }

    /// Prepares for the bytes of another block.
    pub(super) fn start_block(&mut self) {
        if let Some(prefilter) = &mut self.prefilter {
            prefilter.start_block();
        }
    }

    /// Returns whether an object is classified as record or page before it is matched, because many matches outside
    /// pages may be pages, and were in vain.
    #[inline]
    pub(super) fn needs_classification(&self, object: ObjectPosition) -> bool {
        object == ObjectPosition::OutsidePages
            && self.with_records_key * MIN_MATCHES_PER_POSSIBLE_PAGE > self.matches
    }

    /// Reads the record that starts at `start` into the chunk, and returns its end. If its shape is unknown, or another
    /// parser must parse it, or the object may be a page, returns `None` and leaves the chunk unchanged.
    #[inline]
    pub(super) fn read(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        start: usize,
        object: ObjectPosition,
        chunk: &mut ChunkBuilder,
    ) -> Option<usize> {
        let (captures, resolver) = self.shapes.read(bytes, start)?;
        // A rare case: a record that may be of another API.
        if captures.flags() & HAS_DOCUMENTED_KEY == 0 {
            return None;
        }
        self.matches += 1;
        if captures.flags() & HAS_RECORDS_KEY != 0 && object == ObjectPosition::OutsidePages {
            self.with_records_key += 1;
            return None;
        }
        let record = start..captures.end();
        let passes = (self.prefilter.as_mut()).is_none_or(|filter| filter.passes(bytes, &record));
        // The documents of a record that passes are built by another parser where their content is skipped.
        if passes && self.prefilter.is_some() && resolver.skips_content {
            return None;
        }
        let filter = self.prefilter.as_ref().filter(|_| !passes);
        if !filter.is_some_and(BlockPrefilter::filters_all) {
            for (tag, part) in captures.tagged() {
                if filter.is_none_or(|filter| !filter.filters(resolver.tag(tag).field)) {
                    chunk.add_document_part(resolver, tag, part);
                }
            }
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

    /// Returns the number of bytes of skipped documents that the last [`read`](Self::read) has read.
    pub(super) fn skipped_bytes(&self) -> usize {
        self.shapes.skipped_bytes()
    }

    /// Starts to skip the content of documents that no column needs, so that records with any content have one shape,
    /// and forgets the learned shapes. Returns false if nothing is left to skip.
    pub(super) fn skip_content(&mut self) -> bool {
        let resolver = self.shapes.resolver();
        let is_new = !resolver.skips_content && resolver.has_unwanted_content();
        if is_new {
            self.shapes
                .relearn(|resolver| resolver.skips_content = true);
        }
        is_new
    }

    /// Returns whether a match searches so long for its transitions that other parsers are faster.
    pub(super) fn is_crowded(&self) -> bool {
        self.shapes.search_length() > MAX_SEARCH_LENGTH
    }

    /// Learns the shape of a record that another parser has accepted.
    pub(super) fn learn(&mut self, record: &[u8]) {
        self.shapes.learn(record);
    }
}

/// The slot of a field or object is its column. Flag `i` is set if the document or object of column `i` is present. The
/// slot of a document receives one that is a scalar, and its content is captured as tagged scalars; the slot of an
/// object receives `null`.
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
    /// For each tag of array elements the number of the current element.
    element_numbers: Vec<ElementNumber>,
    /// The elements that contain the current value, kept for its allocation.
    elements: Vec<ElementNumber>,
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

    /// Adds a scalar, an empty container or the start of an array element of a document.
    #[inline]
    fn add_document_part(&mut self, resolver: &ShapeResolver<'_>, tag: u32, part: Tagged<'_>) {
        let known = (self.shape_state.document_paths.get(tag as usize))
            .copied()
            .flatten();
        let Some((field, path)) = known.or_else(|| self.document_path(resolver, tag)) else {
            return;
        };
        let FieldBuilder::Document(builder) = &mut self.fields[field] else {
            return;
        };
        let state = &mut self.shape_state;
        if part == Tagged::Element {
            let numbers = &mut state.element_numbers;
            let index = tag as usize;
            if numbers.len() <= index {
                numbers.resize(
                    index + 1,
                    ElementNumber {
                        level: 0,
                        number: 0,
                    },
                );
            }
            numbers[index] = builder.number_element(path);
            return;
        }
        // The marks of the elements that contain the value precede it.
        state.elements.clear();
        let containers = resolver.tag(tag).elements.iter();
        let numbers = containers.map(|&element| state.element_numbers[element as usize]);
        state.elements.extend(numbers);
        let elements = &state.elements;
        match part {
            Tagged::Scalar(Scalar::String(text)) => with_decoded(text, |text| {
                builder.add(path, ValueKind::String, text, elements);
            }),
            Tagged::Scalar(scalar) => {
                let kind = kind_of(scalar);
                let text = if kind == ValueKind::Null {
                    ""
                } else {
                    &scalar.to_text()
                };
                builder.add(path, kind, text, elements);
            }
            Tagged::EmptyObject => builder.add(path, ValueKind::EmptyObject, "", elements),
            Tagged::EmptyArray => builder.add(path, ValueKind::EmptyArray, "", elements),
            Tagged::Element => {}
        }
    }

    /// Returns the field of a tag and its path in the field's documents, which is added if it is new.
    #[cold]
    fn document_path(&mut self, resolver: &ShapeResolver<'_>, tag: u32) -> Option<(usize, PathId)> {
        let description = resolver.tag(tag);
        let path = match &description.parent {
            None => DocumentBuilder::ROOT,
            Some((parent, step)) => {
                let (field, parent) = self.document_path(resolver, *parent)?;
                match step {
                    Step::Key(key) => self.document_builder(field)?.enter(parent, key),
                    Step::Element => parent,
                }
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
