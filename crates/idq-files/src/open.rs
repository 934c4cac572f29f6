//! Opening of regular files without blocking.

use std::fmt;
use std::fs::{self, File, FileType};
use std::io;
use std::path::Path;

/// An error of [`open_regular`].
#[derive(Debug)]
pub enum OpenError {
    /// The system refused to open the file.
    Io(io::Error),
    /// The path leads to a file of this kind instead of a regular file.
    NotRegular(&'static str),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::NotRegular(found) => write!(f, "expected a regular file, found {found}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => error,
            error => Self::new(io::ErrorKind::InvalidInput, error.to_string()),
        }
    }
}

/// Opens a regular file for reading.
///
/// A blocking open of a named pipe waits for a writer, and a non-blocking open disturbs the writer, so the kind of the
/// file is checked first. A pipe that replaces the file between the check and the open is opened without blocking, and
/// refused.
///
/// # Errors
/// The file cannot be opened, or is not a regular file.
pub fn open_regular(path: &Path) -> Result<File, OpenError> {
    let refuse = |kind: FileType| OpenError::NotRegular(file_kind_name(kind));
    let before = fs::metadata(path)?.file_type();
    if !before.is_file() {
        return Err(refuse(before));
    }
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    let opened = file.metadata()?.file_type();
    if opened.is_file() {
        Ok(file)
    } else {
        Err(refuse(opened))
    }
}

/// Returns the name of a kind of file, for messages.
pub fn file_kind_name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a regular file"
    } else {
        "something else"
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn special_file_is_refused_without_blocking() {
        let folder = tempfile::tempdir().unwrap();
        let named = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo")
            .arg(named("pipe"))
            .status();
        assert!(made.unwrap().success());
        let _socket = UnixListener::bind(named("socket")).unwrap();
        std::os::unix::fs::symlink("pipe", named("link")).unwrap();
        fs::write(named("file"), "[]").unwrap();
        for (name, found) in [
            ("pipe", "a pipe"),
            ("link", "a pipe"),
            ("socket", "a socket"),
            ("/dev/zero", "a device"),
        ] {
            let error = open_regular(&named(name)).unwrap_err();
            let expected = format!("expected a regular file, found {found}");
            assert_eq!(error.to_string(), expected, "{name}");
        }
        assert!(open_regular(folder.path()).is_err());
        assert!(open_regular(&named("file")).is_ok());
    }
}
