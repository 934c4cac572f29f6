//! The `idq` command: queries exported identity dumps in the grammar of the API that they came from.
//!
//! In the order in which a command runs:
//!
//! * [`arguments`]: the command line, one file for each group of commands;
//! * [`commands`]: one file for each command;
//! * [`session`]: the code that commands share, from sources and a request to a loaded snapshot, with notes, hints and
//!   a summary on standard error;
//! * [`formats`] and [`output_checks`]: the output format of a file name, and the refusal of outputs that are inputs;
//! * [`terminal`]: standard output and standard error, safe for terminals;
//! * [`exit`]: exit statuses and the report of an error;
//! * [`advice`]: the command that was meant by a wrong command line;
//! * [`process`]: signals, threads and refused allocations.
//!
//! Everything else is in the library.

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
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use clap_complete::CompleteEnv;

use crate::arguments::Arguments;
use crate::terminal::print_status;

/// Runs the command and returns its exit status.
fn main() -> ExitCode {
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
    CompleteEnv::with_factory(Arguments::command).complete();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return exit::report_command_line(error),
    };
    // The handler must be installed before a snapshot file is mapped.
    let guarded = idq::guard_mapped_files()
        .map_err(|error| anyhow::anyhow!("cannot set a signal handler: {error}"));
    let result = guarded.and_then(|()| commands::run(arguments));
    result.unwrap_or_else(|error| exit::report(&error))
}
