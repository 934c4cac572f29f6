//! The registry of text formats.
//!
//! A format is one file of this folder and one line of [`FORMATS`]. Everything else that depends on the set of formats
//! derives from the registry: the values of `--output` and `--format`, the file extensions that a command infers a
//! format from or refuses, and the checks of options. A format whose records are
//! [independent](RecordFraming::Independent) of each other can be exported to files as well, without a further change.

pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod excel_csv;
pub(crate) mod formula;
pub(crate) mod json;
pub(crate) mod ndjson;
pub(crate) mod record;
pub(crate) mod table;

use std::io::Write;

use idq_api::Api;

use crate::error::Error;
use crate::rows::OpenRows;
use crate::terminal::TerminalEncoding;
use columns::ColumnSet;
use formula::FormulaPolicy;
use table::Colour;

/// The text formats, in the order in which help lists them.
pub static FORMATS: [&TextFormat; 5] = [
    &json::FORMAT,
    &csv::FORMAT,
    &ndjson::FORMAT,
    &table::FORMAT,
    &record::FORMAT,
];

/// Returns the text format of a name.
///
/// ```
/// let csv = idq_render::format_named("csv").expect("a registered format");
/// assert_eq!(csv.description.extensions, ["csv"]);
/// ```
pub fn format_named(name: &str) -> Option<&'static TextFormat> {
    FORMATS
        .into_iter()
        .find(|format| format.description.name == name)
}

/// The description of an output format, text or binary: everything that a command line uses except the encoder.
#[derive(Debug, PartialEq, Eq)]
pub struct OutputFormat {
    /// The name on the command line.
    pub name: &'static str,
    /// The extensions of its files, lower-case and without the dot. The first one is given to new files. A format
    /// without extensions is not meant for files.
    pub extensions: &'static [&'static str],
    /// One line of help.
    pub summary: &'static str,
    /// The columns of the format.
    pub columns: ColumnSupport,
    /// The encoding for a terminal; `None` for a binary format, which is not printed on one.
    pub terminal: Option<TerminalEncoding>,
    /// The presence of cells that a spreadsheet may run as a formula.
    pub formulas: FormulaRisk,
}

impl OutputFormat {
    /// Returns whether files of this format have this extension, in any case.
    pub fn has_extension(&self, extension: &str) -> bool {
        let mut extensions = self.extensions.iter();
        extensions.any(|known| known.eq_ignore_ascii_case(extension))
    }

    /// Returns whether columns of this format can be chosen.
    pub fn has_columns(&self) -> bool {
        self.columns != ColumnSupport::WholeRecords
    }

    /// Returns the names of the columns that the format has for records of an API, unless others are chosen.
    pub fn default_columns<'a>(&self, api: &'a Api) -> Vec<&'a str> {
        match self.columns {
            ColumnSupport::WholeRecords | ColumnSupport::AllValues => Vec::new(),
            ColumnSupport::DocumentedFields => {
                api.fields.iter().map(|field| field.name.as_str()).collect()
            }
            ColumnSupport::TableColumns => {
                let fields = api.table_columns.iter();
                fields
                    .map(|&field| api.fields[field].name.as_str())
                    .collect()
            }
        }
    }
}

/// Lists the names of formats as alternatives, for messages: `csv`, `csv or table`, `json, csv or table`.
pub fn list_alternatives<'f>(formats: impl IntoIterator<Item = &'f OutputFormat>) -> String {
    let names: Vec<&str> = formats.into_iter().map(|format| format.name).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => names.concat(),
    }
}

/// The columns that a format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnSupport {
    /// None: every record is written whole.
    WholeRecords,
    /// Columns that can be chosen; by default all values of each record, documented or not.
    AllValues,
    /// Columns that can be chosen; by default every documented field of the API.
    DocumentedFields,
    /// Columns that can be chosen; by default the API's table columns, which fit a terminal.
    TableColumns,
}

/// The presence of cells that a spreadsheet may run as a formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormulaRisk {
    /// Spreadsheets import the format with types, or do not import it.
    Absent,
    /// Spreadsheets import the format as untyped text, so a [`FormulaPolicy`] applies.
    Present,
}

