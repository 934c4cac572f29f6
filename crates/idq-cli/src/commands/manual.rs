use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::arguments::{Arguments, EXIT_STATUS};
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
            found.ok_or_else(|| WrongRequest(format!("idq has no command {}", idq::quote(name))))?
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
    // The renderer would print this under "EXTRA", and for idq alone.
    writeln!(page, ".SH \"EXIT STATUS\"\n{EXIT_STATUS}")?;
    print(&page)
}

fn print(bytes: &[u8]) -> Result<ExitCode> {
    let mut out = stdout();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
