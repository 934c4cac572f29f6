//! Which file a name or an open handle leads to, whatever the name is.

use std::fs::Metadata;
use std::io;
use std::path::Path;

/// The identity of a file: two names with equal identities lead to one file.
///
/// On Unix it is the device and the inode, so that hard links, symbolic links and names such as `/dev/fd/3` are seen
/// through; elsewhere it is the resolved path, which sees through symbolic links alone.
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
    /// The path leads nowhere, or a folder on the way cannot be searched.
    #[cfg(unix)]
    pub fn of_path(path: &Path) -> io::Result<Self> {
        Ok(Self::of_metadata(&std::fs::metadata(path)?))
    }

    /// Returns the identity of the file that a path leads to.
    ///
    /// # Errors
    /// The path leads nowhere, or a folder on the way cannot be searched.
    #[cfg(not(unix))]
    pub fn of_path(path: &Path) -> io::Result<Self> {
        Ok(Self(path.canonicalize()?))
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }
}

/// One of the descriptors that a process is born with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// Standard input.
    Input,
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl Standard {
    /// Returns the identity of the file behind the descriptor, and its metadata; `None` where it is closed, or on systems
    /// without descriptors.
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
            Some((FileIdentity::of_metadata(&metadata), metadata))
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
    fn every_name_of_a_file_has_its_identity() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| FileIdentity::of_path(&folder.path().join(name)).unwrap();
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
        assert!(FileIdentity::of_path(&folder.path().join("missing")).is_err());
    }
}
