//! Record parsing, the last stage of a load: parses the bytes of a record into values of columns.
//!
//! Fast paths and the reference parser are tried in this order, until one has a verdict:
//!
//! 1. [`shape_reader`] parses a record of a known shape, by [`idq_shape`].
//! 2. [`structural`] parses a record of any shape, by the structural index of [`idq_json`]. While few records match a
//!    shape, shapes are not tried ([`shape_preference`]).
//! 3. [`tape`] parses any record of up to 1 MiB, by `simd-json`, if the structural reader does not support it: it is
//!    nested deeply, or may be a page.
//! 4. [`reference_parser`] parses any record by the reader of [`idq_json`], slowly and exactly. Its verdict is final:
//!    only it rejects a record, and its errors have the offending byte and field.
//!
//! All collect [`FieldValue`](field_value::FieldValue)s, which a [`ChunkBuilder`] checks and adds to the columns
//! of its chunk. Tests and a fuzz target compare the verdicts and columns of the fast paths with those of the reference
//! parser.

mod chunk_builder;
mod cut_text;
mod document_prefilter;
mod duplicate_keys;
mod error;
mod field_builder;
mod field_value;
mod object_presence;
mod parsed_chunk;
mod reference_parser;
mod schema;
mod shape_preference;
mod shape_reader;
mod shape_resolver;
mod structural;
mod tape;

pub(crate) use chunk_builder::ChunkBuilder;
pub(crate) use error::{RecordError, shortened};
pub(crate) use parsed_chunk::{IdHashes, LoadedSources, ParsedChunk, SourceChunk};
pub(crate) use reference_parser::path_before;
pub(crate) use schema::Schema;

use idq_snapshot::MAX_RECORD;
use simd_json::{Buffers, Tape};

use crate::options::Parser;
use shape_preference::ShapePreference;
use shape_reader::ShapeReader;
use structural::{StructuralReader, Undecided};

/// The maximum length of a record that is read from a tape, which takes up to some twenty times the memory of the
/// record.
const MAX_TAPE_RECORD_BYTES: usize = 1 << 20;

/// The initial capacity of the buffers of `simd-json`, in which most records fit.
const TAPE_BUFFER_BYTES: usize = 4096;

/// The position of an object in a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectPosition {
    /// Outside pages: the object is a record or a page.
    OutsidePages,
    /// An object that is a record.
    Record,
}

/// A parser of records, which keeps its buffers and the learned shapes from record to record.
pub(crate) struct RecordParser<'s> {
    /// The fields to read, and the first parser to try.
    schema: &'s Schema,
    /// The copy of the record in which `simd-json` unescapes strings.
    unescaped: Vec<u8>,
    /// The buffers of `simd-json`.
    buffers: Buffers,
    /// The tape, kept for its allocation and empty between two records.
    tape: Tape<'static>,
    /// The shape reader; `None` if the options select another parser.
    shapes: Option<ShapeReader<'s>>,
    /// The structural reader; `None` if the options select another parser.
    structural: Option<StructuralReader<'s>>,
    /// The recent success of shapes.
    preference: ShapePreference,
    /// The start of the object outside pages that was matched in vain, so that it is not matched again.
    unmatched: Option<usize>,
    /// The start of the record that the structural reader has left to other parsers, so that it is not tried again.
    undecided: Option<usize>,
    /// Whether that record is left to the reference parser.
    is_for_reference: bool,
}

