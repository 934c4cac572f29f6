//! The error of packing.

use std::io;

use idq_snapshot::{ColumnError, LoadError};

/// The reason why a snapshot cannot be packed. An existing file at the path is then unchanged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A record or a column cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A field of a filter or a sort was not loaded, or its column cannot be read.
    #[error(transparent)]
    Column(#[from] ColumnError),
    /// A record cannot be compressed.
    #[error("cannot compress a record: {0}")]
    Compress(io::Error),
    /// The file cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// Packing takes more memory than its bound.
    #[error("packing takes up to {needed} bytes of memory, more than it may take")]
    Memory {
        /// The least bound that suffices, in bytes.
        needed: u64,
    },
    /// Arrow refuses an array.
    #[error("cannot encode: {0}")]
    Encode(#[from] arrow_schema::ArrowError),
}
