//! `idq export`: writes all matching records to files.
//!
//! All options are checked before the load, which may take long. The output is complete or absent, whichever step
//! fails. Standard error has the hints of `query --all`, and a summary with the total time.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use idq::api::Api;
use idq::render::{FormulaRisk, OutputFormat, TerminalEncoding, list_alternatives};
use idq::{ColumnPart, Columns, RowId, Snapshot, Source, escape};
use idq_export::{
    Error, ExportFormat, ExportSummary, Exporter, OutputKind, check_path, exported_fields,
};

use crate::arguments::export::ExportArguments;
use crate::exit::{ExitStatus, UsageError};
use crate::formats::{extension_of, refuse_format_name, refuse_snapshot_extension};
use crate::output_checks::{refuse_rejects_file, refuse_source};
use crate::process::signals::remove_unfinished_on_signals;
use crate::process::threads::run_on_threads;
use crate::session::{
    Masking, ParsedRequest, ProgressDisplay, Session, check_columns, format_count,
};
use crate::terminal::{stdout, terminal_at};

/// Runs the command.
pub(crate) fn run(arguments: &ExportArguments) -> Result<ExitStatus> {
    // Every mistake that can be found without the records is reported before the load.
    let session = Session::new(&arguments.sources, arguments.request.context())?;
    let format = choose_format(arguments)?;
    check_options(arguments, format)?;
    check_output(arguments, format, session.sources())?;
    let masking = Masking::new(&arguments.mask, &arguments.sources)?;
    if let Some(masking) = &masking {
        masking.check_output(&arguments.output)?;
    }
    let request = ParsedRequest::new(&arguments.request).with_order(&arguments.list);
    let page_hint = request.ignored_page_hint();
    // An unfinished file must not remain if the command is interrupted.
    remove_unfinished_on_signals()?;
    run_on_threads(arguments.sources.threads, || {
        let fields = |api: &Arc<Api>| {
            let partition_by = arguments.partition_by.as_deref();
            if arguments.raw {
                // Records are read anyway, and columns of the other values would only take memory.
                let field = partition_by.and_then(|name| api.field(name));
                return field.into_iter().collect();
            }
            exported_fields(api, format, &arguments.list.columns, partition_by)
        };
        let (loaded, bound) = session.load_for(&arguments.request, request, |api| {
            let mut fields = fields(api);
            fields.extend(arguments.list.part_field(api));
            fields
        })?;
        // Columns are checked again here, because unknown fields are known only after the load.
        let columns = &arguments.list.columns;
        check_columns(columns, loaded.engine.snapshot())?;
        let matches = loaded.engine.bound(bound);
        let rows = matches.rows()?;
        let total = rows.len() as u64;
        let rows = arguments.list.take(loaded.engine.snapshot(), rows)?;
        let snapshot = loaded.engine.snapshot();
        let written = match masking {
            Some(masking) => {
                let masking = masking.learn(&[snapshot], arguments.request.context())?;
                let fields = fields(snapshot.api()).into_iter();
                let columns = Columns::Parts(fields.map(ColumnPart::from).collect());
                let copy = masking.copy(snapshot, &rows, columns)?;
                let rows: Vec<RowId> = copy.snapshot().visible_rows().collect();
                write(arguments, format, copy.snapshot(), &rows)
            }
            None => write(arguments, format, snapshot, &rows),
        };
        let written = written.map_err(into_anyhow)?;
        // Hints refer to the written records, so they follow the export.
        let mut hints = loaded.hints_for_all_matches(&matches, total, page_hint);
        hints.extend(loaded.hints_for_columns(columns, &rows)?);
        if written.shortened_values > 0 {
            let values = format_count(written.shortened_values, "value");
            hints.push(format!(
                "{values} too long for the name of a folder: _shortened_values.json lists them in full"
            ));
        }
        loaded.print_hints(hints);
        let matched = loaded.describe_matches(&matches, total)?;
        let destination = describe_destination(arguments, &written, rows.len());
        loaded.print_summary_with_total_time(&format!("{matched}; {destination}"));
        loaded.print_account(loaded.describe_account(&matches)?);
        Ok(ExitStatus::SUCCESS)
    })
}

