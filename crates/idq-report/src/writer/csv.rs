//! Findings as a table: a line for each, with the name of its section.

use std::io::Write;

use idq::json::{Cell, Scalar};
use idq::render::{FormulaPolicy, append_csv_line, text_cell};

use crate::error::Error;
use crate::result::ReportResult;

/// Writes the findings of all sections as CSV. The columns are those of the first section that lists findings.
///
/// # Errors
/// A record that cannot be read, a failure of `out`.
pub fn write_csv(
    result: &ReportResult<'_>,
    formulas: FormulaPolicy,
    out: &mut impl Write,
) -> Result<(), Error> {
    let listed = || {
        let sections = result.sections.iter();
        sections.filter_map(|section| Some((section, section.findings.as_ref()?)))
    };
    // A report may mix sections of records and of groups; all lines of a table have the same columns.
    let has_groups = listed().any(|(_, findings)| findings.has_group());
    // A report that lists no records, as an inventory, has a table of its counts.
    let Some((_, first)) = listed().next() else {
        return write_counts(result, formulas, out);
    };
    let columns = first.columns.iter().skip(usize::from(first.has_group()));
    let group = has_groups.then_some("group");
    let header = ["section"].into_iter().chain(group);
    let header = header.chain(columns.map(String::as_str));
    let mut line = Vec::new();
    append_csv_line(header.map(text_cell), FormulaPolicy::Keep, &mut line);
    out.write_all(&line)?;
    for (section, findings) in listed() {
        findings.for_each(usize::MAX, |group, cells| {
            let group = group.map(|group| group.to_string());
            let group_cell = match &group {
                Some(group) => Cell::Scalar(Scalar::Number(group)),
                None => Cell::Missing,
            };
            let group_cell = has_groups.then_some(group_cell);
            let cells = cells.iter().map(|cell| cell.cell);
            let name = [text_cell(&section.name)].into_iter();
            line.clear();
            append_csv_line(name.chain(group_cell).chain(cells), formulas, &mut line);
            Ok(out.write_all(&line)?)
        })?;
    }
    Ok(())
}

/// Writes the counts of a result without lists.
fn write_counts(
    result: &ReportResult<'_>,
    formulas: FormulaPolicy,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut lines = Vec::new();
    let header = ["section", "key", "value", "records"].map(text_cell);
    append_csv_line(header, FormulaPolicy::Keep, &mut lines);
    for section in &result.sections {
        // One line for each value, in the order of the report.
        for counts in &section.counts {
            for (value, records) in &counts.values {
                let records = records.to_string();
                let cells = [
                    text_cell(&section.name),
                    text_cell(&counts.key),
                    text_cell(value),
                    Cell::Scalar(Scalar::Number(&records)),
                ];
                append_csv_line(cells, formulas, &mut lines);
            }
        }
    }
    Ok(out.write_all(&lines)?)
}
