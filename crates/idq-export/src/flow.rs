use idq::{RowId, Snapshot};
use rayon::prelude::*;

use crate::error::Stop;

/// Bytes of records that one task reads, about.
const PIECE_BYTES: u64 = 4 << 20;
/// Rows that one task reads at most.
const PIECE_ROWS: u64 = 16 << 10;
/// Pieces for each thread that are read while those before them are written.
const PIECES_A_THREAD: usize = 4;

/// How many rows make a piece, records being as long as they are on average.
pub(crate) fn piece_rows(snapshot: &Snapshot) -> usize {
    let sources = snapshot.loaded().sources();
    let bytes: u64 = sources.iter().map(|source| source.bytes).sum();
    let average = (bytes / snapshot.len().max(1)).max(1);
    (PIECE_BYTES / average).clamp(1, PIECE_ROWS) as usize
}

/// Reads pieces of rows in parallel, and hands them on in order, many at a time.
///
/// While some are being handed on, the next are read: no more than those are in memory.
pub(crate) fn flow<P: Send>(
    rows: &[RowId],
    piece_rows: usize,
    read: impl Fn(&[RowId]) -> Result<P, Stop> + Sync,
    mut accept: impl FnMut(Vec<P>) -> Result<(), Stop> + Send,
) -> Result<(), Stop> {
    let read_all = |rows: &[RowId]| -> Result<Vec<P>, Stop> {
        rows.par_chunks(piece_rows).map(&read).collect()
    };
    let at_once = piece_rows * PIECES_A_THREAD * rayon::current_num_threads();
    let mut ready = Vec::new();
    for rows in rows.chunks(at_once) {
        let (accepted, next) = rayon::join(|| accept(ready), || read_all(rows));
        accepted?;
        ready = next?;
    }
    accept(ready)
}
