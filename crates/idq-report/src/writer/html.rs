//! Results as one HTML page, which needs nothing else: for a browser, for mail, and for print.

use std::fmt::Write as _;
use std::io::Write;

use self::html_text as text;
use super::{cell_text, count, thousands};
use crate::error::Error;
use crate::result::{FieldCounts, Population, ReportResult, SectionResult};

/// The style of the page: one column, tables that repeat their heads in print, bars without images.
const STYLE: &str = include_str!("report.css");

/// The number of values of a key that have a bar.
const MAX_BARS: usize = 30;

/// Writes a result as one page without scripts, on which nothing is fetched. At most `show` findings of each section are
/// listed, and the page says how many there are.
///
/// # Errors
/// A record that cannot be read, a failure of `out`.
pub fn write_html(
    result: &ReportResult<'_>,
    show: usize,
    out: &mut impl Write,
) -> Result<(), Error> {
    let title = text(&result.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<p class=\"definition\">{}</p>\n",
        text(&result.definition)
    );
    if let Some(reference) = &result.reference {
        let _ = writeln!(page, "<p class=\"reference\">{}</p>", text(reference));
    }
    let days = result
        .days
        .map_or_else(String::new, |days| format!(", threshold {days} days"));
    let _ = writeln!(
        page,
        "<p>As of <time>{}</time>{days}</p>",
        text(&result.now)
    );
    page.push_str("<table class=\"numbers\">\n<tbody>\n");
    for section in &result.sections {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td></tr>",
            text(&section.title),
            text(&count(section.count, section.unit.name()))
        );
    }
    page.push_str("</tbody>\n</table>\n<h2>Population</h2>\n");
    for population in &result.populations {
        append_population(population, &mut page);
    }
    out.write_all(page.as_bytes())?;
    for section in &result.sections {
        write_section(section, show, out)?;
    }
    let version = env!("CARGO_PKG_VERSION");
    let name = text(&result.name);
    writeln!(
        out,
        "<p class=\"reference\">Report {name} of idq {version}</p>\n</body>\n</html>"
    )?;
    Ok(())
}

/// Appends the statement on the records of one side.
fn append_population(population: &Population, page: &mut String) {
    let _ = writeln!(page, "<h3>{}</h3>\n<table>\n<tbody>", text(&population.api));
    // One row for each statement: its name, its number, and the expression or the reason.
    let mut row = |name: &str, number: String, detail: String| {
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{name}</th><td class=\"number\">{number}</td><td>{detail}</td></tr>"
        );
    };
    for file in &population.files {
        let modified = file.modified.as_deref().unwrap_or("time unknown");
        let name = text(&file.name);
        match (file.bytes, &file.sha256) {
            (Some(bytes), Some(hash)) => {
                let modified = text(modified);
                let detail = format!("{name}<br>{modified}<br>SHA-256 <code>{hash}</code>");
                row("file", count(bytes, "byte"), detail);
            }
            _ => {
                let detail = format!("{name}<br>not hashed, because it can be read only once");
                row("source", String::new(), detail);
            }
        }
    }
    row("records", thousands(population.records), String::new());
    if population.rejected > 0 {
        let detail = "could not be read, and are not among the records".to_owned();
        row("rejected", thousands(population.rejected), detail);
    }
    if let Some(deleted) = population.deleted {
        row("left out", thousands(deleted), "deleted records".to_owned());
    }
    if let Some((reason, records)) = &population.left_out {
        row("left out", thousands(*records), text(reason));
    }
    let expression = match &population.expression {
        Some(expression) => code(expression),
        None => "all records that are not left out".to_owned(),
    };
    row("looked at", thousands(population.looked_at), expression);
    for undecided in &population.undecided {
        let expression = undecided.expression.as_deref().map(code);
        let expression = expression.map_or_else(String::new, |code| format!("<br>{code}"));
        let detail = format!("{}{expression}", text(&undecided.reason));
        row("of these, undecided", thousands(undecided.records), detail);
    }
    if let Some(unaffected) = population.unaffected {
        row(
            "of these, in no finding",
            thousands(unaffected),
            String::new(),
        );
    }
    page.push_str("</tbody>\n</table>\n");
}

