//! Sources, the first stage of a load: opened as streams of decompressed bytes.
//!
//! [`expand()`] expands the names that a user types into [`Source`]s; an [`Input`] reads a source, and looks ahead to
//! detect its compression and its API. [`RetainedBytes`] keeps the bytes of sources that cannot be read again.

#[cfg(feature = "archives")]
mod archive;
#[cfg(not(feature = "archives"))]
#[path = "no_archives.rs"]
mod archive;
mod content;
mod decompress;
mod detect_api;
mod error_answer;
mod expand;
mod find_records;
mod input;
mod outermost;
mod retained_bytes;
mod transcode;

pub use expand::{Expansion, IgnoredEntry, expand, list_files};

pub(crate) use detect_api::{
    DETECTION_BYTES, Detection, END_OF_DOS_FILE, MAX_DETECTION_KEYS, PRELOAD_DETECTION_BYTES,
    RECORD_SEPARATOR,
};
pub(crate) use input::Input;
pub(crate) use retained_bytes::{
    FilePosition, ParsedBytes, RetainedBytes, locate_rejects, reject_bytes_per_source,
};

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The origin of a dump.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A regular file. Any other kind of file, such as a named pipe, is refused without blocking.
    File(PathBuf),
    /// A named pipe or a device, read once and in order. Opening a pipe blocks until its writer has opened it.
    Stream(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes in memory, with a name for messages.
    Bytes {
        /// The name.
        name: String,
        /// The bytes, shared with the snapshot.
        bytes: Arc<Vec<u8>>,
        /// The archive of which they are a member, if they are one.
        archive: Option<PathBuf>,
    },
}

impl Source {
    /// Creates a source of bytes in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes {
            name: name.into(),
            bytes: Arc::new(bytes.into()),
            archive: None,
        }
    }

    /// Returns the name in messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Stream(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }

    /// Returns the number of bytes, before decompression, of a source that can be read again; `None` for a stream.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) => std::fs::metadata(path)
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|file| file.len()),
            Self::Bytes { bytes, .. } => Some(bytes.len() as u64),
            Self::Stdin | Self::Stream(_) => None,
        }
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Self {
        Self::File(path.into())
    }
}
