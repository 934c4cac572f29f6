//! Reading of the small files that grant access: tokens, certificates and keys.

use std::io::Read;
use std::path::Path;

use idq_files::{OpenError, open_regular};

use crate::startup::error::Error;

/// The maximum size of such a file. Real ones have some kilobytes; the bound keeps a mistaken path from filling memory.
const MAX_FILE_BYTES: u64 = 16 << 20;

/// Reads a whole regular file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
/// The file cannot be read, is a pipe, a socket, a device or a folder, or is too large. Opening never blocks on a pipe.
pub(crate) fn read_secret_file(file: &Path) -> Result<Vec<u8>, Error> {
    let file_error = |error| Error::File {
        file: file.to_owned(),
        error,
    };
    let opened = open_regular(file).map_err(|error| match error {
        OpenError::NotRegular(found) => Error::NotRegular {
            file: file.to_owned(),
            found,
        },
        OpenError::Io(error) => file_error(error),
    })?;
    let mut bytes = Vec::new();
    // One byte beyond the bound shows that the file exceeds it, also where its metadata have another length.
    opened
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(file_error)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let reason = "expected at most 16 MiB, found more";
        return Err(file_error(std::io::Error::other(reason)));
    }
    Ok(bytes)
}
