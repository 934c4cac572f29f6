use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::Path;

use idq::render::{ColumnSet, CsvWriter, Formulas, write_ndjson};
use idq::{Row, Snapshot};
use idq_files::{Unfinished, is_special, sync_folder};

use crate::batch::batches;
use crate::column::ColumnType;
use crate::encode::{Encoder, Piece};
use crate::error::{Error, Stop};
use crate::flow::{flow, piece_rows};
use crate::partition::{Partition, check_field, partitions};
use crate::plan::{Plan, with_certain_types, with_types};

/// Makes sure, before work that may take long, that a path can become a file, or a folder.
///
/// # Errors
/// The folder that it would be in is not there; a file should replace a folder, or a folder something else than an
/// empty folder.
pub fn check_path(path: &Path, is_folder: bool) -> Result<(), Error> {
    idq_files::check_path(path, is_folder).map_err(|error| match error.kind() {
        std::io::ErrorKind::DirectoryNotEmpty => Error::NotEmpty(path.to_owned()),
        _ => Error::Output(error).at(path),
    })
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet: zstd, dictionaries, statistics and page index.
    Parquet,
    /// Arrow IPC: the file format, or the stream format where the output is no file.
    Arrow,
    /// A header, then a line a record.
    Csv,
    /// Records verbatim, one a line.
    Ndjson,
}

impl Format {
    /// Its name, which is also the ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// Whether its columns have types.
    fn is_typed(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// What has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many records.
    pub records: u64,
    /// How many files with records.
    pub files: u64,
    /// How many values are not whole in the name of their folder; `_shortened_values.json` has them.
    pub shortened: u64,
}

/// Writes records of a snapshot as files.
#[derive(Debug, Clone)]
pub struct Exporter<'s> {
    snapshot: &'s Snapshot,
    format: Format,
    columns: Option<Vec<String>>,
    record: bool,
    partition_by: Option<String>,
    formulas: Formulas,
}

impl<'s> Exporter<'s> {
    /// Writes this format, with every field that the API documents.
    pub fn new(snapshot: &'s Snapshot, format: Format) -> Self {
        Self {
            snapshot,
            format,
            columns: None,
            record: false,
            partition_by: None,
            formulas: Formulas::default(),
        }
    }

    /// Writes these columns instead: places of a record, each named by its keys joined by dots.
    #[must_use]
    pub fn columns<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Adds a column `record` with each record's own bytes (Parquet and Arrow).
    #[must_use]
    pub fn record(mut self, wanted: bool) -> Self {
        self.record = wanted;
        self
    }

    /// Writes a folder of files, in Hive's layout, by the values of this field.
    #[must_use]
    pub fn partition_by(mut self, field: impl Into<String>) -> Self {
        self.partition_by = Some(field.into());
        self
    }

    /// What becomes of CSV cells that a spreadsheet could run as a formula.
    #[must_use]
    pub fn formulas(mut self, formulas: Formulas) -> Self {
        self.formulas = formulas;
        self
    }

    /// Writes these rows to a file, which is replaced if it is there, or where they are partitioned to a folder, which
    /// must be new or empty. A device or a pipe is written to as it is.
    ///
    /// # Errors
    /// What was asked for does not suit the format or the records, a source cannot be read any more, or the file
    /// cannot be written.
    pub fn to_path(&self, rows: &[Row], path: &Path) -> Result<Written, Error> {
        check_path(path, self.partition_by.is_some())?;
        let plan = self.plan()?;
        if let Some(field) = &self.partition_by {
            return self.to_folder(&plan, rows, path, field);
        }
        if is_special(path) {
            let file = fs::File::options().write(true).open(path);
            let file = file.map_err(|error| Error::Output(error).at(path))?;
            return self.to_writer(rows, file).map_err(|error| error.at(path));
        }
        with_types(&plan, rows, |types| {
            self.to_file(&plan, types, rows, path)
                .map_err(|stop| named(stop, path))
        })?;
        Ok(Written {
            records: rows.len() as u64,
            files: 1,
            shortened: 0,
        })
    }

    /// Writes these rows to an output that takes them as they come: Arrow as a stream.
    ///
    /// # Errors
    /// As for [`to_path`](Self::to_path); rows cannot be partitioned here.
    pub fn to_writer<W: Write + Send>(&self, rows: &[Row], out: W) -> Result<Written, Error> {
        let plan = self.plan()?;
        with_certain_types(&plan, rows, |types| {
            let mut out = self.write(&plan, types, rows, BufWriter::new(out), true)?;
            Ok(out.flush()?)
        })?;
        Ok(Written {
            records: rows.len() as u64,
            files: 1,
            shortened: 0,
        })
    }

