//! The `idq` command: queries exported identity dumps in the grammar of the API that they came from.
//!
//! In the order in which a command runs:
//!
//! * `arguments`: the command line, one file for each group of commands;
//! * `commands`: one file for each command;
//! * `session`: the code that commands share, from sources and a request to a loaded snapshot, with notes, hints and
//!   a summary on standard error;
//! * `formats` and `output_checks`: the output format of a file name, and the refusal of outputs that are inputs;
//! * `terminal`: standard output and standard error, safe for terminals;
//! * `exit`: exit statuses and the report of an error;
//! * `advice`: the command that was meant by a wrong command line;
//! * `process`: signals, threads and refused allocations.
//!
//! Everything else is in the library `idq`. This package is a library too, so that another program can have the command in it:
//! [`run`] is the whole command.

mod advice;
mod arguments;
mod commands;
mod exit;
mod formats;
mod output_checks;
mod process;
mod session;
mod terminal;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;

use crate::arguments::Arguments;
use crate::terminal::print_status;

pub use crate::exit::ExitStatus;

/// Runs the command of these arguments, the first of which is the name of the program, and returns its exit status.
///
/// It is meant for a process of its own: it sets the panic hook and handlers of signals, writes to standard output and
/// standard error, and may end the process.
pub fn run<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> ExitStatus {
    let status = run_command(arguments.into_iter().map(Into::into).collect());
    // A `main` of Rust flushes at its end; a program that has the command in it may not. A closed pipe is no error.
    let _ = io::stdout().flush();
    status
}

/// Runs the command of these arguments.
fn run_command(arguments: Vec<OsString>) -> ExitStatus {
    #[cfg(unix)]
    process::out_of_memory::reserve_memory();
    // The default hook would print a panic's message unescaped, and a message may quote a value of a dump.
    std::panic::set_hook(Box::new(|panic| {
        #[cfg(unix)]
        process::out_of_memory::exit_if_refused(&panic.to_string());
        print_status(&panic.to_string());
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            print_status(&backtrace.to_string());
        }
    }));
    // A shell that completes a command line sets a variable.
    process::command_line::store(arguments.clone());
    let folder = std::env::current_dir().ok();
    let completion = CompleteEnv::with_factory(Arguments::command);
    match completion.try_complete(arguments.iter().cloned(), folder.as_deref()) {
        Ok(true) => return ExitStatus::SUCCESS,
        Ok(false) => {}
        Err(error) => return exit::report_command_line(error),
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return exit::report_command_line(error),
    };
    // The handler must be installed before a snapshot file is mapped.
    let guarded = idq::guard_mapped_files()
        .map_err(|error| anyhow::anyhow!("cannot set a signal handler: {error}"));
    let result = guarded.and_then(|()| commands::run(arguments));
    result.unwrap_or_else(|error| exit::report(&error))
}
