//! Differences as text: lines for programs, and paragraphs for people.

mod batch;
mod csv;
mod json;
mod patch;
mod text;

use idq::api::{Api, Kind};
use idq::cells_of_names;
use idq::json::{Cell, Cells, SpelledCell};
use idq::render::{Colour, FormulaPolicy};

use crate::diff::RecordDifference;
use crate::error::Error;

pub use batch::ChangeBatch;
pub(crate) use json::quoted;

/// A format of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeFormat {
    /// A paragraph for each record, for people: lines of at most `width` columns, if there is a limit.
    Text {
        /// The width of the terminal.
        width: Option<usize>,
        /// The use of colours.
        colour: Colour,
    },
    /// A JSON object a line: one for each value that differs, and one for each added or removed record.
    Ndjson,
    /// The same lines as CSV, without whole records.
    Csv {
        /// The treatment of text that a spreadsheet would run as a formula.
        formulas: FormulaPolicy,
    },
    /// A line for each record that differs, with a JSON Patch (RFC 6902) from its old to its new version.
    Patch,
}

/// A writer of differences in one format.
#[derive(Debug, Clone)]
pub struct ChangeWriter {
    format: ChangeFormat,
    /// The names of the values that accompany each difference.
    context: Vec<String>,
    /// The reader of these values.
    cells: Cells,
    /// The names and values that each line has after the id.
    members: Vec<(String, String)>,
    /// The same as members of JSON, with a comma before each.
    json_members: String,
}

impl ChangeWriter {
    /// Creates a writer. `context` has the names of values that accompany each difference, taken from the newest
    /// version of the record.
    pub fn new(format: ChangeFormat, context: &[String]) -> Self {
        Self {
            format,
            context: context.to_vec(),
            cells: cells_of_names(context),
            members: Vec::new(),
            json_members: String::new(),
        }
    }

    /// Creates a writer of text for people, in which the columns of the API's tables accompany each difference, unless
    /// there are other names.
    pub fn text(width: Option<usize>, colour: Colour, context: &[String], api: &Api) -> Self {
        let format = ChangeFormat::Text { width, colour };
        if !context.is_empty() {
            return Self::new(format, context);
        }
        Self::new(format, &describing_names(api))
    }

    /// Adds a member to each line of JSON, after the id, and a column of CSV.
    #[must_use]
    pub fn with_member(mut self, name: &str, value: &str) -> Self {
        let member = format!(",{}:{}", quoted(name), quoted(value));
        self.json_members.push_str(&member);
        self.members.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the text before the first difference.
    pub fn header(&self) -> Vec<u8> {
        match self.format {
            ChangeFormat::Csv { formulas } => csv::header(&self.members, &self.context, formulas),
            _ => Vec::new(),
        }
    }

    /// Appends the state of a record that does not differ, as a line without values. Text and patches have none.
    pub fn append_state(&self, id: &str, state: &str, out: &mut Vec<u8>) {
        match self.format {
            ChangeFormat::Ndjson => json::append_state(id, state, &self.json_members, out),
            ChangeFormat::Csv { formulas } => {
                csv::append_state(id, state, &self.members, self.context.len(), formulas, out);
            }
            ChangeFormat::Text { .. } | ChangeFormat::Patch => {}
        }
    }

    /// Appends a record that differs.
    ///
    /// # Errors
    /// The record is not valid JSON, because its source has changed since it was loaded.
    pub fn append(
        &self,
        difference: &RecordDifference<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let context = self.cells.read_valid(difference.change.newest())?;
        let context = Context {
            names: &self.context,
            cells: &context,
        };
        match self.format {
            ChangeFormat::Text { width, colour } => {
                text::append(difference, context, width, colour, out)
            }
            ChangeFormat::Ndjson => {
                json::append(difference, context, &self.json_members, out);
                Ok(())
            }
            ChangeFormat::Csv { formulas } => {
                csv::append(difference, context, &self.members, formulas, out)
            }
            ChangeFormat::Patch => {
                patch::append(difference, context, &self.json_members, out);
                Ok(())
            }
        }
    }
}

/// Returns the names of the texts that describe an identity beside its id: those of the API's tables.
pub fn describing_names(api: &Api) -> Vec<String> {
    let fields = api.table_columns.iter().filter(|&&field| {
        field != api.id && matches!(api.fields[field].kind, Kind::Text | Kind::Keyword)
    });
    fields
        .map(|&field| api.fields[field].name.clone())
        .collect()
}

/// The values that accompany a difference.
#[derive(Clone, Copy)]
struct Context<'c> {
    names: &'c [String],
    cells: &'c [SpelledCell<'c>],
}

impl<'c> Context<'c> {
    /// Returns the values with their names, without missing ones.
    fn present(self) -> impl Iterator<Item = (&'c str, &'c SpelledCell<'c>)> {
        let values = self.names.iter().zip(self.cells);
        values
            .map(|(name, cell)| (name.as_str(), cell))
            .filter(|(_, cell)| cell.cell != Cell::Missing)
    }
}
