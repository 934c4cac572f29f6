//! Looks records up by id.

use idq_snapshot::{ColumnError, RowId, Snapshot};
use rayon::prelude::*;

use crate::compiled::CompiledCondition;
use crate::predicates::Exact;

/// Returns the rows of the records with this id, in load order. There are several if pages were saved while the
/// directory changed.
///
/// # Errors
/// The ids have not been loaded, or a snapshot file is damaged.
pub fn find(snapshot: &Snapshot, id: &str) -> Result<Vec<RowId>, ColumnError> {
    let id = Exact {
        field: snapshot.api().id,
        values: vec![id.to_owned()],
    };
    let condition = CompiledCondition::new(&id.into(), snapshot)?;
    let rows = |chunk: usize| {
        let rows = condition.rows(chunk);
        let rows = rows.set_indices().map(|row| snapshot.row_id(chunk, row));
        rows.collect::<Vec<_>>()
    };
    Ok((0..snapshot.chunks().len())
        .into_par_iter()
        .flat_map_iter(rows)
        .collect())
}
