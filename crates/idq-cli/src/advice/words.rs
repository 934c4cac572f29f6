//! The words of the command line, and commands that are made of them.

use clap::CommandFactory;

use crate::arguments::Arguments;
use crate::process::command_line::words;

/// The greatest number of words of a command that is repeated whole.
const MAX_REPEATED_WORDS: usize = 12;

/// The words of the command line after the name of the program.
pub(super) struct Words {
    words: Vec<String>,
    root: clap::Command,
}

impl Words {
    /// Returns the words of the process.
    pub(super) fn of_process() -> Self {
        let mut root = Arguments::command();
        // Some commands have their options only when they are built.
        root.build();
        Self {
            words: words()
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            root,
        }
    }

    /// Returns the words.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Returns the command, if one is named.
    pub(super) fn command(&self) -> Option<&clap::Command> {
        let mut words = self.words.iter();
        words.find_map(|word| self.root.find_subcommand(word))
    }

    /// Returns whether the command has an option of this long name.
    pub(super) fn command_has(&self, long: &str) -> bool {
        self.command().is_some_and(|command| {
            let mut arguments = command.get_arguments();
            arguments.any(|argument| argument.get_long() == Some(long))
        })
    }

    /// Returns the command line with one word replaced by others, as a shell takes it. A command that would have no
    /// source gets one.
    pub(super) fn replacing(&self, word: &str, others: &[&str]) -> String {
        let mut words: Vec<&str> = Vec::new();
        for known in self.iter() {
            if known == word {
                words.extend(others);
            } else {
                words.push(known);
            }
        }
        let program = std::iter::once("idq");
        let parsed = self
            .root
            .clone()
            .try_get_matches_from(program.chain(words.iter().copied()));
        let has_no_source = parsed
            .is_err_and(|error| error.kind() == clap::error::ErrorKind::MissingRequiredArgument);
        if words.len() > MAX_REPEATED_WORDS {
            let command = self.command().map_or("…", clap::Command::get_name);
            return format!("idq {command} … {}", quote_words(others));
        }
        let mut line = quote_words(&words);
        if has_no_source {
            line.push_str(" FILE");
        }
        format!("idq {line}")
    }

    /// Returns the command line with a word after its command, as a shell takes it.
    pub(super) fn with(&self, word: &str) -> String {
        let command = self.command().map(clap::Command::get_name);
        let mut words: Vec<&str> = Vec::new();
        for known in self.iter() {
            words.push(known);
            if Some(known) == command {
                words.push(word);
            }
        }
        self.join(&words)
    }

    /// Returns a command of these words, as a shell takes it.
    pub(super) fn join(&self, words: &[&str]) -> String {
        format!("idq {}", quote_words(words))
    }
}

/// Joins words as a shell takes them.
fn quote_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote_word(word)).collect();
    quoted.join(" ")
}

/// Quotes a word for a shell, if it has characters that a shell interprets.
fn quote_word(word: &str) -> String {
    let is_plain = |character: char| {
        character.is_alphanumeric() || "_-./:=,@%+".contains(character) || !character.is_ascii()
    };
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
