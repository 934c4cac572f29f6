use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::{Entry, HashTable};
use idq_api::Kind;
use idq_columns::{DocumentBuilder, DocumentPlace};
use idq_json::{Error, Event, Node as Place, PathTree, Reader};

use crate::record::{RecordError, RecordErrorKind, shortened};
use crate::row::{ChunkBuilder, Slot};
use crate::schema::Schema;
use crate::sniff::MAX_KEYS;
use crate::tape::joined;

/// Reads a record with the exact reader: every spelling as it is, every error with its place.
pub(crate) fn parse(
    schema: &Schema,
    record: &[u8],
    chunk: &mut ChunkBuilder,
) -> Result<(), RecordError> {
    let fields = schema.api.fields.len();
    let mut walk = Walk {
        schema,
        record,
        slots: vec![Slot::Missing; fields],
        spans: vec![0..0; fields],
        keys: Vec::new(),
        known: 0,
        misplaced: Vec::new(),
        chunk,
    };
    walk.whole().map_err(|error| walk.syntax(error))?;
    let Walk {
        mut slots,
        spans,
        keys,
        known,
        mut misplaced,
        chunk,
        ..
    } = walk;
    if known == 0
        && !schema.forced
        && let Some(other) = schema.apis.detect(&keys)
        && *other != schema.api
    {
        return Err(RecordError {
            offset: 0,
            path: None,
            kind: RecordErrorKind::OtherApi(other.title.clone()),
        });
    }
    if !misplaced.is_empty() {
        return Err(misplaced.swap_remove(0).1);
    }
    chunk.push(schema, &mut slots).map_err(|wrong| RecordError {
        offset: spans[wrong.field].start,
        path: Some(schema.api.fields[wrong.field].name.to_owned()),
        kind: wrong.kind,
    })
}

struct Walk<'s, 'a> {
    schema: &'s Schema,
    record: &'a [u8],
    slots: Vec<Slot<'a>>,
    spans: Vec<Range<usize>>,
    /// The record's own keys.
    keys: Vec<Cow<'a, str>>,
    /// How many of them the API documents, the id apart.
    known: usize,
    /// What stands where an object with fields should, with one of those fields.
    misplaced: Vec<(usize, RecordError)>,
    chunk: &'s mut ChunkBuilder,
}

impl<'a> Walk<'_, 'a> {
    fn whole(&mut self) -> Result<(), Error> {
        let mut reader = Reader::new(self.record);
        reader.next_event()?;
        self.members(&mut reader, PathTree::ROOT, None)?;
        while reader.next_event()?.is_some() {}
        Ok(())
    }

    /// Reads the members of an object on the way to a field. Recursion follows the table's paths.
    fn members(
        &mut self,
        reader: &mut Reader<'a>,
        place: Place,
        path: Option<&str>,
    ) -> Result<(), Error> {
        let mut hint = 0;
        while let Some(Event::Key(key)) = reader.next_event()? {
            let key = key.decode();
            let child = self.schema.tree.child(place, &key, &mut hint);
            if place == PathTree::ROOT {
                let id = child.and_then(|child| self.schema.tree.leaf(child))
                    == Some(self.schema.api.id);
                self.known += usize::from(child.is_some() && !id);
                if self.keys.len() < MAX_KEYS || self.schema.apis.is_documented_key(&key) {
                    self.keys.push(key.clone());
                }
            }
            match child {
                Some(child) => self.value(reader, child, &key, path)?,
                None => {
                    self.chunk.unknown(|| joined(path, &key));
                    reader.skip_value()?;
                }
            }
        }
        Ok(())
    }

    fn value(
        &mut self,
        reader: &mut Reader<'a>,
        place: Place,
        key: &str,
        path: Option<&str>,
    ) -> Result<(), Error> {
        let below = self.schema.tree.below(place);
        for &field in below {
            self.slots[field] = Slot::Missing;
        }
        self.misplaced.retain(|(field, _)| !below.contains(field));
        let Some(field) = self.schema.tree.leaf(place) else {
            let path = joined(path, key);
            let depth = reader.depth();
            let event = reader.next_event()?;
            let start = reader.span().start;
            let found = match event {
                Some(Event::ObjectStart) => return self.members(reader, place, Some(&path)),
                Some(Event::ArrayStart) if reader.next_event()? == Some(Event::ArrayEnd) => {
                    // PHP writes an object without members as `[]`.
                    Slot::Null
                }
                event => slot(event),
            };
            leave(reader, depth)?;
            if found != Slot::Null {
                let error = RecordError {
                    offset: start,
                    path: Some(path),
                    kind: RecordErrorKind::wrong("an object", &found),
                };
                self.misplaced.push((below[0], error));
            }
            return Ok(());
        };
        if self.schema.api.fields[field].kind == Kind::Document {
            return self.document(reader, field);
        }
        let depth = reader.depth();
        let event = reader.next_event()?;
        self.spans[field] = reader.span();
        self.slots[field] = slot(event);
        leave(reader, depth)
    }

    /// Adds every key and scalar value of a document, but those of a key that occurs again later in its object.
    fn document(&mut self, reader: &mut Reader<'a>, field: usize) -> Result<(), Error> {
        let Some(builder) = self.chunk.document(field) else {
            let is_null = reader.clone().next_event()? == Some(Event::Null);
            reader.skip_value()?;
            self.slots[field] = if is_null { Slot::Null } else { Slot::Document };
            return Ok(());
        };
        let replaced = replaced_values(self.record, &mut reader.clone())?;
        builder.restart_row();
        let depth = reader.depth();
        let mut first = true;
        let mut null = false;
        let mut place = DocumentBuilder::ROOT;
        let mut open: Vec<Container> = Vec::new();
        loop {
            let event = reader.next_event()?;
            if !matches!(event, Some(Event::ObjectEnd | Event::ArrayEnd))
                && let Some(around) = open.last_mut()
            {
                around.is_empty = false;
                if around.is_array {
                    place = around.place;
                }
            }
            match event {
                Some(Event::Key(key)) => {
                    if replaced.contains(&reader.next_start()) {
                        reader.skip_value()?;
                    } else {
                        let around = open.last().map_or(DocumentBuilder::ROOT, |open| open.place);
                        place = builder.enter(around, &key.decode());
                    }
                    continue;
                }
                Some(Event::String(text)) => builder.add(place, &text.decode()),
                Some(Event::Number(spelling)) => builder.add(place, spelling),
                Some(Event::Boolean(boolean)) => {
                    builder.add(place, if boolean { "true" } else { "false" });
                }
                Some(Event::Null) => {
                    null = first;
                    builder.add_nothing(place);
                }
                Some(Event::ObjectStart | Event::ArrayStart) => open.push(Container {
                    place,
                    is_array: event == Some(Event::ArrayStart),
                    is_empty: true,
                }),
                Some(Event::ObjectEnd | Event::ArrayEnd) => {
                    if let Some(closed) = open.pop().filter(|closed| closed.is_empty) {
                        builder.add_nothing(closed.place);
                    }
                }
                None => {}
            }
            first = false;
            if reader.depth() <= depth {
                break;
            }
        }
        self.slots[field] = if null { Slot::Null } else { Slot::Document };
        Ok(())
    }

    /// A syntax error with the path to it.
    fn syntax(&self, error: Error) -> RecordError {
        RecordError {
            offset: error.offset,
            path: path_before(self.record, error.offset),
            kind: RecordErrorKind::Json(error.kind),
        }
    }
}

