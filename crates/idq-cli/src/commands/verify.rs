use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::{Error, verify};
use indicatif::DecimalBytes;

use crate::arguments::VerifyArguments;
use crate::output::stdout;
use crate::session::{counted, on_threads};

/// Checks snapshot files.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<ExitCode> {
    on_threads(arguments.threads, || {
        let mut out = stdout();
        for path in &arguments.files {
            let verified = verify(path).map_err(Error::from)?;
            if !arguments.quiet {
                let name = idq::escape(&path.to_string_lossy()).to_string();
                let records = counted(verified.records, "record");
                let bytes = DecimalBytes(verified.bytes);
                writeln!(out, "{name}: sound: {records}, {bytes}")?;
            }
        }
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}
