//! `idq get`: prints the record with an id, or every record that satisfies an expression.
//!
//! The lookup ignores the default filter of deleted records, because an id names a record in any state. The exit
//! status is 1 if there is no such record.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use idq::Columns;
use idq::render::TerminalEncoding;

use crate::arguments::{GetArguments, time_zone};
use crate::exit::{STATUS_NOT_FOUND, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{ParsedRequest, Session, format_count};
use crate::terminal::{print_error, stdout};

/// Runs the command.
pub(crate) fn run(arguments: &GetArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    if let Some(text) = &arguments.request.timezone {
        time_zone(text).map_err(|error| UsageError(format!("--timezone: {error}")))?;
    }
    run_on_threads(arguments.sources.threads, || match &arguments.id {
        Some(id) => print_record(session, id),
        None => print_matches(session, arguments),
    })
}

/// Prints the records with an id.
fn print_record(session: Session<'_>, id: &str) -> Result<ExitCode> {
    // The column of ids is always loaded.
    let loaded = session.load(Columns::Parts(Vec::new()))?;
    let records = loaded.engine.get(id)?;
    let mut out = stdout(TerminalEncoding::Json);
    for record in &records {
        out.write_all(record)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    if records.is_empty() {
        let id = idq::quote(id);
        print_error(&format!("no record has the id {id}"));
    }
    let found = format_count(records.len() as u64, "record");
    loaded.print_summary(&format!("{found} found"));
    Ok(exit_code(records.len()))
}

/// Prints the records that satisfy the expressions of the request.
fn print_matches(session: Session<'_>, arguments: &GetArguments) -> Result<ExitCode> {
    let request = ParsedRequest::new(&arguments.request).with_deleted_records();
    let (loaded, bound) = session.load_for(&arguments.request, request, |_| Vec::new())?;
    let matches = loaded.engine.bound(bound);
    let rows = matches.rows()?;
    let snapshot = loaded.engine.snapshot();
    let mut out = stdout(TerminalEncoding::Json);
    snapshot.for_each_record(&rows, &mut snapshot.reader(), |record| -> Result<()> {
        out.write_all(record)?;
        out.write_all(b"\n")?;
        Ok(())
    })?;
    snapshot.check_unchanged()?;
    out.flush()?;
    if rows.is_empty() {
        print_error("no record satisfies the expression");
    }
    loaded.print_hints(loaded.hints_for_all_matches(&matches, rows.len() as u64, None));
    let found = format_count(rows.len() as u64, "record");
    loaded.print_summary(&format!("{found} found"));
    loaded.print_account(loaded.describe_account(&matches)?);
    Ok(exit_code(rows.len()))
}

/// Returns the exit code for a number of found records.
fn exit_code(found: usize) -> ExitCode {
    if found == 0 {
        ExitCode::from(STATUS_NOT_FOUND)
    } else {
        ExitCode::SUCCESS
    }
}
