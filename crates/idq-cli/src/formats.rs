//! Output formats by file extension, derived from the registries of formats.

use std::ffi::OsStr;
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

/// Refuses an output file that has the name of a format: where a command writes a file, `-o` is its path.
pub(crate) fn refuse_format_name(path: &Path) -> Result<()> {
    let Some(format) = all_formats().find(|format| path.as_os_str() == OsStr::new(format.name))
    else {
        return Ok(());
    };
    let name = format.name;
    let extension = format.extensions.first().unwrap_or(&"json");
    let message = format!(
        "-o {name}: expected the path of a file, found the name of a format: write -o people.{extension}, or -o ./{name} \
         for a file of that name"
    );
    Err(UsageError(message).into())
}

/// Returns the help for a value of `-o` that is the name of a file, where a command prints and `-o` is a format; `None`
/// for any other value.
pub(crate) fn file_name_help(value: &str) -> Option<String> {
    let path = Path::new(value);
    let extension = extension_of(path);
    if extension.is_empty() && !value.contains('/') {
        return None;
    }
    let format = all_formats().find(|format| format.has_extension(&extension));
    let name = escape(value);
    let of_query = format.map_or("json", |format| match format.terminal {
        Some(_) => format.name,
        None => "csv",
    });
    let redirect = format!("`-o {of_query} > FILE` redirects the output");
    Some(match format {
        Some(_) if cfg!(feature = "export") => format!(
            "-o is the format here: `idq export … -o {name}` writes the matching records to a file, and {redirect}"
        ),
        _ => format!("-o is the format here: {redirect}"),
    })
}
