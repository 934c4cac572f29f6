//! Differences as lines of JSON:
//! `{"id":"7","change":"changed","field":"state","old":"active","new":"suspended"}`.

use idq::json::compact;

use super::Context;
use crate::diff::{RecordChange, RecordDifference};

/// Appends the lines of a record. A value that a version does not have has no member; an added or removed record is the
/// new or the old value of a line without a field.
pub(super) fn append(
    difference: &RecordDifference<'_>,
    context: Context<'_>,
    members: &str,
    out: &mut Vec<u8>,
) {
    let line =
        |field: Option<String>, old: Option<&[u8]>, new: Option<&[u8]>, out: &mut Vec<u8>| {
            append_head(difference, members, out);
            if let Some(field) = field {
                out.extend_from_slice(format!(",\"field\":{}", quoted(&field)).as_bytes());
            }
            append_member("old", old, out);
            append_member("new", new, out);
            append_context(context, out);
            out.extend_from_slice(b"}\n");
        };
    match &difference.change {
        RecordChange::Added(record) => line(None, None, Some(record), out),
        RecordChange::Removed(record) => line(None, Some(record), None, out),
        RecordChange::Changed { values, .. } => {
            for value in values {
                line(Some(value.to_string()), value.old, value.new, out);
            }
        }
    }
}

/// Appends a line without values for a record that does not differ.
pub(super) fn append_state(id: &str, state: &str, members: &str, out: &mut Vec<u8>) {
    let id = quoted(id);
    out.extend_from_slice(format!("{{\"id\":{id}{members},\"change\":\"{state}\"}}\n").as_bytes());
}

/// Appends the members of a line that its kind does not determine: `{"id":"7","change":"changed"`.
pub(super) fn append_head(difference: &RecordDifference<'_>, members: &str, out: &mut Vec<u8>) {
    let (id, change) = (quoted(&difference.id), difference.change.name());
    out.extend_from_slice(format!("{{\"id\":{id}{members},\"change\":\"{change}\"").as_bytes());
}

/// Appends the values that accompany a difference.
pub(super) fn append_context(context: Context<'_>, out: &mut Vec<u8>) {
    if context.names.is_empty() {
        return;
    }
    out.extend_from_slice(b",\"context\":{");
    for (index, (name, cell)) in context.present().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        out.extend_from_slice(format!("{comma}{}:", quoted(name)).as_bytes());
        compact(cell.spelling, out);
    }
    out.push(b'}');
}

/// Appends a member with a value of a record, as spelled but for its white space.
fn append_member(name: &str, value: Option<&[u8]>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        out.extend_from_slice(format!(",\"{name}\":").as_bytes());
        compact(value, out);
    }
}

/// Returns a text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
