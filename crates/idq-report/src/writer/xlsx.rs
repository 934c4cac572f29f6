//! Results as a workbook: a sheet with the statement, one with the counts, and one for each kind of findings.
//!
//! Every value of a record is a text, so that no program reads an id as a number, or runs a formula.

use std::collections::BTreeSet;
use std::io::Write;

use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::{cell_text, count};
use crate::error::Error;
use crate::findings::Findings;
use crate::result::{Population, ReportResult};

/// The maximum number of lines of a sheet, without its header.
const MAX_LINES: usize = 1_048_575;
/// The maximum number of characters of a cell.
const MAX_CHARACTERS: usize = 32_767;
/// The maximum number of characters of the name of a sheet.
const MAX_NAME: usize = 31;
/// The width of a column in characters.
const COLUMN_WIDTH: f64 = 28.0;

/// Writes a result as a workbook (XLSX), and returns the number of values that are longer than a cell can be, and were cut.
///
/// # Errors
/// More findings of a section than a sheet has lines, a record that cannot be read, a failure of `out`.
pub fn write_xlsx(result: &ReportResult<'_>, out: &mut impl Write) -> Result<u64, Error> {
    let mut workbook = Workbook::new();
    let mut names = BTreeSet::new();
    write_statement(result, add_sheet(&mut workbook, "statement", &mut names)?)?;
    write_counts(result, add_sheet(&mut workbook, "counts", &mut names)?)?;
    let mut shortened = 0;
    for section in &result.sections {
        if let Some(findings) = &section.findings {
            let sheet = add_sheet(&mut workbook, &section.name, &mut names)?;
            shortened += write_findings(findings, sheet)?;
        }
    }
    out.write_all(&workbook.save_to_buffer()?)?;
    Ok(shortened)
}

/// Adds a sheet with a name that no other sheet has.
fn add_sheet<'w>(
    workbook: &'w mut Workbook,
    name: &str,
    names: &mut BTreeSet<String>,
) -> Result<&'w mut Worksheet, Error> {
    let is_allowed = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let base: String = name.chars().filter(is_allowed).take(MAX_NAME - 4).collect();
    let base = if base.is_empty() { "findings" } else { &base };
    let mut unique = base.to_owned();
    for number in 2.. {
        // Programs compare these names without case.
        if names.insert(unique.to_lowercase()) {
            break;
        }
        unique = format!("{base} {number}");
    }
    let sheet = workbook.add_worksheet();
    sheet.set_name(unique)?;
    Ok(sheet)
}

/// Writes the definition, and the statement on the records of each side.
fn write_statement(result: &ReportResult<'_>, sheet: &mut Worksheet) -> Result<(), Error> {
    let mut lines: Vec<[String; 3]> = Vec::new();
    let mut line = |name: &str, value: String, detail: String| {
        lines.push([name.to_owned(), value, detail]);
    };
    line("report", result.title.clone(), result.definition.clone());
    if let Some(reference) = &result.reference {
        line("reference", String::new(), reference.clone());
    }
    let days = result
        .days
        .map_or_else(String::new, |days| format!("{days} days"));
    line("as of", result.now.clone(), days);
    for population in &result.populations {
        append_population(population, &mut line);
    }
    for section in &result.sections {
        let definition = section.expression.iter().chain(&section.detail);
        let definition: Vec<&str> = definition.map(String::as_str).collect();
        let number = count(section.count, section.unit.name());
        let title = format!("{}: {}", section.title, definition.join("; "));
        line(&section.name, number, title);
    }
    for (row, cells) in (0..).zip(&lines) {
        for (column, cell) in (0..).zip(cells) {
            let (cell, _) = fitted(cell);
            sheet.write_string(row, column, cell)?;
        }
    }
    sheet.set_column_width(0, COLUMN_WIDTH)?;
    sheet.set_column_width(1, COLUMN_WIDTH)?;
    sheet.set_column_width(2, 4.0 * COLUMN_WIDTH)?;
    Ok(())
}

