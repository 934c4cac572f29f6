use std::io;
use std::path::PathBuf;

use arrow_schema::ArrowError;
use idq::api::Kind;
use parquet::errors::ParquetError;

/// Why an export failed. Whatever it is, nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A record cannot be read any more.
    #[error(transparent)]
    Read(#[from] idq::Error),
    /// A record is not valid JSON.
    #[error(transparent)]
    Record(#[from] idq::render::Error),
    /// A file or folder cannot be written.
    #[error("cannot write {}: {error}", idq::escape(&path.to_string_lossy()))]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The output that was given cannot be written.
    #[error("cannot write: {0}")]
    Output(io::Error),
    /// What is there already would be mixed with what is written.
    #[error(
        "cannot write {}: expected a new or an empty folder, found something in it",
        idq::escape(&.0.to_string_lossy())
    )]
    NotEmpty(PathBuf),
    /// Two columns of the same name.
    #[error("expected columns of different names, found {} twice", idq::quote(.0))]
    RepeatedColumn(String),
    /// The format has no columns to choose or to add.
    #[error("{0} has whole records as they are: it takes no columns")]
    NoColumns(&'static str),
    /// The format cannot hold the raw record as a column.
    #[error("{0} has no column for the raw record: expected parquet or arrow")]
    NoRawRecord(&'static str),
    /// The API has no such field.
    #[error(
        "expected a field to partition by, found {}{}",
        idq::quote(name),
        help(nearest.as_deref(), fields)
    )]
    UnknownPartition {
        /// What was asked for.
        name: String,
        /// The field that may have been meant.
        nearest: Option<String>,
        /// Those that could have been.
        fields: Vec<String>,
    },
    /// The field's values are no names of folders.
    #[error(
        "cannot partition by {name}: expected a text, keyword or boolean field, found a {kind}"
    )]
    PartitionKind {
        /// The field.
        name: String,
        /// What it holds.
        kind: Kind,
    },
    /// The field has too many values.
    #[error("cannot partition by {name}: expected at most {limit} values, found more")]
    TooManyPartitions {
        /// The field.
        name: String,
        /// How many values there may be.
        limit: usize,
    },
    /// A value that readers would take for null.
    #[error("cannot partition by {0}: one of its values is the name that stands for null")]
    NullsName(String),
    /// The format's library refuses.
    #[error("cannot write: {0}")]
    Encode(String),
}

/// The field that may have been meant; where none is near, those that there are.
fn help(nearest: Option<&str>, fields: &[String]) -> String {
    let help = nearest.map_or_else(
        || {
            format!(
                "the fields with texts, keywords and booleans are {}",
                fields.join(", ")
            )
        },
        |nearest| format!("did you mean `{nearest}`?"),
    );
    format!("\n  help: {help}")
}

impl Error {
    /// Whether it is the request that is wrong, rather than the data or the disk.
    pub fn is_wrong_request(&self) -> bool {
        matches!(
            self,
            Self::RepeatedColumn(_)
                | Self::NoColumns(_)
                | Self::NoRawRecord(_)
                | Self::UnknownPartition { .. }
                | Self::PartitionKind { .. }
                | Self::TooManyPartitions { .. }
                | Self::NullsName(_)
        )
    }

    /// Names the file, where output failed.
    pub(crate) fn at(self, path: &std::path::Path) -> Self {
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

impl From<idq::json::Error> for Error {
    fn from(error: idq::json::Error) -> Self {
        Self::Record(error.into())
    }
}

/// The output's own error, where that is what went wrong: whoever asks whether a pipe was closed looks at its kind.
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

/// Why writing stopped.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A value does not fit the type that its column was thought to have.
    Misfit,
    /// It cannot go on.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
