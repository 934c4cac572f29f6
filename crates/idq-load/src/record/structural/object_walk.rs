//! The walk through documented objects: keys to fields, values to spans and document builders.

use idq_columns::{DocumentBuilder, ElementNumber};

use super::field_spans::{FieldSpans, SpanKind, SpanKinds, string};
use super::key_table::{KeyTable, Meaning, Member, ObjectId};
use super::tokens::{KEY_TOKENS, KeyTokens, Stop, Tokens, ValuePosition};
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
        let (_, byte) = self.tokens.get(0)?;
        if byte != b'{' {
            return Err(Stop::Fault);
        }
        let record = ValuePosition { at: 0, depth: 0 };
        let next = self.read_members(ObjectId::RECORD, record)?;
        let (bracket, _) = self.tokens.get(next - 1)?;
        Ok(bracket + 1)
    }

    /// Reads the members of a documented object. Returns the position after it. The depth of the API's paths bounds the
    /// recursion.
    fn read_members(&mut self, object: ObjectId, value: ValuePosition) -> Result<usize, Stop> {
        let tokens = self.tokens;
        let keys: &KeyTable = &self.schema.keys;
        let inner = value.enter()?;
        let mut at = inner.at;
        if tokens.get(at)?.1 == b'}' {
            return Ok(at + 1);
        }
        loop {
            let key = tokens.key(at)?;
            at += KEY_TOKENS;
            self.reached = key.key.start;
            at = match keys.find(object, tokens.bytes, key.key.start, key.key.end) {
                Some(member) => self.read_member(member, &key, inner.at(at))?,
                None => self.read_unusual_member(object, &key, inner.at(at))?,
            };
            let continues = tokens.continues(at, b'}')?;
            at += 1;
            if !continues {
                return Ok(at);
            }
        }
    }

    /// Reads the value of a documented key. Returns the position after it.
    #[inline(always)]
    fn read_member(
        &mut self,
        member: &Member,
        key: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        if !self.seen.insert(member.index) {
            return Err(Stop::Fault);
        }
        self.has_documented_key |= !member.is_id;
        // One path for scalars of all kinds: their order is unpredictable where that of keys is.
        if let Meaning::Scalar { field, kinds } = member.meaning
            && !member.is_records_key
        {
            return self.read_scalar(field, kinds, key, value);
        }
        self.read_other_member(member, key, value)
    }

    /// Reads the scalar of a field. Returns the position after it.
    #[inline(always)]
    fn read_scalar(
        &mut self,
        field: usize,
        kinds: SpanKinds,
        key: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        let first = self.tokens.byte(key.value);
        let (kind, range, tokens) = self.tokens.scalar(key.value, first, key.after)?;
        if !kinds.contains(kind) {
            return Err(Stop::Fault);
        }
        self.spans.set(field, kind, range);
        Ok(value.at + tokens)
    }

    /// Reads the value of a documented key that is an object or a document, or under which pages may have records.
    #[inline(never)]
    fn read_other_member(
        &mut self,
        member: &Member,
        key: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        // The object may be a page of an API whose records have the key too.
        if member.is_records_key && self.object == ObjectPosition::OutsidePages {
            return Err(Stop::Unsupported);
        }
        match member.meaning {
            Meaning::Scalar { field, kinds } => self.read_scalar(field, kinds, key, value),
            Meaning::Object { object, column } => self.read_object(object, column, key, value),
            Meaning::Document { field, is_wanted } => {
                let next = if is_wanted {
                    self.read_document(field, key, value)?
                } else {
                    self.tokens.skip_value(value)?
                };
                // No other valid value starts with the first byte of `null`, or with a quote.
                let (kind, range) = match self.tokens.byte(key.value) {
                    b'n' => (SpanKind::Null, 0..0),
                    first @ b'"' => {
                        let (kind, range, _) = self.tokens.scalar(key.value, first, key.after)?;
                        (kind, range)
                    }
                    _ => (SpanKind::Document, 0..0),
                };
                self.spans.set(field, kind, range);
                Ok(next)
            }
        }
    }

    /// Reads a document into its column, unless the prefilter does not pass it. Returns the position after it.
    fn read_document(
        &mut self,
        field: usize,
        key: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        if let Some(prefilter) = &mut self.prefilter
            && prefilter.filters(field)
        {
            let next = self.tokens.skip_value(value)?;
            // Tokens have no ends, but nothing except white space is between the value and the next one.
            let (end, _) = self.tokens.get(next)?;
            if !prefilter.passes(self.tokens.bytes, &(key.value..end)) {
                return Ok(next);
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
        key: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        let first = self.tokens.byte(key.value);
        let (kind, next) = match first {
            b'{' => (SpanKind::Object, self.read_members(object, value)?),
            b'[' if self.tokens.byte(key.after) == b']' => (SpanKind::EmptyArray, value.at + 2),
            _ => match self.tokens.scalar(key.value, first, key.after)? {
                (SpanKind::Null, _, tokens) => (SpanKind::Null, value.at + tokens),
                _ => return Err(Stop::Fault),
            },
        };
        if let Some(column) = column {
            self.spans.set(column, kind, 0..0);
        }
        Ok(next)
    }

    /// Reads a member whose key as spelled is not documented: its spelling may have escapes, or the key is not
    /// documented. Returns the position after it.
    #[inline(never)]
    fn read_unusual_member(
        &mut self,
        object: ObjectId,
        member: &KeyTokens,
        value: ValuePosition,
    ) -> Result<usize, Stop> {
        let bytes: &'b [u8] = self.tokens.bytes;
        let schema = self.schema;
        let spelled = string(bytes, member.key.clone());
        let key = spelled.decode();
        if spelled.is_escaped()
            && let Some(documented) = schema.keys.find(object, key.as_bytes(), 0, key.len())
        {
            return self.read_member(documented, member, value);
        }
        if self.object == ObjectPosition::OutsidePages
            && object == ObjectId::RECORD
            && self.tokens.byte(member.value) == b'['
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
