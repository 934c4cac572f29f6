//! Threads for work that may wait for files, one for each piece of work.
//!
//! Tokio's pool of blocking threads has a bound, which work that hangs for ever would use up, and panics where the
//! system starts no more threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Builder;

use tokio::sync::oneshot;

use crate::startup::error::Error;

/// The most threads of one kind.
pub(crate) const MAX_THREADS: usize = 1_024;

/// Runs work on a thread of this name and returns its result; a thread that is not waited for ends by itself.
///
/// # Errors
/// The system starts no more threads, or the work panicked.
pub(crate) async fn run<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (send, receive) = oneshot::channel();
    Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // A result that is not waited for any more is of no use.
            let _ = send.send(catch_unwind(AssertUnwindSafe(work)));
        })
        .map_err(Error::Threads)?;
    match receive.await {
        Ok(Ok(result)) => Ok(result),
        _ => Err(Error::System(std::io::Error::other(format!(
            "{name} panicked"
        )))),
    }
}
