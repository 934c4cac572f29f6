//! The reference parser: parses any record with the exact reader of [`idq_json`].
//!
//! It keeps every spelling, accepts any number and order of members, and locates every error. Its verdict is final.

mod document;

use std::borrow::Cow;
use std::ops::Range;

use hashbrown::HashMap;
use idq_api::Kind;
use idq_columns::DocumentBuilder;
use idq_json::{Error, Event, Node, PathTree, Reader};
use idq_snapshot::RecordErrorKind;

use super::chunk_builder::{ChunkBuilder, WrongField};
use super::error::{RecordError, shortened, wrong_type};
use super::field_value::{FieldCollector, FieldValue, dotted_path};
use super::schema::Schema;
use crate::source::MAX_DETECTION_KEYS;

/// Adds a record to a chunk.
///
/// # Errors
/// A syntax error; a record of another API; a value other than an object where the API has an object with fields; a
/// value of a wrong kind. The first of these that applies is returned.
pub(super) fn parse(
    schema: &Schema,
    record: &[u8],
    chunk: &mut ChunkBuilder,
) -> Result<(), RecordError> {
    let mut parser = ReferenceParser {
        record,
        fields: FieldCollector::new(schema, chunk),
        spans: vec![0..0; schema.api.fields.len()],
        keys: Vec::new(),
        misplaced: Vec::new(),
        undocumented: UndocumentedMembers::default(),
    };
    parser
        .parse_record()
        .map_err(|error| parser.syntax_error(error))?;
    parser.check_api()?;
    parser.add_undocumented();
    let ReferenceParser {
        fields,
        spans,
        mut misplaced,
        ..
    } = parser;
    if !misplaced.is_empty() {
        return Err(misplaced.swap_remove(0).1);
    }
    let pushed = fields.chunk.push(schema, fields.values.as_slice());
    pushed.map_err(|WrongField { field, kind }| RecordError {
        offset: spans[field].start,
        path: Some(schema.api.fields[field].name.to_owned()),
        kind,
    })
}

/// A parse of one record.
struct ReferenceParser<'s, 'a> {
    /// The record's bytes.
    record: &'a [u8],
    /// The values so far.
    fields: FieldCollector<'s, 'a>,
    /// For each field the byte range of its value's first token.
    spans: Vec<Range<usize>>,
    /// The top-level keys of the record that are needed to detect its API.
    keys: Vec<Cow<'a, str>>,
    /// The errors of values in place of an object with fields, each with the first of those fields.
    misplaced: Vec<(usize, RecordError)>,
    /// The members that the API does not document, if their column is built.
    undocumented: UndocumentedMembers<'a>,
}

/// The undocumented members of a record.
#[derive(Default)]
struct UndocumentedMembers<'a> {
    /// The offset of the last value of each key, by the object that has the key.
    values: HashMap<(Node, Cow<'a, str>), usize>,
    /// The dotted path of each such object; none for the record itself.
    paths: HashMap<Node, Option<String>>,
}

impl<'a> UndocumentedMembers<'a> {
    /// Sets the value of a key. A later value replaces an earlier one, as for documented keys.
    fn insert(&mut self, object: Node, path: Option<&str>, key: Cow<'a, str>, start: usize) {
        self.values.insert((object, key), start);
        let paths = &mut self.paths;
        paths
            .entry(object)
            .or_insert_with(|| path.map(str::to_owned));
    }

