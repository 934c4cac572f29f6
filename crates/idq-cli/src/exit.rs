//! Exit statuses, and the report of the error that ends a command.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::{ExitCode, Termination};

use anyhow::anyhow;
use idq::{Error, LoadError, LoadErrorKind, escape, render};

use crate::advice::{advice_on, advice_on_missing_source};
use crate::terminal::{print_error, print_status};

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitStatus(u8);

impl ExitStatus {
    /// The status of a command that did what it was told to.
    pub const SUCCESS: Self = Self(0);

    /// Returns the number of the status.
    pub fn code(self) -> u8 {
        self.0
    }
}

impl From<u8> for ExitStatus {
    fn from(code: u8) -> Self {
        Self(code)
    }
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        self.0.into()
    }
}

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
pub(crate) fn report(error: &anyhow::Error) -> ExitStatus {
    if let Some(error) = error.downcast_ref::<StderrIsSource>() {
        if let Some(mut out) = error.report_to.as_ref() {
            let _ = writeln!(out, "error: {error}");
        }
        return ExitStatus::from(STATUS_USAGE_ERROR);
    }
    // Found below any layer that has wrapped it.
    let stdout_error = find_stdout_error(error);
    if stdout_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitStatus::SUCCESS;
    }
    // Messages are complete without their sources, so the chain of causes is not printed.
    print_error(&stdout_error.map_or_else(|| message_of(error), ToString::to_string));
    ExitStatus::from(if is_usage_error(error) {
        STATUS_USAGE_ERROR
    } else {
        STATUS_DATA_ERROR
    })
}

/// Prints an error of the command line, or the requested help, and returns the exit status.
pub(crate) fn report_command_line(mut error: clap::Error) -> ExitStatus {
    if error.use_stderr() {
        let advice = advice_on(&mut error);
        let message = error.render().to_string();
        print_status(message.trim_end());
        if let Some(advice) = advice {
            print_status(&format!("\n  help: {advice}"));
        }
        return ExitStatus::from(STATUS_USAGE_ERROR);
    }
    // Help quotes no input, so it is not escaped. A closed pipe is not an error.
    let _ = error.print();
    ExitStatus::SUCCESS
}

/// Returns the message of an error, with advice on a source that does not exist.
pub(crate) fn message_of(error: &anyhow::Error) -> String {
    let advice = match error.downcast_ref() {
        Some(Error::Load(error)) => missing_source(error).and_then(advice_on_missing_source),
        _ => None,
    };
    match advice {
        Some(advice) => format!("{error}\n  help: {advice}"),
        None => error.to_string(),
    }
}

/// Returns the name of a source that does not exist.
fn missing_source(error: &LoadError) -> Option<&str> {
    let is_missing = error.kind.is_missing_source();
    is_missing.then_some(error.file.as_str())
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
    match (
        error.downcast_ref(),
        error.downcast_ref(),
        error.downcast_ref(),
    ) {
        (Some(Error::Write(error)), _, _)
        | (_, Some(render::Error::Write(error)), _)
        | (_, _, Some(idq_compare::Error::Write(error))) => Some(error),
        _ => error.downcast_ref(),
    }
}
