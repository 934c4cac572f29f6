//! Evaluates a condition on all chunks in parallel.

use std::sync::Arc;

use idq_snapshot::{Cancel, ColumnError, Snapshot};
use rayon::prelude::*;

use crate::caches::Caches;
use crate::compiled::CompiledCondition;
use crate::condition::Condition;
use crate::selection::Selection;

/// The selections of all chunks.
#[derive(Debug)]
pub(crate) struct Matches {
    pub(crate) chunks: Vec<ChunkMatches>,
    /// The number of selected rows.
    pub(crate) total: usize,
}

/// The selection of one chunk.
#[derive(Debug)]
pub(crate) struct ChunkMatches {
    pub(crate) selection: Selection,
    /// The number of selected rows.
    pub(crate) count: usize,
}

/// Returns the matches of a condition, cached or evaluated. Chunks that are not evaluated before a cancellation have
/// none.
pub(crate) fn evaluate_filter(
    condition: &Condition,
    snapshot: &Snapshot,
    caches: &Caches,
    cancel: &Cancel,
) -> Result<Arc<Matches>, ColumnError> {
    if let Some(matches) = caches.filters.get(condition) {
        return Ok(matches);
    }
    let compiled = CompiledCondition::new(condition, snapshot)?;
    let matches = Arc::new(evaluate(&compiled, snapshot, cancel));
    // Only conditions without values are as cheap as this. They are few, and many queries share them.
    if compiled.is_inline() && !cancel.is_cancelled() {
        caches.filters.insert(condition, &matches);
    }
    Ok(matches)
}

fn evaluate(condition: &CompiledCondition<'_>, snapshot: &Snapshot, cancel: &Cancel) -> Matches {
    let evaluate = |chunk: usize| {
        if cancel.is_cancelled() {
            let (selection, count) = (Selection::None, 0);
            return ChunkMatches { selection, count };
        }
        let selection = condition.evaluate(chunk);
        let count = selection.count(snapshot.chunks()[chunk].rows());
        ChunkMatches { selection, count }
    };
    let chunks = 0..snapshot.chunks().len();
    let chunks: Vec<ChunkMatches> = if condition.is_inline() {
        chunks.map(evaluate).collect()
    } else {
        // Several chunks a task: evaluating a chunk takes little longer than handing it to another thread.
        let chunks_a_task = chunks.len() / (rayon::current_num_threads() * 8);
        let chunks = chunks.into_par_iter().with_min_len(chunks_a_task.max(1));
        chunks.map(evaluate).collect()
    };
    let total = chunks.iter().map(|matches| matches.count).sum();
    Matches { chunks, total }
}