    /// Removes the members of an object and of those inside it.
    fn remove(&mut self, path: &str) {
        let paths = &self.paths;
        self.values.retain(|(object, _), _| {
            let inside = paths.get(object).and_then(Option::as_deref);
            let rest = inside.and_then(|inside| inside.strip_prefix(path));
            !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
    }
}

impl<'a> ReferenceParser<'_, 'a> {
    /// Parses the whole record, which starts with the bracket of an object.
    fn parse_record(&mut self) -> Result<(), Error> {
        let mut reader = Reader::new(self.record);
        reader.next_event()?;
        self.parse_members(&mut reader, PathTree::ROOT, None)?;
        while reader.next_event()?.is_some() {}
        Ok(())
    }

    /// Parses the members of an object on the way to fields. The depth of the API's paths bounds the recursion.
    fn parse_members(
        &mut self,
        reader: &mut Reader<'a>,
        object: Node,
        path: Option<&str>,
    ) -> Result<(), Error> {
        let mut hint = 0;
        while let Some(Event::Key(key)) = reader.next_event()? {
            let key = key.decode();
            if object == PathTree::ROOT
                && (self.keys.len() < MAX_DETECTION_KEYS
                    || self.fields.schema.apis.is_documented_key(&key))
            {
                self.keys.push(key.clone());
            }
            match self.fields.visit_key(object, path, &key, &mut hint) {
                Some(child) => self.parse_value(reader, child, &key, path)?,
                None => {
                    if self.fields.schema.undocumented.is_some() {
                        let start = reader.next_start();
                        self.undocumented.insert(object, path, key, start);
                    }
                    reader.skip_value()?;
                }
            }
        }
        Ok(())
    }

    /// Adds the undocumented members to their column.
    fn add_undocumented(&mut self) {
        let column = self.fields.schema.undocumented;
        let builder = column.and_then(|column| self.fields.chunk.document_builder(column));
        let Some(builder) = builder else {
            return;
        };
        builder.restart_row();
        let UndocumentedMembers { values, paths } = std::mem::take(&mut self.undocumented);
        let mut members: Vec<_> = values.into_iter().collect();
        // In the order of the record, as the other parsers add them.
        members.sort_unstable_by_key(|(_, start)| *start);
        for ((object, key), start) in members {
            // The keys of documented paths have no dots.
            let outer = paths.get(&object).and_then(Option::as_deref);
            let outer = outer.into_iter().flat_map(|path| path.split('.'));
            let keys = outer.chain([&*key]);
            let path = keys.fold(DocumentBuilder::ROOT, |path, key| builder.enter(path, key));
            let value = &self.record[start..];
            let added = document::add_value(value, &mut Reader::new(value), builder, path);
            debug_assert!(added.is_ok(), "a valid record has valid members");
        }
    }

    /// Parses the value of a documented key.
    fn parse_value(
        &mut self,
        reader: &mut Reader<'a>,
        node: Node,
        key: &str,
        path: Option<&str>,
    ) -> Result<(), Error> {
        let fields = self.fields.start_value(node);
        self.misplaced.retain(|(field, _)| !fields.contains(field));
        let schema = self.fields.schema;
        let Some(field) = schema.field(node) else {
            let path = dotted_path(path, key);
            self.undocumented.remove(&path);
            return self.parse_object(reader, node, &path, fields[0]);
        };
        self.fields.values[field] = if schema.api.fields[field].kind == Kind::Document {
            let builder = self.fields.chunk.document_builder(field);
            document::parse(self.record, reader, builder)?
        } else {
            let depth = reader.depth();
            let event = reader.next_event()?;
            self.spans[field] = reader.span();
            close_containers(reader, depth)?;
            field_value(event)
        };
        Ok(())
    }

    /// Parses the value of a key below which there are fields; `first_field` is the first of them. The value must be an
    /// object, `null`, or an array without elements, which is how PHP writes an object without members.
    fn parse_object(
        &mut self,
        reader: &mut Reader<'a>,
        node: Node,
        path: &str,
        first_field: usize,
    ) -> Result<(), Error> {
        let depth = reader.depth();
        let event = reader.next_event()?;
        let offset = reader.span().start;
        let (found, is_valid) = match event {
            Some(Event::ObjectStart) => {
                self.set_presence(node, FieldValue::Object);
                return self.parse_members(reader, node, Some(path));
            }
            Some(Event::ArrayStart) if reader.next_event()? == Some(Event::ArrayEnd) => {
                (FieldValue::Array, true)
            }
            event => {
                let value = field_value(event);
                (value, value == FieldValue::NULL)
            }
        };
        self.set_presence(node, found);
        close_containers(reader, depth)?;
        if !is_valid {
            let error = RecordError {
                offset,
                path: Some(path.to_owned()),
                kind: wrong_type("an object", found),
            };
            self.misplaced.push((first_field, error));
        }
        Ok(())
    }

    /// Sets the value of an object that contains fields.
    fn set_presence(&mut self, node: Node, value: FieldValue<'a>) {
        if let Some(column) = self.fields.schema.object_column(node) {
            self.fields.values[column] = value;
        }
    }

    /// Fails if the record has no documented key except the id, and its keys are those of another API.
    fn check_api(&self) -> Result<(), RecordError> {
        let schema = self.fields.schema;
        if self.fields.has_documented_key || schema.is_api_named {
            return Ok(());
        }
        match schema.apis.detect(&self.keys) {
            Some(other) if *other != schema.api => {
                let kind = RecordErrorKind::OtherApi(other.title.clone());
                Err(RecordError::new(0, kind))
            }
            _ => Ok(()),
        }
    }

    /// Returns a syntax error with the path of the offending field.
    fn syntax_error(&self, error: Error) -> RecordError {
        RecordError {
            offset: error.offset,
            path: path_before(self.record, error.offset),
            kind: RecordErrorKind::Json(error.kind),
        }
    }
}

/// Returns the value that starts with an event, for a field that holds scalars.
fn field_value(event: Option<Event<'_>>) -> FieldValue<'_> {
    match event {
        Some(Event::Scalar(scalar)) => FieldValue::Scalar(scalar),
        Some(Event::ObjectStart) => FieldValue::Object,
        Some(Event::ArrayStart) => FieldValue::Array,
        _ => FieldValue::NULL,
    }
}

/// Reads until no container is open beyond a depth.
fn close_containers(reader: &mut Reader<'_>, depth: usize) -> Result<(), Error> {
    while reader.depth() > depth {
        reader.next_event()?;
    }
    Ok(())
}

/// Returns the dotted keys of the value that contains an offset, as far as the record can be read; `None` if no value
/// of a key does.
pub(crate) fn path_before(record: &[u8], offset: usize) -> Option<String> {
    let mut reader = Reader::new(record);
    let mut keys: Vec<Option<Cow<'_, str>>> = Vec::new();
    while let Ok(Some(event)) = reader.next_event() {
        if reader.span().start >= offset {
            break;
        }
        match event {
            Event::ObjectStart | Event::ArrayStart => {
                keys.push(None);
                continue;
            }
            Event::Key(key) => {
                if let Some(last) = keys.last_mut() {
                    *last = Some(key.decode());
                }
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => drop(keys.pop()),
            Event::Scalar(_) => {}
        }
        // The value of the last key is complete, so a later error is outside it.
        if let Some(last) = keys.last_mut() {
            *last = None;
        }
    }
    let path: Vec<String> = keys
        .into_iter()
        .flatten()
        .map(|key| shortened(&key))
        .collect();
    (!path.is_empty()).then(|| path.join("."))
}
