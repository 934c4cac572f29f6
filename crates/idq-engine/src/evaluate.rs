use std::fmt;

use idq_columns::RowSet;
use idq_load::Snapshot;
use rayon::prelude::*;

use crate::predicates::Predicate;

/// A field that a question is about has no column: the snapshot was loaded without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLoaded {
    /// Its dotted name.
    pub field: &'static str,
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

impl NotLoaded {
    /// Fails with the first of these fields that has no column.
    pub(crate) fn check(
        snapshot: &Snapshot,
        fields: impl IntoIterator<Item = usize>,
    ) -> Result<(), Self> {
        // Chunks have the same columns; without chunks there is nothing to ask.
        let Some(chunk) = snapshot.chunks().first() else {
            return Ok(());
        };
        match fields
            .into_iter()
            .find(|&field| chunk.column(field).is_none())
        {
            Some(field) => Err(Self {
                field: snapshot.api().fields[field].name,
            }),
            None => Ok(()),
        }
    }
}

/// For each chunk the rows that satisfy a predicate, worked out in parallel.
pub(crate) fn matching_rows(predicate: &Predicate, snapshot: &Snapshot) -> Vec<RowSet> {
    snapshot
        .chunks()
        .par_iter()
        .map(|chunk| predicate.rows(chunk))
        .collect()
}
