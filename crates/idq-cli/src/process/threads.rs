//! The threads of a command.
//!
//! Work runs on a rayon pool of the requested size, in which the library finds its threads.

use anyhow::{Result, anyhow};
use memmap2::MmapMut;

/// The maximum number of threads that are started without a check of the address space.
const MAX_UNCHECKED_THREADS: usize = 64;

/// The address space of a thread's stack, at its default size, and of the stack of its signal handlers.
const STACK_BYTES: usize = (2 << 20) + (128 << 10);

/// The address space that the C library reserves for an allocation arena. It creates up to [`ARENAS_PER_CORE`].
const ARENA_BYTES: usize = 128 << 20;

/// The maximum number of arenas for each core, as in glibc on 64-bit systems.
const ARENAS_PER_CORE: usize = 8;

/// Runs `work` on a pool of `threads` threads; `None` is one for each core.
pub(crate) fn run_on_threads<T: Send>(
    threads: Option<u16>,
    work: impl FnOnce() -> Result<T> + Send,
) -> Result<T> {
    let threads = threads.map_or(0, usize::from);
    check_address_space(threads)?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| anyhow!("cannot start threads: {error}"))?;
    pool.install(work)
}

/// Checks that the address space suffices for many threads.
///
/// If the system refuses to start a thread, that is an ordinary error. But a thread that has started and cannot map the
/// stack of its signal handlers aborts the process, so the space is reserved once beforehand.
fn check_address_space(threads: usize) -> Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if threads == 0 { cores } else { threads };
    if threads <= MAX_UNCHECKED_THREADS {
        return Ok(());
    }
    let arenas = std::iter::repeat_n(ARENA_BYTES, threads.min(ARENAS_PER_CORE * cores));
    let stacks = std::iter::repeat_n(STACK_BYTES, threads);
    let mut reserved = Vec::new();
    for bytes in arenas.chain(stacks) {
        // A mapping that is not touched takes address space and no memory.
        let mapping = MmapMut::map_anon(bytes).map_err(|_| {
            anyhow!("cannot start threads: no address space for the stacks of {threads}")
        })?;
        reserved.push(mapping);
    }
    Ok(())
}