/// Returns the format of `--format` or of the file extension.
fn choose_format(arguments: &ExportArguments) -> Result<ExportFormat> {
    // Programs would read the file as a snapshot file.
    refuse_snapshot_extension(&arguments.output)?;
    refuse_format_name(&arguments.output, None)?;
    let extension = extension_of(&arguments.output);
    let inferred =
        ExportFormat::all().find(|format| format.description().has_extension(&extension));
    // An extension that contradicts the option is a mistake; one that is no format's does not count.
    match (arguments.format, inferred) {
        (Some(chosen), Some(inferred)) if chosen != inferred => usage_error(format!(
            "-o {}: the file extension is that of {}, but --format is {}: change one of them",
            escape(&arguments.output.to_string_lossy()),
            inferred.description().name,
            chosen.description().name
        )),
        (Some(format), _) | (None, Some(format)) => Ok(format),
        (None, None) if extension.eq_ignore_ascii_case("json") => usage_error(format!(
            "-o {}: expected the extension of an export, found that of JSON, whose envelope belongs to one page: write \
             an .ndjson file, with a record on each line, or redirect `idq query … --all -o json > FILE`, one array",
            escape(&arguments.output.to_string_lossy())
        )),
        (None, None) => usage_error(format!(
            "expected a format: add --format {}",
            list_alternatives(ExportFormat::all().map(ExportFormat::description))
        )),
    }
}

/// Refuses options that the format does not have.
fn check_options(arguments: &ExportArguments, format: ExportFormat) -> Result<()> {
    let description = format.description();
    let name = description.name;
    // An option that does not apply is refused with the formats to which it would.
    let alternatives = |is_suitable: fn(&OutputFormat) -> bool| {
        let formats = ExportFormat::all().map(ExportFormat::description);
        list_alternatives(formats.filter(|format| is_suitable(format)))
    };
    if !arguments.list.columns.is_empty() && !description.has_columns() {
        let suitable = alternatives(OutputFormat::has_columns);
        return usage_error(format!(
            "--columns does not apply to {name}, which writes whole records: add --format {suitable}"
        ));
    }
    let is_csv = description.formulas == FormulaRisk::Present;
    let suitable = alternatives(|format| format.formulas == FormulaRisk::Present);
    let way = format!("--format {suitable}");
    arguments.list.csv.check(is_csv, name, &way)?;
    if arguments.raw && !format.is_typed() {
        let typed = ExportFormat::all().filter(|format| format.is_typed());
        let suitable = list_alternatives(typed.map(ExportFormat::description));
        return usage_error(format!(
            "--raw does not apply to {name}, which has no column for records: add --format {suitable}"
        ));
    }
    Ok(())
}

/// Refuses, before a load that may take long, an output that cannot be written.
fn check_output(
    arguments: &ExportArguments,
    format: ExportFormat,
    sources: &[Source],
) -> Result<()> {
    let OutputFormat { name, terminal, .. } = format.description();
    let is_binary = terminal.is_none();
    // Neither a source nor a folder can be standard output, so the rest does not apply to it.
    if is_stdout(arguments) {
        if arguments.partition_by.is_some() {
            return usage_error("--partition-by writes a folder: name one with -o".to_owned());
        }
        if is_binary && io::stdout().is_terminal() {
            return usage_error(format!(
                "-o -: {name} is a binary format: redirect it to a file"
            ));
        }
        return Ok(());
    }
    let path = &arguments.output;
    // A path such as /dev/tty is a terminal too.
    if is_binary && terminal_at(path, TerminalEncoding::Text).is_some() {
        return usage_error(format!("-o: {name} is a binary format: name a file"));
    }
    // An export must not replace the data that it reads.
    refuse_source("-o", path, sources)?;
    refuse_rejects_file("-o", path, arguments.sources.rejects.as_deref())?;
    let target = match arguments.partition_by {
        Some(_) => OutputKind::Folder,
        None => OutputKind::File,
    };
    check_path(path, target).map_err(into_anyhow)
}

