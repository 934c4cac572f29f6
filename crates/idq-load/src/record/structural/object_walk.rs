//! The walk through documented objects: keys to fields, values to spans and document builders.

use std::ops::Range;

use idq_columns::{DocumentBuilder, ElementNumber};

use super::field_spans::{FieldSpans, Slot, SpanKind, SpanKinds, string};
use super::indexed_text::{IndexedText, ItemStart, Next, Position, Stop};
use super::key_table::{Meaning, Member, ObjectId};
use super::{ObjectPosition, document_walk};
use crate::record::chunk_builder::ChunkBuilder;
use crate::record::document_prefilter::BlockPrefilter;
use crate::record::schema::Schema;

/// The walk of one record.
pub(super) struct ObjectWalk<'w, 'b, 's> {
    /// The text, with the entries from the record on.
    pub(super) text: IndexedText<'w, 'b>,
    /// The fields to read.
    pub(super) schema: &'w Schema,
    /// The values so far.
    pub(super) spans: &'w mut FieldSpans,
    /// The array elements that contain the current value of a document.
    pub(super) elements: &'w mut Vec<ElementNumber>,
    /// The prefilter of documents; `None` if all are built.
    pub(super) prefilter: Option<&'w mut BlockPrefilter<'s>>,
    /// The chunk, to which documents and undocumented keys are added.
    pub(super) chunk: &'w mut ChunkBuilder,
    /// The position of the record.
    pub(super) object: ObjectPosition,
    /// The number of documented members so far.
    pub(super) documented: usize,
    /// The offset of the last key of a documented object.
    pub(super) reached: u32,
}

impl<'b> ObjectWalk<'_, 'b, '_> {
    /// Reads the record. Returns the position after it.
    pub(super) fn read_record(&mut self) -> Result<Position, Stop> {
        self.spans.clear();
        self.elements.clear();
        let record = self.text.record()?;
        if record.first != b'{' {
            return Err(Stop::Fault);
        }
        self.read_members(ObjectId::RECORD, record)
    }

    /// Returns whether the record has a documented key other than the id, which records of other APIs have too.
    pub(super) fn has_documented_key(&self) -> bool {
        let id = Slot::new(self.schema.api.id);
        self.documented > usize::from(self.spans.has(id))
    }

    /// Reads the members of a documented object. Returns the position after it. The depth of the API's paths bounds the
    /// recursion.
    fn read_members(&mut self, object: ObjectId, value: ItemStart) -> Result<Position, Stop> {
        let text = self.text;
        let mut next = text.enter(value)?;
        loop {
            let member = match next {
                Next::Item(member) => member,
                Next::End(end) => return Ok(end),
            };
            let (key, value) = text.key(member)?;
            self.reached = key.start;
            let end = match self.schema.keys.find(object, text.bytes, &key) {
                Some(member) => self.read_member(member, value)?,
                None => self.read_unusual_member(object, key, value)?,
            };
            next = text.pass_separator(end, b'}', member.depth)?;
        }
    }

    /// Reads the value of a documented key. Returns the position after it.
    #[inline(always)]
    fn read_member(&mut self, member: &Member, value: ItemStart) -> Result<Position, Stop> {
        self.documented += 1;
        // One path for scalars of all kinds: their order is unpredictable where that of keys is.
        if let Meaning::Scalar(kinds) = member.meaning
            && !member.is_records_key
        {
            return self.read_scalar(member.slot, kinds, value);
        }
        self.read_other_member(member, value)
    }

    /// Reads the scalar of a field. Returns the position after it.
    #[inline(always)]
    fn read_scalar(
        &mut self,
        slot: Slot,
        kinds: SpanKinds,
        value: ItemStart,
    ) -> Result<Position, Stop> {
        let scalar = self.text.scalar(value)?;
        if !kinds.contains(scalar.kind) {
            return Err(Stop::Fault);
        }
        self.set(slot, scalar.kind, scalar.range)?;
        Ok(scalar.end)
    }

    /// Sets the value of a member, unless its key is repeated.
    #[inline(always)]
    fn set(&mut self, slot: Slot, kind: SpanKind, range: Range<u32>) -> Result<(), Stop> {
        if self.spans.set(slot, kind, range) {
            Ok(())
        } else {
            Err(Stop::Fault)
        }
    }

