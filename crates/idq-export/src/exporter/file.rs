//! One file of an export: encoding of rows, and the atomic rename.
//!
//! A file is written under a temporary name in the folder of its target, synced, and renamed over the target, so that
//! readers see the old file or the complete new one. The sources are checked once more before the rename.

use std::collections::HashMap;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use idq::RowId;
use idq::render::{
    ColumnSet, ExcelCsv, FormulaRisk, SinkOptions, TaskDivision, TextFormat, ordered_parallel,
    rows_per_task, write_rows,
};
use idq_files::AtomicFile;
use rayon::prelude::*;

use super::Exporter;
use crate::columns::ColumnPlan;
use crate::columns::batches::decode_batches;
use crate::columns::text_form::{TextForm, batch_with_views, schema_with_views};
use crate::columns::types::ColumnType;
use crate::error::{AttemptError, Error};
use crate::format::{Encoder, OutputAccess, TypedFormat};

/// The size of the buffer before a file.
const FILE_BUFFER_BYTES: usize = 1 << 20;

impl Exporter<'_> {
    /// Writes rows to a file that appears complete or not at all.
    pub(super) fn write_file(
        &self,
        plan: &ColumnPlan<'_>,
        types: &[ColumnType],
        rows: &[RowId],
        path: &Path,
    ) -> Result<(), AttemptError> {
        let (unfinished, file) = AtomicFile::create(path)?;
        let mut out = BufWriter::with_capacity(FILE_BUFFER_BYTES, file);
        self.encode(plan, types, rows, &mut out, OutputAccess::Random)?;
        let file = out.into_inner().map_err(IntoInnerError::into_error)?;
        file.sync_all()?;
        // Some systems refuse to rename an open file.
        drop(file);
        // Records of a source that was overwritten meanwhile must not become the file.
        self.snapshot.check_unchanged()?;
        unfinished.commit()?;
        Ok(())
    }

    /// Encodes rows into an output.
    pub(super) fn encode(
        &self,
        plan: &ColumnPlan<'_>,
        types: &[ColumnType],
        rows: &[RowId],
        out: &mut (impl Write + Send),
        access: OutputAccess,
    ) -> Result<(), AttemptError> {
        // Columns of a snapshot file are read in place, so a write to the file may be the cause of any failure.
        self.snapshot
            .while_unchanged(|| match self.format.encoder() {
                Encoder::Text(format) => self.encode_text(format, rows, out),
                Encoder::Typed(format) => self.encode_typed(format, plan, types, rows, out, access),
            })
    }

    /// Decodes rows into batches, one or more for each task.
    pub(super) fn decode(
        &self,
        plan: &ColumnPlan<'_>,
        types: &[ColumnType],
        rows: &[RowId],
    ) -> Result<(SchemaRef, Vec<RecordBatch>), AttemptError> {
        let schema = plan.schema(types, self.file_metadata());
        let has_views = self.text_form == TextForm::Views;
        let views = has_views.then(|| schema_with_views(&schema));
        let decode = |rows: &[RowId]| {
            let batches = decode_batches(plan, types, &schema, rows)?;
            match &views {
                Some(views) => {
                    let batches = batches.iter().map(|batch| batch_with_views(batch, views));
                    Ok(batches.collect::<Result<_, Error>>()?)
                }
                None => Ok(batches),
            }
        };
        let tasks = rows.par_chunks(rows_per_task(self.snapshot));
        let batches: Vec<Vec<RecordBatch>> =
            tasks.map(decode).collect::<Result<_, AttemptError>>()?;
        Ok((views.unwrap_or(schema), batches.concat()))
    }

    /// Encodes rows as text.
    fn encode_text(
        &self,
        format: &TextFormat,
        rows: &[RowId],
        out: &mut (impl Write + Send),
    ) -> Result<(), AttemptError> {
        let options = SinkOptions {
            columns: ColumnSet::new(self.column_names()),
            formulas: self.formulas,
            ..SinkOptions::default()
        };
        let progress = |rows| self.report_rows(rows);
        let write = |mut out: &mut (dyn Write + Send)| {
            write_rows(self.snapshot, format, &options, rows, &progress, &mut out)
        };
        let is_csv = format.description.formulas == FormulaRisk::Present;
        match self.excel_separator.filter(|_| is_csv) {
            Some(separator) => write(&mut ExcelCsv::new(out, separator))?,
            None => write(out)?,
        }
        Ok(())
    }

    /// Encodes rows as typed columns: every task decodes batches, which one sink encodes in order.
    fn encode_typed(
        &self,
        format: &TypedFormat,
        plan: &ColumnPlan<'_>,
        types: &[ColumnType],
        rows: &[RowId],
        out: &mut (impl Write + Send),
        access: OutputAccess,
    ) -> Result<(), AttemptError> {
        // The types are final here: a value that does not fit ends the attempt.
        let schema = plan.schema(types, self.file_metadata());
        let mut sink = (format.open)(Box::new(out), &schema, types, access)?;
        let decode = |rows: &[RowId]| decode_batches(plan, types, &schema, rows);
        let progress = |rows| self.report_rows(rows);
        let division = TaskDivision::of_items(rows_per_task(self.snapshot));
        // In another order than that of the load, a long task reads several values of each chunk.
        let division = if rows.is_sorted() {
            division
        } else {
            division.one_per_thread()
        };
        ordered_parallel(rows, division, &progress, decode, |batches| {
            Ok(sink.write(&batches.concat())?)
        })?;
        Ok(sink.finish()?)
    }

    /// Returns the key-value metadata of a typed file: its origin.
    fn file_metadata(&self) -> HashMap<String, String> {
        let sources = self.snapshot.sources();
        let sources: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        [
            ("idq.api", self.snapshot.api().name.to_owned()),
            ("idq.version", env!("CARGO_PKG_VERSION").to_owned()),
            ("idq.sources", serde_json::json!(sources).to_string()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }
}
