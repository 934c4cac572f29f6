//! The error of rendering.

use std::io;

/// The reason why a record could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The record is not valid JSON, so it has no cells.
    #[error("the record cannot be read: {0}, at byte {offset}", offset = .0.offset)]
    Record(#[from] idq_json::Error),
    /// A record or a column cannot be read.
    #[error(transparent)]
    Read(#[from] idq_snapshot::LoadError),
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}
