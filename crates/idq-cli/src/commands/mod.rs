//! The commands, one file for each.
//!
//! A command returns its exit status, or an error that determines it. Results are written to standard output, messages
//! to standard error.

mod changes;
#[cfg(feature = "chart")]
mod chart;
mod count;
mod diff;
mod examples;
#[cfg(feature = "export")]
mod export;
#[cfg(feature = "fetch")]
mod fetch;
mod fields;
mod generate;
mod get;
mod history;
mod info;
mod manual;
mod matching;
mod pack;
mod query;
mod report;
#[cfg(feature = "serve")]
mod serve;
mod subset;
mod unpack;
mod verify;

use anyhow::Result;

use crate::arguments::{Arguments, Command};
use crate::exit::ExitStatus;
use crate::terminal::disable_pager;
pub(crate) use manual::REFERENCES;

/// Runs a command.
pub(crate) fn run(arguments: Arguments) -> Result<ExitStatus> {
    if arguments.no_pager {
        disable_pager();
    }
    match arguments.command {
        #[cfg(feature = "fetch")]
        Command::Fetch(arguments) => fetch::run(&arguments),
        Command::Query(arguments) => query::run(&arguments),
        #[cfg(feature = "export")]
        Command::Export(arguments) => export::run(&arguments),
        Command::Count(arguments) => count::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::History(arguments) => history::run(&arguments),
        Command::Match(arguments) => matching::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Get(arguments) => get::run(&arguments),
        Command::Info(arguments) => info::run(&arguments),
        Command::Pack(arguments) => pack::run(&arguments),
        Command::Unpack(arguments) => unpack::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Fields(arguments) => fields::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Examples(arguments) => examples::run(&arguments),
        Command::Completions { shell } => manual::print_completions(shell),
        Command::Help { topic } => manual::print_help(topic.as_deref()),
        Command::Man { command, raw: true } => manual::print_manual_page(command.as_deref()),
        Command::Man {
            command,
            raw: false,
        } => manual::show_manual_page(command.as_deref()),
    }
}
