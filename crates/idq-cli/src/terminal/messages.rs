//! Messages on standard error.

use std::io::{self, Write};

use idq::escape_lines;

/// The maximum length of a line of a message, in characters. Messages shorten the values that they quote; this bounds
/// those that do not, such as messages of libraries.
const MAX_LINE_CHARS: usize = 4096;

/// Prints a message on standard error.
///
/// Its line feeds are kept, so components must escape the text that they quote. Anything else that a terminal may
/// interpret is escaped here, even if standard error is a file, because logs are read on terminals as well.
pub(crate) fn print_status(message: &str) {
    let mut text = String::with_capacity(message.len() + 1);
    for line in escape_lines(message).split('\n') {
        match line.char_indices().nth(MAX_LINE_CHARS) {
            Some((end, _)) => text.extend([&line[..end], "…"]),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    // An error of standard error cannot be reported anywhere.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Prints an error on standard error.
pub(crate) fn print_error(message: &str) {
    print_status(&format!("error: {message}"));
}
