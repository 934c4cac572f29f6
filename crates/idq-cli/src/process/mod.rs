//! The process: signals, threads, and the end of it when the system refuses memory.

#[cfg(unix)]
pub(crate) mod out_of_memory;
pub(crate) mod signals;
pub(crate) mod threads;
