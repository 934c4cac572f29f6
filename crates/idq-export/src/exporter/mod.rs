//! The options of an export, and the dispatch to a file, a folder or a stream.

mod file;
mod folder;

use std::fmt;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use idq::api::Api;
use idq::render::{FormulaPolicy, OnRows, text_columns};
use idq::{RowId, Snapshot};
pub use idq_files::OutputKind;
use idq_files::is_special_file;

use crate::columns::text_form::TextForm;
use crate::columns::{
    ColumnPlan, RawRecords, field_in_columns, with_inferred_types, with_speculative_types,
};
use crate::error::Error;
use crate::format::{ExportFormat, OutputAccess};
use crate::partition::check_partition_field;

/// Checks, before work that may take long, that a path can become a file or a folder.
///
/// # Errors
/// The parent folder does not exist, a file would replace a folder, or a folder would replace anything except an empty
/// folder.
pub fn check_path(path: &Path, target: OutputKind) -> Result<(), Error> {
    idq_files::check_target(path, target).map_err(|error| match error.kind() {
        std::io::ErrorKind::DirectoryNotEmpty => Error::NotEmpty(path.to_owned()),
        _ => Error::Output(error).with_path(path),
    })
}

/// Returns the fields whose columns an export takes values from, if a load has them: those of the chosen columns, by
/// default of every documented field, and the one to partition by. If some value is only in the records, these are read
/// anyway, and reading all values from them takes less memory than loading columns for the others.
///
/// ```
/// use idq::api::Api;
/// use idq_export::{ExportFormat, exported_fields};
///
/// let api = Api::provisionr();
/// let columns = ["id".to_owned(), "timestamp.created_at".to_owned()];
/// assert_eq!(exported_fields(&api, ExportFormat::PARQUET, &columns, None).len(), 2);
/// // The spelling of a date-time is only in the record.
/// assert!(exported_fields(&api, ExportFormat::CSV, &columns, None).is_empty());
/// ```
pub fn exported_fields(
    api: &Api,
    format: ExportFormat,
    columns: &[String],
    partition_by: Option<&str>,
) -> Vec<usize> {
    let mut names: Vec<&str> = if columns.is_empty() {
        format.description().default_columns(api)
    } else {
        columns.iter().map(String::as_str).collect()
    };
    names.retain(|name| Some(*name) != partition_by);
    let fields: Option<Vec<usize>> = if format.is_typed() {
        let names = names.into_iter();
        names.map(|name| field_in_columns(api, name)).collect()
    } else {
        text_columns(api, names)
    };
    let partition_by = partition_by.and_then(|name| api.field(name));
    fields.into_iter().flatten().chain(partition_by).collect()
}

/// The size of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportSummary {
    /// The number of records.
    pub records: u64,
    /// The number of files with records.
    pub files: u64,
    /// The number of values that are shortened in the names of their folders; `_shortened_values.json` lists them.
    pub shortened_values: u64,
}

impl ExportSummary {
    /// Returns the summary of an export to one file.
    fn of_one_file(rows: &[RowId]) -> Self {
        Self {
            records: rows.len() as u64,
            files: 1,
            shortened_values: 0,
        }
    }
}

/// Writes records of a snapshot to files.
#[derive(Debug, Clone)]
pub struct Exporter<'s> {
    snapshot: &'s Snapshot,
    format: ExportFormat,
    /// The chosen columns; `None` for every documented field.
    columns: Option<Vec<String>>,
    raw_records: RawRecords,
    partition_by: Option<String>,
    formulas: FormulaPolicy,
    /// The separator of CSV for Excel.
    excel_separator: Option<u8>,
    text_form: TextForm,
    progress: Option<ProgressReport<'s>>,
}

/// The receiver of the number of written rows.
#[derive(Clone, Copy)]
struct ProgressReport<'s> {
    receiver: &'s OnRows<'s>,
    /// The number of rows in the files of a folder that are complete.
    rows_before: u64,
}

impl fmt::Debug for ProgressReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgressReport")
            .field("rows_before", &self.rows_before)
            .finish_non_exhaustive()
    }
}

impl<'s> Exporter<'s> {
    /// Returns an exporter to this format, with every field that the API documents.
    pub fn new(snapshot: &'s Snapshot, format: ExportFormat) -> Self {
        Self {
            snapshot,
            format,
            columns: None,
            raw_records: RawRecords::Omitted,
            partition_by: None,
            formulas: FormulaPolicy::default(),
            excel_separator: None,
            text_form: TextForm::default(),
            progress: None,
        }
    }

    /// Chooses the columns, named as for [`cells_of_names`](idq::cells_of_names).
    #[must_use]
    pub fn with_columns<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a column `record` with each record verbatim; only typed formats have it.
    #[must_use]
    pub fn with_raw_records(mut self) -> Self {
        self.raw_records = RawRecords::Included;
        self
    }

    /// Partitions the records by the values of this field: a folder of files in Hive's layout.
    #[must_use]
    pub fn with_partitions_by(mut self, field: impl Into<String>) -> Self {
        self.partition_by = Some(field.into());
        self
    }

    /// Chooses the treatment of CSV cells that a spreadsheet could run as a formula.
    #[must_use]
    pub fn with_formula_policy(mut self, formulas: FormulaPolicy) -> Self {
        self.formulas = formulas;
        self
    }

