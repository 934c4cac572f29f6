//! The error of the library.

use idq_engine::BindErrors;
use idq_grammar::Errors as ParseErrors;
use idq_pack::PackError;
use idq_snapshot::{ColumnError, LoadError, NotLoaded};

/// The error of a load, a request or an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The text of the request breaks the grammar.
    #[error(transparent)]
    Parse(#[from] ParseErrors),
    /// The request does not fit the API.
    #[error(transparent)]
    Bind(#[from] BindErrors),
    /// The request needs a field that was not loaded.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// A snapshot cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The flag that cancels the query is set.
    #[error("the query was cancelled")]
    Cancelled,
    /// Output cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl From<ColumnError> for Error {
    fn from(error: ColumnError) -> Self {
        match error {
            ColumnError::NotLoaded(error) => Self::NotLoaded(error),
            ColumnError::Unreadable(error) => Self::Load(error),
        }
    }
}
