//! The walk through a document: each key and scalar goes to the document's builder.

use idq_columns::{DocumentBuilder, ElementNumber, PathId, ValueKind};

use super::field_spans::{has_backslash, string, text};
use super::token_walk::{Literal, Stop, TokenWalk};
use crate::record::field_builder::with_decoded;

/// Reads the next value, and adds its keys and scalars to the builder below a path. The maximum depth of a walk bounds
/// the recursion.
///
/// # Errors
/// A repeated key of an object, whose earlier values another parser must remove.
pub(super) fn read(
    tokens: &mut TokenWalk<'_, '_>,
    builder: &mut DocumentBuilder,
    path: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<(), Stop> {
    let (start, byte) = tokens.token()?;
    match byte {
        b'"' => {
            let range = tokens.string(start)?;
            with_decoded(string(tokens.bytes, range), |text| {
                builder.add(path, ValueKind::String, text, elements);
            });
        }
        b'{' => return read_object(tokens, builder, path, elements),
        b'[' => return read_array(tokens, builder, path, elements),
        _ => {
            let (literal, end) = tokens.literal(start, byte)?;
            let (kind, text) = match literal {
                Literal::Null => (ValueKind::Null, ""),
                Literal::True => (ValueKind::Boolean, "true"),
                Literal::False => (ValueKind::Boolean, "false"),
                Literal::Number => (ValueKind::Number, text(tokens.bytes, start..end)),
            };
            builder.add(path, kind, text, elements);
        }
    }
    Ok(())
}

/// Reads the members of an object after its opening bracket.
fn read_object(
    tokens: &mut TokenWalk<'_, '_>,
    builder: &mut DocumentBuilder,
    object: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<(), Stop> {
    tokens.enter()?;
    if tokens.pass(b'}')? {
        builder.add(object, ValueKind::EmptyObject, "", elements);
    } else {
        let number = builder.number_object();
        loop {
            let key = tokens.key()?;
            let key = &tokens.bytes[key.start..key.end];
            let path = if has_backslash(key) {
                let key = string(key, 0..key.len()).decode().into_owned();
                builder.enter_once(object, &key, number)
            } else {
                builder.enter_once(object, text(key, 0..key.len()), number)
            };
            read(tokens, builder, path.ok_or(Stop::Fault)?, elements)?;
            if !tokens.separator(b'}')? {
                break;
            }
        }
    }
    tokens.leave();
    Ok(())
}

/// Reads the elements of an array after its opening bracket.
fn read_array(
    tokens: &mut TokenWalk<'_, '_>,
    builder: &mut DocumentBuilder,
    array: PathId,
    elements: &mut Vec<ElementNumber>,
) -> Result<(), Stop> {
    tokens.enter()?;
    if tokens.pass(b']')? {
        builder.add(array, ValueKind::EmptyArray, "", elements);
    } else {
        loop {
            elements.push(builder.number_element(array));
            read(tokens, builder, array, elements)?;
            elements.pop();
            if !tokens.separator(b']')? {
                break;
            }
        }
    }
    tokens.leave();
    Ok(())
}
