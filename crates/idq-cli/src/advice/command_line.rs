//! Advice on errors of the parser of the command line.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use idq::escape;
use idq_files::StandardStream;

use super::foreign_options::advice_on_foreign_option;
use super::words::Words;
use crate::formats::file_name_help;

/// Returns the advice on an error, and removes the parser's own suggestions from the error if there is one.
pub(crate) fn advice_on(error: &mut clap::Error) -> Option<String> {
    let advice = match error.kind() {
        ErrorKind::InvalidValue => advice_on_output(error),
        ErrorKind::UnknownArgument => advice_on_unknown_option(error),
        ErrorKind::InvalidSubcommand => advice_on_command(error),
        ErrorKind::MissingRequiredArgument => advice_on_missing_argument(error),
        _ => None,
    }?;
    error.remove(ContextKind::SuggestedArg);
    error.remove(ContextKind::SuggestedSubcommand);
    error.remove(ContextKind::Suggested);
    Some(advice)
}

/// Returns the text of a context.
fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// Returns the advice on a file name in the place of an output format.
fn advice_on_output(error: &clap::Error) -> Option<String> {
    let option = text(error, ContextKind::InvalidArg)?;
    if !option.starts_with("--output") {
        return None;
    }
    let words = Words::of_process();
    let is_list = words
        .command()
        .is_some_and(|command| command.get_name() == "query");
    file_name_help(text(error, ContextKind::InvalidValue)?, is_list)
}

/// Returns the advice on an option of another tool.
fn advice_on_unknown_option(error: &clap::Error) -> Option<String> {
    let option = text(error, ContextKind::InvalidArg)?;
    // Letters that are written together with their value or with other letters are options of one letter.
    let option = match option.split_once('=') {
        Some((option, _)) => option,
        None => option,
    };
    advice_on_foreign_option(option, &Words::of_process())
}

/// Returns the advice on a word in the place of a command: a source.
fn advice_on_command(error: &clap::Error) -> Option<String> {
    let word = text(error, ContextKind::InvalidSubcommand)?;
    let is_source = Path::new(word).exists() || word == "-" || word.contains(['.', '/', '\\', '*']);
    if !is_source {
        return None;
    }
    let words = Words::of_process();
    // A command that follows its source is written before it.
    let rest: Vec<&str> = words.iter().filter(|&known| known != word).collect();
    if let Some(command) = words.command() {
        let name = command.get_name();
        let rest: Vec<&str> = rest.into_iter().filter(|&known| known != name).collect();
        let line = words.join(&[&[name, word], &rest[..]].concat());
        return Some(format!("the command comes first: `{}`", escape(&line)));
    }
    let [query, count, info] = ["query", "count", "info"].map(|command| {
        let line = words.join(&[command, word]);
        format!("`{}`", escape(&line))
    });
    Some(format!(
        "a command comes first: {query} prints records, {count} counts them, {info} describes the file"
    ))
}

/// Returns the advice on a missing source or id.
fn advice_on_missing_argument(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let words = Words::of_process();
    let command = words.command()?.get_name();
    if missing
        .iter()
        .any(|name| name.contains("SOURCE") || name.starts_with("<FILE>"))
    {
        return is_input_piped().then(|| {
            format!(
                "to read standard input, name it by `-`: `{}`",
                escape(&words.with("-"))
            )
        });
    }
    if command == "get" && missing.iter().any(|name| name.contains("--id")) {
        let mut sources = words.iter().skip_while(|&word| word != command).skip(1);
        let id = sources.find(|word| is_id(word))?;
        let line = words.replacing(id, &["--id", id]);
        return Some(format!("an id has an option: `{}`", escape(&line)));
    }
    None
}

/// Returns whether a word of `get` can be an id: it is no option, no file, and has no extension.
fn is_id(word: &str) -> bool {
    !word.starts_with('-') && !word.contains(['.', '/', '\\', '*']) && !Path::new(word).exists()
}

/// Returns whether standard input is a pipe or a file.
fn is_input_piped() -> bool {
    let Some((_, metadata)) = StandardStream::Input.file() else {
        return false;
    };
    let kind = metadata.file_type();
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() || kind.is_socket() {
            return true;
        }
    }
    kind.is_file()
}
