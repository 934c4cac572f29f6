//! One file for each command.

mod count;
mod fields;
mod generate;
mod get;
mod info;
mod listing;
mod manual;
mod query;
#[cfg(feature = "serve")]
mod serve;

use std::process::ExitCode;

use anyhow::Result;

use crate::arguments::{Arguments, Command};

/// Runs the command that was asked for.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Query(arguments) => query::run(&arguments),
        Command::Count(arguments) => count::run(&arguments),
        Command::Get(arguments) => get::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Fields(arguments) => fields::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { command } => manual::page(command.as_deref()),
    }
}