    fn plan(&self) -> Result<Plan<'s>, Error> {
        let name = self.format.name();
        if self.format == Format::Ndjson && self.columns.is_some() {
            return Err(Error::NoColumns(name));
        }
        if self.record && !self.format.is_typed() {
            return Err(Error::NoRawRecord(name));
        }
        if let Some(field) = &self.partition_by {
            check_field(self.snapshot, field)?;
        }
        // Lines have no types to plan.
        let names = self.names().filter(|_| self.format.is_typed());
        Plan::new(self.snapshot, names, self.record)
    }

    /// The names of the columns: the one that folders are named by is not among them.
    fn names(&self) -> impl Iterator<Item = &str> {
        let fields = self
            .snapshot
            .api()
            .fields
            .iter()
            .map(|field| field.name.as_str());
        let chosen = self.columns.as_deref();
        let documented = fields.filter(move |_| chosen.is_none());
        let chosen = chosen.into_iter().flatten().map(String::as_str);
        let partition = self.partition_by.as_deref();
        chosen
            .chain(documented)
            .filter(move |name| Some(*name) != partition)
    }

    fn to_folder(
        &self,
        plan: &Plan<'_>,
        rows: &[Row],
        path: &Path,
        field: &str,
    ) -> Result<Written, Error> {
        let partitions = partitions(self.snapshot, field, rows)?;
        with_types(plan, rows, |types| {
            let failed = |error| Error::Output(error).at(path);
            let unfinished = Unfinished::folder(path).map_err(failed)?;
            for partition in &partitions {
                let folder = unfinished.path().join(&partition.folder);
                let file = folder.join(format!("part-0.{}", self.format.name()));
                // The name that the folder will have.
                let shown = path.join(&partition.folder);
                fs::create_dir(&folder).map_err(|error| Error::Output(error).at(&shown))?;
                self.to_file(plan, types, &partition.rows, &file)
                    .map_err(|stop| named(stop, &shown))?;
            }
            write_shortened(&partitions, unfinished.path())
                .map_err(|error| Error::Output(error).at(path))?;
            sync_folder(unfinished.path());
            self.snapshot.check_unchanged().map_err(Error::Read)?;
            unfinished.put().map_err(failed)?;
            Ok(())
        })?;
        Ok(Written {
            records: rows.len() as u64,
            files: partitions.len() as u64,
            shortened: shortened(&partitions).count() as u64,
        })
    }

    fn to_file(
        &self,
        plan: &Plan<'_>,
        types: &[ColumnType],
        rows: &[Row],
        path: &Path,
    ) -> Result<(), Stop> {
        let (unfinished, file) = Unfinished::file(path)?;
        let out = BufWriter::with_capacity(1 << 20, file);
        let file = self.write(plan, types, rows, out, false)?;
        file.sync_all()?;
        drop(file);
        self.snapshot.check_unchanged()?;
        unfinished.put()?;
        Ok(())
    }

    /// Writes everything, and gives back what is under the buffer.
    fn write<W: Write + Send>(
        &self,
        plan: &Plan<'_>,
        types: &[ColumnType],
        rows: &[Row],
        out: BufWriter<W>,
        is_stream: bool,
    ) -> Result<W, Stop> {
        let columns = ColumnSet::new(self.names());
        let schema = plan.schema(types, self.metadata());
        let mut encoder = match self.format {
            Format::Parquet => Encoder::parquet(out, schema.clone(), types)?,
            Format::Arrow => Encoder::arrow(out, &schema, is_stream)?,
            Format::Csv => {
                let header = CsvWriter::new(Vec::new(), columns.clone(), self.formulas);
                Encoder::lines(out, &header.and_then(CsvWriter::finish)?)?
            }
            Format::Ndjson => Encoder::lines(out, b"")?,
        };
        let read = |rows: &[Row]| match self.format {
            Format::Parquet | Format::Arrow => {
                Ok(Piece::Batches(batches(plan, types, &schema, rows)?))
            }
            Format::Csv => {
                let mut csv = CsvWriter::without_header(Vec::new(), columns.clone(), self.formulas);
                self.each(rows, |record| Ok(csv.write(record)?))?;
                Ok(Piece::Lines(csv.finish()?))
            }
            Format::Ndjson => {
                let mut lines = Vec::new();
                self.each(rows, |record| Ok(write_ndjson(record, &mut lines)?))?;
                Ok(Piece::Lines(lines))
            }
        };
        flow(rows, piece_rows(self.snapshot), read, |pieces| {
            Ok(encoder.write(pieces)?)
        })?;
        let out = encoder.finish()?;
        Ok(out.into_inner().map_err(IntoInnerError::into_error)?)
    }

    fn each(
        &self,
        rows: &[Row],
        mut call: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut reader = self.snapshot.reader();
        rows.iter()
            .try_for_each(|&row| call(self.snapshot.record(row, &mut reader)?))
    }

    /// What a file says of itself.
    fn metadata(&self) -> HashMap<String, String> {
        let sources = self.snapshot.loaded().sources();
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

/// The file that has the values which are not whole in the names of their folders. Readers of partitioned folders pass
/// over names that start with `_`.
const SHORTENED: &str = "_shortened_values.json";

/// The folders whose names do not have the whole value, and the values.
fn shortened(partitions: &[Partition]) -> impl Iterator<Item = (&str, &str)> {
    let partitions = partitions.iter();
    partitions.filter_map(|partition| Some((&*partition.folder, partition.shortened.as_deref()?)))
}

/// Writes the values that are not whole in the names of their folders, if there are any: an object of the folders'
/// names and the values.
fn write_shortened(partitions: &[Partition], folder: &Path) -> std::io::Result<()> {
    let shortened: BTreeMap<&str, &str> = shortened(partitions).collect();
    if shortened.is_empty() {
        return Ok(());
    }
    let mut file = BufWriter::new(fs::File::create_new(folder.join(SHORTENED))?);
    serde_json::to_writer_pretty(&mut file, &shortened)?;
    file.write_all(b"\n")?;
    file.into_inner()
        .map_err(IntoInnerError::into_error)?
        .sync_all()
}

/// Names what was being written, where writing failed.
fn named(stop: Stop, path: &Path) -> Stop {
    match stop {
        Stop::Failed(error) => Stop::Failed(error.at(path)),
        Stop::Misfit => Stop::Misfit,
    }
}
