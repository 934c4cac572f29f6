use idq_columns::{Column, RowSet};
use rayon::prelude::*;

use crate::snapshot::{Row, Snapshot};

/// Counts the records whose id an earlier record has; with `dedupe`, leaves only the newest of each.
pub(crate) fn settle(snapshot: &mut Snapshot, dedupe: bool) {
    let mut hashes: Vec<(u64, u32)> = Vec::with_capacity(snapshot.rows as usize);
    for index in 0..snapshot.chunks.len() {
        let first = snapshot.first_row(index).0;
        let chunk = std::mem::take(&mut snapshot.chunks[index].id_hashes);
        hashes.extend(chunk.into_iter().zip(first..));
    }
    hashes.par_sort_unstable();
    let mut dropped = Vec::new();
    for same in hashes
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|same| same.len() > 1)
    {
        settle_equal_hashes(snapshot, same, &mut dropped);
    }
    snapshot.repeated = dropped.len() as u64;
    if !dedupe || dropped.is_empty() {
        return;
    }
    dropped.sort_unstable();
    for index in 0..snapshot.chunks.len() {
        let (first, end) = (snapshot.first_row(index).0, snapshot.first_row(index + 1).0);
        let mine = &dropped[dropped.partition_point(|&row| row < first)
            ..dropped.partition_point(|&row| row < end)];
        if !mine.is_empty() {
            let live = |row: usize| mine.binary_search(&(first + row as u32)).is_err();
            snapshot.chunks[index].live = Some(RowSet::collect_bool((end - first) as usize, live));
        }
    }
    snapshot.dropped = dropped.len() as u64;
    snapshot.rows -= snapshot.dropped;
}

/// Adds to `dropped` all but the newest record of each id among these rows, which ascend.
fn settle_equal_hashes(snapshot: &Snapshot, rows: &[(u64, u32)], dropped: &mut Vec<u32>) {
    // Almost always one id; different ids with one hash are told apart all the same.
    let mut kept: Vec<u32> = Vec::new();
    for &(_, row) in rows {
        match kept
            .iter_mut()
            .find(|kept| text(snapshot, **kept) == text(snapshot, row))
        {
            None => kept.push(row),
            Some(kept) if updated(snapshot, row) > updated(snapshot, *kept) => {
                dropped.push(std::mem::replace(kept, row));
            }
            Some(_) => dropped.push(row),
        }
    }
}

fn text(snapshot: &Snapshot, row: u32) -> Option<&str> {
    let (chunk, row) = snapshot.locate(Row(row));
    match snapshot.chunks[chunk].column(snapshot.api().id) {
        Some(Column::Text(column)) => column.value(row),
        _ => None,
    }
}

fn updated(snapshot: &Snapshot, row: u32) -> Option<i64> {
    let (chunk, row) = snapshot.locate(Row(row));
    match snapshot.chunks[chunk].column(snapshot.api().updated) {
        Some(Column::Timestamp(column)) => column.value(row),
        _ => None,
    }
}
