//! The walk through documented objects: keys to fields, values to spans and document builders.

use std::ops::Range;

use idq_columns::{DocumentBuilder, ElementNumber};

use super::field_spans::{FieldSpans, SpanKind, SpanKinds, string};
use super::key_table::{KeyTable, Meaning, Member, ObjectId};
use super::tokens::{Position, Stop, Tokens, ValueStart};
use super::{ObjectPosition, document_walk};
use crate::record::chunk_builder::ChunkBuilder;
use crate::record::document_prefilter::BlockPrefilter;
use crate::record::schema::Schema;

/// The documented members that a record has.
#[derive(Debug)]
pub(super) struct SeenMembers {
    /// For each member the number of the last record that has it.
    records: Box<[u32]>,
    /// The number of the current record.
    record: u32,
}

impl SeenMembers {
    /// Creates the set of no members.
    pub(super) fn new(members: usize) -> Self {
        Self {
            records: vec![0; members].into_boxed_slice(),
            record: 0,
        }
    }

    /// Removes all members.
    fn clear(&mut self) {
        self.record = self.record.wrapping_add(1);
        if self.record == 0 {
            self.records.fill(0);
            self.record = 1;
        }
    }

    /// Adds a member. Returns whether it is new.
    #[inline(always)]
    fn insert(&mut self, member: usize) -> bool {
        std::mem::replace(&mut self.records[member], self.record) != self.record
    }
}

/// The walk of one record.
pub(super) struct ObjectWalk<'w, 'b, 's> {
    /// The tokens of the record.
    pub(super) tokens: Tokens<'w, 'b>,
    /// The fields to read.
    pub(super) schema: &'w Schema,
    /// The values so far.
    pub(super) spans: &'w mut FieldSpans,
    /// The documented members so far.
    pub(super) seen: &'w mut SeenMembers,
    /// The array elements that contain the current value of a document.
    pub(super) elements: &'w mut Vec<ElementNumber>,
    /// The prefilter of documents; `None` if all are built.
    pub(super) prefilter: Option<&'w mut BlockPrefilter<'s>>,
    /// The chunk, to which documents and undocumented keys are added.
    pub(super) chunk: &'w mut ChunkBuilder,
    /// The position of the record.
    pub(super) object: ObjectPosition,
    /// Whether the record has a documented key other than the id.
    pub(super) has_documented_key: bool,
    /// The offset of the last key of a documented object.
    pub(super) reached: usize,
}

impl<'b> ObjectWalk<'_, 'b, '_> {
    /// Reads the record. Returns its end.
    pub(super) fn read_record(&mut self) -> Result<usize, Stop> {
        self.spans.clear();
        self.seen.clear();
        self.elements.clear();
        let record = self.tokens.record()?;
        if record.first != b'{' {
            return Err(Stop::Fault);
        }
        Ok(self.read_members(ObjectId::RECORD, record)?.offset)
    }

    /// Reads the members of a documented object. Returns the position after it. The depth of the API's paths bounds the
    /// recursion.
    fn read_members(&mut self, object: ObjectId, value: ValueStart) -> Result<Position, Stop> {
        let tokens = self.tokens;
        let keys: &KeyTable = &self.schema.keys;
        let mut member = tokens.enter(value)?;
        if member.first == b'}' {
            return Ok(member.position.next());
        }
        loop {
            let (key, value) = tokens.key(member)?;
            self.reached = key.start;
            let end = match keys.find(object, tokens.bytes, key.start, key.end) {
                Some(known) => self.read_member(known, value)?,
                None => self.read_unusual_member(object, key, value)?,
            };
            let (next, continues) = tokens.separator(end, b'}')?;
            if !continues {
                return Ok(next);
            }
            member = tokens.value(next, member.depth)?;
        }
    }

    /// Reads the value of a documented key. Returns the position after it.
    #[inline(always)]
    fn read_member(&mut self, member: &Member, value: ValueStart) -> Result<Position, Stop> {
        if !self.seen.insert(member.index) {
            return Err(Stop::Fault);
        }
        self.has_documented_key |= !member.is_id;
        // One path for scalars of all kinds: their order is unpredictable where that of keys is.
        if let Meaning::Scalar { field, kinds } = member.meaning
            && !member.is_records_key
        {
            return self.read_scalar(field, kinds, value);
        }
        self.read_other_member(member, value)
    }

