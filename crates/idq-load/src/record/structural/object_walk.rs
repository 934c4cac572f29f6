//! The walk through documented objects: keys to fields, values to spans and document builders.

use std::borrow::Cow;
use std::ops::Range;

use idq_columns::{DocumentBuilder, ElementNumber};

use super::field_spans::{FieldSpans, SpanKind, has_backslash, string, text};
use super::key_table::{KeyTable, Meaning, Member, ObjectId};
use super::token_walk::{Literal, Stop, TokenWalk};
use super::{ObjectPosition, document_walk};
use crate::record::chunk_builder::ChunkBuilder;
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
pub(super) struct ObjectWalk<'w, 'b> {
    /// The tokens of the record.
    pub(super) tokens: TokenWalk<'w, 'b>,
    /// The fields to read.
    pub(super) schema: &'w Schema,
    /// The documented keys.
    pub(super) keys: &'w KeyTable,
    /// The values so far.
    pub(super) spans: &'w mut FieldSpans,
    /// The documented members so far.
    pub(super) seen: &'w mut SeenMembers,
    /// The array elements that contain the current value of a document.
    pub(super) elements: &'w mut Vec<ElementNumber>,
    /// The chunk, to which documents and undocumented keys are added.
    pub(super) chunk: &'w mut ChunkBuilder,
    /// The position of the record.
    pub(super) object: ObjectPosition,
    /// Whether the record has a documented key other than the id.
    pub(super) has_documented_key: bool,
}