    /// Reads the value of a documented key that is an object or a document, or under which pages may have records.
    #[inline(never)]
    fn read_other_member(&mut self, member: &Member, value: ItemStart) -> Result<Position, Stop> {
        // The object may be a page of an API whose records have the key too.
        if member.is_records_key && self.object == ObjectPosition::OutsidePages {
            return Err(Stop::Unsupported);
        }
        let slot = member.slot;
        match member.meaning {
            Meaning::Scalar(kinds) => self.read_scalar(slot, kinds, value),
            Meaning::Object(object) => {
                let (kind, end) = self.read_object(object, value)?;
                self.set(slot, kind, 0..0)?;
                Ok(end)
            }
            Meaning::Document { is_wanted } => {
                // No other valid value starts with the first byte of `null`, or with a quote.
                let (kind, range) = match value.first {
                    b'n' => (SpanKind::Null, 0..0),
                    b'"' => (SpanKind::String, self.text.scalar(value)?.range),
                    _ => (SpanKind::Document, 0..0),
                };
                // Before the document is read, because a column takes one document of a record.
                self.set(slot, kind, range)?;
                if is_wanted {
                    self.read_document(slot.index(), value)
                } else {
                    self.text.skip_value(value)
                }
            }
        }
    }

    /// Reads a document into its column, unless the prefilter does not pass it. Returns the position after it.
    fn read_document(&mut self, field: usize, value: ItemStart) -> Result<Position, Stop> {
        if let Some(prefilter) = &mut self.prefilter
            && prefilter.filters(field)
        {
            let end = self.text.skip_value(value)?;
            let document = value.position.offset as usize..end.offset as usize;
            if !prefilter.passes(self.text.bytes, &document) {
                return Ok(end);
            }
        }
        match self.chunk.document_builder(field) {
            Some(builder) => {
                let root = DocumentBuilder::ROOT;
                document_walk::read(self.text, value, builder, root, self.elements)
            }
            None => self.text.skip_value(value),
        }
    }

    /// Reads the value of a key below which there are fields: an object, `null`, or an array without elements, which is
    /// how PHP writes an object without members. Returns its kind and the position after it.
    fn read_object(
        &mut self,
        object: ObjectId,
        value: ItemStart,
    ) -> Result<(SpanKind, Position), Stop> {
        match value.first {
            b'{' => Ok((SpanKind::Object, self.read_members(object, value)?)),
            b'[' => match self.text.enter(value)? {
                Next::End(end) => Ok((SpanKind::EmptyArray, end)),
                Next::Item(_) => Err(Stop::Fault),
            },
            _ => {
                let scalar = self.text.scalar(value)?;
                if scalar.kind != SpanKind::Null {
                    return Err(Stop::Fault);
                }
                Ok((SpanKind::Null, scalar.end))
            }
        }
    }

    /// Reads a member whose key as spelled is not documented: its spelling may have escapes, or the key is not
    /// documented. Returns the position after it.
    #[inline(never)]
    fn read_unusual_member(
        &mut self,
        object: ObjectId,
        key: Range<u32>,
        value: ItemStart,
    ) -> Result<Position, Stop> {
        let bytes: &'b [u8] = self.text.bytes;
        let schema = self.schema;
        let spelled = string(bytes, key);
        let key = spelled.decode();
        if spelled.is_escaped()
            && let Some(documented) =
                schema
                    .keys
                    .find(object, key.as_bytes(), &(0..key.len() as u32))
        {
            return self.read_member(documented, value);
        }
        if self.object == ObjectPosition::OutsidePages
            && object == ObjectId::RECORD
            && value.first == b'['
            && schema.apis.is_records_key(&key)
        {
            return Err(Stop::Unsupported);
        }
        let object = schema.keys.object(object);
        self.chunk
            .add_undocumented_key(object.path.as_deref(), &key);
        let column = schema.undocumented;
        let Some(builder) = column.and_then(|column| self.chunk.document_builder(column)) else {
            return self.text.skip_value(value);
        };
        let outer = object.keys.iter();
        let outer = outer.fold(DocumentBuilder::ROOT, |path, key| builder.enter(path, key));
        // Each documented object occurs once in the row, so its undocumented members are those of one object.
        let path = builder.enter_once_in_row(outer, &key).ok_or(Stop::Fault)?;
        document_walk::read(self.text, value, builder, path, self.elements)
    }
}
