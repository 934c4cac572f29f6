//! `idq count`: prints the number of matching records.
//!
//! Standard output has only the number, for scripts. Standard error has hints, such as the nearest value of a filter
//! without matches, and a summary.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::render::TerminalEncoding;

use crate::arguments::CountArguments;
use crate::process::threads::run_on_threads;
use crate::session::{ParsedRequest, Session};
use crate::terminal::stdout;

/// Runs the command.
pub(crate) fn run(arguments: &CountArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let request = ParsedRequest::new(&arguments.request);
    let (loaded, hints, total, description, account) =
        run_on_threads(arguments.sources.threads, || {
            let (loaded, bound) = session.load_for(&arguments.request, request)?;
            let matches = loaded.engine.bound(bound);
            let total = matches.count()?;
            let hints = loaded.hints(&matches, total);
            let description = loaded.describe_matches(&matches, total)?;
            let account = loaded.describe_account(&matches)?;
            Ok((loaded, hints, total, description, account))
        })?;
    let mut out = stdout(TerminalEncoding::Text);
    writeln!(out, "{total}")?;
    out.flush()?;
    loaded.print_hints(hints);
    loaded.print_summary(&description);
    loaded.print_account(account);
    Ok(ExitCode::SUCCESS)
}
