//! Evaluation of a condition on all chunks, in parallel, and the results that later queries share.

use std::fmt;
use std::sync::Arc;

use idq_load::{Chunk, LoadError, Snapshot};
use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::compiled::CompiledCondition;
use crate::condition::Condition;
use crate::selection::Selection;

/// A field that a question is about has no column: the snapshot was loaded without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLoaded {
    /// Its dotted name.
    pub field: String,
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the field {} was not loaded: add it to the columns of the load",
            self.field
        )
    }
}

impl std::error::Error for NotLoaded {}

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A field has no column.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// The columns cannot be read: a packed snapshot is damaged.
    #[error(transparent)]
    Unreadable(#[from] LoadError),
}

/// Sees to it that these fields have columns.
///
/// # Errors
/// One that was not loaded; a packed snapshot that is damaged.
pub fn require(
    snapshot: &Snapshot,
    fields: impl IntoIterator<Item = usize>,
) -> Result<(), EvaluateError> {
    // Chunks have the same columns; without chunks there is nothing to ask.
    let Some(chunk) = snapshot.chunks().first() else {
        return Ok(());
    };
    let fields: Vec<usize> = fields.into_iter().collect();
    snapshot.require(&fields)?;
    match fields.iter().find(|field| chunk.column(**field).is_none()) {
        Some(&field) => Err(NotLoaded {
            field: snapshot.api().fields[field].name.clone(),
        }
        .into()),
        None => Ok(()),
    }
}

/// What satisfies a predicate, chunk by chunk.
pub(crate) struct Found {
    pub(crate) chunks: Vec<FoundInChunk>,
    pub(crate) total: usize,
}

pub(crate) struct FoundInChunk {
    pub(crate) selection: Selection,
    pub(crate) count: usize,
}

/// What was found for a question that many others are: all records, those that are not deleted.
struct FoundBefore {
    condition: Condition,
    found: Arc<Found>,
}

/// What satisfies a condition, if an earlier question has left it behind.
fn found_before(condition: &Condition, snapshot: &Snapshot) -> Option<Arc<Found>> {
    let remembered = snapshot.remembered();
    let before = remembered.find(|before: &FoundBefore| before.condition == *condition)?;
    Some(Arc::clone(&before.found))
}

/// What satisfies a condition; once cancelled, nothing does.
pub(crate) fn find_all(
    condition: &Condition,
    snapshot: &Snapshot,
    cancel: &Cancel,
) -> Result<Arc<Found>, EvaluateError> {
    if let Some(found) = found_before(condition, snapshot) {
        return Ok(found);
    }
    let compiled = CompiledCondition::new(condition, snapshot)?;
    let found = Arc::new(evaluate(&compiled, snapshot, cancel));
    // There are few such questions, as no value is in them.
    if compiled.is_inline() && !cancel.is_cancelled() && found_before(condition, snapshot).is_none()
    {
        snapshot.remembered().remember(Arc::new(FoundBefore {
            condition: condition.clone(),
            found: Arc::clone(&found),
        }));
    }
    Ok(found)
}

/// Works out what satisfies a predicate, in parallel; once cancelled, nothing does.
fn evaluate(condition: &CompiledCondition, snapshot: &Snapshot, cancel: &Cancel) -> Found {
    let of = |chunk: &Chunk| {
        if cancel.is_cancelled() {
            let (selection, count) = (Selection::None, 0);
            return FoundInChunk { selection, count };
        }
        let selection = condition.evaluate(chunk);
        let count = selection.count(chunk.rows());
        FoundInChunk { selection, count }
    };
    let chunks = snapshot.chunks();
    let chunks: Vec<FoundInChunk> = if condition.is_inline() {
        chunks.iter().map(of).collect()
    } else {
        // Some chunks at a time: a chunk takes little longer than handing it over.
        let some = chunks.len() / (rayon::current_num_threads() * 8);
        let chunks = chunks.par_iter().with_min_len(some.max(1));
        chunks.map(of).collect()
    };
    let total = chunks.iter().map(|found| found.count).sum();
    Found { chunks, total }
}
