//! Files, opened without ever waiting for another process.

use std::fs::{self, File, FileType, OpenOptions};
use std::io::Read;
use std::path::Path;

use crate::error::Error;

/// The most bytes of a file of tokens, certificates or keys.
const MAX_BYTES: u64 = 16 << 20;

/// Reads a small regular file.
///
/// # Errors
/// It cannot be read, is a pipe, a socket, a device or a folder, or is larger than any such file.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |error| Error::File {
        file: file.to_owned(),
        error,
    };
    // Looked at first, as opening a device can have an effect; and again, as it may have been replaced.
    check(file, fs::metadata(file).map_err(wrong)?.file_type())?;
    let opened = open(file).map_err(wrong)?;
    check(file, opened.metadata().map_err(wrong)?.file_type())?;
    let mut bytes = Vec::new();
    opened
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(wrong)?;
    if bytes.len() as u64 > MAX_BYTES {
        let reason = "expected at most 16 MiB, found more";
        return Err(wrong(std::io::Error::other(reason)));
    }
    Ok(bytes)
}

fn check(file: &Path, kind: FileType) -> Result<(), Error> {
    if kind.is_file() {
        return Ok(());
    }
    Err(Error::NotRegular {
        file: file.to_owned(),
        found: name(kind),
    })
}

/// Opens a file; a pipe without a writer is opened at once.
#[cfg(unix)]
fn open(file: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(file)
}

#[cfg(not(unix))]
fn open(file: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(file)
}

/// The name of a kind of file that is not a regular one.
pub(crate) fn name(kind: FileType) -> &'static str {
    if kind.is_dir() {
        return "a folder";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    "something else"
}

/// Lets this process open as many files as the system lets it: each client is one.
///
/// Many systems give 1,024 unless asked for more. Where there are no more to be had, clients wait to be accepted.
pub fn allow_many_clients() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum;
        // What cannot be raised stays as it was.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}
