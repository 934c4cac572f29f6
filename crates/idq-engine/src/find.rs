//! Looks records up by id.

use idq_columns::{RowSet, kernels};
use idq_snapshot::{ColumnError, RowId, Snapshot};
use rayon::prelude::*;

use crate::compiled::CompiledCondition;
use crate::predicates::Exact;

/// Returns the number of rows of some sets, one for each chunk, whose id an earlier row of the sets has.
///
/// # Errors
/// The ids have not been loaded, or a snapshot file is damaged.
pub fn repeated_ids(snapshot: &Snapshot, rows: &[RowSet]) -> Result<u64, ColumnError> {
    if snapshot.repeated_ids() == 0 {
        return Ok(0);
    }
    let field = snapshot.api().id;
    let columns = snapshot.columns(&[field])?;
    let chunks = columns.field(field).iter().copied();
    let groups = kernels::group_by(chunks.zip(rows.iter().map(Some)));
    Ok(groups.states.present - groups.distinct())
}

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