/// Appends the statement on the records of one side.
fn append_population(population: &Population, line: &mut impl FnMut(&str, String, String)) {
    line("population", population.api.clone(), String::new());
    for file in &population.files {
        let size = file
            .bytes
            .map_or_else(String::new, |bytes| count(bytes, "byte"));
        let modified = file.modified.as_deref().unwrap_or("time unknown");
        let hash = match &file.sha256 {
            Some(hash) => format!("SHA-256 {hash}"),
            None => "not hashed, because it can be read only once".to_owned(),
        };
        line("file", size, format!("{}, {modified}, {hash}", file.name));
    }
    let records = |number: u64| count(number, "record");
    line("records", records(population.records), String::new());
    line("rejected", records(population.rejected), String::new());
    if let Some(deleted) = population.deleted {
        line("left out", records(deleted), "deleted".to_owned());
    }
    if let Some((reason, number)) = &population.left_out {
        line("left out", records(*number), reason.clone());
    }
    let expression = population.expression.clone().unwrap_or_default();
    line("looked at", records(population.looked_at), expression);
    for undecided in &population.undecided {
        let expression = undecided.expression.as_deref().unwrap_or_default();
        let detail = format!("{}: {expression}", undecided.reason);
        line("undecided", records(undecided.records), detail);
    }
    if let Some(unaffected) = population.unaffected {
        line("in no finding", records(unaffected), String::new());
    }
}

/// Writes the number of findings by the values of each key.
fn write_counts(result: &ReportResult<'_>, sheet: &mut Worksheet) -> Result<(), Error> {
    write_header(["section", "key", "value", "records"], sheet)?;
    let mut row = 1;
    for section in &result.sections {
        for counts in &section.counts {
            for (value, records) in counts.values.iter().take(MAX_LINES) {
                for (column, text) in (0..).zip([&section.name, &counts.key, value]) {
                    sheet.write_string(row, column, fitted(text).0)?;
                }
                sheet.write_number(row, 3, *records as f64)?;
                row += 1;
            }
        }
    }
    Ok(())
}

/// Writes the findings of a section, and returns the number of values that were cut.
fn write_findings(findings: &Findings<'_>, sheet: &mut Worksheet) -> Result<u64, Error> {
    if findings.len() > MAX_LINES {
        return Err(Error::TooManyFindings {
            found: findings.len(),
            most: MAX_LINES,
        });
    }
    write_header(findings.columns.iter().map(String::as_str), sheet)?;
    let (mut row, mut shortened) = (1, 0);
    findings.for_each(usize::MAX, |group, cells| {
        let first = u16::from(group.is_some());
        if let Some(group) = group {
            sheet.write_number(row, 0, group as f64)?;
        }
        for (column, cell) in (first..).zip(cells) {
            let text = cell_text(cell);
            let (text, is_cut) = fitted(&text);
            shortened += u64::from(is_cut);
            sheet.write_string(row, column, text)?;
        }
        row += 1;
        Ok(())
    })?;
    Ok(shortened)
}

/// Writes a header that stays in view.
fn write_header<'n>(
    names: impl IntoIterator<Item = &'n str>,
    sheet: &mut Worksheet,
) -> Result<(), Error> {
    let bold = Format::new().set_bold();
    for (column, name) in (0..).zip(names) {
        sheet.write_string_with_format(0, column, name, &bold)?;
        sheet.set_column_width(column, COLUMN_WIDTH)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Returns a text that fits a cell, and whether it was cut.
fn fitted(text: &str) -> (String, bool) {
    // The limit is one of UTF-16.
    if text.encode_utf16().count() <= MAX_CHARACTERS {
        return (text.to_owned(), false);
    }
    let mut units = 0;
    let kept = text.chars().take_while(|letter| {
        units += letter.len_utf16();
        units < MAX_CHARACTERS
    });
    let mut cut: String = kept.collect();
    cut.push('…');
    (cut, true)
}
