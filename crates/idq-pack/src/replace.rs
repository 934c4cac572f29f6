//! Files that replace others as a whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PackError;

/// Says early whether a file could be written there, as far as can be told without writing.
///
/// # Errors
/// The path is a folder's, or there is no such folder.
pub fn check_path(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    std::fs::metadata(folder_of(path)).map(|_| ())
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// What went wrong, without the name of the unfinished file, which says nothing to anybody.
fn plain(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(|inner| inner.source());
    let code = inner.and_then(|inner| inner.downcast_ref::<io::Error>()?.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Writes a file beside its place, brings it to the disk, and renames it; whatever goes wrong leaves what stood there.
/// Answers with the file's length.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&File) -> Result<(), PackError>,
) -> Result<u64, PackError> {
    // A link leads to the file that is to be replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    check_path(&path)?;
    let folder = folder_of(&path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".idq-").suffix(".unfinished");
    #[cfg(unix)]
    if let Ok(metadata) = path.metadata() {
        builder.permissions(metadata.permissions());
    } else {
        use std::os::unix::fs::PermissionsExt;
        // As for any new file: the process's mask takes away what it does not give.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(&folder).map_err(plain)?;
    write(file.as_file())?;
    file.as_file().sync_all()?;
    let length = file.as_file().metadata()?.len();
    file.persist(&path).map_err(|error| plain(error.error))?;
    sync_folder(&folder)?;
    Ok(length)
}

/// Brings the new name to the disk as well.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
