//! Rows as CSV: from columns, without their records, if columns hold every text.

use std::sync::{Arc, OnceLock};

use arrow_array::Array;
use idq_api::Kind;
use idq_columns::{BooleanColumn, Column, Dictionary, KeywordColumn, TextColumn};
use idq_json::{Cell, Scalar};
use idq_snapshot::{ColumnError, LoadError, RecordReader, RowId, Snapshot};

use super::columns::{prefers_columns, text_columns};
use super::{RowEncoder, ValueSource};
use crate::error::Error;
use crate::format::SinkOptions;
use crate::format::columns::ColumnSet;
use crate::format::csv::{append_line_end, finish_field};
use crate::format::formula::FormulaPolicy;

/// Opens the encoder.
pub(crate) fn open<'s>(
    snapshot: &'s Snapshot,
    options: &SinkOptions,
    rows: &[RowId],
) -> Result<Option<Box<dyn RowEncoder + 's>>, Error> {
    Ok(Some(match open_columns(snapshot, options, rows.len())? {
        Some(columns) => Box::new(columns),
        None => Box::new(CsvRecords {
            snapshot,
            columns: options.columns.clone(),
            formulas: options.formulas,
        }),
    }))
}

/// Opens the encoder of `rows` rows from columns; `None` if a text is only in the records, or its column not loaded.
fn open_columns<'s>(
    snapshot: &'s Snapshot,
    options: &SinkOptions,
    rows: usize,
) -> Result<Option<CsvRows<'s>>, LoadError> {
    let api = snapshot.api();
    let fields = text_columns(api, options.columns.names());
    let Some(fields) = fields.filter(|_| prefers_columns(snapshot, rows)) else {
        return Ok(None);
    };
    let view = match snapshot.columns(&fields) {
        Ok(view) => view,
        Err(ColumnError::NotLoaded(_)) => return Ok(None),
        Err(ColumnError::Unreadable(error)) => return Err(error),
    };
    let mut chunks: Vec<Vec<FieldTexts<'s>>> = Vec::with_capacity(snapshot.chunks().len());
    for chunk in 0..snapshot.chunks().len() {
        let mut texts = Vec::with_capacity(fields.len());
        for (index, &field) in fields.iter().enumerate() {
            // A JSON number such as -5 is data, not text that could be a formula.
            let formulas = match api.fields[field].kind {
                Kind::Number => FormulaPolicy::Keep,
                _ => options.formulas,
            };
            let before = chunks.last().map(|chunk| &chunk[index]);
            match FieldTexts::new(view.field(field)[chunk], formulas, rows, before) {
                Some(column) => texts.push(column),
                None => return Ok(None),
            }
        }
        chunks.push(texts);
    }
    Ok(Some(CsvRows { snapshot, chunks }))
}

/// The encoder of CSV from records.
struct CsvRecords<'s> {
    snapshot: &'s Snapshot,
    columns: ColumnSet,
    formulas: FormulaPolicy,
}

impl RowEncoder for CsvRecords<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Records
    }

    fn encode(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        for &row in rows {
            let record = self.snapshot.record(row, reader)?;
            let start = out.len();
            for (index, cell) in self.columns.read_valid(record)?.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                append_cell(cell, self.formulas, out);
            }
            append_line_end(start, out);
        }
        Ok(())
    }
}

/// Appends a cell of a record as a field.
fn append_cell(cell: Cell<'_>, formulas: FormulaPolicy, out: &mut Vec<u8>) {
    let start = out.len();
    match cell {
        Cell::Missing | Cell::Scalar(Scalar::Null) => {}
        Cell::Scalar(Scalar::String(text)) => {
            out.extend_from_slice(text.decode().as_bytes());
            finish_field(start, formulas, out);
        }
        // Numbers and booleans are no formulas, and need no quotes.
        Cell::Scalar(scalar) => out.extend_from_slice(scalar.to_text().as_bytes()),
        Cell::Container(json) => {
            idq_json::compact(json, out);
            finish_field(start, FormulaPolicy::Keep, out);
        }
    }
}

