//! The error of the library.

use idq_engine::BindErrors;
use idq_grammar::Errors as ParseErrors;
#[cfg(feature = "pack")]
use idq_pack::PackError;
use idq_snapshot::{ColumnError, LoadError, LoadErrorKind, NotLoaded};

use crate::load_settings::SettingError;

/// The error of a load, a request or an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data cannot be read.
    #[error(transparent)]
    Load(LoadError),
    /// The text of the request breaks the grammar.
    #[error(transparent)]
    Parse(#[from] ParseErrors),
    /// The request does not fit the API.
    #[error(transparent)]
    Bind(#[from] BindErrors),
    /// The request needs a field that was not loaded.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// A setting of a load has a wrong name or value.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A snapshot cannot be packed.
    #[cfg(feature = "pack")]
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The flag that cancels the load or the query is set.
    #[error("cancelled")]
    Cancelled,
    /// Output cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] std::io::Error),
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        match *error.kind {
            LoadErrorKind::Cancelled => Self::Cancelled,
            _ => Self::Load(error),
        }
    }
}

impl From<ColumnError> for Error {
    fn from(error: ColumnError) -> Self {
        match error {
            ColumnError::NotLoaded(error) => Self::NotLoaded(error),
            ColumnError::Unreadable(error) => error.into(),
        }
    }
}
