//! Lookup of records by id.

use idq_load::{Row, Snapshot};
use rayon::prelude::*;

use crate::compiled::CompiledCondition;
use crate::evaluate::EvaluateError;
use crate::predicates::Exact;

/// The records with this id, in load order: mostly one, several where pages were saved while the directory changed.
///
/// # Errors
/// The ids have not been loaded, or a packed snapshot is damaged.
pub fn find(snapshot: &Snapshot, id: &str) -> Result<Vec<Row>, EvaluateError> {
    let id = Exact {
        field: snapshot.api().id,
        values: vec![id.to_owned()],
    };
    let condition = CompiledCondition::new(&id.into(), snapshot)?;
    let rows = |chunk: usize| {
        let first = snapshot.first_row(chunk).0;
        let rows = condition.rows(&snapshot.chunks()[chunk]);
        rows.set_indices()
            .map(|row| Row(first + row as u32))
            .collect::<Vec<_>>()
    };
    Ok((0..snapshot.chunks().len())
        .into_par_iter()
        .flat_map_iter(rows)
        .collect())
}
