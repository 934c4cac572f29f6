//! Differences as paragraphs for people.

use std::borrow::Cow;

use idq::json::{Cell, Scalar, compact, valid_cell};
use idq::render::{CellStyle, Colour, truncate};

use super::Context;
use crate::diff::{RecordChange, RecordDifference};
use crate::error::Error;
use crate::value_change::ValueChange;

/// The blanks before a value that differs.
const INDENT: &str = "    ";
/// The text between an old and a new value.
const ARROW: &str = " → ";
/// The least width of a value in a narrow terminal.
const MIN_VALUE_WIDTH: usize = 12;

/// Appends the paragraph of a record: its id and the values that accompany it, and a line for each value that differs.
pub(super) fn append(
    difference: &RecordDifference<'_>,
    context: Context<'_>,
    width: Option<usize>,
    colour: Colour,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let (mark, style) = match difference.change {
        RecordChange::Added(_) => ('+', CellStyle::Green),
        RecordChange::Removed(_) => ('-', CellStyle::Red),
        RecordChange::Changed { .. } => ('~', CellStyle::Bold),
    };
    let values = context.present().filter_map(|(_, cell)| match cell.cell {
        Cell::Scalar(Scalar::Null) | Cell::Missing => None,
        Cell::Scalar(scalar) => Some(scalar.to_text()),
        Cell::Container(_) => Some(String::from_utf8_lossy(cell.spelling)),
    });
    let values = values.filter(|value| !value.is_empty());
    let parts: Vec<Cow<'_, str>> = std::iter::once(Cow::Borrowed(&*difference.id))
        .chain(values)
        .collect();
    let head = idq::escape_lines(&format!("{mark} {}", parts.join("  "))).replace('\n', " ");
    append_line(&fit(&head, width), style, colour, out);
    if let RecordChange::Changed { values, .. } = &difference.change {
        for value in values {
            append_value(value, width, colour, out)?;
        }
    }
    Ok(())
}

/// Appends the line of a value that differs.
fn append_value(
    change: &ValueChange<'_>,
    width: Option<usize>,
    colour: Colour,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let field = idq::escape(&change.to_string());
    let (old, new) = (value_text(change.old)?, value_text(change.new)?);
    let taken = INDENT.len() + field.chars().count() + 2 + ARROW.chars().count();
    let limit = width.map(|width| (width.saturating_sub(taken) / 2).max(MIN_VALUE_WIDTH));
    let (old, new) = (fit(&old, limit), fit(&new, limit));
    let line = format!("{INDENT}{field}: {old}{ARROW}{new}");
    append_line(&fit(&line, width), CellStyle::Normal, colour, out);
    Ok(())
}

/// Returns the text of a value: a string in quotes, decoded; `(missing)` for none.
fn value_text(value: Option<&[u8]>) -> Result<String, Error> {
    let Some(value) = value else {
        return Ok("(missing)".to_owned());
    };
    Ok(match valid_cell(value)? {
        Cell::Scalar(Scalar::String(text)) => format!("\"{}\"", idq::escape(&text.decode())),
        _ => {
            let mut json = Vec::with_capacity(value.len());
            compact(value, &mut json);
            idq::escape(&String::from_utf8_lossy(&json))
        }
    })
}

/// Cuts a text to a width, if there is one.
fn fit(text: &str, width: Option<usize>) -> Cow<'_, str> {
    match width {
        Some(width) => truncate(text, width),
        None => Cow::Borrowed(text),
    }
}

/// Appends a line in a style.
fn append_line(line: &str, style: CellStyle, colour: Colour, out: &mut Vec<u8>) {
    let (start, end) = colour.sequences(style);
    out.extend_from_slice(format!("{start}{line}{end}\n").as_bytes());
}
