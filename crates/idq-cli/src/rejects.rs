use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use idq::render::Spelling;
use idq::{LoadedSnapshot, Source, escape};
use idq_files::folder_of;
use serde::Serialize;

use crate::failure::{WrongRequest, cannot_write};
use crate::output;

/// A line of the file of rejects.
#[derive(Serialize)]
struct RejectLine<'a> {
    file: &'a str,
    record: u64,
    line: u64,
    offset: u64,
    reason: String,
    raw: &'a str,
    /// The bytes themselves, where they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

/// Makes sure, before a load that may take long, that the file of rejects can be written and is no source itself.
pub(crate) fn prepare(path: &Path, sources: &[Source]) -> Result<()> {
    let file = File::options().append(true).create(true).open(path);
    file.map_err(|error| cannot_write(path, &error))?;
    refuse_source("--rejects", path, sources)
}

/// Refuses to write over what is about to be read.
pub(crate) fn refuse_source(option: &str, path: &Path, sources: &[Source]) -> Result<()> {
    let written = path.canonicalize().ok();
    let is_written = |source: &Source| match source {
        Source::File(file) => file.canonicalize().ok() == written,
        _ => false,
    };
    if written.is_some() && sources.iter().any(is_written) {
        return Err(WrongRequest(format!(
            "{option}: {} is one of the sources: name another file",
            escape(&path.to_string_lossy())
        ))
        .into());
    }
    Ok(())
}

/// Refuses to write what is asked for and the rejects to one file.
pub(crate) fn refuse_rejects(output: &Path, rejects: Option<&Path>) -> Result<()> {
    if rejects.is_some_and(|rejects| place(rejects) == place(output)) {
        let message = "-o: expected another file than that of --rejects".to_owned();
        return Err(WrongRequest(message).into());
    }
    Ok(())
}

/// Where a path leads, though no file may be there yet.
fn place(path: &Path) -> PathBuf {
    let folder = folder_of(path).canonicalize().ok();
    let of_new = folder
        .zip(path.file_name())
        .map(|(folder, name)| folder.join(name));
    let of_old = path.canonicalize().ok();
    of_old.or(of_new).unwrap_or_else(|| path.to_owned())
}

/// Writes every rejected record, with its place, the reason and its bytes.
pub(crate) fn write(snapshot: &LoadedSnapshot, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(output::create(path, Spelling::Json)?);
    for reject in snapshot.rejects() {
        let bytes = snapshot.rejected(reject)?;
        let text = String::from_utf8_lossy(&bytes);
        let reason = match &reject.path {
            Some(path) => format!("field {path}: {}", reject.reason),
            None => reject.reason.to_string(),
        };
        let is_text = std::str::from_utf8(&bytes).is_ok();
        let line = RejectLine {
            file: &snapshot.sources()[reject.source].name,
            record: reject.record,
            line: reject.line,
            offset: reject.offset,
            reason,
            raw: &text,
            raw_base64: (!is_text)
                .then(|| base64::engine::general_purpose::STANDARD.encode(&bytes)),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
