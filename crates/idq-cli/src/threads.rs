//! The threads that a command works with.

use anyhow::{Result, anyhow};
use memmap2::MmapMut;

/// Runs work on a pool of the threads that were asked for.
pub(crate) fn on_threads<T: Send>(
    threads: Option<u16>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let threads = threads.map_or(0, usize::from);
    check_addresses(threads)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| anyhow!("cannot start threads: {error}"))?;
    pool.install(work)
}

/// More threads than this are started only where there are addresses for them.
const MANY_THREADS: usize = 64;

/// Addresses of a thread's stack, which has this size by default, and of its signal handlers' stack.
const STACK_BYTES: usize = (2 << 20) + (128 << 10);

/// Addresses that the C library reserves for an arena of allocations, of which it makes up to 8 for each core.
const ARENA_BYTES: usize = 128 << 20;

/// Makes sure that there are addresses for many threads. The system's refusal to start a thread is an error, but a thread
/// that starts and then finds no room for the stack of its signal handlers ends the process.
fn check_addresses(threads: usize) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores } else { threads };
    if threads <= MANY_THREADS {
        return Ok(());
    }
    let arenas = std::iter::repeat_n(ARENA_BYTES, threads.min(8 * cores));
    let stacks = std::iter::repeat_n(STACK_BYTES, threads);
    let mut reserved = Vec::new();
    for bytes in arenas.chain(stacks) {
        // A mapping takes addresses and no memory, and its refusal is an error like any other.
        let room = MmapMut::map_anon(bytes)
            .map_err(|_| anyhow!("cannot start threads: no room for the stacks of {threads}"))?;
        reserved.push(room);
    }
    Ok(())
}
