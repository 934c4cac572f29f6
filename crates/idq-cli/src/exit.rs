//! Exit statuses, and the report of the error that ends a command.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use idq::{Error, LoadErrorKind, escape, render};

use crate::formats::file_name_help;
use crate::terminal::{print_error, print_status};

/// The exit status of `get` if no record has the id.
pub(crate) const STATUS_NOT_FOUND: u8 = 1;
/// The exit status of `diff` if something differs.
pub(crate) const STATUS_DIFFERENT: u8 = 1;
/// The exit status for a wrong request or command line, as clap uses it.
pub(crate) const STATUS_USAGE_ERROR: u8 = 2;
/// The exit status for data that could not be read or written.
pub(crate) const STATUS_DATA_ERROR: u8 = 3;

/// An error of the request or of the command line.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// The error that standard error is a file which the command reads. Its report must not be printed there, because it
/// would overwrite the source.
#[derive(Debug)]
pub(crate) struct StderrIsSource {
    /// The stream for the report; `None` if standard output is a source as well.
    pub(crate) report_to: Option<io::Stdout>,
}

impl fmt::Display for StderrIsSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("standard error is one of the sources: redirect it to another file")
    }
}

impl std::error::Error for StderrIsSource {}

/// Prints an error and returns the exit status. A reader that closes its pipe early is not an error.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(error) = error.downcast_ref::<StderrIsSource>() {
        if let Some(mut out) = error.report_to.as_ref() {
            let _ = writeln!(out, "error: {error}");
        }
        return ExitCode::from(STATUS_USAGE_ERROR);
    }
    // Found below any layer that has wrapped it.
    let stdout_error = find_stdout_error(error);
    if stdout_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    // Messages are complete without their sources, so the chain of causes is not printed.
    print_error(&stdout_error.map_or_else(|| error.to_string(), ToString::to_string));
    ExitCode::from(if is_usage_error(error) {
        STATUS_USAGE_ERROR
    } else {
        STATUS_DATA_ERROR
    })
}

/// Prints an error of the command line, or the requested help, and returns the exit status.
pub(crate) fn report_command_line(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let message = error.render().to_string();
        print_status(message.trim_end());
        if let Some(help) = output_help(error) {
            print_status(&format!("\n  help: {help}"));
        }
        return ExitCode::from(STATUS_USAGE_ERROR);
    }
    // Help quotes no input, so it is not escaped. A closed pipe is not an error.
    let _ = error.print();
    ExitCode::SUCCESS
}

/// Returns the help for a file name in the place of an output format.
fn output_help(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let option = text(ContextKind::InvalidArg)?;
    if error.kind() != ErrorKind::InvalidValue || !option.starts_with("--output") {
        return None;
    }
    file_name_help(text(ContextKind::InvalidValue)?)
}

/// Returns whether an error is one of the request or of the command line, rather than of the data.
fn is_usage_error(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(Error::Parse(_) | Error::Bind(_)) => true,
        // The only error of a load that is caused by the command line.
        Some(Error::Load(error)) => matches!(*error.kind, LoadErrorKind::StdinTwice),
        _ => error.is::<UsageError>(),
    }
}

/// Returns the error for a file that cannot be written.
pub(crate) fn cannot_write(path: &Path, error: &dyn fmt::Display) -> anyhow::Error {
    anyhow!("cannot write {}: {error}", escape(&path.to_string_lossy()))
}

/// Returns the error of standard output, from whichever crate it comes.
fn find_stdout_error(error: &anyhow::Error) -> Option<&io::Error> {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Error::Write(error)), _) | (_, Some(render::Error::Write(error))) => Some(error),
        _ => error.downcast_ref(),
    }
}
