//! Differences as JSON Patches (RFC 6902), one for each record:
//! `{"id":"7","change":"changed","patch":[{"op":"replace","path":"/state","value":"suspended"}]}`.

use idq::json::compact;

use super::Context;
use super::json::{append_context, append_head, quoted};
use crate::diff::{RecordChange, RecordDifference};
use crate::value_change::{Step, ValueChange};

/// Appends the line of a record. The patch of an added record adds the whole document, that of a removed one removes it.
pub(super) fn append(
    difference: &RecordDifference<'_>,
    context: Context<'_>,
    members: &str,
    out: &mut Vec<u8>,
) {
    append_head(difference, members, out);
    append_context(context, out);
    out.extend_from_slice(b",\"patch\":[");
    match &difference.change {
        RecordChange::Added(record) => append_operation("add", "", Some(record), out),
        RecordChange::Removed(_) => append_operation("remove", "", None, out),
        RecordChange::Changed { values, .. } => append_changes(values, out),
    }
    out.extend_from_slice(b"]}\n");
}

/// Appends the operations of a changed record.
fn append_changes(values: &[ValueChange<'_>], out: &mut Vec<u8>) {
    // Elements are removed last, and from the end, so that no other operation finds its element moved.
    let (removed, others): (Vec<_>, Vec<_>) = values.iter().partition(|value| {
        let is_element = matches!(value.path.last(), Some(Step::Index(_) | Step::Element(_)));
        value.new.is_none() && is_element
    });
    let ordered = others.into_iter().chain(removed.into_iter().rev());
    for (index, value) in ordered.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let operation = match (value.old, value.new) {
            (None, _) => "add",
            (Some(_), Some(_)) => "replace",
            (Some(_), None) => "remove",
        };
        append_operation(operation, &value.pointer(), value.new, out);
    }
}

/// Appends one operation.
fn append_operation(operation: &str, pointer: &str, value: Option<&[u8]>, out: &mut Vec<u8>) {
    let pointer = quoted(pointer);
    out.extend_from_slice(format!("{{\"op\":\"{operation}\",\"path\":{pointer}").as_bytes());
    if let Some(value) = value {
        out.extend_from_slice(b",\"value\":");
        compact(value, out);
    }
    out.push(b'}');
}
