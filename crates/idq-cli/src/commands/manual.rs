//! `idq completions`, `idq man` and `idq help`: documents that are generated from the command line, and references.
//!
//! The generated ones derive from the same description of the command line as `--help`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;
use idq::render::TerminalEncoding;

use crate::arguments::{Arguments, EXIT_STATUS};
use crate::exit::UsageError;
use crate::terminal::paged_stdout;

/// Prints the completion script of a shell.
pub(crate) fn print_completions(shell: Shell) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "idq", &mut script);
    print(&script)
}

/// Prints the manual page of idq, or of a command.
pub(crate) fn print_manual_page(command: Option<&str>) -> Result<ExitCode> {
    let mut root = Arguments::command();
    // Builds the usage of the subcommands, which is otherwise done while parsing.
    root.build();
    let chosen = match command {
        None => root,
        Some(name) => {
            let found = root.find_subcommand(name).cloned();
            found.ok_or_else(|| UsageError(format!("idq has no command {}", idq::quote(name))))?
        }
    };
    let has_commands = chosen.has_subcommands();
    let manual = Man::new(chosen).source(concat!("idq ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    manual.render_options_section(&mut page)?;
    if has_commands {
        manual.render_subcommands_section(&mut page)?;
    }
    // `Man::render` would print the exit status in a section "EXTRA", and only for idq itself.
    writeln!(page, ".SH \"EXIT STATUS\"\n{EXIT_STATUS}")?;
    print(&page)
}

/// The references that `idq help` prints, by topic.
const REFERENCES: [(&str, &str); 3] = [
    ("expressions", include_str!("../help/expressions.txt")),
    ("dates", include_str!("../help/dates.txt")),
    ("counts", include_str!("../help/counts.txt")),
];

/// Prints the help of idq, of a command, or a reference.
pub(crate) fn print_help(topic: Option<&str>) -> Result<ExitCode> {
    let mut references = REFERENCES.iter();
    if let Some((_, text)) = references.find(|(name, _)| Some(*name) == topic) {
        return print(text.as_bytes());
    }
    let mut root = Arguments::command();
    root.build();
    let help = match topic {
        None => root.render_long_help(),
        Some(name) => {
            let unknown = || {
                let topics = REFERENCES.map(|(name, _)| name).join(", ");
                let name = idq::quote(name);
                UsageError(format!(
                    "expected a command or one of {topics} after `idq help`, found {name}"
                ))
            };
            root.find_subcommand_mut(name)
                .ok_or_else(unknown)?
                .render_long_help()
        }
    };
    print(help.to_string().as_bytes())
}

/// Prints a document.
fn print(bytes: &[u8]) -> Result<ExitCode> {
    let mut out = paged_stdout(TerminalEncoding::Text);
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
