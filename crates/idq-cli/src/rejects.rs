use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use base64::Engine as _;
use idq::render::Spelling;
use idq::{LoadedSnapshot, Source};
use idq_files::{
    AtomicFile, FileIdentity, OutputKind, StandardStream, check_target, is_special_file,
};
use serde::Serialize;

use crate::failure::{WrongRequest, cannot_write};
use crate::output::{json_stderr, json_stdout, open_special};
use crate::outputs::refuse_source;
use crate::stop::remove_unfinished_when_stopped;

/// A line of the file of rejects.
#[derive(Serialize)]
struct RejectLine<'a> {
    file: &'a str,
    record: u64,
    line: u64,
    offset: u64,
    reason: String,
    /// The reject's bytes, where `raw` has only the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    raw: &'a str,
    /// The bytes themselves, where they are no text.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

/// The file of rejects, as long as a load is under way.
pub(crate) struct RejectsFile {
    path: PathBuf,
    target: Target,
}

enum Target {
    /// Made before the load, and put in its place behind it: a load that fails leaves what was there before.
    Unfinished(AtomicFile, File),
    /// A device, a pipe, or the file that standard output or standard error goes to already.
    AsItIs,
}

impl RejectsFile {
    /// Makes sure, before a load that may take long, that the file can be written and is no source itself.
    pub(crate) fn prepare(path: &Path, sources: &[Source]) -> Result<Self> {
        if path.as_os_str() == "-" {
            let message = "--rejects: expected a file, found `-`: /dev/stdout is standard output";
            return Err(WrongRequest(message.to_owned()).into());
        }
        refuse_source("--rejects", path, sources)?;
        let target = if is_special_file(path) || standard_of(path).is_some() {
            Target::AsItIs
        } else {
            remove_unfinished_when_stopped()?;
            let made = check_target(path, OutputKind::File).and_then(|()| AtomicFile::create(path));
            let (unfinished, file) = made.map_err(|error| cannot_write(path, &error))?;
            Target::Unfinished(unfinished, file)
        };
        Ok(Self {
            path: path.to_owned(),
            target,
        })
    }

    /// Writes every rejected record, with its place, the reason and its bytes.
    pub(crate) fn write(self, snapshot: &LoadedSnapshot) -> Result<()> {
        let path = self.path;
        let written = match self.target {
            Target::Unfinished(unfinished, file) => write(snapshot, &file).and_then(|()| {
                file.sync_all()?;
                Ok(unfinished.commit()?)
            }),
            // Another open file would write over what standard output has written, as it has a place of its own.
            Target::AsItIs => match standard_of(&path) {
                Some(StandardStream::Output) => write(snapshot, json_stdout()),
                Some(_) => write(snapshot, json_stderr()),
                None => open_special(&path, Spelling::Json)
                    .map_err(Into::into)
                    .and_then(|file| write(snapshot, file)),
            },
        };
        written.map_err(|error| cannot_write(&path, &error))
    }
}

/// Which of the standard streams a path leads to.
fn standard_of(path: &Path) -> Option<StandardStream> {
    let identity = FileIdentity::from_path(path).ok()?;
    [StandardStream::Output, StandardStream::Error]
        .into_iter()
        .find(|standard| standard.file().is_some_and(|(file, _)| file == identity))
}

fn write(snapshot: &LoadedSnapshot, out: impl Write) -> Result<()> {
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