impl<'b> ObjectWalk<'_, 'b> {
    /// Reads the record. Returns its end.
    pub(super) fn read_record(&mut self) -> Result<usize, Stop> {
        self.spans.clear();
        self.seen.clear();
        self.elements.clear();
        let (_, byte) = self.tokens.token()?;
        if byte != b'{' {
            return Err(Stop::Fault);
        }
        self.read_members(ObjectId::RECORD)
    }

    /// Reads the members of a documented object after its opening bracket. Returns the offset after the closing one.
    /// The depth of the API's paths bounds the recursion.
    fn read_members(&mut self, object: ObjectId) -> Result<usize, Stop> {
        self.tokens.enter()?;
        let (end, byte) = self.tokens.peek()?;
        if byte == b'}' {
            self.tokens.token()?;
            self.tokens.leave();
            return Ok(end + 1);
        }
        loop {
            let key = self.tokens.key()?;
            let (keys, bytes) = (self.keys, self.tokens.bytes);
            match keys.find(object, bytes, key.start, key.end) {
                Some(member) => self.read_member(member)?,
                None => self.read_unusual_member(object, key)?,
            }
            match self.tokens.token()? {
                (_, b',') => {}
                (end, b'}') => {
                    self.tokens.leave();
                    return Ok(end + 1);
                }
                _ => return Err(Stop::Fault),
            }
        }
    }

    /// Reads the value of a documented key.
    #[inline(always)]
    fn read_member(&mut self, member: &Member) -> Result<(), Stop> {
        if !self.seen.insert(member.index) {
            return Err(Stop::Fault);
        }
        // The object may be a page of an API whose records have the key too.
        if member.is_records_key && self.object == ObjectPosition::OutsidePages {
            return Err(Stop::Unsupported);
        }
        self.has_documented_key |= !member.is_id;
        match member.meaning {
            Meaning::Strings(field) => self.read_string_field(field),
            Meaning::Numbers(field) => {
                self.read_literal_field(field, |literal| literal == Literal::Number)
            }
            Meaning::Booleans(field) => self.read_literal_field(field, |literal| {
                matches!(literal, Literal::True | Literal::False)
            }),
            Meaning::Object { object, column } => self.read_object(object, column),
            Meaning::IgnoredDocument(field) => {
                let (_, byte) = self.tokens.peek()?;
                self.tokens.skip_value()?;
                self.set_document(field, byte);
                Ok(())
            }
            Meaning::Document(field) => {
                let (_, byte) = self.tokens.peek()?;
                if let Some(builder) = self.chunk.document_builder(field) {
                    let root = DocumentBuilder::ROOT;
                    document_walk::read(&mut self.tokens, builder, root, self.elements)?;
                } else {
                    self.tokens.skip_value()?;
                }
                self.set_document(field, byte);
                Ok(())
            }
        }
    }

    /// Reads the value of a field that holds strings.
    #[inline(always)]
    fn read_string_field(&mut self, field: usize) -> Result<(), Stop> {
        let (start, byte) = self.tokens.token()?;
        if byte == b'"' {
            let range = self.tokens.string(start)?;
            self.spans.set(field, SpanKind::String, range);
            return Ok(());
        }
        match self.tokens.literal(start, byte)? {
            (Literal::Null, end) => self.spans.set(field, SpanKind::Null, start..end),
            _ => return Err(Stop::Fault),
        }
        Ok(())
    }

    /// Reads the value of a field that holds other scalars, or `null`.
    #[inline(always)]
    fn read_literal_field(
        &mut self,
        field: usize,
        is_allowed: impl Fn(Literal) -> bool,
    ) -> Result<(), Stop> {
        let (start, byte) = self.tokens.token()?;
        let (literal, end) = self.tokens.literal(start, byte)?;
        if literal != Literal::Null && !is_allowed(literal) {
            return Err(Stop::Fault);
        }
        self.spans.set(field, literal.into(), start..end);
        Ok(())
    }

    /// Reads the value of a key below which there are fields: an object, `null`, or an array without elements, which is
    /// how PHP writes an object without members.
    fn read_object(&mut self, object: ObjectId, column: Option<usize>) -> Result<(), Stop> {
        let (start, byte) = self.tokens.token()?;
        let kind = match byte {
            b'{' => {
                self.read_members(object)?;
                SpanKind::Object
            }
            b'[' if self.tokens.pass(b']')? => SpanKind::EmptyArray,
            _ => match self.tokens.literal(start, byte)? {
                (Literal::Null, _) => SpanKind::Null,
                _ => return Err(Stop::Fault),
            },
        };
        if let Some(column) = column {
            self.spans.set(column, kind, start..start);
        }
        Ok(())
    }

    /// Sets the presence of a document that starts with a byte.
    #[inline(always)]
    fn set_document(&mut self, field: usize, byte: u8) {
        // No other valid value starts with the first byte of `null`.
        let kind = if byte == b'n' {
            SpanKind::Null
        } else {
            SpanKind::Document
        };
        self.spans.set(field, kind, 0..0);
    }

    /// Reads a member whose key as spelled is not documented: its spelling may have escapes, or the key is not
    /// documented.
    #[inline(never)]
    fn read_unusual_member(&mut self, object: ObjectId, key: Range<usize>) -> Result<(), Stop> {
        let bytes: &'b [u8] = self.tokens.bytes;
        let keys = self.keys;
        let key = if has_backslash(&bytes[key.clone()]) {
            let decoded = string(bytes, key).decode().into_owned();
            if let Some(member) = keys.find(object, decoded.as_bytes(), 0, decoded.len()) {
                return self.read_member(member);
            }
            Cow::Owned(decoded)
        } else {
            Cow::Borrowed(text(bytes, key))
        };
        if self.object == ObjectPosition::OutsidePages
            && object == ObjectId::RECORD
            && self.tokens.peek()?.1 == b'['
            && self.schema.apis.is_records_key(&key)
        {
            return Err(Stop::Unsupported);
        }
        let object = keys.object(object);
        self.chunk
            .add_undocumented_key(object.path.as_deref(), &key);
        let column = self.schema.undocumented;
        let Some(builder) = column.and_then(|column| self.chunk.document_builder(column)) else {
            return self.tokens.skip_value();
        };
        let outer = object.keys.iter();
        let outer = outer.fold(DocumentBuilder::ROOT, |path, key| builder.enter(path, key));
        // Each documented object occurs once in the row, so its undocumented members are those of one object.
        let path = builder.enter_once_in_row(outer, &key).ok_or(Stop::Fault)?;
        document_walk::read(&mut self.tokens, builder, path, self.elements)
    }
}
