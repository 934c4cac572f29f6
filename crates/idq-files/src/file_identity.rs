//! The identity of files, by which two names or handles of one file are recognised.

use std::fs::Metadata;
use std::io;
use std::path::Path;

/// The identity of a file: two names with equal identities lead to one file.
///
/// On Unix it consists of the device and the inode, so that hard links, symbolic links and names such as `/dev/fd/3`
/// have the identity of their file; elsewhere it is the canonical path, which resolves only symbolic links.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileIdentity(Inner);

#[cfg(unix)]
type Inner = (u64, u64);
#[cfg(not(unix))]
type Inner = std::path::PathBuf;

impl FileIdentity {
    /// Returns the identity of the file that a path leads to. The file is not opened.
    ///
    /// # Errors
    /// The file does not exist, or a folder of its path cannot be searched.
    #[cfg(unix)]
    pub fn from_path(path: &Path) -> io::Result<Self> {
        Ok(Self::from_metadata(&std::fs::metadata(path)?))
    }

    /// Returns the identity of the file that a path leads to.
    ///
    /// # Errors
    /// The file does not exist, or a folder of its path cannot be searched.
    #[cfg(not(unix))]
    pub fn from_path(path: &Path) -> io::Result<Self> {
        Ok(Self(path.canonicalize()?))
    }

    #[cfg(unix)]
    fn from_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }
}

/// A descriptor that every process starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandardStream {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl StandardStream {
    /// Returns the identity and the metadata of the descriptor's file; `None` if the descriptor is closed, or on
    /// systems without descriptors.
    pub fn file(self) -> Option<(FileIdentity, Metadata)> {
        #[cfg(unix)]
        {
            use std::fs::File;
            use std::os::fd::AsFd;

            let owned = match self {
                Self::Input => io::stdin().as_fd().try_clone_to_owned(),
                Self::Output => io::stdout().as_fd().try_clone_to_owned(),
                Self::Error => io::stderr().as_fd().try_clone_to_owned(),
            };
            let metadata = File::from(owned.ok()?).metadata().ok()?;
            Some((FileIdentity::from_metadata(&metadata), metadata))
        }
        #[cfg(not(unix))]
        None
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, File};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn names_of_one_file_have_equal_identities() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| FileIdentity::from_path(&folder.path().join(name)).unwrap();
        fs::write(folder.path().join("file"), "1").unwrap();
        fs::write(folder.path().join("other"), "1").unwrap();
        fs::hard_link(folder.path().join("file"), folder.path().join("hard")).unwrap();
        std::os::unix::fs::symlink("file", folder.path().join("symbolic")).unwrap();
        let open = File::open(folder.path().join("file")).unwrap();
        let descriptor = format!("/dev/fd/{}", open.as_raw_fd());
        for name in ["file", "hard", "symbolic", "./file", &descriptor] {
            assert_eq!(of(name), of("file"), "{name}");
        }
        assert_ne!(of("other"), of("file"));
        assert!(FileIdentity::from_path(&folder.path().join("missing")).is_err());
    }
}
