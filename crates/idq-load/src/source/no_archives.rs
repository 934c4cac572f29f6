//! The refusal of archives in a build without the feature `archives`.

use std::path::Path;

use idq_snapshot::{ForeignFormat, LoadError, LoadErrorKind};

use super::Expansion;

/// Refuses an archive.
///
/// # Errors
/// Always: the build has no reader of archives.
pub(super) fn read_archive(path: &Path, _: ForeignFormat) -> Result<Expansion, LoadError> {
    // In a folder, an archive is passed over as one without dumps.
    let reason =
        "an archive, which this program is built without (feature `archives`): unpack it first";
    let kind = LoadErrorKind::NoDump(reason.to_owned());
    Err(LoadError::new(&path.display().to_string(), kind))
}

/// Returns the format of a file with the signature of a zip archive. Documents of office programs, which have it too, are
/// not told apart.
pub(super) fn format_of_zip(_: &Path) -> ForeignFormat {
    ForeignFormat::Zip
}
