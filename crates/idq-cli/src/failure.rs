use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use idq::{Error, LoadErrorKind, escape, render};

use crate::output::say;

/// Exit status: `get` found nothing.
pub(crate) const NOT_FOUND: u8 = 1;
/// Exit status: the request or the command line is wrong. (Also clap's own.)
pub(crate) const WRONG_REQUEST: u8 = 2;
/// Exit status: data could not be read or written.
pub(crate) const BAD_DATA: u8 = 3;

/// A request or a command line that is wrong.
#[derive(Debug)]
pub(crate) struct WrongRequest(pub(crate) String);

impl fmt::Display for WrongRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongRequest {}

/// Prints an error and says how to exit; whoever stopped reading our output has had enough, which is no error.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let failed_write = failed_write(error);
    if failed_write.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    // Standard output names itself; every other error says all by itself, without what it names as its source.
    complain(&failed_write.map_or_else(|| error.to_string(), ToString::to_string));
    ExitCode::from(if is_wrong_request(error) {
        WRONG_REQUEST
    } else {
        BAD_DATA
    })
}

/// Prints what is wrong with the command line, or the help that it asks for, and says how to exit.
pub(crate) fn report_usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        say(error.render().to_string().trim_end());
        return ExitCode::from(WRONG_REQUEST);
    }
    // Help is our own text; the reader that stopped reading it has had enough.
    let _ = error.print();
    ExitCode::SUCCESS
}

fn is_wrong_request(error: &anyhow::Error) -> bool {
    match error.downcast_ref() {
        Some(Error::Parse(_) | Error::Bind(_)) => true,
        Some(Error::Load(error)) => matches!(*error.kind, LoadErrorKind::StdinTwice),
        _ => error.is::<WrongRequest>(),
    }
}

/// Prints an error.
pub(crate) fn complain(message: &str) {
    say(&format!("error: {message}"));
}

/// A file that cannot be written.
pub(crate) fn cannot_write(path: &Path, error: &dyn fmt::Display) -> anyhow::Error {
    anyhow!("cannot write {}: {error}", escape(&path.to_string_lossy()))
}

/// What went wrong with standard output, through whichever crate was writing to it.
fn failed_write(error: &anyhow::Error) -> Option<&io::Error> {
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Error::Write(error)), _) | (_, Some(render::Error::Write(error))) => Some(error),
        _ => error.downcast_ref(),
    }
}
