//! Results as text, JSON, CSV, as an HTML page and as a workbook.

mod csv;
mod html;
mod json;
mod text;
#[cfg(feature = "xlsx")]
mod xlsx;

use std::borrow::Cow;

use idq::json::{Cell, Scalar, SpelledCell, compact};
use idq::render::thousands;

pub use csv::write_csv;
pub use html::{html_text, write_html};
pub use json::write_json;
pub use text::{TextOptions, write_text};
#[cfg(feature = "xlsx")]
pub use xlsx::write_xlsx;

/// The number of findings of each section that a text lists by default.
pub const TEXT_FINDINGS: usize = 20;
/// The number of findings of each section that an HTML page lists by default.
pub const PAGE_FINDINGS: usize = 1_000;

/// Returns a value for people: a text decoded, nothing for a missing value or null, other values as JSON.
fn cell_text<'a>(cell: &SpelledCell<'a>) -> Cow<'a, str> {
    match cell.cell {
        Cell::Missing | Cell::Scalar(Scalar::Null) => Cow::Borrowed(""),
        Cell::Scalar(scalar) => scalar.to_text(),
        Cell::Container(spelling) => {
            let mut json = Vec::with_capacity(spelling.len());
            compact(spelling, &mut json);
            Cow::Owned(String::from_utf8_lossy(&json).into_owned())
        }
    }
}

/// Returns a number with commas between thousands, and its noun.
fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}
