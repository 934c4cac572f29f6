//! Results for a person at a terminal.

use std::io::Write;

use idq::escape;
use idq::render::{GroupTable, Listing, write_bar_list, write_wrapped};

use super::{cell_text, count, thousands};
use crate::error::Error;
use crate::result::{Population, ReportResult, SectionResult};

/// The layout of text.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// The width, the colours and the bars.
    pub table: GroupTable,
    /// The number of findings of each section that are shown.
    pub show: usize,
}

/// Writes a result as paragraphs and tables.
///
/// # Errors
/// A record that cannot be read, a failure of `out`.
pub fn write_text(
    result: &ReportResult<'_>,
    options: &TextOptions,
    out: &mut impl Write,
) -> Result<(), Error> {
    let width = options.table.width;
    writeln!(out, "{}", escape(&result.title))?;
    write_wrapped(&escape(&result.definition), "", width, out)?;
    if let Some(reference) = &result.reference {
        write_wrapped(&escape(reference), "", width, out)?;
    }
    let days = result
        .days
        .map_or_else(String::new, |days| format!(", {days} days"));
    writeln!(out, "As of {}{days}", result.now)?;
    for population in &result.populations {
        writeln!(out)?;
        write_population(population, width, out)?;
    }
    for section in &result.sections {
        writeln!(out)?;
        write_section(section, options, out)?;
    }
    Ok(())
}

/// Writes the statement on the records of one side.
fn write_population(
    population: &Population,
    width: Option<usize>,
    out: &mut impl Write,
) -> Result<(), Error> {
    writeln!(out, "Population: {}", escape(&population.api))?;
    // Statements are indented, so that they are read as parts of the population.
    let mut line = |text: String| write_wrapped(&text, "  ", width, out);
    for file in &population.files {
        let modified = file.modified.as_deref().unwrap_or("time unknown");
        let name = escape(&file.name);
        line(match (file.bytes, &file.sha256) {
            (Some(bytes), Some(hash)) => {
                format!(
                    "{name}: {}, {modified}, SHA-256 {hash}",
                    count(bytes, "byte")
                )
            }
            _ => format!("{name}: not hashed, because it can be read only once"),
        })?;
    }
    // Rejected records are in no other number of the report.
    let rejected = match population.rejected {
        0 => String::new(),
        rejected => format!("; {} more could not be read", thousands(rejected)),
    };
    line(format!("{}{rejected}", count(population.records, "record")))?;
    if let Some(deleted) = population.deleted {
        line(format!("{} left out: deleted", thousands(deleted)))?;
    }
    if let Some((reason, records)) = &population.left_out {
        line(format!(
            "{} left out: {}",
            thousands(*records),
            escape(reason)
        ))?;
    }
    let expression = match &population.expression {
        Some(expression) => format!(": {}", escape(expression)),
        None => String::new(),
    };
    line(format!(
        "{} looked at{expression}",
        thousands(population.looked_at)
    ))?;
    for undecided in &population.undecided {
        let expression = match &undecided.expression {
            Some(expression) => format!(": {}", escape(expression)),
            None => String::new(),
        };
        let (records, reason) = (thousands(undecided.records), escape(&undecided.reason));
        line(format!("{records} undecided, {reason}{expression}"))?;
    }
    if let Some(unaffected) = population.unaffected {
        line(format!("{} in no finding", thousands(unaffected)))?;
    }
    Ok(())
}

/// Writes one kind of findings.
fn write_section(
    section: &SectionResult<'_>,
    options: &TextOptions,
    out: &mut impl Write,
) -> Result<(), Error> {
    let width = options.table.width;
    let title = escape(&section.title);
    writeln!(
        out,
        "{title}: {}",
        count(section.count, section.unit.name())
    )?;
    for text in section.expression.iter().chain(&section.detail) {
        write_wrapped(&escape(text), "  ", width, out)?;
    }
    for counts in section
        .counts
        .iter()
        .filter(|counts| !counts.values.is_empty())
    {
        writeln!(out)?;
        let values = counts.values.iter();
        let rows: Vec<(&str, u64)> = values
            .map(|(value, records)| (value.as_str(), *records))
            .collect();
        write_bar_list(&options.table, [counts.key.as_str(), "records"], &rows, out)?;
    }
    let Some(findings) = section
        .findings
        .as_ref()
        .filter(|findings| !findings.is_empty())
    else {
        return Ok(());
    };
    if options.show == 0 {
        return Ok(());
    }
    writeln!(out)?;
    // Values are escaped: a name must not change the terminal's state.
    let header: Vec<&str> = findings.columns.iter().map(String::as_str).collect();
    let mut listing = Listing::new(&header);
    findings.for_each(options.show, |group, cells| {
        let group = group.map(|group| group.to_string());
        let cells = cells.iter().map(|cell| escape(&cell_text(cell)));
        listing.push(group.into_iter().chain(cells));
        Ok(())
    })?;
    listing.write(width, out)?;
    let more = findings.len().saturating_sub(options.show) as u64;
    if more > 0 {
        writeln!(
            out,
            "  {}: --show N shows N, -o csv all",
            count(more, "more line")
        )?;
    }
    Ok(())
}
