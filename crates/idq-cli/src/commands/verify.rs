//! `idq verify`: checks snapshot files.
//!
//! The exit status is that of damaged data if any file is damaged.

use std::io::Write;

use anyhow::Result;
use idq::render::TerminalEncoding;
use idq::{Error, Source, verify_with_progress};
use indicatif::DecimalBytes;

use crate::arguments::VerifyArguments;
use crate::exit::{ExitStatus, STATUS_DATA_ERROR, message_of};
use crate::output_checks::refuse_standard_streams;
use crate::process::threads::run_on_threads;
use crate::session::{ProgressDisplay, Verbosity, format_count};
use crate::terminal::{print_error, stdout};

/// Runs the command. Every file is checked, also after a damaged one.
pub(crate) fn run(arguments: &VerifyArguments) -> Result<ExitStatus> {
    let sources: Vec<Source> = (arguments.files.iter())
        .map(|path| path.as_path().into())
        .collect();
    refuse_standard_streams(&sources)?;
    run_on_threads(arguments.threads, || {
        let mut out = stdout(TerminalEncoding::Text);
        let mut status = ExitStatus::SUCCESS;
        for path in &arguments.files {
            // An error of one file does not end the command.
            let display = ProgressDisplay::new(Verbosity::from_quiet(arguments.quiet));
            let progress = |done, total| display.show_records("verifying", done, total);
            let verified = verify_with_progress(path, &progress);
            display.finish();
            let verified = match verified {
                Ok(verified) => verified,
                Err(error) => {
                    print_error(&message_of(&Error::from(error).into()));
                    status = ExitStatus::from(STATUS_DATA_ERROR);
                    continue;
                }
            };
            if !arguments.quiet {
                let name = idq::escape(&path.to_string_lossy()).to_string();
                let records = format_count(verified.records, "record");
                let bytes = DecimalBytes(verified.bytes);
                writeln!(out, "{name}: sound: {records}, {bytes}")?;
            }
        }
        out.flush()?;
        Ok(status)
    })
}
