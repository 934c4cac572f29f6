//! The structural reader: reads records of unknown shapes by the structural index of [`idq_json`].
//!
//! The index has the offset of each bracket, comma and colon, of the byte after each string, and of each fault in a
//! string. One walk over the entries checks everything else (grammar, numbers, literals, kinds of fields, repeated
//! keys) and finds the end of the record on the way. Strings that become no column are not read at all.
//!
//! Keys of documented objects are looked up by a hash of eight bytes at either end ([`key_table`]); the scalars of
//! fields are collected as byte ranges ([`field_spans`]) and added by the same functions as those of known shapes.
//!
//! The reader accepts only records that the reference parser accepts, with the same values. It leaves to other parsers
//! whatever it does not decide: malformed records, repeated keys, deep nesting, records of another API.

mod document_walk;
mod field_spans;
mod indexed_text;
mod key_table;
mod object_walk;

use idq_columns::ElementNumber;
use idq_json::structural::{Instructions, StructuralIndex};

use super::ObjectPosition;
use super::chunk_builder::ChunkBuilder;
use super::document_prefilter::BlockPrefilter;
use super::schema::Schema;
use crate::options::Parser;
use field_spans::{FieldSpans, SpanValues};
use indexed_text::{IndexedText, Stop};
pub(crate) use key_table::{ColumnUses, KeyTable};
use object_walk::ObjectWalk;

/// The number of indexed bytes of a record beyond which its index is not extended. An index takes up to four bytes for
/// each byte of text.
const MAX_INDEXED_BYTES: usize = 1 << 20;

/// The maximum number of records that are left to other parsers without an attempt, as a power of two.
const MAX_SKIPPED_BITS: u32 = 6;

/// The failure of a read. Nothing was added to the chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Undecided {
    /// The record is probably malformed, or has repeated keys: only the reference parser decides. It was walked up to
    /// this offset.
    ByReference { reached: usize },
    /// The record is nested too deeply or too long for this reader, or not complete.
    ByAny { reached: usize },
}

impl Undecided {
    /// Returns the offset up to which the record was walked.
    pub(super) fn reached(self) -> usize {
        match self {
            Self::ByReference { reached } | Self::ByAny { reached } => reached,
        }
    }
}

/// A reader, which keeps the index and its buffers from record to record.
pub(super) struct StructuralReader<'s> {
    /// The index of the current block.
    index: StructuralIndex,
    /// The values of the current record.
    spans: FieldSpans,
    /// The array elements that contain the current value of a document.
    elements: Vec<ElementNumber>,
    /// The prefilter of documents; `None` if all are built.
    prefilter: Option<BlockPrefilter<'s>>,
    /// The number of records in a row on which this reader did not decide.
    undecided: u32,
    /// The number of records that are left to other parsers without an attempt.
    skipped: u32,
}

impl<'s> StructuralReader<'s> {
    /// Creates a reader; `None` if the options select another parser.
    pub(super) fn new(schema: &'s Schema) -> Option<Self> {
        let instructions = match schema.parser {
            Parser::Shapes | Parser::Structural => Instructions::Native,
            Parser::PortableShapes => Instructions::Portable,
            Parser::Tape | Parser::Reference => return None,
        };
        Some(Self {
            index: StructuralIndex::new(instructions),
            spans: FieldSpans::new(schema.keys.slot_count()),
            elements: Vec::new(),
            prefilter: (schema.document_prefilter.as_ref()).map(BlockPrefilter::new),
            undecided: 0,
            skipped: 0,
        })
    }

    /// Prepares for the bytes of another block.
    pub(super) fn start_block(&mut self) {
        self.index.clear();
        if let Some(prefilter) = &mut self.prefilter {
            prefilter.start_block();
        }
    }

    /// Reads the record that starts at `start` into the chunk, and returns its end.
    ///
    /// # Errors
    /// The record is left to other parsers, and the chunk is unchanged.
    pub(super) fn read(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        start: usize,
        object: ObjectPosition,
        chunk: &mut ChunkBuilder,
    ) -> Result<usize, Undecided> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Err(Undecided::ByAny { reached: start });
        }
        let end = self.try_read(schema, bytes, start, object, chunk);
        match end {
            Ok(_) => self.undecided = 0,
            Err(_) => {
                // In a text that is no dump, attempts become exponentially rarer.
                self.undecided += 1;
                self.skipped = (1 << self.undecided.min(MAX_SKIPPED_BITS)) - 2;
                chunk.restart_record();
            }
        }
        end
    }

    /// Reads the record that starts at `start`, or fails and leaves values of it in the chunk.
    fn try_read(
        &mut self,
        schema: &Schema,
        bytes: &[u8],
        start: usize,
        object: ObjectPosition,
        chunk: &mut ChunkBuilder,
    ) -> Result<usize, Undecided> {
        let mut reached = start;
        let mut entries = self.index.seek(bytes, start);
        loop {
            let Some(found) = entries else {
                return Err(Undecided::ByAny { reached });
            };
            let mut walk = ObjectWalk {
                text: IndexedText::new(bytes, found),
                schema,
                spans: &mut self.spans,
                elements: &mut self.elements,
                prefilter: self.prefilter.as_mut(),
                chunk: &mut *chunk,
                object,
                documented: 0,
                reached: start as u32,
            };
            let end = walk.read_record();
            reached = match end {
                Err(Stop::EndOfIndex) => walk.text.last_entry(),
                _ => walk.reached as usize,
            };
            let has_documented_key = walk.has_documented_key();
            match end {
                // A record without a documented key may be of another API.
                Ok(position)
                    if has_documented_key
                        && position.offset as usize - start <= schema.max_record_bytes =>
                {
                    let end = position.offset as usize;
                    let values = SpanValues::new(&self.spans, bytes);
                    if chunk.push(schema, &values).is_ok() {
                        chunk.commit_unknown_keys();
                        self.index.advance(position.passed as usize);
                        return Ok(end);
                    }
                    return Err(Undecided::ByReference { reached: end });
                }
                Ok(_) | Err(Stop::Fault) => return Err(Undecided::ByReference { reached }),
                Err(Stop::Unsupported) => return Err(Undecided::ByAny { reached }),
                Err(Stop::EndOfIndex) => {
                    chunk.restart_record();
                    entries = self.index.extend(bytes, MAX_INDEXED_BYTES);
                }
            }
        }
    }
}
