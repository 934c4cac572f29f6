//! Files that replace others as a whole.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PackError;

/// Writes a file beside its place, brings it to the disk, and renames it; whatever goes wrong leaves what stood there.
/// Answers with the file's length.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&File) -> Result<(), PackError>,
) -> Result<u64, PackError> {
    // A link leads to the file that is to be replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
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
    let file = builder.tempfile_in(&folder)?;
    write(file.as_file())?;
    file.as_file().sync_all()?;
    let length = file.as_file().metadata()?.len();
    file.persist(&path).map_err(|error| error.error)?;
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
