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

/// Refuses an NDJSON file whose extension is that of a format other than JSON; `example` is the file from which the
/// other one is made.
#[cfg(feature = "fetch")]
pub(crate) fn refuse_other_extension(path: &Path, example: &str) -> Result<()> {
    let extension = extension_of(path);
    let Some(format) = all_formats().find(|format| format.has_extension(&extension)) else {
        return Ok(());
    };
    if ["json", "ndjson"].contains(&format.name) {
        return Ok(());
    }
    let path = path.to_string_lossy();
    let convert = match export_to(&path, &extension) {
        Some(_) => format!("`idq export {example} -o {}`", escape(&path)),
        None => format!("`idq query {example} --all -o {}`", format.name),
    };
    let message = format!(
        "-o {}: expected the name of an NDJSON file, found that of a {extension} file: write -o {example}, and {convert} \
         afterwards",
        escape(&path)
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

/// Refuses an output file that has the name of a format: where a command writes a file, `-o` is its path. `example` is
/// such a path; by default it has the extension of the format.
pub(crate) fn refuse_format_name(path: &Path, example: Option<&str>) -> Result<()> {
    let Some(format) = all_formats().find(|format| path.as_os_str() == OsStr::new(format.name))
    else {
        return Ok(());
    };
    let name = format.name;
    let extension = format.extensions.first().unwrap_or(&"json");
    let example = example.map_or_else(|| format!("people.{extension}"), str::to_owned);
    let message = format!(
        "-o {name}: expected the path of a file, found the name of a format: write -o {example}, or -o ./{name} for a file \
         of that name"
    );
    Err(UsageError(message).into())
}

/// Returns the help for a value of `-o` that is the name of a file, or of a format that only a file has, where a command
/// prints and `-o` is a format; `None` for any other value. `is_list` tells that the command prints the matching records,
/// which `export` writes too.
pub(crate) fn file_name_help(value: &str, is_list: bool) -> Option<String> {
    let extension = extension_of(Path::new(value));
    if extension.is_empty() && !value.contains('/') {
        let export = export_to(&format!("people.{value}"), value).filter(|_| is_list)?;
        return Some(format!("{value} is a format of files: {export}"));
    }
    let mut printed = FORMATS.iter().map(|format| &format.description);
    let printed = printed.find(|format| format.has_extension(&extension));
    let format = printed.map_or("json", |format| format.name);
    let redirect = format!("`-o {format} > FILE` redirects the output");
    Some(match export_to(value, &extension).filter(|_| is_list) {
        Some(export) => format!("-o is the format here: {export}, and {redirect}"),
        None => format!("-o is the format here: {redirect}"),
    })
}

/// Returns the help to write a file by `export`; `None` if that has no format with this extension.
#[cfg(feature = "export")]
fn export_to(value: &str, extension: &str) -> Option<String> {
    let mut formats = idq_export::ExportFormat::all();
    formats.find(|format| format.description().has_extension(extension))?;
    let path = escape(value);
    Some(format!(
        "`idq export … -o {path}` writes the matching records to a file"
    ))
}

/// Returns `None`: this build has no command `export`.
#[cfg(not(feature = "export"))]
fn export_to(_: &str, _: &str) -> Option<String> {
    None
}
