use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use idq::Error;

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
    if failed_write(error).is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    complain(&described(error));
    let wrong = error.is::<WrongRequest>()
        || matches!(
            error.downcast_ref::<Error>(),
            Some(Error::Parse(_) | Error::Bind(_))
        );
    ExitCode::from(if wrong { WRONG_REQUEST } else { BAD_DATA })
}

/// Prints an error.
pub(crate) fn complain(message: &str) {
    say(&format!("error: {message}"));
}

/// An error in words. The library's errors say it all by themselves: what they name as their source is in there.
pub(crate) fn described(error: &anyhow::Error) -> String {
    match (failed_write(error), error.is::<Error>()) {
        _ if error.is::<Context>() => format!("{error:#}"),
        (Some(error), _) => error.to_string(),
        (None, true) => error.to_string(),
        (None, false) => format!("{error:#}"),
    }
}
