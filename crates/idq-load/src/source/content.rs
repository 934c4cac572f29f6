//! The content of a file, by its first bytes: a dump, an archive, or anything else.

use std::path::Path;
use std::sync::Arc;

use idq_snapshot::{FORMAT_BYTES, ForeignFormat, LoadError, is_snapshot_file};

use super::detect_api::strip_marks;
use super::{Input, Source};

/// The content of a file.
pub(super) enum FileContent {
    /// A dump or a snapshot file.
    Dump,
    /// An archive whose members may be dumps.
    Archive(ForeignFormat),
    /// Anything else, in words.
    Other(String),
}

/// Returns the content of a file. A file that cannot be read counts as a dump, so that loading it reports the reason.
pub(super) fn content_of_file(path: &Path) -> FileContent {
    if is_snapshot_file(path) {
        return FileContent::Dump;
    }
    content_of(&path.into()).unwrap_or(FileContent::Dump)
}

/// Returns the content of a source that can be read again. A dump starts with a bracket, after white space and marks.
pub(super) fn content_of(source: &Source) -> Result<FileContent, LoadError> {
    let mut input = Input::open_any(source, Arc::default())?;
    match input.foreign_format(source)? {
        Some(format @ (ForeignFormat::Zip | ForeignFormat::Tar)) => {
            return Ok(FileContent::Archive(format));
        }
        Some(format) => return Ok(FileContent::Other(format.to_string())),
        None => {}
    }
    let mut first = strip_marks(input.peek(FORMAT_BYTES)?).first().copied();
    if first.is_none() {
        input.skip_whitespace()?;
        first = strip_marks(input.peek(FORMAT_BYTES)?).first().copied();
    }
    Ok(match first {
        Some(b'{' | b'[') => FileContent::Dump,
        Some(_) => FileContent::Other("not JSON".to_owned()),
        None => FileContent::Other("empty".to_owned()),
    })
}
