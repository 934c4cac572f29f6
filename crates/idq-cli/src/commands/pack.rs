use std::process::ExitCode;

use anyhow::Result;
use idq::{Columns, PackOptions, PackProgress, expand};
use idq_files::check_path;
use indicatif::DecimalBytes;

use crate::arguments::PackArguments;
use crate::failure::cannot_write;
use crate::progress::Bar;
use crate::rejects::refuse_source;
use crate::session::{Session, counted, on_threads};

/// Writes dumps into a snapshot file.
pub(crate) fn run(arguments: &PackArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let path = &arguments.output;
    // A source that cannot be read is reported by the load.
    let sources = expand(&arguments.sources.sources).unwrap_or_default();
    refuse_source("-o", path, &sources)?;
    check_path(path, false).map_err(|error| cannot_write(path, &error))?;
    on_threads(arguments.sources.threads, || {
        let loaded = session.load(Columns::Queried)?;
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
        session.summary(&format!("packed {records} into {length}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}
