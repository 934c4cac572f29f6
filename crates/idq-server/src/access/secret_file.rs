//! Small files of tokens, certificates and keys.

use std::io::Read;
use std::path::Path;

use idq_files::{OpenError, open_regular};

use crate::startup::error::Error;

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
    let opened = open_regular(file).map_err(|error| match error {
        OpenError::NotRegular(found) => Error::NotRegular {
            file: file.to_owned(),
            found,
        },
        OpenError::Io(error) => wrong(error),
    })?;
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
