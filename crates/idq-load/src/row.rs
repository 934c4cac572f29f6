use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::BuildHasher;

use idq_api::Kind;
use idq_columns::{
    BooleanBuilder, Column, DocumentBuilder, KeywordBuilder, PresenceOf, TextBuilder,
    TimestampBuilder,
};
use idq_grammar::date::parse_timestamp;

use crate::chunk::{Chunk, SelfLinks};
use crate::record::RecordErrorKind;
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

/// How many unknown names a load remembers, the first in their order; beyond that the dump has keys that are data.
const MAX_UNKNOWN: usize = 1_000;

/// Builds one chunk, a record at a time.
#[derive(Debug)]
pub(crate) struct ChunkBuilder {
    fields: Vec<FieldBuilder>,
    /// The unknown names of the current record that are new.
    unknown: Vec<String>,
    pub(crate) chunk: Chunk,
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
            unknown: Vec::new(),
            chunk: Chunk::default(),
        }
    }

    /// The builder that takes the text of a document, if anybody wants it.
    pub(crate) fn document(&mut self, field: usize) -> Option<&mut DocumentBuilder> {
        match &mut self.fields[field] {
            FieldBuilder::Document(builder) => Some(builder),
            _ => None,
        }
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
        if !self.chunk.unknown.contains(&path) {
            self.unknown.push(path);
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
        keep_first(&mut self.chunk.unknown, self.unknown.drain(..));
        self.chunk.id_hashes.push(schema.hasher.hash_one(&**id));
        if let Some(Slot::Text(link)) = schema.api.self_link.map(|field| &slots[field]) {
            self.chunk.self_links.add(link, id);
        }
        for (slot, builder) in slots.iter().zip(&mut self.fields) {
            builder.push(slot);
        }
        Ok(())
    }

    pub(crate) fn rows(&self) -> usize {
        self.chunk.id_hashes.len()
    }

    pub(crate) fn finish(self) -> Chunk {
        let mut chunk = self.chunk;
        chunk.columns = self.fields.into_iter().map(FieldBuilder::finish).collect();
        chunk
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
                return Err(RecordErrorKind::wrong(
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
    Err(RecordErrorKind::wrong(expected, slot))
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
            (Self::Document(builder), Slot::Null) => builder.end_row(PresenceOf::Null),
            (Self::Document(builder), Slot::Missing) => builder.end_row(PresenceOf::Missing),
            (Self::Document(builder), _) => builder.end_row(PresenceOf::Present),
        }
    }

    fn finish(self) -> Option<Column> {
        match self {
            Self::Unwanted => None,
            Self::Text(builder) => Some(builder.finish_smallest()),
            Self::Keyword(builder) => Some(builder.finish_smallest()),
            Self::Timestamp(builder) => Some(Column::Timestamp(builder.finish())),
            Self::Boolean(builder) => Some(Column::Boolean(builder.finish())),
            Self::Document(builder) => Some(Column::Document(builder.finish())),
        }
    }
}

impl SelfLinks {
    /// Takes a record's own URL into account.
    fn add(&mut self, link: &str, id: &str) {
        let collection = link
            .strip_suffix(id)
            .and_then(|link| link.strip_suffix('/'));
        *self = match (std::mem::replace(self, Self::Differ), collection) {
            (Self::Unseen, Some(collection)) => Self::Agree(collection.to_owned()),
            (Self::Agree(agreed), Some(collection)) if agreed == collection => Self::Agree(agreed),
            _ => Self::Differ,
        };
    }

    /// What two parts of a snapshot agree on.
    pub(crate) fn merge(self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unseen, other) => other.clone(),
            (one, Self::Unseen) => one,
            (Self::Agree(one), Self::Agree(other)) if one == *other => Self::Agree(one),
            _ => Self::Differ,
        }
    }
}

/// The names of keys that the API does not document.
pub(crate) type Unknown = BTreeSet<String>;

/// Adds names, and keeps the first in their order: the same ones, in whichever order they come.
pub(crate) fn keep_first(unknown: &mut Unknown, names: impl IntoIterator<Item = String>) {
    for name in names {
        if unknown.len() < MAX_UNKNOWN {
            unknown.insert(name);
        } else if unknown.last().is_some_and(|last| name < *last) && unknown.insert(name) {
            unknown.pop_last();
        }
    }
}
