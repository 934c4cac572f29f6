use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::{Source, verify};
use indicatif::DecimalBytes;

use crate::arguments::VerifyArguments;
use crate::failure::{BAD_DATA, complain};
use crate::output::stdout;
use crate::outputs::refuse_standard_streams;
use crate::session::{counted, on_threads};

/// Checks snapshot files.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<ExitCode> {
    let sources: Vec<Source> = (arguments.files.iter())
        .map(|path| path.as_path().into())
        .collect();
    refuse_standard_streams(&sources)?;
    on_threads(arguments.threads, || {
        let mut out = stdout();
        let mut status = ExitCode::SUCCESS;
        for path in &arguments.files {
            let verified = match verify(path) {
                Ok(verified) => verified,
                Err(error) => {
                    complain(&error.to_string());
                    status = ExitCode::from(BAD_DATA);
                    continue;
                }
            };
            if !arguments.quiet {
                let name = idq::escape(&path.to_string_lossy()).to_string();
                let records = counted(verified.records, "record");
                let bytes = DecimalBytes(verified.bytes);
                writeln!(out, "{name}: sound: {records}, {bytes}")?;
            }
        }
        out.flush()?;
        Ok(status)
    })
}
