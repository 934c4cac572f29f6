//! Checks that a command does not overwrite a file that it reads. Files are compared by device and inode, so that links
//! and `/dev/fd/N` do not evade them.
//!
//! The checks run before anything is written. Standard output and standard error are checked as well, because a shell
//! can redirect them to a source.

use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use idq::{Source, escape};
use idq_files::{FileIdentity, StandardStream, parent_folder};

use crate::exit::{StderrIsSource, UsageError};

/// Refuses an output file that is one of the sources.
pub(crate) fn refuse_source(option: &str, path: &Path, sources: &[Source]) -> Result<()> {
    let is_input = fs::metadata(path).is_ok_and(|metadata| stores_bytes(metadata.file_type()))
        && FileIdentity::from_path(path).is_ok_and(|output| is_source(&output, sources));
    if is_input {
        let path = escape(&path.to_string_lossy());
        let message = format!("{option}: {path} is one of the sources: name another file");
        return Err(UsageError(message).into());
    }
    Ok(())
}

/// Refuses sources that standard output or standard error is redirected to.
pub(crate) fn refuse_standard_streams(sources: &[Source]) -> Result<()> {
    let is_input = |standard: StandardStream| {
        let file = standard.file();
        file.is_some_and(|(output, metadata)| {
            stores_bytes(metadata.file_type()) && is_source(&output, sources)
        })
    };
    let stdout_is_input = is_input(StandardStream::Output);
    if is_input(StandardStream::Error) {
        let report_to = (!stdout_is_input).then(io::stdout);
        return Err(StderrIsSource { report_to }.into());
    }
    if stdout_is_input {
        let message = "standard output is one of the sources: redirect it to another file";
        return Err(UsageError(message.to_owned()).into());
    }
    Ok(())
}

/// Refuses an output file that is also the file of rejects.
pub(crate) fn refuse_rejects_file(
    option: &str,
    output: &Path,
    rejects: Option<&Path>,
) -> Result<()> {
    let Some(rejects) = rejects else {
        return Ok(());
    };
    let is_same = match (
        FileIdentity::from_path(output),
        FileIdentity::from_path(rejects),
    ) {
        (Ok(output), Ok(rejects)) => output == rejects,
        // At least one of the files does not exist yet.
        _ => resolve_target(output) == resolve_target(rejects),
    };
    if is_same {
        let message = format!("{option} and --rejects name the same file");
        return Err(UsageError(message).into());
    }
    Ok(())
}

/// Returns whether a write to a file of this type changes the bytes that are read from it. Terminals, `/dev/null` and
/// sockets can be input and output at once.
fn stores_bytes(kind: FileType) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() || kind.is_block_device() {
            return true;
        }
    }
    kind.is_file()
}

/// Returns whether a file is one of the sources.
fn is_source(output: &FileIdentity, sources: &[Source]) -> bool {
    let identity = |source: &Source| match source {
        Source::File(path) | Source::Stream(path) => FileIdentity::from_path(path).ok(),
        Source::Stdin => StandardStream::Input.file().map(|(identity, _)| identity),
        _ => None,
    };
    sources
        .iter()
        .any(|source| identity(source).as_ref() == Some(output))
}

/// Returns the canonical path of a file that may not exist yet.
fn resolve_target(path: &Path) -> PathBuf {
    if let Ok(existing) = path.canonicalize() {
        return existing;
    }
    let folder = parent_folder(path).canonicalize().ok();
    let new = folder
        .zip(path.file_name())
        .map(|(folder, name)| folder.join(name));
    new.unwrap_or_else(|| path.to_owned())
}
