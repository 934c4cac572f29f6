//! The file of rejects: malformed records that a load has set aside, as NDJSON.
//!
//! The file is created before the load, so that an error of the output is reported first, and renamed after it. A line
//! has the location of the record, the reason and the bytes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use idq::render::TerminalEncoding;
use idq::{Snapshot, Source};
use idq_files::{
    AtomicFile, FileIdentity, OutputKind, StandardStream, check_target, is_special_file,
};
use serde::Serialize;

use crate::exit::{UsageError, cannot_write};
use crate::output_checks::refuse_source;
use crate::process::signals::remove_unfinished_on_signals;
use crate::terminal::{json_stderr, open_device, stdout};

/// A line of the file of rejects.
#[derive(Serialize)]
struct RejectLine<'a> {
    file: &'a str,
    record: u64,
    line: u64,
    offset: u64,
    reason: String,
    /// The number of bytes of the reject, if `raw` has only the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    raw: &'a str,
    /// The bytes of the reject, if they are not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

/// The file of rejects during a load.
pub(crate) struct RejectsFile {
    path: PathBuf,
    target: RejectsTarget,
}

/// The way in which rejects are written.
enum RejectsTarget {
    /// A temporary file that is renamed after the load, so that a failed load keeps the previous file.
    AtomicFile(AtomicFile, File),
    /// A device, a pipe, or the file that standard output or standard error is redirected to.
    Stream,
}

impl RejectsFile {
    /// Creates the temporary file, before a load that may take long.
    ///
    /// # Errors
    /// The file cannot be written, or is one of the sources.
    pub(crate) fn create(path: &Path, sources: &[Source]) -> Result<Self> {
        if path.as_os_str() == "-" {
            let message = "--rejects: expected a file, found `-`: /dev/stdout is standard output";
            return Err(UsageError(message.to_owned()).into());
        }
        refuse_source("--rejects", path, sources)?;
        let target = if is_special_file(path) || standard_stream_of(path).is_some() {
            RejectsTarget::Stream
        } else {
            remove_unfinished_on_signals()?;
            let created =
                check_target(path, OutputKind::File).and_then(|()| AtomicFile::create(path));
            let (unfinished, file) = created.map_err(|error| cannot_write(path, &error))?;
            RejectsTarget::AtomicFile(unfinished, file)
        };
        Ok(Self {
            path: path.to_owned(),
            target,
        })
    }

    /// Writes every reject of a snapshot: its location, the reason, and its bytes.
    pub(crate) fn write(self, snapshot: &Snapshot) -> Result<()> {
        let path = self.path;
        let written = match self.target {
            RejectsTarget::AtomicFile(unfinished, file) => {
                write_rejects(snapshot, &file).and_then(|()| {
                    file.sync_all()?;
                    Ok(unfinished.commit()?)
                })
            }
            // A second open file would have its own offset and overwrite the bytes of the redirected stream.
            RejectsTarget::Stream => match standard_stream_of(&path) {
                Some(StandardStream::Output) => {
                    write_rejects(snapshot, stdout(TerminalEncoding::Json))
                }
                Some(_) => write_rejects(snapshot, json_stderr()),
                None => open_device(&path, TerminalEncoding::Json)
                    .map_err(Into::into)
                    .and_then(|file| write_rejects(snapshot, file)),
            },
        };
        written.map_err(|error| cannot_write(&path, &error))
    }
}

/// Returns the standard output stream that is redirected to the file at a path.
fn standard_stream_of(path: &Path) -> Option<StandardStream> {
    let identity = FileIdentity::from_path(path).ok()?;
    [StandardStream::Output, StandardStream::Error]
        .into_iter()
        .find(|standard| standard.file().is_some_and(|(file, _)| file == identity))
}

/// Writes one line for each reject.
fn write_rejects(snapshot: &Snapshot, out: impl Write) -> Result<()> {
    let mut out = BufWriter::new(out);
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
            length: (reject.kept < reject.length).then_some(reject.length),
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
