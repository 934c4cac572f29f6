//! Groups as JSON and NDJSON.

use std::io::{self, Write};

use idq_engine::{Group, GroupValue, Groups, ValueType};

/// Writes groups as one JSON object, on one line without a line feed.
///
/// `{"by":[…],"total":N,"groups":[{"keys":[…],"presence":"value","count":n}],"other":n}`: `keys` has a value for each
/// key, null where there is none, and `presence` is `value`, `null`, `missing` or `empty`; for several keys, an array
/// of these. `other` is the number of records of the values that are not among the top ones. Only a count with a
/// comparison has the member `"left_out":{"groups":n,"records":n}`. The counts of the groups, `other` and `left_out`
/// sum to `total`.
///
/// # Errors
/// The output cannot be written.
pub fn write_groups_json(groups: &Groups, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{\"by\":[")?;
    for (position, key) in groups.keys().iter().enumerate() {
        write_separator(position, out)?;
        serde_json::to_writer(&mut *out, key.name())?;
    }
    write!(out, "],\"total\":{},\"groups\":[", groups.total())?;
    for (position, group) in groups.iter().enumerate() {
        write_separator(position, out)?;
        write_group(group, out)?;
    }
    write!(out, "],\"other\":{}", groups.other())?;
    if groups.having().is_some() {
        let left_out = groups.left_out();
        let (groups, records) = (left_out.groups, left_out.records);
        write!(
            out,
            ",\"left_out\":{{\"groups\":{groups},\"records\":{records}}}"
        )?;
    }
    out.write_all(b"}")
}

/// Writes groups as NDJSON: an object a line, as in [`write_groups_json`].
///
/// The records of values that are not among the top ones are a last line with the presence `other`, those of groups
/// that a comparison has left out one with `left_out`; neither has keys.
///
/// # Errors
/// The output cannot be written.
pub fn write_groups_ndjson(groups: &Groups, out: &mut impl Write) -> io::Result<()> {
    for group in groups.iter() {
        write_group(group, out)?;
        out.write_all(b"\n")?;
    }
    let rest = [
        ("other", groups.other()),
        ("left_out", groups.left_out().records),
    ];
    for (presence, count) in rest.into_iter().filter(|(_, count)| *count > 0) {
        writeln!(
            out,
            "{{\"keys\":[],\"presence\":\"{presence}\",\"count\":{count}}}"
        )?;
    }
    Ok(())
}

/// Writes the object of one group.
fn write_group(group: Group<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"{\"keys\":[")?;
    for (position, value) in group.values().enumerate() {
        write_separator(position, out)?;
        write_value(value, out)?;
    }
    out.write_all(b"],\"presence\":")?;
    if group.values().len() == 1 {
        write!(out, "\"{}\"", group.value().presence())?;
    } else {
        for (position, value) in group.values().enumerate() {
            out.write_all(if position == 0 { b"[" } else { b"," })?;
            write!(out, "\"{}\"", value.presence())?;
        }
        out.write_all(b"]")?;
    }
    write!(out, ",\"count\":{}}}", group.count)
}

/// Writes a value in its JSON type.
fn write_value(value: GroupValue<'_>, out: &mut impl Write) -> io::Result<()> {
    match value {
        GroupValue::Value(text, ValueType::Text) => Ok(serde_json::to_writer(&mut *out, text)?),
        // JSON already.
        GroupValue::Value(text, _) => out.write_all(text.as_bytes()),
        _ => out.write_all(b"null"),
    }
}

/// Writes a comma before every item but the first.
fn write_separator(position: usize, out: &mut impl Write) -> io::Result<()> {
    if position > 0 {
        out.write_all(b",")
    } else {
        Ok(())
    }
}
