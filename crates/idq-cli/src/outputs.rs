//! Checks that nothing is written over what is read.

use std::fs::{self, FileType};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use idq::{Source, escape};
use idq_files::{FileIdentity, StandardStream, parent_folder};

use crate::failure::{WRONG_REQUEST, WrongRequest};

/// Refuses an output that is one of the sources, by whatever name.
pub(crate) fn refuse_source(option: &str, path: &Path, sources: &[Source]) -> Result<()> {
    let is_input = fs::metadata(path).is_ok_and(|found| holds_content(found.file_type()))
        && FileIdentity::from_path(path).is_ok_and(|output| is_source(&output, sources));
    if is_input {
        let path = escape(&path.to_string_lossy());
        let message = format!("{option}: {path} is one of the sources: name another file");
        return Err(WrongRequest(message).into());
    }
    Ok(())
}

/// Refuses sources that standard output or standard error would be written to.
pub(crate) fn refuse_standard_streams(sources: &[Source]) -> Result<()> {
    let is_input = |standard: StandardStream| {
        let file = standard.file();
        file.is_some_and(|(output, found)| {
            holds_content(found.file_type()) && is_source(&output, sources)
        })
    };
    let message = |name: &str| format!("{name} is one of the sources: redirect it to another file");
    if is_input(StandardStream::Error) {
        // An error report would be the first thing to be written over the source.
        if !is_input(StandardStream::Output) {
            let _ = writeln!(io::stdout(), "error: {}", message("standard error"));
        }
        std::process::exit(WRONG_REQUEST.into());
    }
    if is_input(StandardStream::Output) {
        return Err(WrongRequest(message("standard output")).into());
    }
    Ok(())
}

/// Refuses to write an output and the rejects to one file.
pub(crate) fn refuse_rejects(output: &Path, rejects: Option<&Path>) -> Result<()> {
    let Some(rejects) = rejects else {
        return Ok(());
    };
    let same = match (
        FileIdentity::from_path(output),
        FileIdentity::from_path(rejects),
    ) {
        (Ok(output), Ok(rejects)) => output == rejects,
        // One of them is still to be made.
        _ => resolved(output) == resolved(rejects),
    };
    if same {
        let message = "-o: expected another file than that of --rejects".to_owned();
        return Err(WrongRequest(message).into());
    }
    Ok(())
}

/// Whether writing to what has this type changes what is read from it. A terminal, `/dev/null` or a socket can be both.
fn holds_content(kind: FileType) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() || kind.is_block_device() {
            return true;
        }
    }
    kind.is_file()
}

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

/// The path that a name leads to, though no file may be there yet.
fn resolved(path: &Path) -> PathBuf {
    let folder = parent_folder(path).canonicalize().ok();
    let of_new = folder
        .zip(path.file_name())
        .map(|(folder, name)| folder.join(name));
    let of_old = path.canonicalize().ok();
    of_old.or(of_new).unwrap_or_else(|| path.to_owned())
}
