use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::CountArguments;
use crate::output::stdout;
use crate::session::{Read, Session, on_threads};

/// Prints how many records match.
pub(crate) fn run(arguments: &CountArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let query = Read::new(&arguments.request);
    let (loaded, hints, total, matched) = on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_for(&arguments.request, query)?;
        let matches = loaded.engine.bound(bound);
        let total = matches.count()?;
        let hints = session.hints(&matches, total);
        let matched = session.matched(&matches, total)?;
        Ok((loaded, hints, total, matched))
    })?;
    let mut out = stdout();
    writeln!(out, "{total}")?;
    out.flush()?;
    session.hint(hints);
    session.summary(&matched, &loaded);
    Ok(ExitCode::SUCCESS)
}