/// Returns an expression as HTML.
fn code(expression: &str) -> String {
    format!("<code>{}</code>", text(expression))
}

/// Writes one kind of findings.
fn write_section(
    section: &SectionResult<'_>,
    show: usize,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut page = format!(
        "<section>\n<h2>{} <span class=\"count\">{}</span></h2>\n",
        text(&section.title),
        text(&count(section.count, section.unit.name()))
    );
    if let Some(expression) = &section.expression {
        let _ = writeln!(page, "<p>{}</p>", code(expression));
    }
    if let Some(detail) = &section.detail {
        let _ = writeln!(page, "<p>{}</p>", text(detail));
    }
    for counts in section
        .counts
        .iter()
        .filter(|counts| !counts.values.is_empty())
    {
        append_bars(counts, &mut page);
    }
    out.write_all(page.as_bytes())?;
    let findings = section
        .findings
        .as_ref()
        .filter(|findings| !findings.is_empty());
    if let Some(findings) = findings {
        let mut rows = String::from("<table class=\"findings\">\n<thead>\n<tr>");
        for name in &findings.columns {
            // Paths of profiles have many parts.
            // A long name may break after a dot.
            let name = text(name).replace('.', ".<wbr>");
            let _ = write!(rows, "<th scope=\"col\">{name}</th>");
        }
        rows.push_str("</tr>\n</thead>\n<tbody>\n");
        out.write_all(rows.as_bytes())?;
        findings.for_each(show, |group, cells| {
            rows.clear();
            rows.push_str("<tr>");
            if let Some(group) = group {
                let _ = write!(rows, "<td class=\"number\">{group}</td>");
            }
            for cell in cells {
                let _ = write!(rows, "<td>{}</td>", text(&cell_text(cell)));
            }
            rows.push_str("</tr>\n");
            Ok(out.write_all(rows.as_bytes())?)
        })?;
        out.write_all(b"</tbody>\n</table>\n")?;
        // A page that left findings out without a word would be taken for the whole answer.
        let more = findings.len().saturating_sub(show) as u64;
        if more > 0 {
            let more = count(more, "more line");
            writeln!(out, "<p class=\"more\">{more}: not on this page</p>")?;
        }
    }
    Ok(out.write_all(b"</section>\n")?)
}

/// Appends the number of findings by the values of a key, with bars.
fn append_bars(counts: &FieldCounts, page: &mut String) {
    // The longest bar has the full width; the least one stays visible.
    let greatest = counts.values.iter().map(|&(_, records)| records).max();
    let greatest = greatest.unwrap_or(1).max(1);
    let _ = writeln!(
        page,
        "<table class=\"bars\">\n<caption>{}</caption>\n<tbody>",
        text(&counts.key)
    );
    for (value, records) in counts.values.iter().take(MAX_BARS) {
        let percent = (*records as f64 / greatest as f64 * 100.0).max(0.5);
        let _ = writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"bar\"><div style=\"width:{percent:.1}%\">\
             </div></td></tr>",
            text(value),
            thousands(*records)
        );
    }
    page.push_str("</tbody>\n</table>\n");
    let more = counts.values.len().saturating_sub(MAX_BARS) as u64;
    if more > 0 {
        let more = count(more, "more value");
        let _ = writeln!(page, "<p class=\"more\">{more}: not on this page</p>");
    }
}

/// Returns a text as HTML. Characters that only a terminal would interpret, or that are invisible, are escaped as well.
pub fn html_text(text: &str) -> String {
    // Values come from directories that outsiders may write to, so no character of markup survives.
    let text = idq::escape(text);
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
    html
}
