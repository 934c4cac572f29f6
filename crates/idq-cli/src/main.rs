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
mod progress;
mod rejects;
mod session;
mod stop;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

fn main() -> ExitCode {
    #[cfg(unix)]
    out_of_memory::reserve();
    let arguments = Arguments::parse();
    // Before a snapshot file is mapped.
    let guarded = idq::guard_mapped_files()
        .map_err(|error| anyhow::anyhow!("cannot set a signal handler: {error}"));
    match guarded.and_then(|()| commands::run(arguments)) {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}