/// The style of one page of records, as opposed to all matches of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// The envelope of the API.
    Envelope,
    /// The records without an envelope.
    Records,
}

/// The dependency of a record's bytes on the records around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordFraming {
    /// The bytes of a record depend on that record only and nothing follows the last one, so parts of the output can be
    /// encoded in parallel and concatenated.
    Independent,
    /// The bytes of a record depend on its neighbours: separators, widths of columns.
    Contextual,
}

/// A text format: its description, and the function that opens its sink.
#[derive(Debug)]
pub struct TextFormat {
    /// The description.
    pub description: OutputFormat,
    /// The style of a page.
    pub page_style: PageStyle,
    /// The framing of records.
    pub framing: RecordFraming,
    /// Opens a sink and writes the start of the output, such as a header.
    pub open: OpenSink,
    /// Opens an encoder of rows, if the format has one.
    pub open_rows: OpenRows,
}

/// A function that opens a sink on an output.
pub type OpenSink =
    for<'w> fn(Box<dyn Write + 'w>, &SinkOptions) -> Result<Box<dyn RecordSink + 'w>, Error>;

/// Encodes records, one after another, into an output.
pub trait RecordSink {
    /// Encodes one record.
    ///
    /// # Errors
    /// The record is not valid JSON, or the output cannot be written.
    fn record(&mut self, record: &[u8]) -> Result<(), Error>;

    /// Writes the end of the output, and everything that is buffered in the sink.
    ///
    /// # Errors
    /// The output cannot be written.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// The options of a sink. Each format uses those that apply to it.
#[derive(Debug, Clone, Default)]
pub struct SinkOptions {
    /// The columns, if the format has columns.
    pub columns: ColumnSet,
    /// The treatment of formulas.
    pub formulas: FormulaPolicy,
    /// The colours.
    pub colour: Colour,
    /// The width of the terminal in columns; `None` for an output that is not a terminal.
    pub width: Option<usize>,
    /// The part of the output that the sink encodes.
    pub part: Part,
}

/// The part of an output that one sink encodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// The start of the output, header included; the whole output if no continuation follows.
    #[default]
    Start,
    /// Further records of an output whose start another sink has encoded. Formats with
    /// [independent](RecordFraming::Independent) records only have continuations.
    Continuation,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn registry_names_and_extensions_are_distinct() {
        let descriptions = FORMATS.map(|format| &format.description);
        let names: BTreeSet<_> = descriptions.iter().map(|format| format.name).collect();
        assert_eq!(names.len(), FORMATS.len());
        let extensions = descriptions.iter().flat_map(|format| format.extensions);
        let distinct: BTreeSet<_> = extensions.clone().collect();
        assert_eq!(distinct.len(), extensions.count());
    }

    #[test]
    fn alternatives_of_any_number_read_as_a_phrase() {
        let list = |count: usize| {
            let formats = FORMATS.iter().take(count);
            list_alternatives(formats.map(|format| &format.description))
        };
        assert_eq!(list(0), "");
        assert_eq!(list(1), "json");
        assert_eq!(list(2), "json or csv");
        assert_eq!(list(3), "json, csv or ndjson");
    }

    #[test]
    fn independent_format_in_parts_has_the_bytes_of_the_whole() {
        let records = [&br#"{"a":1,"b":"x"}"#[..], br#"{"a":2}"#, br#"{"b":"=1"}"#];
        let encode = |format: &TextFormat, part, records: &[&[u8]]| {
            let mut bytes = Vec::new();
            let options = SinkOptions {
                columns: ColumnSet::new(["a", "b"]),
                part,
                ..SinkOptions::default()
            };
            let mut sink = (format.open)(Box::new(&mut bytes), &options).unwrap();
            for record in records {
                sink.record(record).unwrap();
            }
            sink.finish().unwrap();
            bytes
        };
        let independent = |format: &&&TextFormat| format.framing == RecordFraming::Independent;
        for format in FORMATS.iter().filter(independent) {
            let whole = encode(format, Part::Start, &records);
            let mut parts = encode(format, Part::Start, &records[..1]);
            parts.extend(encode(format, Part::Continuation, &records[1..]));
            assert_eq!(whole, parts, "{}", format.description.name);
        }
    }
}
