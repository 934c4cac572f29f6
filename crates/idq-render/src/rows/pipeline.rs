//! The pipeline of an output with many records: rows are encoded in parallel, and the results consumed in order.

use idq_snapshot::Snapshot;
use rayon::prelude::*;

use super::OnRows;

/// The approximate number of record bytes that one task reads; of [one task for each thread](TaskDivision::one_per_thread),
/// [`TASKS_PER_THREAD`] times that.
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

/// How items are divided into tasks.
#[derive(Debug, Clone, Copy)]
pub struct TaskDivision {
    items_per_task: usize,
    tasks_per_thread: usize,
}

impl TaskDivision {
    /// Divides into tasks of this number of items, several for each thread at a time.
    pub fn of_items(items_per_task: usize) -> Self {
        Self {
            items_per_task,
            tasks_per_thread: TASKS_PER_THREAD,
        }
    }

    /// Divides as many items into one task for each thread. A task reads more of each chunk, but tasks of different
    /// duration are not balanced.
    #[must_use]
    pub fn one_per_thread(self) -> Self {
        Self {
            items_per_task: self.items_per_task * self.tasks_per_thread,
            tasks_per_thread: 1,
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
    division: TaskDivision,
    progress: &OnRows<'_>,
    encode: impl Fn(&[I]) -> Result<T, E> + Sync,
    mut consume: impl FnMut(Vec<T>) -> Result<(), E> + Send,
) -> Result<(), E> {
    let encode_round = |items: &[I]| -> Result<Vec<T>, E> {
        items
            .par_chunks(division.items_per_task)
            .map(&encode)
            .collect()
    };
    let tasks_per_round = division.tasks_per_thread * rayon::current_num_threads();
    let items_per_round = division.items_per_task * tasks_per_round;
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
        let several = TaskDivision::of_items(7);
        for (division, longest) in [(several, 7), (several.one_per_thread(), 28)] {
            consumed.clear();
            let mut lengths = Vec::new();
            ordered_parallel(&rows, division, &|_| {}, encode, |parts| {
                lengths.extend(parts.iter().map(Vec::len));
                consumed.extend(parts.concat());
                Ok(())
            })
            .unwrap();
            assert_eq!(consumed, rows);
            assert_eq!(lengths.iter().max(), Some(&longest));
        }
    }
}
