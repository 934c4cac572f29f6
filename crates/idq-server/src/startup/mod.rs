//! Stage 1, startup: settings and their checks, errors that prevent a start, process limits, threads and signals.

pub(crate) mod error;
pub(crate) mod rlimit;
pub(crate) mod settings;
pub(crate) mod signals;
pub(crate) mod threads;