/// The encoder of CSV from columns.
struct CsvRows<'s> {
    snapshot: &'s Snapshot,
    /// For each chunk its columns, in the order of the output.
    chunks: Vec<Vec<FieldTexts<'s>>>,
}

impl RowEncoder for CsvRows<'_> {
    fn source(&self) -> ValueSource {
        ValueSource::Columns
    }

    fn encode(
        &self,
        rows: &[RowId],
        _: &mut RecordReader<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        for run in self.snapshot.chunk_runs(rows) {
            let columns = &self.chunks[run.chunk];
            for row in run.positions() {
                let start = out.len();
                for (index, column) in columns.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    column.append(row, out);
                }
                append_line_end(start, out);
            }
        }
        Ok(())
    }
}

/// The fields of one column in one chunk.
enum FieldTexts<'s> {
    /// Texts that are encoded row by row.
    Text(&'s TextColumn, FormulaPolicy),
    /// Texts of a dictionary that has more values than rows are encoded.
    Keyword(&'s KeywordColumn, FormulaPolicy),
    /// Texts of a dictionary that is encoded once.
    Encoded(
        &'s KeywordColumn,
        FormulaPolicy,
        Arc<OnceLock<EncodedTexts>>,
    ),
    /// `true` and `false`.
    Boolean(&'s BooleanColumn),
}

impl<'s> FieldTexts<'s> {
    /// Returns the fields of a column; `None` if its values are not texts. `before` has the fields of the same column in
    /// the previous chunk, which may share its dictionary.
    fn new(
        column: &'s Column,
        formulas: FormulaPolicy,
        rows: usize,
        before: Option<&Self>,
    ) -> Option<Self> {
        Some(match column {
            Column::Text(column) => Self::Text(column, formulas),
            Column::Keyword(column) if column.dictionary().len() > rows => {
                Self::Keyword(column, formulas)
            }
            Column::Keyword(column) => {
                let texts = match before {
                    Some(Self::Encoded(other, _, texts))
                        if Arc::ptr_eq(other.dictionary_arc(), column.dictionary_arc()) =>
                    {
                        Arc::clone(texts)
                    }
                    _ => Arc::default(),
                };
                Self::Encoded(column, formulas, texts)
            }
            Column::Boolean(column) => Self::Boolean(column),
            Column::Timestamp(_) | Column::Document(_) => return None,
        })
    }

    /// Appends the field of a row: nothing where it has no value.
    fn append(&self, row: usize, out: &mut Vec<u8>) {
        let start = out.len();
        match self {
            Self::Text(column, formulas) => {
                column.append(row, out);
                finish_field(start, *formulas, out);
            }
            Self::Keyword(column, formulas) => {
                if let Some(text) = column.value(row) {
                    out.extend_from_slice(text.as_bytes());
                    finish_field(start, *formulas, out);
                }
            }
            Self::Encoded(column, formulas, texts) => {
                if let Some(code) = column.code(row) {
                    let make = || EncodedTexts::new(column.dictionary_arc(), *formulas);
                    out.extend_from_slice(texts.get_or_init(make).get(code));
                }
            }
            Self::Boolean(column) => match column.value(row) {
                Some(true) => out.extend_from_slice(b"true"),
                Some(false) => out.extend_from_slice(b"false"),
                None => {}
            },
        }
    }
}

/// The values of a dictionary as CSV fields.
struct EncodedTexts {
    bytes: Vec<u8>,
    /// For each code the end of its field in `bytes`.
    ends: Vec<usize>,
}

impl EncodedTexts {
    /// Encodes the values of a dictionary.
    fn new(dictionary: &Dictionary, formulas: FormulaPolicy) -> Self {
        let mut texts = Self {
            bytes: Vec::new(),
            ends: Vec::with_capacity(dictionary.values().len()),
        };
        for value in dictionary.values() {
            let start = texts.bytes.len();
            texts
                .bytes
                .extend_from_slice(value.unwrap_or_default().as_bytes());
            finish_field(start, formulas, &mut texts.bytes);
            texts.ends.push(texts.bytes.len());
        }
        texts
    }

    /// Returns the field of a code, which is in the dictionary.
    fn get(&self, code: u32) -> &[u8] {
        let code = code as usize;
        let start = code.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[code]]
    }
}
