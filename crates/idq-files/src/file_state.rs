//! The state of a file at one moment, by which a later change of its content is detected without reading it.

use std::fs::Metadata;
use std::time::SystemTime;

/// The state of a file at one moment, from its metadata.
///
/// After an overwrite, length and modification time can be restored; the status change time (`ctime`) cannot, so it is
/// part of the state where the system has one. It also changes with permissions and names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    length: u64,
    modified: Option<SystemTime>,
    #[cfg(unix)]
    unix: UnixState,
}

#[cfg(unix)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UnixState {
    device: u64,
    inode: u64,
    /// Seconds and nanoseconds of the status change time.
    changed: (i64, i64),
}

/// The difference between two states of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateDifference {
    /// No difference.
    None,
    /// The status change time alone: names or permissions were changed, or the content was changed and its modification
    /// time restored.
    Status,
    /// The length, the modification time, or the file itself.
    Content,
}

impl FileState {
    /// Returns the state that metadata describe.
    pub fn from_metadata(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;

        Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            unix: UnixState {
                device: metadata.dev(),
                inode: metadata.ino(),
                changed: (metadata.ctime(), metadata.ctime_nsec()),
            },
        }
    }

    /// Returns the length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Returns the modification time, where the system has one.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Returns the difference between this state and later metadata.
    pub fn difference(&self, now: &Metadata) -> StateDifference {
        let state = Self::from_metadata(now);
        if state == *self {
            return StateDifference::None;
        }
        let is_same_file = state.length == self.length && state.modified == self.modified;
        #[cfg(unix)]
        let is_same_file = is_same_file
            && (state.unix.device, state.unix.inode) == (self.unix.device, self.unix.inode);
        if is_same_file {
            StateDifference::Status
        } else {
            StateDifference::Content
        }
    }

    /// Returns whether an open file with the metadata `now` has the same content as in this state.
    ///
    /// A file without a name (it was deleted, or another file was renamed over it) cannot be opened for writing any
    /// more, so its status change was the removal of the name and not a change of content.
    pub fn has_same_content(&self, now: &Metadata) -> bool {
        match self.difference(now) {
            StateDifference::None => true,
            StateDifference::Status => has_no_name(now),
            StateDifference::Content => false,
        }
    }

    /// Returns the state as bytes, for a hash.
    pub fn to_bytes(&self) -> Vec<u8> {
        let since = self
            .modified
            .and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok())
            .unwrap_or_default();
        let mut bytes = self.length.to_le_bytes().to_vec();
        bytes.extend(since.as_nanos().to_le_bytes());
        #[cfg(unix)]
        {
            bytes.extend(self.unix.device.to_le_bytes());
            bytes.extend(self.unix.inode.to_le_bytes());
            bytes.extend(self.unix.changed.0.to_le_bytes());
            bytes.extend(self.unix.changed.1.to_le_bytes());
        }
        bytes
    }
}

#[cfg(unix)]
fn has_no_name(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 0
}

/// Without a status change time in the state, [`StateDifference::Status`] does not occur.
#[cfg(not(unix))]
fn has_no_name(_: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs::{self, File};
    use std::io::Write;

    use super::*;

    #[test]
    fn file_overwritten_with_length_and_time_restored_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "before").unwrap();
        let open = File::open(&path).unwrap();
        let state = FileState::from_metadata(&open.metadata().unwrap());
        assert!(state.has_same_content(&open.metadata().unwrap()));
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(b"after!").unwrap();
        file.set_modified(state.modified().unwrap()).unwrap();
        let now = open.metadata().unwrap();
        assert_eq!(now.len(), state.length());
        assert_eq!(now.modified().ok(), state.modified());
        assert!(!state.has_same_content(&now));
        assert_ne!(state.to_bytes(), FileState::from_metadata(&now).to_bytes());
    }

    #[test]
    fn open_file_that_another_is_renamed_over_has_the_same_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let other = folder.path().join("other");
        fs::write(&path, "before").unwrap();
        fs::write(&other, "before").unwrap();
        let open = File::open(&path).unwrap();
        let state = FileState::from_metadata(&open.metadata().unwrap());
        fs::rename(&other, &path).unwrap();
        assert!(state.has_same_content(&open.metadata().unwrap()));
        assert_ne!(
            state,
            FileState::from_metadata(&fs::metadata(&path).unwrap())
        );
    }
}
