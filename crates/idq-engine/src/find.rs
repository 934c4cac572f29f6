use idq_snapshot::{RowId, Snapshot};
use rayon::prelude::*;

use crate::condition::{Condition, Leaf};
use crate::evaluate::EvaluateError;
use crate::predicates::Predicate;

/// The records with this id, in load order: mostly one, several where pages were saved while the directory changed.
///
/// # Errors
/// The ids have not been loaded, or a packed snapshot is damaged.
pub fn find(snapshot: &Snapshot, id: &str) -> Result<Vec<RowId>, EvaluateError> {
    let leaf = Leaf::Exact {
        field: snapshot.api().id,
        values: vec![id.to_owned()],
    };
    let predicate = Predicate::compile(&Condition::from(leaf), snapshot)?;
    let rows = |chunk: usize| {
        let first = snapshot.first_row(chunk).0;
        let rows = predicate.rows(&snapshot.chunks()[chunk]);
        rows.set_indices()
            .map(|row| RowId(first + row as u32))
            .collect::<Vec<_>>()
    };
    Ok((0..snapshot.chunks().len())
        .into_par_iter()
        .flat_map_iter(rows)
        .collect())
}