    /// Reads the scalar of a field. Returns the position after it.
    #[inline(always)]
    fn read_scalar(
        &mut self,
        field: usize,
        kinds: SpanKinds,
        value: ValueStart,
    ) -> Result<Position, Stop> {
        let scalar = self.tokens.scalar(value)?;
        if !kinds.contains(scalar.kind) {
            return Err(Stop::Fault);
        }
        self.spans.set(field, scalar.kind, scalar.range);
        Ok(scalar.end)
    }

    /// Reads the value of a documented key that is an object or a document, or under which pages may have records.
    #[inline(never)]
    fn read_other_member(&mut self, member: &Member, value: ValueStart) -> Result<Position, Stop> {
        // The object may be a page of an API whose records have the key too.
        if member.is_records_key && self.object == ObjectPosition::OutsidePages {
            return Err(Stop::Unsupported);
        }
        match member.meaning {
            Meaning::Scalar { field, kinds } => self.read_scalar(field, kinds, value),
            Meaning::Object { object, column } => self.read_object(object, column, value),
            Meaning::Document { field, is_wanted } => {
                let end = if is_wanted {
                    self.read_document(field, value)?
                } else {
                    self.tokens.skip_value(value)?
                };
                // No other valid value starts with the first byte of `null`, or with a quote.
                let (kind, range) = match value.first {
                    b'n' => (SpanKind::Null, 0..0),
                    b'"' => (SpanKind::String, self.tokens.scalar(value)?.range),
                    _ => (SpanKind::Document, 0..0),
                };
                self.spans.set(field, kind, range);
                Ok(end)
            }
        }
    }

    /// Reads a document into its column, unless the prefilter does not pass it. Returns the position after it.
    fn read_document(&mut self, field: usize, value: ValueStart) -> Result<Position, Stop> {
        if let Some(prefilter) = &mut self.prefilter
            && prefilter.filters(field)
        {
            let end = self.tokens.skip_value(value)?;
            let document = value.position.offset..end.offset;
            if !prefilter.passes(self.tokens.bytes, &document) {
                return Ok(end);
            }
        }
        match self.chunk.document_builder(field) {
            Some(builder) => {
                let root = DocumentBuilder::ROOT;
                document_walk::read(self.tokens, value, builder, root, self.elements)
            }
            None => self.tokens.skip_value(value),
        }
    }

    /// Reads the value of a key below which there are fields: an object, `null`, or an array without elements, which is
    /// how PHP writes an object without members.
    fn read_object(
        &mut self,
        object: ObjectId,
        column: Option<usize>,
        value: ValueStart,
    ) -> Result<Position, Stop> {
        let (kind, end) = match value.first {
            b'{' => (SpanKind::Object, self.read_members(object, value)?),
            b'[' => {
                let bracket = self.tokens.enter(value)?;
                if bracket.first != b']' {
                    return Err(Stop::Fault);
                }
                (SpanKind::EmptyArray, bracket.position.next())
            }
            _ => {
                let scalar = self.tokens.scalar(value)?;
                if scalar.kind != SpanKind::Null {
                    return Err(Stop::Fault);
                }
                (SpanKind::Null, scalar.end)
            }
        };
        if let Some(column) = column {
            self.spans.set(column, kind, 0..0);
        }
        Ok(end)
    }

    /// Reads a member whose key as spelled is not documented: its spelling may have escapes, or the key is not
    /// documented. Returns the position after it.
    #[inline(never)]
    fn read_unusual_member(
        &mut self,
        object: ObjectId,
        key: Range<usize>,
        value: ValueStart,
    ) -> Result<Position, Stop> {
        let bytes: &'b [u8] = self.tokens.bytes;
        let schema = self.schema;
        let spelled = string(bytes, key);
        let key = spelled.decode();
        if spelled.is_escaped()
            && let Some(documented) = schema.keys.find(object, key.as_bytes(), 0, key.len())
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
            return self.tokens.skip_value(value);
        };
        let outer = object.keys.iter();
        let outer = outer.fold(DocumentBuilder::ROOT, |path, key| builder.enter(path, key));
        // Each documented object occurs once in the row, so its undocumented members are those of one object.
        let path = builder.enter_once_in_row(outer, &key).ok_or(Stop::Fault)?;
        document_walk::read(self.tokens, value, builder, path, self.elements)
    }
}
