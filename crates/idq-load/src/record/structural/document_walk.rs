//! The walk through a document: each key and scalar goes to the document's builder.

use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};

use super::field_spans::{SpanKind, number, string};
use super::tokens::{KEY_TOKENS, Stop, Tokens, ValuePosition};
use crate::record::field_builder::with_decoded;

/// Reads a value, and adds its keys and scalars to the builder below a path. Returns the position after it. The maximum
/// depth of a walk bounds the recursion.
///
/// # Errors
/// A repeated key of an object, whose earlier values another parser must remove.
pub(super) fn read(
    tokens: Tokens<'_, '_>,
    value: ValuePosition,
    builder: &mut DocumentBuilder,
    path: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<usize, Stop> {
    let (start, first) = tokens.get(value.at)?;
    match first {
        b'{' => return read_object(tokens, value, builder, path, elements),
        b'[' => return read_array(tokens, value, builder, path, elements),
        _ => {}
    }
    let (after, _) = tokens.get(value.at + 1)?;
    let (kind, range, count) = tokens.scalar(start, first, after)?;
    let (kind, text) = match kind {
        SpanKind::String => {
            with_decoded(string(tokens.bytes, range), |text| {
                builder.add(path, ValueKind::String, text, elements);
            });
            return Ok(value.at + count);
        }
        SpanKind::True => (ValueKind::Boolean, "true"),
        SpanKind::False => (ValueKind::Boolean, "false"),
        SpanKind::Number => (ValueKind::Number, number(tokens.bytes, range)),
        _ => (ValueKind::Null, ""),
    };
    builder.add(path, kind, text, elements);
    Ok(value.at + count)
}

/// Reads an object. Returns the position after it.
fn read_object(
    tokens: Tokens<'_, '_>,
    value: ValuePosition,
    builder: &mut DocumentBuilder,
    object: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<usize, Stop> {
    let inner = value.enter()?;
    let mut at = inner.at;
    if tokens.get(at)?.1 == b'}' {
        builder.add(object, ValueKind::EmptyObject, "", elements);
        return Ok(at + 1);
    }
    let number = builder.number_object();
    loop {
        let key = string(tokens.bytes, tokens.key(at)?.key);
        let path = builder.enter_once(object, &key.decode(), number);
        let member = inner.at(at + KEY_TOKENS);
        at = read(tokens, member, builder, path.ok_or(Stop::Fault)?, elements)?;
        let continues = tokens.continues(at, b'}')?;
        at += 1;
        if !continues {
            return Ok(at);
        }
    }
}

/// Reads an array. Returns the position after it.
fn read_array(
    tokens: Tokens<'_, '_>,
    value: ValuePosition,
    builder: &mut DocumentBuilder,
    array: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<usize, Stop> {
    let inner = value.enter()?;
    let mut at = inner.at;
    if tokens.get(at)?.1 == b']' {
        builder.add(array, ValueKind::EmptyArray, "", elements);
        return Ok(at + 1);
    }
    loop {
        elements.push(builder.number_element(array));
        at = read(tokens, inner.at(at), builder, array, elements)?;
        elements.pop();
        let continues = tokens.continues(at, b']')?;
        at += 1;
        if !continues {
            return Ok(at);
        }
    }
}
