//! `idq get`: prints the record with an id, or every record that satisfies an expression.
//!
//! The lookup ignores the default filter of deleted records, because an id names a record in any state. The exit
//! status is 1 if there is no such record.

use std::io::Write;

use anyhow::Result;
use idq::Columns;
use idq::render::{RECORD, RecordSink, SinkOptions, TerminalEncoding};

use crate::arguments::{GetArguments, RecordFormat, time_zone};
use crate::exit::{ExitStatus, STATUS_NOT_FOUND, UsageError};
use crate::process::threads::run_on_threads;
use crate::session::{ParsedRequest, Session, format_count};
use crate::terminal::{paged_stdout_for, print_error, stdout_colour};

/// Runs the command.
pub(crate) fn run(arguments: &GetArguments) -> Result<ExitStatus> {
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    arguments.pretty.check(match arguments.output {
        RecordFormat::Json => "json",
        RecordFormat::Record => "record",
    })?;
    if let Some(text) = &arguments.request.timezone {
        time_zone(text).map_err(|error| UsageError(format!("--timezone: {error}")))?;
    }
    run_on_threads(arguments.sources.threads, || match &arguments.id {
        Some(id) => print_record(session, id, arguments),
        None => print_matches(session, arguments),
    })
}

/// Prints the records with an id.
fn print_record(session: Session<'_>, id: &str, arguments: &GetArguments) -> Result<ExitStatus> {
    let loaded = session.load(Columns::Ids)?;
    let records = loaded.engine.get(id)?;
    print_records(arguments, |sink| {
        records
            .iter()
            .try_for_each(|record| Ok(sink.record(record)?))
    })?;
    if records.is_empty() {
        let id = idq::quote(id);
        print_error(&format!("no record has the id {id}"));
    }
    let found = format_count(records.len() as u64, "record");
    loaded.print_summary(&format!("{found} found"));
    Ok(exit_code(records.len()))
}

/// Prints the records that satisfy the expressions of the request.
fn print_matches(session: Session<'_>, arguments: &GetArguments) -> Result<ExitStatus> {
    let request = ParsedRequest::new(&arguments.request).with_deleted_records();
    let (loaded, bound) = session.load_for(&arguments.request, request, |_| Vec::<usize>::new())?;
    let matches = loaded.engine.bound(bound);
    let rows = matches.rows()?;
    let snapshot = loaded.engine.snapshot();
    print_records(arguments, |sink| {
        snapshot.for_each_record(&rows, &mut snapshot.reader(), |record| -> Result<()> {
            Ok(sink.record(record)?)
        })?;
        Ok(snapshot.check_unchanged()?)
    })?;
    if rows.is_empty() {
        print_error("no record satisfies the request");
    }
    loaded.print_hints(loaded.hints_for_all_matches(&matches, rows.len() as u64, None));
    let found = format_count(rows.len() as u64, "record");
    loaded.print_summary(&format!("{found} found"));
    loaded.print_account(loaded.describe_account(&matches)?);
    Ok(exit_code(rows.len()))
}

/// Prints the records that `write` gives to a sink.
fn print_records(
    arguments: &GetArguments,
    write: impl FnOnce(&mut dyn RecordSink) -> Result<()>,
) -> Result<()> {
    let encoding = match arguments.output {
        RecordFormat::Json => TerminalEncoding::Json,
        RecordFormat::Record => TerminalEncoding::Styled,
    };
    let mut out = paged_stdout_for(arguments.pretty.layout(), encoding);
    let mut sink: Box<dyn RecordSink + '_> = match arguments.output {
        RecordFormat::Json => Box::new(VerbatimLines(&mut out)),
        RecordFormat::Record => {
            let options = SinkOptions {
                colour: stdout_colour(arguments.sources.color),
                ..SinkOptions::default()
            };
            (RECORD.open)(Box::new(&mut out), &options)?
        }
    };
    write(&mut *sink)?;
    sink.finish()?;
    Ok(out.flush()?)
}

/// Writes records exactly as they are in the dump, each followed by a line feed.
struct VerbatimLines<W>(W);

impl<W: Write> RecordSink for VerbatimLines<W> {
    fn record(&mut self, record: &[u8]) -> Result<(), idq::render::Error> {
        self.0.write_all(record)?;
        Ok(self.0.write_all(b"\n")?)
    }

    fn finish(self: Box<Self>) -> Result<(), idq::render::Error> {
        Ok(())
    }
}

/// Returns the exit code for a number of found records.
fn exit_code(found: usize) -> ExitStatus {
    if found == 0 {
        ExitStatus::from(STATUS_NOT_FOUND)
    } else {
        ExitStatus::SUCCESS
    }
}
