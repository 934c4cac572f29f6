//! Errors of an export.

use std::io;
use std::path::PathBuf;

use arrow_schema::ArrowError;
use idq::api::Kind;
use parquet::errors::ParquetError;

use crate::format::ExportFormat;

/// The reason why an export failed. A failed export leaves no file behind, complete or partial.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A record cannot be read, or its source has changed since it was loaded.
    #[error(transparent)]
    Read(#[from] idq::LoadError),
    /// A record is not valid JSON.
    #[error(transparent)]
    Record(idq::render::Error),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {error}", idq::escape(&path.to_string_lossy()))]
    Write {
        /// The path of the file or folder.
        path: PathBuf,
        /// The error of the system.
        error: io::Error,
    },
    /// An output without a path cannot be written.
    #[error("cannot write: {0}")]
    Output(io::Error),
    /// The folder to write has entries, which would be mixed with the partitions.
    #[error(
        "cannot write {}: expected a new or empty folder, found a folder with entries",
        idq::escape(&.0.to_string_lossy())
    )]
    NotEmpty(PathBuf),
    /// More records than a sheet of a workbook has lines.
    #[error(
        "a sheet has at most {most} records, found {found}: take fewer, or write CSV or Parquet"
    )]
    TooManyLines {
        /// The number of records.
        found: usize,
        /// The greatest number of records.
        most: usize,
    },
    /// A value that is longer than a cell of a workbook.
    #[error(
        "a cell has at most {most} characters, found {found} in {}, record {record}: leave the column out, or write CSV or \
         Parquet",
        idq::quote(column)
    )]
    LongCell {
        /// The name of the column.
        column: String,
        /// The number of the record in the file, from 1.
        record: usize,
        /// The number of characters, in units of UTF-16.
        found: usize,
        /// The greatest number of characters.
        most: usize,
    },
    /// A workbook cannot be written.
    #[error("cannot write the workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// Two columns have the same name.
    #[error("expected columns of different names, found {} twice", idq::quote(.0))]
    RepeatedColumn(String),
    /// The format has no columns to choose.
    #[error("{0} writes whole records: it takes no columns")]
    NoColumns(&'static str),
    /// The format has no column for raw records.
    #[error("{0} has no column for the raw record: expected {typed}", typed = typed_formats())]
    NoRawRecord(&'static str),
    /// The API has no such field.
    #[error(
        "expected a field to partition by, found {}{}",
        idq::quote(name),
        help_with_fields(nearest.as_deref(), fields)
    )]
    UnknownPartition {
        /// The requested name.
        name: String,
        /// The field of the nearest name, if one is near.
        nearest: Option<String>,
        /// The fields that can name partitions.
        fields: Vec<String>,
    },
    /// The values of the field cannot name folders.
    #[error("cannot partition by {name}: expected a text or boolean field, found a {kind}")]
    PartitionKind {
        /// The name of the field.
        name: String,
        /// The kind of its values.
        kind: Kind,
    },
    /// The field has too many distinct values.
    #[error("cannot partition by {name}: expected at most {limit} values, found more")]
    TooManyPartitions {
        /// The name of the field.
        name: String,
        /// The maximum number of values.
        limit: usize,
    },
    /// A value is the name that represents null in Hive's layout.
    #[error("cannot partition by {0}: one of its values is the name that represents null")]
    ReservedValue(String),
    /// The library of the format reports an error.
    #[error("cannot write: {0}")]
    Encode(String),
}

/// Lists the typed formats as alternatives.
fn typed_formats() -> String {
    let typed = ExportFormat::all().filter(|format| format.is_typed());
    idq::render::list_alternatives(typed.map(ExportFormat::description))
}

/// Returns the help for an unknown field: the nearest name or, if none is near, every possible one.
fn help_with_fields(nearest: Option<&str>, fields: &[String]) -> String {
    let help = nearest.map_or_else(
        || format!("the text and boolean fields are {}", fields.join(", ")),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    format!("\n  help: {help}")
}

impl Error {
    /// Returns whether the request is wrong, rather than the data or the disk.
    pub fn is_usage_error(&self) -> bool {
        matches!(
            self,
            Self::RepeatedColumn(_)
                | Self::NoColumns(_)
                | Self::NoRawRecord(_)
                | Self::UnknownPartition { .. }
                | Self::PartitionKind { .. }
                | Self::TooManyPartitions { .. }
                | Self::ReservedValue(_)
        )
    }

    /// Adds the path to a failure of the output.
    pub(crate) fn with_path(self, path: &std::path::Path) -> Self {
        match self {
            Self::Output(error) => Self::Write {
                path: path.to_owned(),
                error,
            },
            other => other,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<idq::render::Error> for Error {
    fn from(error: idq::render::Error) -> Self {
        match error {
            idq::render::Error::Read(error) => Self::Read(error),
            idq::render::Error::Write(error) => Self::Output(error),
            error => Self::Record(error),
        }
    }
}

impl From<idq::json::Error> for Error {
    fn from(error: idq::json::Error) -> Self {
        Self::Record(idq::render::Error::Record(error))
    }
}

// An error of the output is unwrapped, because its kind distinguishes a closed pipe from other failures.
impl From<ParquetError> for Error {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(error) => Self::Output(*error),
                Err(cause) => Self::Encode(cause.to_string()),
            },
            error => Self::Encode(error.to_string()),
        }
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Output(error),
            error => Self::Encode(error.to_string()),
        }
    }
}

/// The reason why an attempt to write with inferred types ended.
#[derive(Debug)]
pub(crate) enum AttemptError {
    /// A value does not fit the type of its column: the types must be inferred from more rows.
    TypeMismatch,
    /// The export failed.
    Failed(Error),
}

impl AttemptError {
    /// Adds the path to a failure of the output.
    pub(crate) fn with_path(self, path: &std::path::Path) -> Self {
        match self {
            Self::Failed(error) => Self::Failed(error.with_path(path)),
            Self::TypeMismatch => Self::TypeMismatch,
        }
    }
}

impl<E: Into<Error>> From<E> for AttemptError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
