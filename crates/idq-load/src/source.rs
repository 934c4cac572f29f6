use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a dump comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A regular file. What turns out to be none, such as a named pipe, is refused, and never waited for.
    File(PathBuf),
    /// A named pipe or a device, which is read once, as its bytes come; opening it waits for its writer.
    Stream(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes in memory, with a name for error messages.
    Bytes {
        /// The name.
        name: String,
        /// The bytes; the snapshot keeps them.
        bytes: Arc<Vec<u8>>,
    },
}

impl Source {
    /// Bytes in memory.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self::Bytes {
            name: name.into(),
            bytes: Arc::new(bytes.into()),
        }
    }

    /// The name in messages.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Stream(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
            Self::Bytes { name, .. } => name.clone(),
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