impl<'s> RecordParser<'s> {
    /// Creates a parser that has not learned any shape.
    pub(crate) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            unescaped: Vec::new(),
            buffers: Buffers::with_max_depth(TAPE_BUFFER_BYTES, idq_json::MAX_DEPTH),
            tape: Tape::null().reset(),
            shapes: ShapeReader::new(schema),
            structural: StructuralReader::new(schema),
            preference: ShapePreference::new(),
            unmatched: None,
            undecided: None,
            is_for_reference: false,
        }
    }

    /// Adds the record that starts at `start`, if it is valid and of a known shape, and returns its end. An object that
    /// may be a page is not added.
    ///
    /// # Errors
    /// The number of bytes of documents that were read only to validate them. Another parser reads them again.
    #[inline]
    pub(crate) fn parse_known_shape(
        &mut self,
        bytes: &[u8],
        start: usize,
        object: ObjectPosition,
        chunk: &mut ChunkBuilder,
    ) -> Result<usize, usize> {
        let Some(shapes) = &mut self.shapes else {
            return Err(0);
        };
        let (mut end, mut skipped) = (None, 0);
        if self.unmatched != Some(start) {
            if shapes.needs_classification(object) {
                return Err(0);
            }
            end = shapes.read(self.schema, bytes, start, object, chunk);
            skipped = shapes.skipped_bytes();
        }
        if end.is_none() && object == ObjectPosition::OutsidePages {
            // The attempt counts once the object is known to be a record.
            self.unmatched = Some(start);
            return Err(skipped);
        }
        let is_useful = end.is_some() && !shapes.is_crowded();
        self.preference.count_attempt(is_useful);
        // Before shapes are paused, they are learned anew without the content of documents that no column needs.
        if self.preference.is_paused() && shapes.skip_content() {
            self.preference = ShapePreference::new();
        }
        debug_assert!(end.is_none_or(|end| end - start <= MAX_RECORD));
        end.ok_or(skipped)
    }

    /// Prepares for the bytes of another block: until the next call, all records must be of the same bytes.
    pub(crate) fn start_block(&mut self) {
        self.unmatched = None;
        self.undecided = None;
        self.is_for_reference = false;
        if let Some(shapes) = &mut self.shapes {
            shapes.start_block();
        }
        if let Some(structural) = &mut self.structural {
            structural.start_block();
        }
    }

    /// Returns whether records are parsed by their structural index before their shape is matched.
    #[inline]
    pub(crate) fn is_index_first(&self) -> bool {
        self.structural.is_some() && (self.shapes.is_none() || self.preference.is_paused())
    }

    /// Adds the record that starts at `start`, if it is valid, and returns its end. An object that may be a page is not
    /// added. The structural index is kept from record to record: until [`start_block`](Self::start_block) is called
    /// again, the bytes must be the same.
    ///
    /// # Errors
    /// The offset up to which the record was read. Another parser must parse it.
    #[inline]
    pub(crate) fn parse_any_shape(
        &mut self,
        bytes: &[u8],
        start: usize,
        object: ObjectPosition,
        chunk: &mut ChunkBuilder,
    ) -> Result<usize, usize> {
        let Some(structural) = &mut self.structural else {
            return Err(start);
        };
        if self.undecided == Some(start) {
            return Err(start);
        }
        let end = structural.read(self.schema, bytes, start, object, chunk);
        if end.is_ok() {
            self.preference.count_without_attempt();
        }
        end.map_err(|undecided| {
            self.undecided = Some(start);
            self.is_for_reference = matches!(undecided, Undecided::ByReference { .. });
            undecided.reached()
        })
    }

    /// Adds a record.
    ///
    /// # Errors
    /// The verdict of the reference parser. Nothing is then added.
    pub(crate) fn parse(
        &mut self,
        record: &[u8],
        chunk: &mut ChunkBuilder,
    ) -> Result<(), RecordError> {
        let may_use_tape = self.schema.parser != Parser::Reference
            && !std::mem::take(&mut self.is_for_reference)
            && record.len() <= MAX_TAPE_RECORD_BYTES;
        if !(may_use_tape && self.parse_with_tape(record, chunk)) {
            chunk.restart_record();
            if let Err(error) = reference_parser::parse(self.schema, record, chunk) {
                chunk.restart_record();
                return Err(error);
            }
        }
        chunk.commit_unknown_keys();
        Ok(())
    }

    /// Returns the APIs that can be detected.
    pub(crate) fn apis(&self) -> &'s idq_api::ApiRegistry {
        &self.schema.apis
    }

    /// Returns the maximum length of a record in bytes.
    pub(crate) fn max_record_bytes(&self) -> usize {
        self.schema.max_record_bytes
    }

    /// Learns the shape of a record that [`parse`](Self::parse) or [`parse_any_shape`](Self::parse_any_shape) has added.
    pub(crate) fn learn_shape(&mut self, record: &[u8]) {
        if let Some(shapes) = &mut self.shapes {
            shapes.learn(record);
        }
    }

    /// Parses a record to a tape, and adds it. Returns false if the reference parser must parse it.
    fn parse_with_tape(&mut self, record: &[u8], chunk: &mut ChunkBuilder) -> bool {
        // `simd-json` unescapes strings in place, and the bytes of the record must not change.
        self.unescaped.clear();
        self.unescaped.extend_from_slice(record);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let is_valid =
            simd_json::fill_tape(&mut self.unescaped, &mut self.buffers, &mut tape).is_ok();
        let is_added = is_valid && tape::read(self.schema, record, &tape.0, chunk).is_ok();
        self.tape = tape.reset();
        is_added
    }
}
