//! The `idq` command: an identity API's own questions, asked of exported dumps.
//!
//! [`arguments`] is the command line, [`commands`] has one file for each command, and [`session`] is what those that
//! load dumps share. Everything else is the library's.

mod arguments;
mod columns;
mod commands;
mod failure;
#[cfg(unix)]
mod out_of_memory;
mod output;
mod outputs;
mod progress;
mod rejects;
mod session;
mod stop;
mod threads;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    #[cfg(unix)]
    out_of_memory::reserve();
    // A panic's message may hold any text.
    std::panic::set_hook(Box::new(|panic| {
        #[cfg(unix)]
        out_of_memory::end_if_refused(&panic.to_string());
        output::say(&panic.to_string());
        let backtrace = Backtrace::capture();
        if backtrace.status() == BacktraceStatus::Captured {
            output::say(&backtrace.to_string());
        }
    }));
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::report_usage(&error),
    };
    // Before a snapshot file is mapped.
    let guarded = idq::guard_mapped_files()
        .map_err(|error| anyhow::anyhow!("cannot set a signal handler: {error}"));
    let result = guarded.and_then(|()| commands::run(arguments));
    result.unwrap_or_else(|error| failure::report(&error))
}
