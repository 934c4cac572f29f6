use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use idq::render::Spelling;
use idq::{RowId, Snapshot, escape, expand};
use idq_export::{Error, Exporter, Format, Written, check_path};

use crate::arguments::export::{ExportArguments, ExportFormat};
use crate::columns::check_columns;
use crate::failure::WrongRequest;
use crate::output::{json_stdout, stdout, terminal_at};
use crate::outputs::{refuse_rejects, refuse_source};
use crate::session::{Read, Session, counted, on_threads};
use crate::stop::remove_unfinished_when_stopped;

/// Writes all matches to files.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitCode> {
    let session = Session::new(&arguments.sources)?;
    let format = format(arguments)?;
    check(arguments, format)?;
    let read = Read::sorted(&arguments.request, &arguments.list.sort);
    let page = read.page_that_does_not_count();
    remove_unfinished_when_stopped()?;
    on_threads(arguments.sources.threads, || {
        let (loaded, bound) = session.load_for(&arguments.request, read)?;
        check_columns(&arguments.list.columns, &loaded.snapshot)?;
        let matches = loaded.snapshot.bound(bound);
        let rows = matches.rows()?;
        let written = write(arguments, format, &loaded.snapshot, &rows).map_err(failure)?;
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
        let mut hints = session.hints_of_all(&matches, written.records, page);
        let columns = &arguments.list.columns;
        hints.extend(session.hints_of_columns(columns, &loaded.snapshot, &rows)?);
        if written.shortened > 0 {
            let values = counted(written.shortened, "value");
            hints.push(format!(
                "{values} too long for the name of a folder: _shortened_values.json has them whole"
            ));
        }
        session.hint(hints);
        let matched = session.matched(&matches, written.records)?;
        session.summary_of_all(&format!("{matched}; {to}"), &loaded);
        Ok(ExitCode::SUCCESS)
    })
}

/// Refuses, before a load that may take long, what cannot come to an end.
fn check(arguments: &ExportArguments, format: Format) -> Result<()> {
    let wrong = |message: String| Err(WrongRequest(message).into());
    if format == Format::Ndjson && !arguments.list.columns.is_empty() {
        return wrong("--columns: ndjson has whole records as they are".to_owned());
    }
    if arguments.list.raw_csv && format != Format::Csv {
        return wrong("--raw-csv is about the cells of CSV: add --format csv".to_owned());
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
    if is_binary && terminal_at(path, Spelling::Text).is_some() {
        return wrong(format!("-o: {} is nothing for a terminal", format.name()));
    }
    // A source that cannot be read is reported by the load.
    let sources = expand(&arguments.sources.sources)
        .unwrap_or_default()
        .sources;
    refuse_source("-o", path, &sources)?;
    refuse_rejects(path, arguments.sources.rejects.as_deref())?;
    check_path(path, arguments.partition_by.is_some()).map_err(failure)
}

fn write(
    arguments: &ExportArguments,
    format: Format,
    snapshot: &Snapshot,
    rows: &[RowId],
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
    let spelling = match format {
        Format::Ndjson => Spelling::Json,
        _ => Spelling::Text,
    };
    if is_stdout(arguments) {
        return match format {
            Format::Ndjson => exporter.to_writer(rows, json_stdout()),
            _ => exporter.to_writer(rows, stdout()),
        };
    }
    match terminal_at(&arguments.output, spelling) {
        Some(terminal) if arguments.partition_by.is_none() => exporter.to_writer(rows, terminal),
        _ => exporter.to_path(rows, &arguments.output),
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

/// The format that was asked for, by its name or by the file's.
fn format(arguments: &ExportArguments) -> Result<Format> {
    let wrong = |message: String| Err(WrongRequest(message).into());
    let path = escape(&arguments.output.to_string_lossy());
    let ending = arguments.output.extension().unwrap_or_default();
    let of_file = match ending.to_string_lossy().to_lowercase().as_str() {
        "parquet" => Some(Format::Parquet),
        "arrow" | "feather" => Some(Format::Arrow),
        "csv" => Some(Format::Csv),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        "idq" => {
            return wrong(format!(
                "-o {path}: that names a snapshot file, which `idq pack` writes: name another one"
            ));
        }
        _ => None,
    };
    let chosen = arguments.format.map(|format| match format {
        ExportFormat::Parquet => Format::Parquet,
        ExportFormat::Arrow => Format::Arrow,
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Ndjson => Format::Ndjson,
    });
    match (chosen, of_file) {
        (Some(chosen), Some(of_file)) if chosen != of_file => wrong(format!(
            "-o {path}: that names a file of {}, and --format says {}: choose one of them",
            of_file.name(),
            chosen.name()
        )),
        (Some(format), _) | (None, Some(format)) => Ok(format),
        (None, None) => {
            wrong("expected a format: add --format parquet, arrow, csv or ndjson".to_owned())
        }
    }
}
