//! Standard output and standard error, safe for terminals.
//!
//! Bytes for a terminal are escaped, because dumps and requests may contain characters that it would interpret. Bytes
//! for a file or a pipe are verbatim.

mod messages;
mod streams;

pub(crate) use messages::{print_error, print_status};
#[cfg(feature = "export")]
pub(crate) use streams::terminal_at;
pub(crate) use streams::{
    json_stderr, open_device, print_json, stdout, stdout_has_colour, stdout_width,
};
