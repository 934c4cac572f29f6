//! The walk through a document: each key and scalar goes to the document's builder.

use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};

use super::field_spans::{SpanKind, number, string};
use super::indexed_text::{IndexedText, ItemStart, Next, Position, Stop};
use crate::record::field_builder::with_decoded;

/// Reads a value, and adds its keys and scalars to the builder below a path. Returns the position after it. The maximum
/// depth of a walk bounds the recursion.
///
/// # Errors
/// A repeated key of an object, whose earlier values another parser must remove.
pub(super) fn read(
    text: IndexedText<'_, '_>,
    value: ItemStart,
    builder: &mut DocumentBuilder,
    path: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    match value.first {
        b'{' => return read_object(text, value, builder, path, elements),
        b'[' => return read_array(text, value, builder, path, elements),
        _ => {}
    }
    let scalar = text.scalar(value)?;
    let (kind, spelled) = match scalar.kind {
        SpanKind::String => {
            with_decoded(string(text.bytes, scalar.range), |decoded| {
                builder.add(path, ValueKind::String, decoded, elements);
            });
            return Ok(scalar.end);
        }
        SpanKind::True => (ValueKind::Boolean, "true"),
        SpanKind::False => (ValueKind::Boolean, "false"),
        SpanKind::Number => (ValueKind::Number, number(text.bytes, scalar.range)),
        _ => (ValueKind::Null, ""),
    };
    builder.add(path, kind, spelled, elements);
    Ok(scalar.end)
}

/// Reads an object. Returns the position after it.
fn read_object(
    text: IndexedText<'_, '_>,
    value: ItemStart,
    builder: &mut DocumentBuilder,
    object: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    let mut next = text.enter(value)?;
    if let Next::End(end) = next {
        builder.add(object, ValueKind::EmptyObject, "", elements);
        return Ok(end);
    }
    let number = builder.number_object();
    loop {
        let member = match next {
            Next::Item(member) => member,
            Next::End(end) => return Ok(end),
        };
        let (key, value) = text.key(member)?;
        let key = string(text.bytes, key);
        let path = builder.enter_once(object, &key.decode(), number);
        let end = read(text, value, builder, path.ok_or(Stop::Fault)?, elements)?;
        next = text.pass_separator(end, b'}', member.depth)?;
    }
}

/// Reads an array. Returns the position after it.
fn read_array(
    text: IndexedText<'_, '_>,
    value: ItemStart,
    builder: &mut DocumentBuilder,
    array: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    let mut next = text.enter(value)?;
    if let Next::End(end) = next {
        builder.add(array, ValueKind::EmptyArray, "", elements);
        return Ok(end);
    }
    loop {
        let element = match next {
            Next::Item(element) => element,
            Next::End(end) => return Ok(end),
        };
        elements.push(builder.number_element(array));
        let end = read(text, element, builder, array, elements)?;
        elements.pop();
        next = text.pass_separator(end, b']', element.depth)?;
    }
}
