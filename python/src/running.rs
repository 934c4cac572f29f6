//! Work of the library on a thread pool of its own, without the interpreter's lock. The calling thread checks signals
//! meanwhile, so that an interrupt ends the work.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use idq::{Cancel, MAX_THREADS};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// The time between two checks of signals and of the progress.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The pool, with the process that started its threads: after a fork, the child has none of them.
struct Pool {
    process: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

/// The pool of the process, once work has run.
static POOL: Mutex<Option<Pool>> = Mutex::new(None);

/// Returns the pool of this process.
fn pool() -> PyResult<Arc<ThreadPool>> {
    let mut current = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some(pool) = current.as_ref().filter(|pool| pool.process == process) {
        return Ok(Arc::clone(&pool.pool));
    }
    let threads = match current.take() {
        Some(pool) => {
            let threads = pool.threads;
            if pool.process != 0 {
                // Its threads are those of the parent process, and may have held locks of the pool when it forked.
                std::mem::forget(pool);
            }
            threads
        }
        None => 0,
    };
    let pool = start(threads)?;
    *current = Some(Pool {
        process,
        threads,
        pool: Arc::clone(&pool),
    });
    Ok(pool)
}

/// Starts a pool; 0 for one thread for each core.
fn start(threads: usize) -> PyResult<Arc<ThreadPool>> {
    let builder = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|number| format!("idq-{number}"));
    let pool = builder
        .build()
        .map_err(|error| PyRuntimeError::new_err(format!("cannot start threads: {error}")))?;
    Ok(Arc::new(pool))
}

/// Leaves the current pool to its work: the next work starts another one. Its threads end with that work.
fn replace_pool() {
    let mut current = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = &mut *current {
        // A pool of no process is never found again.
        pool.process = 0;
    }
}

/// Sets the number of threads of the work that starts from now on; 0 for one thread for each core, the default.
#[pyfunction]
pub(crate) fn set_threads(count: usize) -> PyResult<()> {
    if count > usize::from(MAX_THREADS) {
        let message = format!("expected at most {MAX_THREADS} threads, found {count}");
        return Err(PyValueError::new_err(message));
    }
    let pool = start(count)?;
    let mut current = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    *current = Some(Pool {
        process: std::process::id(),
        threads: count,
        pool,
    });
    Ok(())
}

/// Does work that `cancel` ends early.
///
/// # Errors
/// A signal handler of the program has raised an exception, as an interrupt does.
pub(crate) fn run<T: Send + 'static>(
    py: Python<'_>,
    cancel: &Cancel,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    run_with_polls(py, cancel, |_| Ok(()), work)
}

/// Does work that `cancel` ends early, and calls `poll` some twenty times a second until it is done.
///
/// # Errors
/// Those of `poll` and of signal handlers: the work is cancelled then. Work that does not read the flag goes on without
/// its caller, and its result is dropped.
pub(crate) fn run_with_polls<T: Send + 'static>(
    py: Python<'_>,
    cancel: &Cancel,
    mut poll: impl FnMut(Python<'_>) -> PyResult<()>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let (sender, receiver) = channel::<Result<T, Box<dyn Any + Send>>>();
    pool()?.spawn(move || {
        // A caller that was interrupted is gone.
        let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
    });
    // A receiver is not shared, and the closure below is; no other thread locks it.
    let receiver = Mutex::new(receiver);
    loop {
        let received = py.detach(|| {
            let receiver = receiver.lock().unwrap_or_else(PoisonError::into_inner);
            receiver.recv_timeout(POLL_INTERVAL)
        });
        match received {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("a thread of the pool has ended"));
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Err(error) = py.check_signals().and_then(|()| poll(py)) {
                    cancel.cancel();
                    // Work that waits for a slow source would keep later work from the threads of this pool.
                    replace_pool();
                    return Err(error);
                }
            }
        }
    }
}
