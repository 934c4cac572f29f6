//! Files and folders that appear whole or not at all.
//!
//! What is [`Unfinished`] stands beside the place where it will be, under a hidden name that ends in `.unfinished`. It is
//! put there by a rename. A process that is killed leaves the unfinished one behind, which can be deleted, and what was
//! there before.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

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
            let folder = fs::metadata(parent(&path))?;
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

/// Something that is being written beside the place where it will be; gone when it is dropped before that.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    target: PathBuf,
    is_folder: bool,
    is_done: bool,
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
        let unfinished = Self::beside(target, false)?;
        let file = File::options()
            .write(true)
            .create_new(true)
            .open(&unfinished.path);
        match file {
            Ok(file) => Ok((unfinished, file)),
            Err(error) => {
                // It is not there, or not this one's.
                std::mem::forget(unfinished);
                Err(error)
            }
        }
    }

    /// A new folder.
    ///
    /// # Errors
    /// It cannot be created.
    pub fn folder(target: &Path) -> io::Result<Self> {
        let unfinished = Self::beside(target, true)?;
        match fs::create_dir(&unfinished.path) {
            Ok(()) => Ok(unfinished),
            Err(error) => {
                std::mem::forget(unfinished);
                Err(error)
            }
        }
    }

    fn beside(target: &Path, is_folder: bool) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let target = resolved(target)?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut name = OsString::from(".");
        name.push(target.file_name().ok_or(io::ErrorKind::InvalidInput)?);
        name.push(format!(".{}-{count}.unfinished", std::process::id()));
        Ok(Self {
            path: parent(&target).join(name),
            target,
            is_folder,
            is_done: false,
        })
    }

    /// Puts it where it belongs; a file that is there already is replaced, and lends its permissions. Whoever has written
    /// files must have brought them to the disk.
    ///
    /// # Errors
    /// It cannot be renamed, or a folder that was to be replaced is no longer empty.
    pub fn put(mut self) -> io::Result<()> {
        if self.is_folder {
            // Checked to be empty: whatever has come into it since makes this fail.
            if self.target.is_dir() {
                fs::remove_dir(&self.target)?;
            }
        } else if let Ok(found) = fs::metadata(&self.target) {
            fs::set_permissions(&self.path, found.permissions())?;
        }
        fs::rename(&self.path, &self.target)?;
        self.is_done = true;
        sync_folder(parent(&self.target));
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        // Nobody is left to tell.
        let _ = if self.is_folder {
            fs::remove_dir_all(&self.path)
        } else {
            fs::remove_file(&self.path)
        };
    }
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

fn parent(path: &Path) -> &Path {
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
