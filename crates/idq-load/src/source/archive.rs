//! Dumps in archives: the members of a zip or tar archive become sources in memory.
//!
//! Members are found by content, as the files of a folder are, so that the same files give the same answers whether they
//! are packed or not.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use idq_snapshot::{Compression, ForeignFormat, LoadError, LoadErrorKind};
use zip::ZipArchive;

use super::content::{FileContent, content_of};
use super::{Expansion, IgnoredEntry, Input, Source};

/// A member of an archive.
struct Member {
    /// The name, with slashes.
    name: String,
    bytes: Vec<u8>,
}

/// The most bytes that are reserved for a member before it is read, because the archive may state any length.
const MAX_RESERVED_BYTES: u64 = 64 << 20;

/// The member that every workbook and document of an office program has.
const OFFICE_MEMBER: &str = "[Content_Types].xml";

/// Reads the dumps of an archive into memory, in the order of their names.
///
/// # Errors
/// An archive that is damaged, encrypted, or without a dump.
pub(super) fn read_archive(path: &Path, format: ForeignFormat) -> Result<Expansion, LoadError> {
    let archive = path.display().to_string();
    let input = Input::open_any(&path.into(), Arc::default())?;
    let mut members = match format {
        ForeignFormat::Tar => read_tar(input, &archive)?,
        _ => read_zip(path, input, &archive)?,
    };
    members.sort_by(|one, other| one.name.cmp(&other.name));
    let mut expansion = Expansion::default();
    for member in members {
        let name = format!("{archive}/{}", member.name);
        let source = Source::Bytes {
            name: name.clone(),
            bytes: Arc::new(member.bytes),
            archive: Some(path.to_owned()),
        };
        let reason = match content_of(&source) {
            Ok(FileContent::Dump) => {
                expansion.sources.push(source);
                continue;
            }
            Ok(FileContent::Archive(_)) => "an archive inside an archive".to_owned(),
            Ok(FileContent::Other(reason)) => reason,
            Err(error) => error.kind.to_string(),
        };
        expansion.ignored.push(IgnoredEntry {
            path: PathBuf::from(name),
            reason,
        });
    }
    if expansion.sources.is_empty() {
        let first = expansion.ignored.first().map(ToString::to_string);
        let kind = LoadErrorKind::NoDump(first.unwrap_or_else(|| "it has no files".to_owned()));
        return Err(LoadError::new(&archive, kind));
    }
    Ok(expansion)
}

/// Returns the format of a file with the signature of a zip archive: the documents of office programs have it as well.
/// A file that cannot be read as an archive remains one, so that reading it reports the reason.
pub(super) fn format_of_zip(path: &Path) -> ForeignFormat {
    let archive = File::open(path).ok().map(BufReader::new);
    let archive = archive.and_then(|file| ZipArchive::new(file).ok());
    match archive {
        Some(archive) if archive.index_for_name(OFFICE_MEMBER).is_some() => ForeignFormat::Office,
        _ => ForeignFormat::Zip,
    }
}

/// Reads the files of a zip archive.
fn read_zip(path: &Path, input: Input, archive: &str) -> Result<Vec<Member>, LoadError> {
    if input.compression == Compression::None {
        let file = File::open(path).map_err(|error| LoadError::io(archive, error))?;
        return read_zip_members(BufReader::new(file), archive);
    }
    let mut bytes = Vec::new();
    input
        .into_reader()
        .read_to_end(&mut bytes)
        .map_err(|error| LoadError::io(archive, error))?;
    read_zip_members(Cursor::new(bytes), archive)
}

fn read_zip_members<R: Read + Seek>(reader: R, archive: &str) -> Result<Vec<Member>, LoadError> {
    let failed = |error: &dyn std::fmt::Display| archive_error(archive, error);
    let mut zip = ZipArchive::new(reader).map_err(|error| failed(&error))?;
    if zip.offset() > 0 {
        let joined = "other data precede it: are these several archives, joined?";
        return Err(failed(&joined));
    }
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index).map_err(|error| failed(&error))?;
        let name = file.name().map_err(|error| failed(&error))?;
        let name = name.replace('\\', "/");
        if !file.is_file() || is_hidden(&name) {
            continue;
        }
        members.push(read_member(name, file.size(), file, archive)?);
    }
    Ok(members)
}

/// Reads the files of a tar archive.
fn read_tar(input: Input, archive: &str) -> Result<Vec<Member>, LoadError> {
    let failed = |error: &dyn std::fmt::Display| archive_error(archive, error);
    let mut tar = tar::Archive::new(input.into_reader());
    // Archives that were joined have zeros between them. Reading to the end also verifies a checksum of compression.
    tar.set_ignore_zeros(true);
    let mut members = Vec::new();
    for entry in tar.entries().map_err(|error| failed(&error))? {
        let entry = entry.map_err(|error| failed(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || is_hidden(&name) {
            continue;
        }
        members.push(read_member(name, entry.size(), entry, archive)?);
    }
    Ok(members)
}

/// Reads a member, whose length is `size` according to its archive.
fn read_member(
    name: String,
    size: u64,
    mut file: impl Read,
    archive: &str,
) -> Result<Member, LoadError> {
    let mut bytes = Vec::with_capacity(size.min(MAX_RESERVED_BYTES) as usize);
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(Member { name, bytes }),
        Err(error) => Err(archive_error(archive, &format!("{name}: {error}"))),
    }
}

/// Returns whether a member is a hidden file, or one that macOS adds.
fn is_hidden(name: &str) -> bool {
    let mut components = name.split('/').filter(|&component| component != ".");
    components.any(|component| component.starts_with('.') || component == "__MACOSX")
}

/// Returns the error of an archive that cannot be read.
fn archive_error(archive: &str, error: &dyn std::fmt::Display) -> LoadError {
    LoadError::new(archive, LoadErrorKind::Archive(error.to_string()))
}
