//! The pipeline of an output with many records: rows are encoded in parallel, and the results consumed in order.

use idq_snapshot::Snapshot;
use rayon::prelude::*;

use super::OnRows;

/// The approximate number of record bytes that one task reads.
const TASK_BYTES: u64 = 4 << 20;
/// The maximum number of rows of one task.
const MAX_TASK_ROWS: u64 = 16 << 10;
/// The number of tasks for each thread that run while the results of previous tasks are consumed. A few of them for
/// each thread balance records of different lengths.
const TASKS_PER_THREAD: usize = 4;

/// Returns the number of rows of a task, for records of average length.
pub fn rows_per_task(snapshot: &Snapshot) -> usize {
    let sources = snapshot.sources();
    let bytes: u64 = sources.iter().map(|source| source.bytes).sum();
    let average = (bytes / snapshot.rows().max(1)).max(1);
    (TASK_BYTES / average).clamp(1, MAX_TASK_ROWS) as usize
}

/// The division of items into tasks.
#[derive(Debug, Clone, Copy)]
pub struct Tasks {
    /// The number of items of one task.
    items: usize,
    /// The number of tasks for each thread that run at a time.
    per_thread: usize,
}

impl Tasks {
    /// Returns tasks of this number of items.
    pub fn of_items(items: usize) -> Self {
        Self {
            items,
            per_thread: TASKS_PER_THREAD,
        }
    }

    /// Returns one task for each thread with the items of several. In an order other than that of the files, a task with
    /// many rows reads more of them from the same part of memory.
    #[must_use]
    pub fn joined(self) -> Self {
        Self {
            items: self.items * self.per_thread,
            per_thread: 1,
        }
    }
}

/// Encodes items, such as rows, in parallel tasks, and consumes the results in order, several at a time.
///
/// One round of results is consumed while the next one is encoded (double buffering), so memory is bounded by two
/// rounds. `consume` can be parallel itself; both sides share the threads of the current pool. `progress` receives the
/// number of consumed items.
///
/// # Errors
/// The first error of a task or of `consume`.
pub fn ordered_parallel<I: Sync, T: Send, E: Send>(
    items: &[I],
    tasks: Tasks,
    progress: &OnRows<'_>,
    encode: impl Fn(&[I]) -> Result<T, E> + Sync,
    mut consume: impl FnMut(Vec<T>) -> Result<(), E> + Send,
) -> Result<(), E> {
    let encode_round =
        |items: &[I]| -> Result<Vec<T>, E> { items.par_chunks(tasks.items).map(&encode).collect() };
    let items_per_round = tasks.items * tasks.per_thread * rayon::current_num_threads();
    let mut encoded = Vec::new();
    for (round, items) in items.chunks(items_per_round).enumerate() {
        let (consumed, next) = rayon::join(|| consume(encoded), || encode_round(items));
        consumed?;
        // The items of this round are not consumed yet.
        progress((round * items_per_round) as u64);
        encoded = next?;
    }
    consume(encoded)
}

#[cfg(test)]
mod tests {
    use idq_snapshot::RowId;

    use super::*;

    #[test]
    fn results_of_parallel_tasks_are_consumed_in_order() {
        let rows: Vec<RowId> = (0..1_000).map(RowId).collect();
        let mut consumed = Vec::new();
        let encode = |rows: &[RowId]| Ok::<_, ()>(rows.to_vec());
        for tasks in [Tasks::of_items(7), Tasks::of_items(7).joined()] {
            consumed.clear();
            ordered_parallel(&rows, tasks, &|_| {}, encode, |parts| {
                consumed.extend(parts.concat());
                Ok(())
            })
            .unwrap();
            assert_eq!(consumed, rows);
        }
    }
}
