//! Encodes chunks on all threads and writes them in order, without a barrier between groups of chunks.
//!
//! Each chunk is a task. A task that has encoded its chunk writes whatever is next in the file, unless another one is
//! writing, and starts as many tasks as the bounds on memory permit.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::ScopeFifo;

use crate::error::PackError;

/// The bounds on the chunks between the start of their encoding and the end of their writing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// The maximum number of chunks.
    pub(crate) chunks: usize,
    /// The maximum number of bytes. A larger chunk is alone.
    pub(crate) bytes: u64,
}

/// Encodes the chunks with these numbers of bytes, and writes them in order.
///
/// # Errors
/// The first error of a chunk or of a write. Nothing is written after it.
pub(crate) fn run<T: Send>(
    chunk_bytes: &[u64],
    bounds: Bounds,
    encode: impl Fn(usize) -> Result<T, PackError> + Sync,
    write: impl FnMut(T) -> Result<(), PackError> + Send,
) -> Result<(), PackError> {
    let pipeline = Pipeline {
        chunk_bytes,
        bounds,
        encode,
        state: Mutex::new(State {
            writer: Some(write),
            ready: BTreeMap::new(),
            started: 0,
            written: 0,
            bytes: 0,
            error: None,
        }),
    };
    rayon::scope_fifo(|scope| pipeline.start(scope, &mut pipeline.state()));
    let state = pipeline.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    state.error.map_or(Ok(()), Err)
}

/// The state and the functions that all tasks share.
struct Pipeline<'c, T, E, W> {
    chunk_bytes: &'c [u64],
    bounds: Bounds,
    encode: E,
    state: Mutex<State<T, W>>,
}

/// The state of all chunks.
struct State<T, W> {
    /// The writer; `None` while a task is writing.
    writer: Option<W>,
    /// The encoded chunks that are not written, by number.
    ready: BTreeMap<usize, T>,
    /// The number of chunks that were started.
    started: usize,
    /// The number of chunks that are written.
    written: usize,
    /// The bytes of the chunks that are started and not written.
    bytes: u64,
    error: Option<PackError>,
}

impl<T, E, W> Pipeline<'_, T, E, W>
where
    T: Send,
    E: Fn(usize) -> Result<T, PackError> + Sync,
    W: FnMut(T) -> Result<(), PackError> + Send,
{
    /// Locks the state. A poisoned lock is ignored, because a panic of a task becomes a panic of the scope.
    fn state(&self) -> MutexGuard<'_, State<T, W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts chunks as far as the bounds permit.
    fn start<'p>(&'p self, scope: &ScopeFifo<'p>, state: &mut State<T, W>) {
        while let Some(&bytes) = self.chunk_bytes.get(state.started)
            && state.error.is_none()
        {
            let count = state.started - state.written;
            let fits = count < self.bounds.chunks && state.bytes + bytes <= self.bounds.bytes;
            if !fits && count > 0 {
                return;
            }
            let chunk = state.started;
            state.started += 1;
            state.bytes += bytes;
            // In the order of the chunks, so that no thread encodes a late chunk while the next one is not begun.
            scope.spawn_fifo(move |scope| self.encode(scope, chunk));
        }
    }

    /// Encodes a chunk, and writes what is next.
    fn encode<'p>(&'p self, scope: &ScopeFifo<'p>, chunk: usize) {
        if self.state().error.is_some() {
            return;
        }
        let encoded = (self.encode)(chunk);
        let mut state = self.state();
        match encoded {
            Ok(encoded) => drop(state.ready.insert(chunk, encoded)),
            Err(error) => {
                state.error.get_or_insert(error);
            }
        }
        // Another task that is writing comes back for this chunk.
        while state.error.is_none()
            && let Some(mut write) = state.writer.take()
        {
            let number = state.written;
            let Some(next) = state.ready.remove(&number) else {
                state.writer = Some(write);
                return;
            };
            drop(state);
            let result = write(next);
            state = self.state();
            state.writer = Some(write);
            state.written += 1;
            state.bytes -= self.chunk_bytes[number];
            if let Err(error) = result {
                state.error.get_or_insert(error);
            }
            self.start(scope, &mut state);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;

    use super::*;

    /// The chunks that were written, and what was observed.
    #[derive(Debug, Default)]
    struct Observed {
        written: Vec<usize>,
        chunks: usize,
        bytes: u64,
        most_chunks: usize,
        most_bytes: u64,
    }

    /// Runs chunks of these lengths, one of which fails. Returns the observations, and whether the run failed.
    fn observed(chunk_bytes: &[u64], bounds: Bounds, failing: usize) -> (Observed, bool) {
        let observed = Mutex::new(Observed::default());
        let result = run(
            chunk_bytes,
            bounds,
            |chunk| {
                let mut observed = observed.lock().unwrap();
                observed.chunks += 1;
                observed.bytes += chunk_bytes[chunk];
                observed.most_chunks = observed.most_chunks.max(observed.chunks);
                observed.most_bytes = observed.most_bytes.max(observed.bytes);
                drop(observed);
                // Later chunks are often ready before earlier ones.
                (0..(chunk * 7_919) % 50).for_each(|_| std::thread::yield_now());
                if chunk == failing {
                    return Err(PackError::Memory { needed: 0 });
                }
                Ok(chunk)
            },
            |chunk| {
                let mut observed = observed.lock().unwrap();
                observed.chunks -= 1;
                observed.bytes -= chunk_bytes[chunk];
                observed.written.push(chunk);
                Ok(())
            },
        );
        (observed.into_inner().unwrap(), result.is_err())
    }

    #[test]
    fn chunks_are_written_in_order_within_the_bounds() {
        let chunk_bytes: Vec<u64> = (0..500).map(|chunk| 1 + chunk % 13).collect();
        for (chunks, bytes) in [(1, 100), (4, 100), (16, 20), (16, 0)] {
            let bounds = Bounds { chunks, bytes };
            let (observed, failed) = observed(&chunk_bytes, bounds, usize::MAX);
            assert!(observed.written.iter().copied().eq(0..500) && !failed);
            assert!(observed.most_chunks <= chunks, "{bounds:?}");
            // A chunk beyond the bound is alone.
            assert!(observed.most_bytes <= bytes.max(13), "{bounds:?}");
        }
        let bounds = Bounds {
            chunks: 4,
            bytes: 9,
        };
        assert!(observed(&[], bounds, 0).0.written.is_empty());
    }

    #[test]
    fn nothing_is_written_after_a_chunk_that_fails() {
        for failing in [0, 1, 77, 99] {
            let bounds = Bounds {
                chunks: 8,
                bytes: 50,
            };
            let (observed, failed) = observed(&[1; 100], bounds, failing);
            assert!(failed && observed.written.len() <= failing);
            assert!(
                observed
                    .written
                    .iter()
                    .copied()
                    .eq(0..observed.written.len())
            );
        }
    }

    #[test]
    fn panic_of_a_task_is_a_panic_of_the_run() {
        let bounds = Bounds {
            chunks: 8,
            bytes: 50,
        };
        for in_write in [false, true] {
            let panics = |is_here: bool, chunk: usize| assert!(!is_here || chunk != 20);
            let encode = |chunk| {
                panics(!in_write, chunk);
                Ok(chunk)
            };
            let write = |chunk| {
                panics(in_write, chunk);
                Ok(())
            };
            let run = AssertUnwindSafe(|| run(&[1; 100], bounds, encode, write));
            assert!(catch_unwind(run).is_err());
        }
    }
}
