use std::io;

use idq_snapshot::{ColumnError, LoadError};

/// Why a snapshot could not be packed. The file that was to be written is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A record or a column cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A field that some filter or sort looks at was not loaded.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// A record could not be compressed.
    #[error("cannot compress a record: {0}")]
    Compress(io::Error),
    /// The file cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// Packing would take more memory than it may.
    #[error("packing takes up to {needed} bytes of memory, more than it may take")]
    Memory {
        /// Bytes that would do.
        needed: u64,
    },
    /// Arrow refuses an array.
    #[error("cannot encode: {0}")]
    Encode(#[from] arrow_schema::ArrowError),
}
