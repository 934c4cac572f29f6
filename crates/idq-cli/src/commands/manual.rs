//! `idq completions`, `idq man` and `idq help`: documents that are generated from the command line, and references.
//!
//! The generated ones derive from the same description of the command line as `--help`.

use std::io::{self, IsTerminal, Write};
use std::process::{Command as Process, Stdio};

use anyhow::{Result, anyhow};
use clap::CommandFactory;
use clap_complete::Shell;
use clap_complete::env::Shells;
use clap_mangen::Man;
use idq::render::TerminalEncoding;

use crate::advice::near_topics;
use crate::arguments::{Arguments, EXIT_STATUS};
use crate::exit::{ExitStatus, UsageError};
use crate::terminal::{InterruptGuard, PagerChoice, paged_stdout};

/// The variable by which a completion script asks for candidates.
const COMPLETION_VARIABLE: &str = "COMPLETE";

/// Prints the completion script of a shell. It asks idq for candidates, which depend on the files of the command line.
pub(crate) fn print_completions(shell: Shell) -> Result<ExitStatus> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let completer = shells
        .completer(&name)
        .ok_or_else(|| anyhow!("no completion for {name}"))?;
    let mut script = Vec::new();
    completer.write_registration(COMPLETION_VARIABLE, "idq", "idq", "idq", &mut script)?;
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => join_words_of_bash(&script)?,
        _ => script.into_owned(),
    };
    print(script.trim_start().as_bytes())
}

/// The words of bash in a registration script, which end at `=` and `:`.
const SPLIT_WORDS: &str = r#"    local words=("${COMP_WORDS[@]}")
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
"#;

