//! Records of one generator and seed, alone and in pages.

use std::ops::Range;

use crate::generators::Generator;
use crate::json::JsonWriter;
use crate::style::Style;
use crate::styled::StyledRecords;

/// A writer of the records of one seed, which holds what all of them share. Blocks are written on many threads.
pub(crate) trait Records: Sync {
    /// Appends the record of a row, without a line break.
    fn write(&self, row: u64, bytes: &mut Vec<u8>);

    /// Appends a page as the API returns it, without a line break. The page has the rows of `records`, which are those of
    /// this writer in the style of the dump.
    fn write_page(&self, page: PagePosition, records: &dyn Records, bytes: &mut Vec<u8>);
}

/// One page of a dump of `total` rows, pages counted from 1.
#[derive(Clone, Copy)]
pub(crate) struct PagePosition {
    pub(crate) number: u64,
    pub(crate) per_page: u64,
    pub(crate) total: u64,
}

impl PagePosition {
    /// Returns the number of pages with records, which is 0 for a dump without rows.
    pub(crate) const fn count(self) -> u64 {
        self.total.div_ceil(self.per_page)
    }

    /// Returns the rows of the page, counted from 0.
    pub(crate) fn rows(self) -> Range<u64> {
        let first = (self.number - 1) * self.per_page;
        first..(first + self.per_page).min(self.total)
    }

    /// Writes the records of the page as an array.
    pub(crate) fn write_records(self, records: &dyn Records, json: &mut JsonWriter<'_>) {
        json.array(|json| {
            for row in self.rows() {
                json.append(|bytes| records.write(row, bytes));
            }
        });
    }
}

/// Appends the record of a row, counted from 0, as JSON without a line break. [`write`](crate::write()) writes the same
/// record in this row of every dump with this seed.
///
/// ```
/// use idq_generate::{Generator, record};
///
/// let mut bytes = Vec::new();
/// record(Generator::PROVISIONR, 42, 0, &mut bytes);
/// assert!(bytes.starts_with(br#"{"id":"dridt_"#));
/// ```
pub fn record(generator: Generator, seed: u64, row: u64, bytes: &mut Vec<u8>) {
    generator.records(seed).write(row, bytes);
}

/// Appends the record of a row in a style, as [`record`] does in that of the server. In [`Style::Indented`] the record has
/// line breaks.
///
/// ```
/// use idq_generate::{Generator, Style, record_in_style};
///
/// let mut bytes = Vec::new();
/// record_in_style(Generator::PROVISIONR, Style::Spaced, 42, 0, &mut bytes);
/// assert!(bytes.starts_with(br#"{"id": "dridt_"#));
/// ```
pub fn record_in_style(
    generator: Generator,
    style: Style,
    seed: u64,
    row: u64,
    bytes: &mut Vec<u8>,
) {
    records_in_style(generator, style, seed, 0).write(row, bytes);
}

/// Returns the writer of a generator's records in a style, within `depth` containers.
pub(crate) fn records_in_style(
    generator: Generator,
    style: Style,
    seed: u64,
    depth: usize,
) -> Box<dyn Records> {
    match style {
        Style::Server => generator.records(seed),
        _ => Box::new(StyledRecords::new(generator, seed, style, depth)),
    }
}
