//! The last stage of a load: the bytes of one record become values of columns.
//!
//! Two fast paths and the reference parser, each tried if the one before it has no verdict:
//!
//! 1. [`shape_reader`]: a record of a shape that was seen before, by [`idq_shape`].
//! 2. [`tape`]: any record of up to 1 MiB, by `simd-json`.
//! 3. [`reference_parser`]: by the reader of [`idq_json`], slow and exact. Its verdict is final: only it rejects a
//!    record, and its errors have the byte and the field at fault.
//!
//! All three collect [`FieldValue`](field_value::FieldValue)s, which a [`ChunkBuilder`] checks and adds to the columns
//! of its chunk. Tests and a fuzz target hold the fast paths to the verdicts and columns of the reference parser.

mod chunk_builder;
mod duplicate_keys;
mod error;
mod field_builder;
mod field_value;
mod parsed_chunk;
mod reference_parser;
mod schema;
mod shape_reader;
mod shape_resolver;
mod tape;

pub(crate) use chunk_builder::ChunkBuilder;
pub(crate) use error::{RecordError, shortened};
pub(crate) use parsed_chunk::{IdHashes, LoadedSources, ParsedChunk, SourceChunk};
pub(crate) use reference_parser::path_before;
pub(crate) use schema::Schema;

use idq_snapshot::MAX_RECORD;
use simd_json::{Buffers, Tape};

use crate::options::Parser;
use shape_reader::ShapeReader;

/// The bound on records that are read from a tape, which takes up to some twenty times a record's memory.
const MAX_TAPE_RECORD_BYTES: usize = 1 << 20;

/// The initial capacity of the tape parser's buffers, in bytes: most records fit.
const TAPE_BUFFER_BYTES: usize = 4096;

/// Parses one record after another, with buffers and learned shapes that it keeps.
pub(crate) struct RecordParser<'s> {
    /// The fields to read, and the first parser to try.
    schema: &'s Schema,
    /// The copy of the record in which `simd-json` unescapes.
    unescaped: Vec<u8>,
    /// The buffers of `simd-json`.
    buffers: Buffers,
    /// The allocation of the tape, without nodes between two records.
    tape: Tape<'static>,
    /// The shape reader; `None` if the parser is another one.
    shapes: Option<ShapeReader<'s>>,
}

impl<'s> RecordParser<'s> {
    /// Makes a parser that has not learned any shape.
    pub(crate) fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            unescaped: Vec::new(),
            buffers: Buffers::with_max_depth(TAPE_BUFFER_BYTES, idq_json::MAX_DEPTH),
            tape: Tape::null().reset(),
            shapes: ShapeReader::new(schema),
        }
    }

    /// Adds the record that starts at `start`, if it is valid and of a known shape. Returns its end.
    #[inline]
    pub(crate) fn parse_known_shape(
        &mut self,
        bytes: &[u8],
        start: usize,
        chunk: &mut ChunkBuilder,
    ) -> Option<usize> {
        let end = (self.shapes.as_mut()?).read(self.schema, bytes, start, chunk)?;
        debug_assert!(end - start <= MAX_RECORD);
        Some(end)
    }

    /// Adds a record.
    ///
    /// # Errors
    /// The verdict of the reference parser. Nothing is added.
    pub(crate) fn parse(
        &mut self,
        record: &[u8],
        chunk: &mut ChunkBuilder,
    ) -> Result<(), RecordError> {
        let may_use_tape =
            self.schema.parser != Parser::Reference && record.len() <= MAX_TAPE_RECORD_BYTES;
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

    /// Returns the APIs among which the records' one is detected.
    pub(crate) fn apis(&self) -> &'s idq_api::ApiRegistry {
        &self.schema.apis
    }

    /// Returns the bound on the length of a record in bytes.
    pub(crate) fn max_record_bytes(&self) -> usize {
        self.schema.max_record_bytes
    }

    /// Learns the shape of a record that [`parse`](Self::parse) has added.
    pub(crate) fn learn_shape(&mut self, record: &[u8]) {
        if let Some(shapes) = &mut self.shapes {
            shapes.learn(record);
        }
    }

    /// Adds a record by way of a tape. Returns false if only the reference parser can judge it.
    fn parse_with_tape(&mut self, record: &[u8], chunk: &mut ChunkBuilder) -> bool {
        // `simd-json` unescapes strings in place, and the record's own bytes must stay as they are.
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
