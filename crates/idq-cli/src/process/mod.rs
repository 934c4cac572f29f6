//! The process: its command line, signals, threads, and the end of it when the system refuses memory.

pub(crate) mod command_line;
#[cfg(unix)]
pub(crate) mod out_of_memory;
pub(crate) mod signals;
pub(crate) mod threads;
