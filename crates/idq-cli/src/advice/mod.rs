//! Advice on a command line that is wrong: the command that was meant, in words that can be typed.
//!
//! Errors of the command line are found by the parser, and a word in the place of a file by the load. Both know only the
//! word, so the advice reads the words of the process.

mod command_line;
mod foreign_options;
mod missing_source;
mod topics;
mod words;

pub(crate) use command_line::advice_on;
pub(crate) use missing_source::advice_on_missing_source;
pub(crate) use topics::near_topics;
