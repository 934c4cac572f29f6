use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use bytesize::ByteSize;
use idq::{
    Columns, PackOptions, PackProgress, Source, Spill, SpillFile, default_memory, expand,
    memory_for_rows, wants_spill,
};
use idq_files::{check_path, is_special};
use indicatif::DecimalBytes;

use crate::arguments::PackArguments;
use crate::failure::{WrongRequest, cannot_write};
use crate::progress::Bar;
use crate::rejects::refuse_source;
use crate::session::{Session, counted, on_threads};
use crate::stop::remove_unfinished_when_stopped;

/// Writes dumps into a snapshot file.
pub(crate) fn run(arguments: &PackArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let path = &arguments.output;
    if path.as_os_str() == "-" || is_special(path) {
        let path = path.display();
        let message =
            format!("-o {path}: a snapshot file is mapped, so it must be a file: name one");
        return Err(WrongRequest(message).into());
    }
    // A source that cannot be read is reported by the load.
    let sources = expand(&arguments.sources.sources).unwrap_or_default();
    refuse_source("-o", path, &sources)?;
    check_path(path, false).map_err(|error| cannot_write(path, &error))?;
    let memory = arguments
        .memory
        .map_or_else(default_memory, |memory| memory.0);
    remove_unfinished_when_stopped()?;
    on_threads(arguments.sources.threads, || {
        let loaded = session.load_to(Columns::Queried, spill(path, &sources, memory)?)?;
        let needed = memory_for_rows(loaded.snapshot.len());
        if needed > memory {
            let (records, needed) = (counted(loaded.snapshot.len(), "record"), ByteSize(needed));
            let message =
                format!("--memory: packing {records} takes up to {needed:.1}: allow as much");
            return Err(WrongRequest(message).into());
        }
        let bar = Bar::new(arguments.sources.quiet);
        let report = |progress: PackProgress| bar.update_packed(progress);
        let options = PackOptions {
            level: arguments.level,
            progress: Some(&report),
        };
        let packed = loaded.snapshot.pack(path, &options);
        bar.finish();
        let length = packed.map_err(|error| match error {
            idq::Error::Pack(idq::PackError::Write(error)) => cannot_write(path, &error),
            error => error.into(),
        })?;
        let records = counted(loaded.snapshot.len(), "record");
        let length = DecimalBytes(length);
        session.summary_of_all(&format!("packed {records} into {length}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}

/// A file for the large columns, beside the one that is to be written, where memory would not do.
fn spill(path: &Path, sources: &[Source], memory: u64) -> Result<Option<Arc<dyn Spill>>> {
    if !wants_spill(sources, memory) {
        return Ok(None);
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = SpillFile::in_folder(folder).map_err(|error| cannot_write(folder, &error))?;
    Ok(Some(Arc::new(file)))
}
