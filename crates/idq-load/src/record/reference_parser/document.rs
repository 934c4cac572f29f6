//! Parsing of documents: fields whose value is any JSON, of which every key and scalar is searchable.
//!
//! Open containers are on an explicit stack, so that the reader bounds the depth of a document, and not the stack of
//! the thread.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::{Entry, HashTable};
use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};
use idq_json::{Error, Event, Reader, Scalar};

use crate::record::field_builder::kind_of;
use crate::record::field_value::FieldValue;

/// Reads the next document, and adds its keys and scalars to the builder, if the field becomes a column.
///
/// The last value of a repeated key replaces the earlier ones as a whole. A first pass finds the replaced values,
/// because a builder cannot remove a single value.
pub(super) fn parse<'a>(
    record: &[u8],
    reader: &mut Reader<'a>,
    builder: Option<&mut DocumentBuilder>,
) -> Result<FieldValue<'a>, Error> {
    // The value is validated below, and no other valid value starts with these bytes.
    let start = &record[reader.next_start()..];
    let value = match start.first() {
        Some(b'n') => FieldValue::NULL,
        Some(b'"') => match reader.clone().next_event()? {
            Some(Event::Scalar(text)) => FieldValue::Scalar(text),
            _ => FieldValue::Document,
        },
        _ => FieldValue::Document,
    };
    match builder {
        None => reader.skip_value()?,
        Some(builder) => {
            builder.restart_row();
            add_value(record, reader, builder, DocumentBuilder::ROOT)?;
        }
    }
    Ok(value)
}

/// Reads the next value, and adds its keys and scalars to the builder below a path.
pub(super) fn add_value(
    record: &[u8],
    reader: &mut Reader<'_>,
    builder: &mut DocumentBuilder,
    path: PathId,
) -> Result<(), Error> {
    let replaced = find_replaced_values(record, &mut reader.clone())?;
    add_document(reader, builder, path, &replaced)
}

/// An open object or array.
struct OpenContainer {
    /// The path of the container; the elements of an array have the same path.
    path: PathId,
    /// Whether it is an array, whose elements have no keys.
    is_array: bool,
    /// Whether it has no members so far. An empty container counts as a value without text.
    is_empty: bool,
}

/// Adds the keys and scalars of the next value, except the values that start at an offset in `replaced`.
fn add_document(
    reader: &mut Reader<'_>,
    builder: &mut DocumentBuilder,
    root: PathId,
    replaced: &HashSet<usize>,
) -> Result<(), Error> {
    let depth = reader.depth();
    let mut path = root;
    let mut open: Vec<OpenContainer> = Vec::new();
    // The current element of each open array that has one.
    let mut elements: Vec<ElementNumber> = Vec::new();
    loop {
        let event = reader.next_event()?;
        if !matches!(event, Some(Event::ObjectEnd | Event::ArrayEnd))
            && let Some(parent) = open.last_mut()
        {
            let is_first = std::mem::take(&mut parent.is_empty);
            if parent.is_array {
                path = parent.path;
                if !is_first {
                    elements.pop();
                }
                elements.push(builder.number_element(path));
            }
        }
        match event {
            Some(Event::Key(key)) => {
                if replaced.contains(&reader.next_start()) {
                    reader.skip_value()?;
                } else {
                    let parent = open.last().map_or(root, |open| open.path);
                    path = builder.enter(parent, &key.decode());
                }
                continue;
            }
            Some(Event::Scalar(Scalar::Null)) => builder.add(path, ValueKind::Null, "", &elements),
            Some(Event::Scalar(scalar)) => {
                builder.add(path, kind_of(scalar), &scalar.to_text(), &elements);
            }
            Some(Event::ObjectStart | Event::ArrayStart) => open.push(OpenContainer {
                path,
                is_array: event == Some(Event::ArrayStart),
                is_empty: true,
            }),
            Some(Event::ObjectEnd | Event::ArrayEnd) => {
                if let Some(closed) = open.pop() {
                    match (closed.is_empty, closed.is_array) {
                        (true, true) => {
                            builder.add(closed.path, ValueKind::EmptyArray, "", &elements);
                        }
                        (true, false) => {
                            builder.add(closed.path, ValueKind::EmptyObject, "", &elements);
                        }
                        (false, true) => drop(elements.pop()),
                        (false, false) => {}
                    }
                }
            }
            None => {}
        }
        if reader.depth() <= depth {
            return Ok(());
        }
    }
}

/// Returns the offsets of the values, within the next value, whose key occurs again later in the same object.
///
/// Keys are hashed by their text and stored by their offset, so that an object of millions of keys takes little memory:
/// eight bytes and a bucket for each key.
fn find_replaced_values(record: &[u8], reader: &mut Reader<'_>) -> Result<HashSet<usize>, Error> {
    let mut replaced = HashSet::new();
    let mut open: Vec<HashTable<MemberOffsets>> = Vec::new();
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
                    let offsets = MemberOffsets {
                        key: reader.span().start as u32,
                        value: reader.next_start() as u32,
                    };
                    let hash = |text: &str| hasher.hash_one(text);
                    let entry = members.entry(
                        hash(&key),
                        |known| known.decode_key(record) == key,
                        |known| hash(&known.decode_key(record)),
                    );
                    match entry {
                        Entry::Occupied(mut known) => {
                            let earlier = std::mem::replace(known.get_mut(), offsets);
                            replaced.insert(earlier.value as usize);
                        }
                        Entry::Vacant(new) => drop(new.insert(offsets)),
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

/// The offsets of a key and its value in a record, which is shorter than 4 GiB.
struct MemberOffsets {
    key: u32,
    value: u32,
}

impl MemberOffsets {
    /// Decodes the key, which was validated when it was first read.
    fn decode_key<'a>(&self, record: &'a [u8]) -> Cow<'a, str> {
        let mut reader = Reader::new(&record[self.key as usize..]);
        match reader.next_event() {
            Ok(Some(Event::Scalar(Scalar::String(text)))) => text.decode(),
            _ => Cow::Borrowed(""),
        }
    }
}
