//! Atomic replacement of outputs: write a temporary, then rename it, so that an output appears whole or not at all.
//!
//! An [`AtomicFile`] or [`AtomicFolder`] is written next to its target, under a hidden name that ends in `.unfinished`,
//! and [`AtomicFile::commit`] renames it. A killed process leaves the previous target, and the temporary, which can be
//! deleted. A process that handles a signal calls [`remove_temporaries`] before it ends.
//!
//! A crate for this would replace some ten lines only. `tempfile` renames files but not folders, removes nothing when a
//! signal ends the process (destructors do not run), does not keep the permissions of the replaced file, and does not
//! sync the folder. `atomic-write-file` does the last two, but has neither folders nor removal, and is licensed under
//! BSD-3-Clause alone.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

/// The form of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// One file.
    File,
    /// A folder of files.
    Folder,
}

/// Checks that an output of this kind can be committed to a path. Callers check before work that may take long.
///
/// # Errors
/// The parent folder is missing; a file would replace a folder; a folder would replace a file or, with the kind
/// `DirectoryNotEmpty`, a folder that is not empty.
pub fn check_target(path: &Path, kind: OutputKind) -> io::Result<()> {
    let path = resolve(path)?;
    match (fs::metadata(&path), kind) {
        (Ok(found), OutputKind::Folder) if found.is_dir() => match fs::read_dir(&path)?.next() {
            Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
            None => Ok(()),
        },
        (Ok(_), OutputKind::Folder) => Err(io::ErrorKind::NotADirectory.into()),
        (Ok(found), OutputKind::File) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        (Ok(_), OutputKind::File) => Ok(()),
        (Err(_), _) => {
            let folder = fs::metadata(parent_folder(&path))?;
            if folder.is_dir() && path.file_name().is_some() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }
    }
}

/// Returns whether a path leads to a device, a pipe or a socket, which must be written to and not replaced.
pub fn is_special_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The paths of all temporaries. The lock is held while a temporary is created, committed or removed, so every existing
/// temporary is in the list.
static TEMPORARIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn lock_temporaries() -> MutexGuard<'static, Vec<PathBuf>> {
    // A path is added or removed as a whole, so a panic elsewhere leaves a correct list.
    TEMPORARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lock that blocks the creation and the commit of outputs, on all threads, until it is dropped.
#[derive(Debug)]
#[must_use = "outputs can be created again when this is dropped"]
pub struct OutputLock {
    _temporaries: MutexGuard<'static, Vec<PathBuf>>,
}

/// Removes the temporaries of all outputs that are not committed. A process that is about to end holds the returned
/// lock until then.
pub fn remove_temporaries() -> OutputLock {
    remove_listed(lock_temporaries())
}

fn remove_listed(mut paths: MutexGuard<'static, Vec<PathBuf>>) -> OutputLock {
    // In reverse order of creation: files before the folders that contain them.
    for path in paths.drain(..).rev() {
        remove(&path);
    }
    OutputLock {
        _temporaries: paths,
    }
}

/// Removes temporaries as [`remove_temporaries`] does, or returns `None` if the lock stays taken for 20 milliseconds.
///
/// It serves a process that ends at an arbitrary point, such as a failed allocation, at which the current thread may
/// hold the lock.
pub fn try_remove_temporaries() -> Option<OutputLock> {
    for _ in 0..ATTEMPTS {
        match TEMPORARIES.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(ATTEMPT_INTERVAL),
            Ok(paths) => return Some(remove_listed(paths)),
            Err(TryLockError::Poisoned(paths)) => return Some(remove_listed(paths.into_inner())),
        }
    }
    None
}

/// The number of attempts to take the lock, and to remove a folder in which another thread may be creating a file.
const ATTEMPTS: u32 = 20;

const ATTEMPT_INTERVAL: Duration = Duration::from_millis(1);

/// Removes a file or a folder. Errors are ignored, because the process ends or is reporting another error.
fn remove(path: &Path) {
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    if !is_folder {
        let _ = fs::remove_file(path);
        return;
    }
    for _ in 0..ATTEMPTS {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                thread::sleep(ATTEMPT_INTERVAL);
            }
            _ => return,
        }
    }
}

/// A file that replaces its target when it is committed. If it is dropped uncommitted, it is removed.
#[derive(Debug)]
pub struct AtomicFile(Temporary);

