//! `idq get`: prints the record with an id, or all of them if several records have it.
//!
//! The lookup ignores the default filter of deleted records, because an id names a record in any state. The exit
//! status is 1 if no record has the id.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::Columns;
use idq::render::TerminalEncoding;

use crate::arguments::GetArguments;
use crate::exit::STATUS_NOT_FOUND;
use crate::process::threads::run_on_threads;
use crate::session::{Session, format_count};
use crate::terminal::{print_error, stdout};

/// Runs the command.
pub(crate) fn run(arguments: &GetArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let (loaded, records) = run_on_threads(arguments.sources.threads, || {
        // The column of ids is always loaded.
        let loaded = session.load(Columns::Fields(Vec::new()))?;
        let records = loaded.engine.get(&arguments.id)?;
        Ok((loaded, records))
    })?;
    let mut out = stdout(TerminalEncoding::Json);
    for record in &records {
        out.write_all(record)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    if records.is_empty() {
        let id = idq::quote(&arguments.id);
        print_error(&format!("no record has the id {id}"));
    }
    let found = format_count(records.len() as u64, "record");
    loaded.print_summary(&format!("{found} found"));
    Ok(if records.is_empty() {
        ExitCode::from(STATUS_NOT_FOUND)
    } else {
        ExitCode::SUCCESS
    })
}
