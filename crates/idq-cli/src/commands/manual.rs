use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::WrongRequest;
use crate::output::stdout;

/// Prints a shell's completion script.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "idq", &mut script);
    print(&script)
}

/// Prints a manual page.
pub(crate) fn page(command: Option<&str>) -> Result<ExitCode> {
    let mut root = Arguments::command();
    root.build();
    let chosen = match command {
        None => root,
        Some(name) => {
            let found = root.find_subcommand(name).cloned();
            found.ok_or_else(|| {
                WrongRequest(format!("idq has no command `{}`", idq::escape(name)))
            })?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(chosen).render(&mut page)?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<ExitCode> {
    let mut out = stdout();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
