use std::process::ExitCode;

use anyhow::Result;
use idq::{Columns, PackOptions, PackProgress};
use indicatif::DecimalBytes;

use crate::arguments::PackArguments;
use crate::failure::cannot_write;
use crate::progress::Bar;
use crate::session::{Session, counted, on_threads};

/// Writes dumps into a snapshot file.
pub(crate) fn run(arguments: &PackArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    on_threads(arguments.sources.threads, || {
        let loaded = session.load(Columns::Queried)?;
        let bar = Bar::new(arguments.sources.quiet);
        let report = |progress: PackProgress| bar.update_packed(progress);
        let options = PackOptions {
            level: arguments.level,
            progress: Some(&report),
        };
        let packed = loaded.snapshot.pack(&arguments.output, &options);
        bar.finish();
        let length = packed.map_err(|error| match error {
            idq::Error::Pack(idq::PackError::Write(error)) => {
                cannot_write(&arguments.output, &error)
            }
            error => error.into(),
        })?;
        let records = counted(loaded.snapshot.len(), "record");
        let length = DecimalBytes(length);
        session.summary(&format!("packed {records} into {length}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}