/// An object or array of a document that is open.
struct Container {
    place: DocumentPlace,
    is_array: bool,
    is_empty: bool,
}

/// What a value is that starts with this event.
fn slot(event: Option<Event<'_>>) -> Slot<'_> {
    match event {
        Some(Event::String(text)) => Slot::Text(text.decode()),
        Some(Event::Number(spelling)) => Slot::Number(spelling.into()),
        Some(Event::Boolean(boolean)) => Slot::Boolean(boolean),
        Some(Event::ObjectStart) => Slot::Object,
        Some(Event::ArrayStart) => Slot::Array,
        _ => Slot::Null,
    }
}

/// Steps out of the containers that are open beyond this depth.
fn leave(reader: &mut Reader<'_>, depth: usize) -> Result<(), Error> {
    while reader.depth() > depth {
        reader.next_event()?;
    }
    Ok(())
}

/// Where the values start, in the value that comes next, whose key occurs again later in the same object.
///
/// Keys are known by the place of their spelling, so that an object of millions of keys takes some bytes for each.
fn replaced_values(record: &[u8], reader: &mut Reader<'_>) -> Result<HashSet<usize>, Error> {
    let mut replaced = HashSet::new();
    let mut open: Vec<HashTable<KeyPlace>> = Vec::new();
    let hasher = DefaultHashBuilder::default();
    let depth = reader.depth();
    loop {
        let event = reader.next_event()?;
        match event {
            Some(Event::ObjectStart | Event::ArrayStart) => open.push(HashTable::new()),
            Some(Event::ObjectEnd | Event::ArrayEnd) => drop(open.pop()),
            Some(Event::Key(key)) => {
                if let Some(members) = open.last_mut() {
                    let key = key.decode();
                    let place = KeyPlace {
                        key: reader.span().start as u32,
                        value: reader.next_start() as u32,
                    };
                    let hash = |text: &str| hasher.hash_one(text);
                    let entry = members.entry(
                        hash(&key),
                        |known| known.decode(record) == key,
                        |known| hash(&known.decode(record)),
                    );
                    match entry {
                        Entry::Occupied(mut known) => {
                            let before = std::mem::replace(known.get_mut(), place);
                            replaced.insert(before.value as usize);
                        }
                        Entry::Vacant(new) => drop(new.insert(place)),
                    }
                }
                continue;
            }
            _ => {}
        }
        if reader.depth() <= depth {
            return Ok(replaced);
        }
    }
}

/// Where in a record, which is shorter than 4 GiB, a key and its value start.
struct KeyPlace {
    key: u32,
    value: u32,
}

impl KeyPlace {
    /// Returns the key's text, which has been read before.
    fn decode<'a>(&self, record: &'a [u8]) -> Cow<'a, str> {
        let mut reader = Reader::new(&record[self.key as usize..]);
        match reader.next_event() {
            Ok(Some(Event::String(text))) => text.decode(),
            _ => Cow::Borrowed(""),
        }
    }
}

/// The dotted keys that lead to a place in a record, as far as the record can be read.
pub(crate) fn path_before(record: &[u8], offset: usize) -> Option<String> {
    let mut reader = Reader::new(record);
    let mut keys: Vec<Option<Cow<'_, str>>> = Vec::new();
    while let Ok(Some(event)) = reader.next_event() {
        if reader.span().start >= offset {
            break;
        }
        match event {
            Event::ObjectStart | Event::ArrayStart => keys.push(None),
            Event::Key(key) => {
                if let Some(last) = keys.last_mut() {
                    *last = Some(key.decode());
                }
                continue;
            }
            Event::ObjectEnd | Event::ArrayEnd => drop(keys.pop()),
            _ => {}
        }
        // A field whose value is complete is not to blame for what comes behind it.
        if !matches!(event, Event::ObjectStart | Event::ArrayStart)
            && let Some(last) = keys.last_mut()
        {
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
