//! The words of the command line, which advice and completions read once more.

use std::ffi::OsString;
use std::sync::OnceLock;

/// The words, with the name of the program.
static WORDS: OnceLock<Vec<OsString>> = OnceLock::new();

/// Stores the words of the command. A program that has the command in it passes others than those of its process.
pub(crate) fn store(words: Vec<OsString>) {
    // Only the first command of a process is stored: `run` is called once.
    let _ = WORDS.set(words);
}

/// Returns the words after the name of the program.
pub(crate) fn words() -> impl Iterator<Item = &'static OsString> {
    WORDS.get().into_iter().flatten().skip(1)
}
