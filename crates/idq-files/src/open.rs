//! Opening of regular files, which never waits.

use std::fs::{self, File, FileType};
use std::io;
use std::path::Path;

/// Opens a regular file for reading.
///
/// A named pipe without a writer would keep a plain open waiting for ever, and an open that does not wait would disturb the
/// pipe's writer: so the path's kind is looked at first. What replaces the file between the look and the open is opened
/// without waiting, and refused by its own kind.
///
/// # Errors
/// The file cannot be opened, or is no regular file: then the kind is `InvalidInput`, and the message names its kind.
pub fn open_regular(path: &Path) -> io::Result<File> {
    let refuse = |kind: FileType| {
        let message = format!("expected a regular file, found {}", kind_name(kind));
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    let before = fs::metadata(path)?.file_type();
    if before.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
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

/// Names the kind of a file, for messages.
pub fn kind_name(kind: FileType) -> &'static str {
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
    fn what_is_no_regular_file_is_refused_without_waiting() {
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