impl AtomicFile {
    /// Creates the temporary file next to `target`, open for writing.
    ///
    /// # Errors
    /// The file cannot be created, or would replace a device or a pipe.
    pub fn create(target: &Path) -> io::Result<(Self, File)> {
        if is_special_file(target) {
            let message = "a device or a pipe, which a file would replace";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let (temporary, file) = Temporary::create(target, |path| {
            File::options().write(true).create_new(true).open(path)
        })?;
        Ok((Self(temporary), file))
    }

    /// Renames the file to its target, and syncs the folder. The file gets the permissions of the file that it
    /// replaces. If the target is a link, the file that it leads to is replaced. The caller must have synced the file.
    ///
    /// # Errors
    /// The file cannot be renamed.
    pub fn commit(self) -> io::Result<()> {
        self.0.commit(|path, target| {
            if let Ok(found) = fs::metadata(target) {
                fs::set_permissions(path, found.permissions())?;
            }
            Ok(())
        })
    }
}

/// A folder that replaces its target when it is committed. If it is dropped uncommitted, it is removed.
#[derive(Debug)]
pub struct AtomicFolder(Temporary);

impl AtomicFolder {
    /// Creates the temporary folder next to `target`.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub fn create(target: &Path) -> io::Result<Self> {
        let (temporary, ()) = Temporary::create(target, |path| fs::create_dir(path))?;
        Ok(Self(temporary))
    }

    /// Returns the path of the temporary folder, into which files are written.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Renames the folder to its target. The caller must have synced its files.
    ///
    /// # Errors
    /// The folder cannot be renamed, or the folder that it replaces is not empty any more.
    pub fn commit(self) -> io::Result<()> {
        self.0.commit(|_, target| {
            if target.is_dir() {
                fs::remove_dir(target)?;
            }
            Ok(())
        })
    }
}

/// The temporary of an output, listed until it is committed or removed.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    target: PathBuf,
}

impl Temporary {
    fn create<T>(
        target: &Path,
        create: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<(Self, T)> {
        let target = resolve(target)?;
        let path = temp_path(&target)?;
        let mut paths = lock_temporaries();
        let created = create(&path)?;
        paths.push(path.clone());
        Ok((Self { path, target }, created))
    }

    /// Calls `prepare` with the paths of the temporary and of the target, then renames the temporary.
    fn commit(self, prepare: impl FnOnce(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
        let mut paths = lock_temporaries();
        prepare(&self.path, &self.target)?;
        fs::rename(&self.path, &self.target)?;
        paths.retain(|path| *path != self.path);
        drop(paths);
        sync_folder(parent_folder(&self.target));
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut paths = lock_temporaries();
        if let Some(index) = paths.iter().position(|path| *path == self.path) {
            paths.remove(index);
            remove(&self.path);
        }
    }
}

/// Returns a unique path in the folder of the target, because a rename is atomic only within one file system.
fn temp_path(target: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(target.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    name.push(format!(".{}-{count}.unfinished", std::process::id()));
    Ok(parent_folder(target).join(name))
}

/// Syncs the names in a folder to the disk. Errors are ignored: not every file system supports it, and the files are
/// synced.
pub fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

/// Resolves the links of an existing path, so that the target of a link is replaced and not the link.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    if path.symlink_metadata().is_ok() {
        path.canonicalize()
    } else {
        Ok(path.to_owned())
    }
}

/// Returns the folder of a path: the current one for a bare name.
pub fn parent_folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn file_that_is_dropped_leaves_the_old_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("file");
        fs::write(&target, "old").unwrap();
        drop(AtomicFile::create(&target).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn folder_that_is_committed_replaces_an_empty_folder_only() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out");
        fs::create_dir(&target).unwrap();
        let output = AtomicFolder::create(&target).unwrap();
        fs::write(output.path().join("part"), "1").unwrap();
        output.commit().unwrap();
        assert_eq!(names(&target), ["part"]);
        let error = AtomicFolder::create(&target).unwrap().commit().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::DirectoryNotEmpty);
        assert_eq!(names(folder.path()), ["out"]);
    }

    #[cfg(unix)]
    #[test]
    fn file_that_is_committed_keeps_links_and_permissions() {
        use std::io::Write;
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        let (output, mut file) = AtomicFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        output.commit().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[cfg(unix)]
    #[test]
    fn special_file_is_not_replaced() {
        use std::os::unix::fs::FileTypeExt;

        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = AtomicFile::create(&socket).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
        assert_eq!(names(folder.path()), ["socket"]);
    }
}
