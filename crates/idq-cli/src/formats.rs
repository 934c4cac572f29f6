//! Output formats by file extension, derived from the registries of formats.

use std::path::Path;

use anyhow::Result;
use idq::escape;
use idq::render::{FORMATS, OutputFormat};

use crate::exit::UsageError;

/// The extension of snapshot files.
const SNAPSHOT_EXTENSION: &str = "idq";

/// The name of the format of snapshot files, which are Arrow IPC files: its extensions are valid for them.
const SNAPSHOT_FORMAT: &str = "arrow";

/// Returns every output format of this build.
fn all_formats() -> impl Iterator<Item = &'static OutputFormat> {
    let text = FORMATS.into_iter().map(|format| &format.description);
    #[cfg(feature = "export")]
    let text =
        text.chain(idq_export::ExportFormat::all().map(idq_export::ExportFormat::description));
    text
}

/// Returns the extension of a path, or an empty text.
pub(crate) fn extension_of(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().into_owned()
}

/// Refuses records in a file whose extension is that of snapshot files.
pub(crate) fn refuse_snapshot_extension(path: &Path) -> Result<()> {
    if !extension_of(path).eq_ignore_ascii_case(SNAPSHOT_EXTENSION) {
        return Ok(());
    }
    let path = escape(&path.to_string_lossy());
    let message = format!(
        "-o {path}: expected a file of records, found the name of a snapshot file, which `idq pack` writes"
    );
    Err(UsageError(message).into())
}

/// Refuses a snapshot file whose extension is that of another output format.
pub(crate) fn refuse_record_extension(path: &Path) -> Result<()> {
    let extension = extension_of(path);
    let mut formats = all_formats().filter(|format| format.name != SNAPSHOT_FORMAT);
    if !formats.any(|format| format.has_extension(&extension)) {
        return Ok(());
    }
    let path = escape(&path.to_string_lossy());
    let message = format!(
        "-o {path}: a snapshot file is not a {extension} file: use another name such as people.idq, or `idq export` to write \
         records in other formats"
    );
    Err(UsageError(message).into())
}
