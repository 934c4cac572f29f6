//! Tables of HTML, for notebooks.

use std::fmt::Write;

use idq::cells_of_names;
use idq::json::{Cell, Scalar};
use idq_compare::describing_names;
use idq_report::writer::html_text as text;
use pyo3::prelude::*;

use crate::errors::plain_error;
use crate::matches::Matches;

/// The number of records that a notebook shows.
const SHOWN_RECORDS: usize = 10;

/// The greatest number of characters of a cell.
const MAX_CELL_CHARACTERS: usize = 80;

/// Returns a table of the first matches, with the chosen columns, or the id and those of the API's tables.
pub(crate) fn records(py: Python<'_>, matches: &Matches) -> PyResult<String> {
    let api = matches.opened.engine.api();
    let columns = match matches.columns() {
        Some(columns) => columns.to_vec(),
        None => {
            let mut columns = vec![api.fields[api.id].name.clone()];
            columns.extend(describing_names(api));
            columns
        }
    };
    let rows = matches.rows(py)?;
    let shown = rows[..rows.len().min(SHOWN_RECORDS)].to_vec();
    let cells = cells_of_names(&columns);
    let mut lines = Vec::with_capacity(shown.len());
    for record in matches.records(py, shown)? {
        let values = cells.read_valid(record.record().as_bytes());
        let values = values.map_err(|error| plain_error(py, &error.to_string()))?;
        lines.push(values.iter().map(|value| text_of(value.cell)).collect());
    }
    let caption = match rows.len() {
        1 => "1 match".to_owned(),
        count if count <= SHOWN_RECORDS => format!("{count} matches"),
        count => format!("the first {SHOWN_RECORDS} of {count} matches"),
    };
    Ok(table(&columns, lines.into_iter(), &caption))
}

/// Returns the text of a value.
fn text_of(cell: Cell<'_>) -> String {
    let text = match cell {
        Cell::Missing => String::new(),
        Cell::Scalar(Scalar::Null) => "null".to_owned(),
        Cell::Scalar(scalar) => scalar.to_text().into_owned(),
        Cell::Container(json) => String::from_utf8_lossy(json).into_owned(),
    };
    if text.chars().count() <= MAX_CELL_CHARACTERS {
        return text;
    }
    let start = text.chars().take(MAX_CELL_CHARACTERS - 1);
    start.chain(['…']).collect()
}

/// Returns a table with a caption. Values come from directories that outsiders may write to, so no character of markup
/// survives, and no invisible one.
pub(crate) fn table(
    header: &[String],
    rows: impl Iterator<Item = Vec<String>>,
    caption: &str,
) -> String {
    let mut html = String::from("<table>\n<thead><tr>");
    for name in header {
        let _ = write!(html, "<th>{}</th>", text(name));
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        html.push_str("<tr>");
        for cell in row {
            let _ = write!(html, "<td>{}</td>", text(&cell));
        }
        html.push_str("</tr>\n");
    }
    let _ = write!(html, "</tbody>\n</table>\n<p>{}</p>", text(caption));
    html
}
