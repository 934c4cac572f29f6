//! Standard output and standard error, safe for terminals.
//!
//! Bytes for a terminal are escaped, because dumps and requests may contain characters that it would interpret. Bytes
//! for a file or a pipe are verbatim.

mod messages;
mod pager;
mod streams;

pub(crate) use messages::{print_error, print_status};
pub(crate) use pager::{InterruptGuard, PagerChoice, disable_pager, is_dumb_terminal};
#[cfg(feature = "export")]
pub(crate) use streams::terminal_at;
pub(crate) use streams::{
    json_stderr, listing_width, open_device, paged_stdout, paged_stdout_for, print_json, stdout,
    stdout_colour, stdout_width,
};
