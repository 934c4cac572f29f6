//! The walk through a document: each key and scalar goes to the document's builder.

use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};

use super::field_spans::{SpanKind, number, string};
use super::tokens::{Position, Stop, Tokens, ValueStart};
use crate::record::field_builder::with_decoded;

/// Reads a value, and adds its keys and scalars to the builder below a path. Returns the position after it. The maximum
/// depth of a walk bounds the recursion.
///
/// # Errors
/// A repeated key of an object, whose earlier values another parser must remove.
pub(super) fn read(
    tokens: Tokens<'_, '_>,
    value: ValueStart,
    builder: &mut DocumentBuilder,
    path: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    match value.first {
        b'{' => return read_object(tokens, value, builder, path, elements),
        b'[' => return read_array(tokens, value, builder, path, elements),
        _ => {}
    }
    let scalar = tokens.scalar(value)?;
    let (kind, text) = match scalar.kind {
        SpanKind::String => {
            with_decoded(string(tokens.bytes, scalar.range), |text| {
                builder.add(path, ValueKind::String, text, elements);
            });
            return Ok(scalar.end);
        }
        SpanKind::True => (ValueKind::Boolean, "true"),
        SpanKind::False => (ValueKind::Boolean, "false"),
        SpanKind::Number => (ValueKind::Number, number(tokens.bytes, scalar.range)),
        _ => (ValueKind::Null, ""),
    };
    builder.add(path, kind, text, elements);
    Ok(scalar.end)
}

/// Reads an object. Returns the position after it.
fn read_object(
    tokens: Tokens<'_, '_>,
    value: ValueStart,
    builder: &mut DocumentBuilder,
    object: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    let mut member = tokens.enter(value)?;
    if member.first == b'}' {
        builder.add(object, ValueKind::EmptyObject, "", elements);
        return Ok(member.position.next());
    }
    let number = builder.number_object();
    loop {
        let (key, member_value) = tokens.key(member)?;
        let key = string(tokens.bytes, key);
        let path = builder.enter_once(object, &key.decode(), number);
        let path = path.ok_or(Stop::Fault)?;
        let end = read(tokens, member_value, builder, path, elements)?;
        let (next, continues) = tokens.separator(end, b'}')?;
        if !continues {
            return Ok(next);
        }
        member = tokens.value(next, member.depth)?;
    }
}

/// Reads an array. Returns the position after it.
fn read_array(
    tokens: Tokens<'_, '_>,
    value: ValueStart,
    builder: &mut DocumentBuilder,
    array: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<Position, Stop> {
    let mut element = tokens.enter(value)?;
    if element.first == b']' {
        builder.add(array, ValueKind::EmptyArray, "", elements);
        return Ok(element.position.next());
    }
    loop {
        elements.push(builder.number_element(array));
        let end = read(tokens, element, builder, array, elements)?;
        elements.pop();
        let (next, continues) = tokens.separator(end, b']')?;
        if !continues {
            return Ok(next);
        }
        element = tokens.value(next, element.depth)?;
    }
}
