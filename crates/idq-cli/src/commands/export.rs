use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use idq::{Row, Snapshot, escape, expand};
use idq_export::{Error, Exporter, Format, Written, check_path};

use crate::arguments::export::{ExportArguments, ExportFormat};
use crate::columns::check_columns;
use crate::failure::WrongRequest;
use crate::output::stdout;
use crate::rejects::refuse_source;
use crate::session::{Read, Session, counted, on_threads};

/// Writes all matches to files.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let format = format(arguments)?;
    check(arguments, format)?;
    let read = Read::sorted(&arguments.request, &arguments.list.sort);
    on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_for(&arguments.request, read)?;
        check_columns(&arguments.list.columns, &loaded.snapshot)?;
        let matches = loaded.snapshot.bound(bound);
        let rows = matches.rows()?;
        let written = write(arguments, format, &loaded.snapshot, &rows).map_err(failure)?;
        let total = counted(written.records, "record");
        let to = if is_stdout(arguments) {
            "all printed".to_owned()
        } else {
            let files = counted(written.files, "file");
            let path = escape(&arguments.output.to_string_lossy());
            match arguments.partition_by {
                Some(_) => format!("written to {files} in {path}"),
                None => format!("written to {path}"),
            }
        };
        session.hint(matches.hints(written.records));
        session.summary_of_all(&format!("{total} matched; {to}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}

/// Refuses, before a load that may take long, what cannot come to an end.
fn check(arguments: &ExportArguments, format: Format) -> Result<()> {
    let wrong = |message: String| Err(WrongRequest(message).into());
    if format == Format::Ndjson && !arguments.list.columns.is_empty() {
        return wrong("--columns: ndjson has whole records as they are".to_owned());
    }
    let is_binary = matches!(format, Format::Parquet | Format::Arrow);
    if arguments.raw && !is_binary {
        return wrong("--raw adds a column to parquet or arrow: choose one of them".to_owned());
    }
    if is_stdout(arguments) {
        if arguments.partition_by.is_some() {
            return wrong("--partition-by writes a folder: name one with -o".to_owned());
        }
        if is_binary && io::stdout().is_terminal() {
            return wrong(format!("-o -: {} is nothing for a terminal", format.name()));
        }
        return Ok(());
    }
    let path = &arguments.output;
    // A source that cannot be read is reported by the load.
    let sources = expand(&arguments.sources.sources).unwrap_or_default();
    refuse_source("-o", path, &sources)?;
    let rejects = arguments.sources.rejects.as_ref();
    if rejects.is_some_and(|rejects| rejects == path) {
        return wrong("-o: expected another file than that of --rejects".to_owned());
    }
    check_path(path, arguments.partition_by.is_some()).map_err(failure)
}

fn write(
    arguments: &ExportArguments,
    format: Format,
    snapshot: &Snapshot,
    rows: &[Row],
) -> Result<Written, Error> {
    let mut exporter = Exporter::new(snapshot, format)
        .record(arguments.raw)
        .formulas(arguments.list.formulas());
    if !arguments.list.columns.is_empty() {
        exporter = exporter.columns(arguments.list.columns.iter().map(String::as_str));
    }
    if let Some(field) = &arguments.partition_by {
        exporter = exporter.partition_by(field);
    }
    if is_stdout(arguments) {
        exporter.to_writer(rows, stdout())
    } else {
        exporter.to_path(rows, &arguments.output)
    }
}

/// What kind of failure it is decides how to exit, whichever crate it comes from.
fn failure(error: Error) -> anyhow::Error {
    match error {
        error if error.is_wrong_request() => WrongRequest(error.to_string()).into(),
        Error::Output(error) => error.into(),
        Error::Read(error) => error.into(),
        error => error.into(),
    }
}

fn is_stdout(arguments: &ExportArguments) -> bool {
    arguments.output == Path::new("-")
}

fn format(arguments: &ExportArguments) -> Result<Format> {
    if let Some(format) = arguments.format {
        return Ok(match format {
            ExportFormat::Parquet => Format::Parquet,
            ExportFormat::Arrow => Format::Arrow,
            ExportFormat::Csv => Format::Csv,
            ExportFormat::Ndjson => Format::Ndjson,
        });
    }
    let ending = arguments.output.extension().unwrap_or_default();
    Ok(match ending.to_string_lossy().to_lowercase().as_str() {
        "parquet" => Format::Parquet,
        "arrow" | "feather" => Format::Arrow,
        "csv" => Format::Csv,
        "ndjson" | "jsonl" => Format::Ndjson,
        _ => {
            let message = "expected a format: add --format parquet, arrow, csv or ndjson";
            return Err(WrongRequest(message.to_owned()).into());
        }
    })
}
