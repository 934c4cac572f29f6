//! Files and folders that appear whole or not at all.
//!
//! An [`Unfinished`] file or folder lies beside its target, under a hidden name that ends in `.unfinished`, and is put in its
//! place by a rename. A process that is killed leaves the unfinished one behind, which can be deleted, and what was
//! there before; one that is asked to stop can call [`remove_unfinished`] first.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

/// Makes sure, before work that may take long, that a path can become a file, or a folder.
///
/// # Errors
/// The folder that it would be in is not there; a file should replace a folder, or a folder something else than an
/// empty folder (then the kind is `DirectoryNotEmpty`).
pub fn check_path(path: &Path, is_folder: bool) -> io::Result<()> {
    let path = resolved(path)?;
    match fs::metadata(&path) {
        Ok(found) if is_folder && found.is_dir() => match fs::read_dir(&path)?.next() {
            Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
            None => Ok(()),
        },
        Ok(_) if is_folder => Err(io::ErrorKind::NotADirectory.into()),
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(_) => Ok(()),
        Err(_) => {
            let folder = fs::metadata(folder_of(&path))?;
            if folder.is_dir() && path.file_name().is_some() {
                Ok(())
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        }
    }
}

/// Whether a path is that of a device or a pipe, which is written to as it is.
pub fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// The paths of all that is unfinished. Whoever makes one, puts one or removes one holds the lock.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    // A path is added or taken out as a whole.
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing unfinished is made or put in its place while this is there: who tries to waits.
#[derive(Debug)]
#[must_use = "what is unfinished goes on when this is dropped"]
pub struct Stopped {
    _lock: MutexGuard<'static, Vec<PathBuf>>,
}

/// Removes all that is unfinished, for a process that is about to end: it keeps what this answers with until then.
pub fn remove_unfinished() -> Stopped {
    remove_all(unfinished())
}

fn remove_all(mut paths: MutexGuard<'static, Vec<PathBuf>>) -> Stopped {
    // Files before the folders that they are in.
    for path in paths.drain(..).rev() {
        remove(&path);
    }
    Stopped { _lock: paths }
}

/// Removes all that is unfinished like [`remove_unfinished`], unless the list of it stays taken: for a process that ends in
/// the middle of anything, where the thread that has taken the list may be the one that ends it.
pub fn try_remove_unfinished() -> Option<Stopped> {
    for _ in 0..TRIES {
        match UNFINISHED.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            Ok(paths) => return Some(remove_all(paths)),
            Err(TryLockError::Poisoned(paths)) => return Some(remove_all(paths.into_inner())),
        }
    }
    None
}

/// How often a folder is tried to be removed that another thread may just be making something in, and how often the list is
/// tried to be taken, a millisecond apart.
const TRIES: u32 = 20;

fn remove(path: &Path) {
    // Nobody is left to tell.
    let is_folder = path.symlink_metadata().is_ok_and(|found| found.is_dir());
    if !is_folder {
        let _ = fs::remove_file(path);
        return;
    }
    for _ in 0..TRIES {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                thread::sleep(Duration::from_millis(1));
            }
            _ => return,
        }
    }
}

/// Something that is being written beside the place where it will be; gone when it is dropped before that.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    target: PathBuf,
}

impl Unfinished {
    /// Where it stands until then.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A new file.
    ///
    /// # Errors
    /// It cannot be created, or would replace a device or a pipe.
    pub fn file(target: &Path) -> io::Result<(Self, File)> {
        if is_special(target) {
            let message = "a device or a pipe, which a file would replace";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let (path, target) = beside(target)?;
        let mut paths = unfinished();
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok((Self::made(path, target, &mut paths), file))
    }

    /// A new folder.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn folder(target: &Path) -> io::Result<Self> {
        let (path, target) = beside(target)?;
        let mut paths = unfinished();
        fs::create_dir(&path)?;
        Ok(Self::made(path, target, &mut paths))
    }

    fn made(path: PathBuf, target: PathBuf, paths: &mut Vec<PathBuf>) -> Self {
        paths.push(path.clone());
        Self { path, target }
    }

    /// Puts it where it belongs; a file that is there already is replaced, and lends its permissions. Whoever has written
    /// files must have brought them to the disk.
    ///
    /// # Errors
    /// It cannot be renamed, or a folder that was to be replaced is no longer empty.
    pub fn put(self) -> io::Result<()> {
        let mut paths = unfinished();
        if self.path.is_dir() {
            // Checked to be empty: whatever has come into it since makes this fail.
            if self.target.is_dir() {
                fs::remove_dir(&self.target)?;
            }
        } else if let Ok(found) = fs::metadata(&self.target) {
            fs::set_permissions(&self.path, found.permissions())?;
        }
        fs::rename(&self.path, &self.target)?;
        paths.retain(|path| *path != self.path);
        drop(paths);
        sync_folder(folder_of(&self.target));
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut paths = unfinished();
        if let Some(index) = paths.iter().position(|path| *path == self.path) {
            paths.remove(index);
            remove(&self.path);
        }
    }
}

/// A name of its own for what will be at a path, in the same folder, and where the path leads.
fn beside(target: &Path) -> io::Result<(PathBuf, PathBuf)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let target = resolved(target)?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = OsString::from(".");
    name.push(target.file_name().ok_or(io::ErrorKind::InvalidInput)?);
    name.push(format!(".{}-{count}.unfinished", std::process::id()));
    Ok((folder_of(&target).join(name), target))
}

/// Makes sure that the names in a folder last. Not every file system can; the files themselves are safe.
pub fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

/// Where a path leads: a link is kept, and what it points to is replaced.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    if path.symlink_metadata().is_ok() {
        path.canonicalize()
    } else {
        Ok(path.to_owned())
    }
}

/// The folder that a path is in: the current one, if it names none.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::FileTypeExt;

    #[test]
    fn a_device_or_a_pipe_is_not_replaced() {
        let folder = std::env::temp_dir().join(format!("idq-files-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let socket = folder.join("socket");
        let bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let error = Unfinished::file(&socket).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        drop(bound);
        fs::remove_dir_all(folder).unwrap();
    }
}
