//! Results as one object.

use std::io::Write;

use idq::json::compact;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::result::{Population, ReportResult, SectionResult};

/// Writes a result as one JSON object. Values of findings are as in their records; a missing one has no member.
///
/// # Errors
/// A record that cannot be read, a failure of `out`.
pub fn write_json(result: &ReportResult<'_>, out: &mut impl Write) -> Result<(), Error> {
    // The head is small, and made in memory; findings are written as they are read.
    let mut head = Map::new();
    let mut insert = |name: &str, value: Value| {
        // A report without days or without a reference has no such member.
        if !value.is_null() {
            head.insert(name.to_owned(), value);
        }
    };
    insert("report", json!(result.name));
    insert("title", json!(result.title));
    insert("definition", json!(result.definition));
    insert("reference", json!(result.reference));
    insert("days", json!(result.days));
    insert("now", json!(result.now));
    let populations: Vec<Value> = result.populations.iter().map(population).collect();
    insert("populations", Value::Array(populations));
    let head = Value::Object(head).to_string();
    // The closing bracket is left out: the sections are further members.
    out.write_all(&head.as_bytes()[..head.len() - 1])?;
    out.write_all(b",\"sections\":[")?;
    for (index, section) in result.sections.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_section(section, out)?;
    }
    Ok(out.write_all(b"]}\n")?)
}

/// Returns the statement on the records of one side.
fn population(population: &Population) -> Value {
    let files = population.files.iter().map(|file| {
        json!({"name": file.name, "bytes": file.bytes, "modified": file.modified, "sha256": file.sha256})
    });
    let left_out = population.left_out.as_ref();
    let left_out = left_out.map(|(reason, records)| json!({"reason": reason, "records": records}));
    let undecided = population.undecided.iter().map(|undecided| {
        json!({"reason": undecided.reason, "expression": undecided.expression, "records": undecided.records})
    });
    json!({
        "api": population.api,
        "files": files.collect::<Vec<_>>(),
        "records": population.records,
        "rejected": population.rejected,
        "deleted_left_out": population.deleted,
        "left_out": left_out,
        "expression": population.expression,
        "looked_at": population.looked_at,
        "undecided": undecided.collect::<Vec<_>>(),
        "in_no_finding": population.unaffected,
    })
}

/// Writes one kind of findings.
fn write_section(section: &SectionResult<'_>, out: &mut impl Write) -> Result<(), Error> {
    let counts = section.counts.iter().map(|counts| {
        let values = counts.values.iter();
        let values = values.map(|(value, records)| json!({"value": value, "records": records}));
        (counts.key.clone(), Value::Array(values.collect()))
    });
    let head = json!({
        "name": section.name,
        "title": section.title,
        "expression": section.expression,
        "detail": section.detail,
        "count": section.count,
        "unit": section.unit.name(),
        "counts": Value::Object(counts.collect()),
    });
    let head = head.to_string();
    out.write_all(&head.as_bytes()[..head.len() - 1])?;
    if let Some(findings) = &section.findings {
        out.write_all(b",\"findings\":[")?;
        let names: Vec<String> = findings
            .columns
            .iter()
            .map(|name| Value::from(name.as_str()).to_string())
            .collect();
        let mut line = Vec::new();
        let mut is_first = true;
        findings.for_each(usize::MAX, |group, cells| {
            line.clear();
            line.extend_from_slice(if is_first { b"{" } else { b",{" });
            is_first = false;
            let mut separator = "";
            let mut names = names.iter();
            if let Some(group) = group
                && let Some(name) = names.next()
            {
                line.extend_from_slice(format!("{name}:{group}").as_bytes());
                separator = ",";
            }
            // The spelling of the record: a number keeps its digits, an object its members.
            for (name, cell) in names.zip(cells) {
                if !cell.spelling.is_empty() {
                    line.extend_from_slice(format!("{separator}{name}:").as_bytes());
                    compact(cell.spelling, &mut line);
                    separator = ",";
                }
            }
            line.push(b'}');
            Ok(out.write_all(&line)?)
        })?;
        out.write_all(b"]")?;
    }
    Ok(out.write_all(b"}")?)
}
