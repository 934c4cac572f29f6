//! Whether a file still has the content that it had.

use std::fs::Metadata;
use std::time::SystemTime;

/// The state of a file at one moment, as far as its metadata give it.
///
/// Length and time of writing can both be restored after a file was overwritten; the time of its last change of any kind
/// cannot, so it counts as well, where the system has one. Other changes, of permissions or names, count with it.
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
    /// Seconds and nanoseconds of the last change of content or metadata.
    changed: (i64, i64),
}

/// The difference between two states of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// There is none.
    None,
    /// The time of the last change of any kind alone: names or permissions were changed, or the content was, and its old
    /// time restored.
    Status,
    /// The length, the time of writing, or the file itself.
    Content,
}

impl FileState {
    /// Returns the state that these metadata describe.
    pub fn of(metadata: &Metadata) -> Self {
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

    /// Returns the time of the last write, where the system has one.
    pub fn modified(&self) -> Option<SystemTime> {
        self.modified
    }

    /// Returns the difference between this state and that of metadata read later.
    pub fn difference(&self, now: &Metadata) -> Difference {
        let state = Self::of(now);
        if state == *self {
            return Difference::None;
        }
        let has_same_content = state.length == self.length && state.modified == self.modified;
        #[cfg(unix)]
        let has_same_content = has_same_content
            && (state.unix.device, state.unix.inode) == (self.unix.device, self.unix.inode);
        if has_same_content {
            Difference::Status
        } else {
            Difference::Content
        }
    }

    /// Reports whether an open file, whose metadata these are now, has kept its content.
    ///
    /// A file that has lost its last name meanwhile, since another one was renamed over it or it was deleted, can no longer
    /// be written to by name: the change that took the name is none of its content.
    pub fn is_kept(&self, now: &Metadata) -> bool {
        match self.difference(now) {
            Difference::None => true,
            Difference::Status => has_no_name(now),
            Difference::Content => false,
        }
    }

    /// Returns bytes that differ between states, to be hashed.
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

/// Elsewhere the time of the last change of any kind is not part of the state, so that it never differs alone.
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
    fn a_file_overwritten_with_length_and_time_restored_has_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "before").unwrap();
        let open = File::open(&path).unwrap();
        let state = FileState::of(&open.metadata().unwrap());
        assert!(state.is_kept(&open.metadata().unwrap()));
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(b"after!").unwrap();
        file.set_modified(state.modified().unwrap()).unwrap();
        let now = open.metadata().unwrap();
        assert_eq!(now.len(), state.length());
        assert_eq!(now.modified().ok(), state.modified());
        assert!(!state.is_kept(&now));
        assert_ne!(state.to_bytes(), FileState::of(&now).to_bytes());
    }

    #[test]
    fn a_file_that_another_is_renamed_over_is_kept_by_its_handle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let other = folder.path().join("other");
        fs::write(&path, "before").unwrap();
        fs::write(&other, "before").unwrap();
        let open = File::open(&path).unwrap();
        let state = FileState::of(&open.metadata().unwrap());
        fs::rename(&other, &path).unwrap();
        assert!(state.is_kept(&open.metadata().unwrap()));
        assert_ne!(state, FileState::of(&fs::metadata(&path).unwrap()));
    }
}