/// The same words, joined at `=` and `:`, because the value of a filter depends on its name.
const JOINED_WORDS: &str = r#"    local words=() index=0 joins=0 word
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}" "$2"; do
        if [[ ${#words[@]} -gt 1 && ( $word == [=:] || $joins == 1 ) ]]; then
            words[${#words[@]}-1]+=$word
        else
            words+=("$word")
        fi
        [[ $word == [=:] ]] && joins=1 || joins=0
    done
    _CLAP_COMPLETE_INDEX=$(( ${#words[@]} - 1 ))
    local whole=${words[${#words[@]}-1]}
"#;

/// The end of the function of a registration script.
const FUNCTION_END: &str = "        compopt -o nospace\n    fi\n}\n";

/// The same end; before it, the part of each candidate that bash does not replace is removed.
const STRIPPING_END: &str = r#"        compopt -o nospace
    fi
    if [[ $whole == *[=:]* ]]; then
        local kept=${whole%"${whole##*[=:]}"}
        COMPREPLY=("${COMPREPLY[@]#"$kept"}")
    fi
}
"#;

/// Changes a registration script so that idq receives `-f state=active` as bash's user has written it: bash splits words
/// at `=` and `:`, and replaces the last part.
fn join_words_of_bash(script: &str) -> Result<String> {
    if !script.contains(SPLIT_WORDS) || !script.contains(FUNCTION_END) {
        return Err(anyhow!("the completion script of bash has another form"));
    }
    let script = script.replacen(SPLIT_WORDS, JOINED_WORDS, 1);
    Ok(script.replacen(FUNCTION_END, STRIPPING_END, 1))
}

/// Prints the source of the manual page of idq, or of a command.
pub(crate) fn print_manual_page(command: Option<&str>) -> Result<ExitStatus> {
    print(&manual_page(chosen_command(command)?)?)
}

/// Shows the manual page of idq, or of a command, by the program `man`; without one, or without a pager,
/// the help, which has the same text.
pub(crate) fn show_manual_page(command: Option<&str>) -> Result<ExitStatus> {
    let page = manual_page(chosen_command(command)?)?;
    if show_by_man(&page).is_err() {
        return print_help(command);
    }
    Ok(ExitStatus::SUCCESS)
}

/// Shows a page by the program `man`.
fn show_by_man(page: &[u8]) -> Result<()> {
    let mut man = Process::new("man");
    match PagerChoice::of_process() {
        // To a terminal, `man` would print each bold letter twice, for a pager.
        PagerChoice::Absent if io::stdout().is_terminal() => return Err(anyhow!("no pager")),
        PagerChoice::Named(pager) => man.arg("-P").arg(pager),
        PagerChoice::Absent | PagerChoice::Default => &mut man,
    };
    let _interrupts = InterruptGuard::new();
    // From standard input, and without a message about options that another `man` does not have.
    let mut child = man
        .args(["-l", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let input = child.stdin.take();
    let written = input.map_or(Ok(()), |mut input| input.write_all(page));
    // Also if it has not read the page, so that it does not outlive the command.
    let status = child.wait()?;
    if status.success() && written.is_ok() {
        Ok(())
    } else {
        Err(anyhow!("man has failed"))
    }
}

/// Returns the command of a name, or idq itself.
fn chosen_command(name: Option<&str>) -> Result<clap::Command> {
    let mut root = Arguments::command();
    // Builds the usage of the subcommands, which is otherwise done while parsing.
    root.build();
    match name {
        None => Ok(root),
        Some(name) => {
            let found = root.find_subcommand(name).cloned();
            let unknown = || {
                let near = near_topics(name, root.get_subcommands().map(clap::Command::get_name));
                UsageError(format!("idq has no command {}{near}", idq::quote(name)))
            };
            Ok(found.ok_or_else(unknown)?)
        }
    }
}

/// Returns the source of the manual page of a command.
fn manual_page(command: clap::Command) -> Result<Vec<u8>> {
    let has_commands = command.has_subcommands();
    let examples = command.get_after_help().map(ToString::to_string);
    let manual = Man::new(command).source(concat!("idq ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    manual.render_title(&mut page)?;
    manual.render_name_section(&mut page)?;
    manual.render_synopsis_section(&mut page)?;
    manual.render_description_section(&mut page)?;
    manual.render_options_section(&mut page)?;
    if has_commands {
        manual.render_subcommands_section(&mut page)?;
    }
    // `Man::render` would print the rest of the help in a section "EXTRA", and only for idq itself.
    write_help_sections(examples.as_deref().unwrap_or_default(), &mut page)?;
    writeln!(page, ".SH \"EXIT STATUS\"\n{EXIT_STATUS}")?;
    Ok(page)
}

/// Writes the sections at the end of a help, such as `Examples:`, as sections of a manual page.
fn write_help_sections(help: &str, page: &mut Vec<u8>) -> Result<()> {
    for section in help.split("\n\n") {
        let Some((title, lines)) = section.split_once(":\n") else {
            continue;
        };
        writeln!(page, ".SH {}\n.nf", title.to_uppercase())?;
        for line in lines.lines() {
            let line = line.trim_start_matches("  ").replace('\\', "\\e");
            // Hyphens and quotes are to be copied from the page into a shell.
            let line = line.replace('-', "\\-").replace('\'', "\\(aq");
            writeln!(page, "{line}")?;
        }
        writeln!(page, ".fi")?;
    }
    Ok(())
}

/// The references that `idq help` prints, by topic.
pub(crate) const REFERENCES: [(&str, &str); 3] = [
    ("expressions", include_str!("../help/expressions.txt")),
    ("dates", include_str!("../help/dates.txt")),
    ("counts", include_str!("../help/counts.txt")),
];

/// Prints the help of idq, of a command, or a reference.
pub(crate) fn print_help(topic: Option<&str>) -> Result<ExitStatus> {
    let mut references = REFERENCES.iter();
    if let Some((_, text)) = references.find(|(name, _)| Some(*name) == topic) {
        return print(text.as_bytes());
    }
    let mut root = Arguments::command();
    root.build();
    let help = match topic {
        None => root.render_long_help(),
        Some(name) => {
            let references = REFERENCES.map(|(name, _)| name);
            let commands = root.get_subcommands().map(clap::Command::get_name);
            let near = near_topics(name, commands.chain(references));
            let unknown = || {
                let (references, name) = (references.join(", "), idq::quote(name));
                UsageError(format!(
                    "expected a command or one of {references} after `idq help`, found {name}{near}"
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
fn print(bytes: &[u8]) -> Result<ExitStatus> {
    let mut out = paged_stdout(TerminalEncoding::Text);
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitStatus::SUCCESS)
}