    /// Writes CSV as Excel opens it ([`ExcelCsv`](idq::render::ExcelCsv)), with this separator. Other formats ignore it.
    #[must_use]
    pub fn with_excel_csv(mut self, separator: u8) -> Self {
        self.excel_separator = Some(separator);
        self
    }

    /// Chooses the form of texts in [batches](Self::to_batches). Files ignore it.
    #[must_use]
    pub fn with_text_form(mut self, form: TextForm) -> Self {
        self.text_form = form;
        self
    }

    /// Reports the number of written rows to `receiver`, from any thread. It restarts at 0 if the types of the columns
    /// turn out to be others.
    #[must_use]
    pub fn with_progress(mut self, receiver: &'s OnRows<'s>) -> Self {
        self.progress = Some(ProgressReport {
            receiver,
            rows_before: 0,
        });
        self
    }

    /// Returns the exporter of a further file, after files with `rows` rows.
    fn after_rows(&self, rows: u64) -> Self {
        let mut next = self.clone();
        if let Some(progress) = &mut next.progress {
            progress.rows_before = rows;
        }
        next
    }

    /// Reports that `rows` rows of the current file are written.
    fn report_rows(&self, rows: u64) {
        if let Some(progress) = self.progress {
            (progress.receiver)(progress.rows_before + rows);
        }
    }

    /// Writes these rows to a file or, if they are partitioned, to a folder.
    ///
    /// A file is replaced; a folder must be new or empty. A device or a pipe is written to directly.
    ///
    /// # Errors
    /// The options do not suit the format or the records, a source cannot be read or has changed, or the file cannot be
    /// written.
    pub fn write_to_path(&self, rows: &[RowId], path: &Path) -> Result<ExportSummary, Error> {
        let target = match self.partition_by {
            Some(_) => OutputKind::Folder,
            None => OutputKind::File,
        };
        check_path(path, target)?;
        let plan = self.plan(rows.len())?;
        if let Some(field) = &self.partition_by {
            return self.write_folder(&plan, rows, path, field);
        }
        if is_special_file(path) {
            let file = fs::File::options().write(true).open(path);
            let file = file.map_err(|error| Error::Output(error).with_path(path))?;
            return self
                .write_to(rows, file)
                .map_err(|error| error.with_path(path));
        }
        with_speculative_types(&plan, rows, |types| {
            self.write_file(&plan, types, rows, path)
                .map_err(|error| error.with_path(path))
        })?;
        Ok(ExportSummary::of_one_file(rows))
    }

    /// Writes these rows to a sequential output such as a pipe. The format `arrow` is a stream there.
    ///
    /// # Errors
    /// As for [`write_to_path`](Self::write_to_path). Partitions are not supported here.
    pub fn write_to<W: Write + Send>(
        &self,
        rows: &[RowId],
        out: W,
    ) -> Result<ExportSummary, Error> {
        let plan = self.plan(rows.len())?;
        with_inferred_types(&plan, rows, |types| {
            let mut out = BufWriter::new(out);
            self.encode(&plan, types, rows, &mut out, OutputAccess::Sequential)?;
            Ok(out.flush()?)
        })?;
        Ok(ExportSummary::of_one_file(rows))
    }

    /// Returns these rows as Arrow record batches in memory, in order, with their schema: the columns that a file of the
    /// same options has, for engines that take Arrow without a file. The format must be a typed one.
    ///
    /// ```
    /// # use idq::Engine;
    /// # use idq_export::{ExportFormat, Exporter};
    /// # let people = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/provisionr.ndjson");
    /// let engine = Engine::open([people])?;
    /// let rows = engine.query("filter[state]=active")?.rows()?;
    /// let exporter = Exporter::new(engine.snapshot(), ExportFormat::ARROW).with_columns(["id", "timestamp.created_at"]);
    /// let (schema, batches) = exporter.to_batches(&rows)?;
    /// assert_eq!(schema.fields().len(), 2);
    /// assert_eq!(batches.iter().map(|batch| batch.num_rows()).sum::<usize>(), rows.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for [`write_to_path`](Self::write_to_path). Partitions are not supported here.
    pub fn to_batches(&self, rows: &[RowId]) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        let plan = self.plan(rows.len())?;
        self.snapshot.while_unchanged(|| {
            with_speculative_types(&plan, rows, |types| self.decode(&plan, types, rows))
        })
    }

    /// Checks the options, and plans the columns of a typed format for `rows` rows.
    fn plan(&self, rows: usize) -> Result<ColumnPlan<'s>, Error> {
        let description = self.format.description();
        if self.columns.is_some() && !description.has_columns() {
            return Err(Error::NoColumns(description.name));
        }
        if self.raw_records == RawRecords::Included && !self.format.is_typed() {
            return Err(Error::NoRawRecord(description.name));
        }
        if let Some(field) = &self.partition_by {
            check_partition_field(self.snapshot, field)?;
        }
        // Text formats have no types to plan.
        let names = if self.format.is_typed() {
            self.column_names()
        } else {
            Vec::new()
        };
        ColumnPlan::new(self.snapshot, names, self.raw_records, rows)
    }

    /// Returns the names of the columns. The field that names the folders is not a column of their files.
    fn column_names(&self) -> Vec<&str> {
        let mut names = match &self.columns {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => self
                .format
                .description()
                .default_columns(self.snapshot.api()),
        };
        names.retain(|name| Some(*name) != self.partition_by.as_deref());
        names
    }
}
