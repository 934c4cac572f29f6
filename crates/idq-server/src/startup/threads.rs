//! Dedicated threads for blocking work, and thread pools for parallel work.
//!
//! Tokio's `spawn_blocking` is not used: its pool is bounded, so work that hangs on a file system would use it up, and
//! it panics where the system refuses further threads.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Builder;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use crate::startup::error::Error;

/// Runs blocking work on a new thread and returns its result. Dropping the future does not end the thread.
///
/// # Errors
/// The system refuses the thread, or the work panicked.
pub(crate) async fn run_on_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = oneshot::channel();
    Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // The send fails if the future has been dropped: the result is of no use then.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        })
        .map_err(Error::Threads)?;
    match receiver.await {
        Ok(Ok(result)) => Ok(result),
        _ => Err(Error::System(io::Error::other(format!("{name} panicked")))),
    }
}

/// Builds a rayon pool of `threads` threads, one for each core if `threads` is 0.
///
/// Loads and queries have a pool each, so that a load does not delay queries.
pub(crate) fn build_pool(threads: usize, name: &'static str) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
        .map_err(|error| Error::Threads(io::Error::other(error)))
}
