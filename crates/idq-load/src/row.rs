use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use idq_api::Kind;
use idq_columns::{
    BooleanBuilder, Column, DocumentBuilder, KeywordBuilder, PathId, TextBuilder, TimestampBuilder,
    ValueState,
};
use idq_grammar::date::parse_timestamp;
use idq_json::Text;
use idq_shape::{Record, Value};
use idq_snapshot::{CollectionUrl, RecordErrorKind, SpillFile, UnknownFields};

use crate::familiar::{KNOWN, Places};
use crate::parsed::ParsedChunk;
use crate::record::wrong_type;
use crate::schema::Schema;

/// What a record has at the place of one field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Slot<'a> {
    Missing,
    Null,
    Text(Cow<'a, str>),
    /// As spelled; empty where nobody wants it.
    Number(Cow<'a, str>),
    Boolean(bool),
    Object,
    Array,
    /// A document, whose text has gone to its builder.
    Document,
    /// A text that has been read as an instant.
    Timestamp(i64),
}

/// Builds one chunk, a record at a time.
#[derive(Debug)]
pub(crate) struct ChunkBuilder {
    fields: Vec<FieldBuilder>,
    /// The unknown names of the current record that are new.
    unknown: UnknownFields,
    /// Which notes of familiar records have been taken.
    noted: Vec<bool>,
    /// For each tag of familiar records its field, and its place in that field's documents.
    document_places: Vec<Option<(usize, PathId)>>,
    /// The instants of a familiar record.
    instants: Vec<i64>,
    /// How a record's own URL is spelled up to the id, where all so far agree.
    link_start: Option<Box<str>>,
    /// How many bytes of the chunk's stretch lie before those that are being parsed.
    pub(crate) origin: usize,
    pub(crate) chunk: ParsedChunk,
    spill: Option<Arc<SpillFile>>,
}

#[derive(Debug)]
enum FieldBuilder {
    Unwanted,
    Text(TextBuilder),
    Keyword(KeywordBuilder),
    Timestamp(TimestampBuilder),
    Boolean(BooleanBuilder),
    Document(DocumentBuilder),
}

/// A field that does not hold what it should.
pub(crate) struct WrongField {
    pub(crate) field: usize,
    pub(crate) kind: RecordErrorKind,
}

impl ChunkBuilder {
    pub(crate) fn new(schema: &Schema) -> Self {
        let builder = |(kind, wanted): (Kind, &bool)| match kind {
            _ if !wanted => FieldBuilder::Unwanted,
            Kind::Text | Kind::Number => FieldBuilder::Text(TextBuilder::new()),
            Kind::Keyword => FieldBuilder::Keyword(KeywordBuilder::new()),
            Kind::Timestamp => FieldBuilder::Timestamp(TimestampBuilder::new()),
            Kind::Boolean => FieldBuilder::Boolean(BooleanBuilder::new()),
            Kind::Document => FieldBuilder::Document(DocumentBuilder::new()),
        };
        let kinds = schema.api.fields.iter().map(|field| field.kind);
        Self {
            fields: kinds.zip(&schema.wanted).map(builder).collect(),
            unknown: UnknownFields::default(),
            noted: Vec::new(),
            document_places: Vec::new(),
            instants: Vec::new(),
            link_start: None,
            origin: 0,
            chunk: ParsedChunk::default(),
            spill: schema.spill.clone(),
        }
    }

    /// The builder that takes the text of a document, if anybody wants it.
    pub(crate) fn document(&mut self, field: usize) -> Option<&mut DocumentBuilder> {
        match &mut self.fields[field] {
            FieldBuilder::Document(builder) => Some(builder),
            _ => None,
        }
    }

    /// The bytes that are parsed next lie this far into the chunk's stretch.
    pub(crate) fn set_origin(&mut self, origin: usize) {
        self.origin = origin;
    }

    /// Forgets what was added of a record that is given up.
    pub(crate) fn restart_record(&mut self) {
        self.unknown.clear();
        for field in &mut self.fields {
            if let FieldBuilder::Document(builder) = field {
                builder.restart_row();
            }
        }
    }

    /// Notes a key that the API does not document.
    pub(crate) fn unknown(&mut self, path: impl FnOnce() -> String) {
        let path = path();
        if !self.chunk.unknown_fields.contains(&path) {
            self.unknown.insert(path);
        }
    }

    /// Adds a record, or nothing at all where some field does not hold what it should.
    pub(crate) fn push(
        &mut self,
        schema: &Schema,
        slots: &mut [Slot<'_>],
    ) -> Result<(), WrongField> {
        for (field, slot) in slots.iter_mut().enumerate() {
            check(schema.api.fields[field].kind, slot)
                .map_err(|kind| WrongField { field, kind })?;
        }
        let id_field = schema.api.id;
        let Slot::Text(id) = &slots[id_field] else {
            return Err(WrongField {
                field: id_field,
                kind: RecordErrorKind::MissingId,
            });
        };
        self.chunk
            .unknown_fields
            .extend(std::mem::take(&mut self.unknown));
        self.chunk.id_hashes.push(schema.hasher.hash_one(&**id));
        if let Some(Slot::Text(link)) = schema.api.self_link.map(|field| &slots[field]) {
            self.chunk.collection_url.add(link, id);
        }
        for (slot, builder) in slots.iter().zip(&mut self.fields) {
            builder.push(slot);
        }
        Ok(())
    }

    /// Adds a record whose shape is familiar, or nothing at all where only the other readers can judge it.
    pub(crate) fn push_familiar(
        &mut self,
        schema: &Schema,
        places: &Places<'_>,
        record: Record<'_, '_>,
    ) -> Option<()> {
        let Value::String(id) = record.slot(schema.api.id) else {
            return None;
        };
        if record.marks() & KNOWN == 0 || self.has_full_document(schema) {
            return None;
        }
        // Every date-time must be one, wanted or not.
        self.instants.clear();
        for &field in &schema.timestamps {
            self.instants.push(match record.slot(field) {
                Value::String(text) => parse_timestamp(text.decode().as_bytes())?,
                _ => 0,
            });
        }
        for &note in record.notes() {
            self.note(places, note);
        }
        if let Some(Value::String(link)) = schema.api.self_link.map(|field| record.slot(field)) {
            self.add_self_link(link, id);
        }
        self.chunk
            .id_hashes
            .push(schema.hasher.hash_one(&*id.decode()));
        for (tag, value) in record.listed() {
            self.add_listed(places, tag, value);
        }
        for (&field, &instant) in schema.timestamps.iter().zip(&self.instants) {
            if let FieldBuilder::Timestamp(builder) = &mut self.fields[field] {
                match record.slot(field) {
                    Value::String(_) => builder.push(instant),
                    Value::Null => builder.push_null(),
                    _ => builder.push_missing(),
                }
            }
        }
        for &field in &schema.columns {
            let is_there = record.marks() & 1 << field != 0;
            self.fields[field].push_value(record.slot(field), is_there);
        }
        Some(())
    }

    /// Whether some document has so many places that the keys of others are added like values: the other readers do that
    /// once for each key.
    fn has_full_document(&self, schema: &Schema) -> bool {
        schema.documents.iter().any(|&field| {
            matches!(&self.fields[field], FieldBuilder::Document(builder) if builder.is_full())
        })
    }

    /// Takes a record's own URL into account; mostly it starts as the one before does, escapes and all.
    #[inline]
    fn add_self_link(&mut self, link: Text<'_>, id: Text<'_>) {
        let known = self.link_start.as_deref();
        let rest = known.and_then(|start| link.raw().strip_prefix(start));
        if rest == Some(id.raw()) && !id.is_escaped() {
            return;
        }
        self.chunk.collection_url.add(&link.decode(), &id.decode());
        let start = link.raw().strip_suffix(id.raw());
        // What ends with a slash does not end inside an escape.
        let start = start.filter(|start| start.ends_with('/') && !id.is_escaped());
        let agrees = matches!(self.chunk.collection_url, CollectionUrl::Agree(_));
        self.link_start = start.filter(|_| agrees).map(Into::into);
    }

    /// Notes a key that the API does not document, once a chunk.
    fn note(&mut self, places: &Places<'_>, note: u32) {
        let note = note as usize;
        if self.noted.len() <= note {
            self.noted.resize(note + 1, false);
        }
        if !std::mem::replace(&mut self.noted[note], true) {
            let name = places.name(note as u32).to_owned();
            self.chunk.unknown_fields.insert(name);
        }
    }

    /// Adds a value of a familiar record's document.
    #[inline]
    fn add_listed(&mut self, places: &Places<'_>, tag: u32, value: Value<'_>) {
        let known = self.document_places.get(tag as usize).copied().flatten();
        let Some((field, place)) = known.or_else(|| self.document_place(places, tag)) else {
            return;
        };
        let FieldBuilder::Document(builder) = &mut self.fields[field] else {
            return;
        };
        if builder.is_overflow(place) {
            let mut step = &places.tag(tag).step;
            while let Some((around, key)) = step {
                builder.add(place, key);
                step = &places.tag(*around).step;
            }
        }
        match value {
            Value::String(text) => with_text(text, |text| builder.add(place, text)),
            Value::Number(spelling) => builder.add(place, spelling),
            Value::Boolean(boolean) => builder.add(place, if boolean { "true" } else { "false" }),
            Value::Null | Value::Missing => builder.add_empty(place),
        }
    }

    /// The field of a tag, and its place there.
    #[cold]
    fn document_place(&mut self, places: &Places<'_>, tag: u32) -> Option<(usize, PathId)> {
        let described = places.tag(tag);
        let place = match &described.step {
            None => DocumentBuilder::ROOT,
            Some((around, key)) => {
                let (field, around) = self.document_place(places, *around)?;
                let FieldBuilder::Document(builder) = &mut self.fields[field] else {
                    return None;
                };
                builder.path(around, key)
            }
        };
        let found = Some((described.field, place));
        let tag = tag as usize;
        if self.document_places.len() <= tag {
            self.document_places.resize(tag + 1, None);
        }
        self.document_places[tag] = found;
        found
    }

    pub(crate) fn rows(&self) -> usize {
        self.chunk.id_hashes.len()
    }

    pub(crate) fn finish(self) -> ParsedChunk {
        let (mut chunk, spill) = (self.chunk, self.spill);
        chunk.chunk.columns = self
            .fields
            .into_iter()
            .map(|field| {
                let column = field.finish()?;
                Some(Box::new(match &spill {
                    Some(spill) => spill.column(column),
                    None => column,
                }))
            })
            .collect();
        chunk
    }
}

/// Hands on a string's text, decoded only where that makes a difference.
#[inline]
fn with_text(text: Text<'_>, take: impl FnOnce(&str)) {
    if text.is_escaped() {
        take(&text.decode());
    } else {
        take(text.raw());
    }
}

/// Whether a slot holds what a field of this kind may hold; a date-time is read.
fn check(kind: Kind, slot: &mut Slot<'_>) -> Result<(), RecordErrorKind> {
    let expected = match (kind, &*slot) {
        (_, Slot::Missing | Slot::Null)
        | (Kind::Text | Kind::Keyword, Slot::Text(_))
        | (Kind::Number, Slot::Number(_))
        | (Kind::Boolean, Slot::Boolean(_))
        | (Kind::Document, _) => return Ok(()),
        (Kind::Timestamp, Slot::Text(text)) => {
            let Some(instant) = parse_timestamp(text.as_bytes()) else {
                return Err(wrong_type(
                    "an RFC 3339 date-time such as 2026-01-31T09:30:00Z",
                    slot,
                ));
            };
            *slot = Slot::Timestamp(instant);
            return Ok(());
        }
        (Kind::Number, _) => "a number",
        (Kind::Boolean, _) => "true or false",
        (Kind::Timestamp, _) => "a date-time in a string",
        _ => "a string",
    };
    Err(wrong_type(expected, slot))
}

impl FieldBuilder {
    fn push(&mut self, slot: &Slot<'_>) {
        match (self, slot) {
            (Self::Unwanted, _) => {}
            (Self::Text(builder), Slot::Text(text) | Slot::Number(text)) => builder.push(text),
            (Self::Text(builder), Slot::Null) => builder.push_null(),
            (Self::Text(builder), _) => builder.push_missing(),
            (Self::Keyword(builder), Slot::Text(text)) => builder.push(text),
            (Self::Keyword(builder), Slot::Null) => builder.push_null(),
            (Self::Keyword(builder), _) => builder.push_missing(),
            (Self::Timestamp(builder), Slot::Timestamp(instant)) => builder.push(*instant),
            (Self::Timestamp(builder), Slot::Null) => builder.push_null(),
            (Self::Timestamp(builder), _) => builder.push_missing(),
            (Self::Boolean(builder), Slot::Boolean(value)) => builder.push(*value),
            (Self::Boolean(builder), Slot::Null) => builder.push_null(),
            (Self::Boolean(builder), _) => builder.push_missing(),
            (Self::Document(builder), Slot::Null) => builder.end_row(ValueState::Null),
            (Self::Document(builder), Slot::Missing) => {
                builder.end_row(ValueState::Missing);
            }
            (Self::Document(builder), _) => builder.end_row(ValueState::Present),
        }
    }

    /// Adds the value of a familiar record, whose kind is one that the field may have; `is_there` is for documents.
    #[inline]
    fn push_value(&mut self, value: Value<'_>, is_there: bool) {
        match (self, value) {
            (Self::Text(builder), Value::String(text)) => {
                with_text(text, |text| builder.push(text));
            }
            (Self::Text(builder), Value::Number(spelling)) => builder.push(spelling),
            (Self::Keyword(builder), Value::String(text)) => {
                with_text(text, |text| builder.push(text));
            }
            (Self::Boolean(builder), Value::Boolean(value)) => builder.push(value),
            (Self::Document(builder), Value::Null) => builder.end_row(ValueState::Null),
            (Self::Document(builder), _) if is_there => {
                builder.end_row(ValueState::Present);
            }
            (builder, Value::Null) => builder.push(&Slot::Null),
            (builder, _) => builder.push(&Slot::Missing),
        }
    }

    fn finish(self) -> Option<Column> {
        match self {
            Self::Unwanted => None,
            Self::Text(builder) => Some(builder.finish_compact()),
            Self::Keyword(builder) => Some(builder.finish_compact()),
            Self::Timestamp(builder) => Some(Column::Timestamp(builder.finish())),
            Self::Boolean(builder) => Some(Column::Boolean(builder.finish())),
            Self::Document(builder) => Some(Column::Document(builder.finish())),
        }
    }
}