/// Writes records to the output.
fn write(
    arguments: &ExportArguments,
    format: ExportFormat,
    snapshot: &Snapshot,
    rows: &[RowId],
) -> Result<ExportSummary, Error> {
    // The progress would be drawn among the records on a terminal.
    let is_hidden = is_stdout(arguments) && io::stdout().is_terminal();
    let display = (!is_hidden).then(|| ProgressDisplay::new(arguments.sources.verbosity()));
    let total = rows.len() as u64;
    let progress = |done| {
        if let Some(display) = &display {
            display.show_records("exporting", done, total);
        }
    };
    let exporter = Exporter::new(snapshot, format)
        .with_formula_policy(arguments.list.csv.formula_policy())
        .with_progress(&progress);
    let written = write_with(exporter, arguments, format, rows);
    if let Some(display) = &display {
        display.finish();
    }
    written
}

/// Writes the records with the options of the command line.
fn write_with(
    mut exporter: Exporter<'_>,
    arguments: &ExportArguments,
    format: ExportFormat,
    rows: &[RowId],
) -> Result<ExportSummary, Error> {
    if arguments.raw {
        exporter = exporter.with_raw_records();
    }
    if let Some(separator) = arguments.list.csv.excel {
        exporter = exporter.with_excel_csv(separator);
    }
    if !arguments.list.columns.is_empty() {
        exporter = exporter.with_columns(arguments.list.columns.iter().map(String::as_str));
    }
    if let Some(field) = &arguments.partition_by {
        exporter = exporter.with_partitions_by(field);
    }
    // A binary format is not written to terminals, so its encoding is irrelevant.
    let encoding = format.description().terminal;
    let encoding = encoding.unwrap_or(TerminalEncoding::Text);
    if is_stdout(arguments) {
        // A stream cannot be renamed into place, so the reader gets an incomplete file if the export fails.
        return exporter.write_to(rows, stdout(encoding));
    }
    // A terminal by path is written to in place: it cannot be replaced by a renamed file.
    match terminal_at(&arguments.output, encoding) {
        Some(terminal) if arguments.partition_by.is_none() => exporter.write_to(rows, terminal),
        _ => exporter.write_to_path(rows, &arguments.output),
    }
}

/// Returns the destination of the records in words.
fn describe_destination(
    arguments: &ExportArguments,
    written: &ExportSummary,
    taken: usize,
) -> String {
    let extent = arguments.list.extent(taken);
    if is_stdout(arguments) {
        return format!("{extent} printed");
    }
    let part = if arguments.list.is_partial() {
        format!("{extent} ")
    } else {
        String::new()
    };
    let path = escape(&arguments.output.to_string_lossy());
    match arguments.partition_by {
        Some(_) => {
            let files = format_count(written.files, "file");
            format!("{part}written to {files} in {path}")
        }
        None => format!("{part}written to {path}"),
    }
}

/// Converts an error of the export to one that has the right exit status.
fn into_anyhow(error: Error) -> anyhow::Error {
    match error {
        error if error.is_usage_error() => UsageError(error.to_string()).into(),
        // Unwrapped, so that the report recognizes a closed pipe.
        Error::Output(error) => error.into(),
        Error::Read(error) => error.into(),
        error => error.into(),
    }
}

/// Returns an error of the command line.
fn usage_error<T>(message: String) -> Result<T> {
    Err(UsageError(message).into())
}

/// Returns whether records are written to standard output.
fn is_stdout(arguments: &ExportArguments) -> bool {
    arguments.output == Path::new("-")
}
