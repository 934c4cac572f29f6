//! Verification of a file: every checksum, column and record.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::SnapshotFile;
use super::checksum::checksum;
use crate::columns::view::ColumnError;
use crate::error::LoadError;
use crate::snapshot::{RowId, Snapshot};

/// The records and bytes that a verification has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The number of records, each of which was decompressed and is a JSON value.
    pub records: u64,
    /// The length of the file in bytes.
    pub bytes: u64,
}

/// Verifies a file: reads every part, compares its checksum, and decodes every column and record.
///
/// # Errors
/// The first part that is damaged; the file was written to meanwhile.
pub fn verify(path: &Path) -> Result<Verified, LoadError> {
    verify_file(&Arc::new(SnapshotFile::open(path)?))
}

/// Verifies a file as [`verify`] does, and calls `progress` with the number of verified records, and of all.
///
/// # Errors
/// As for [`verify`].
pub fn verify_with_progress(
    path: &Path,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Verified, LoadError> {
    let file = Arc::new(SnapshotFile::open(path)?);
    file.while_unchanged(|| read_all(&file, progress))
}

/// Verifies an open file.
///
/// # Errors
/// As for [`verify`].
pub fn verify_file(file: &Arc<SnapshotFile>) -> Result<Verified, LoadError> {
    file.while_unchanged(|| read_all(file, &|_, _| {}))
}

/// Reads every part of a file, and reports the records that are read.
fn read_all(
    file: &Arc<SnapshotFile>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Verified, LoadError> {
    file.statistics()?;
    check_blocks(file)?;
    let snapshot = Snapshot::from_file(Arc::clone(file))?;
    let batches = file.rows().len();
    (0..file.footer.dictionaries.len())
        .into_par_iter()
        .try_for_each(|index| file.dictionary_values(index).map(|_| ()))?;
    (0..batches * file.metadata.columns.len())
        .into_par_iter()
        .try_for_each(|task| file.array(task % batches, task / batches).map(|_| ()))?;
    let packed: Vec<usize> = (0..snapshot.api().column_count())
        .filter(|&field| file.has_column(field))
        .collect();
    if let Err(ColumnError::Unreadable(error)) = snapshot.read_columns(&packed) {
        return Err(error);
    }
    for &field in &packed {
        snapshot.ranks(field)?;
    }
    let verified = AtomicU64::new(0);
    (0..batches).into_par_iter().try_for_each(|batch| {
        file.check_record_blocks(batch)?;
        let mut reader = snapshot.reader();
        let rows = snapshot.first_row(batch).0..snapshot.first_row(batch + 1).0;
        let count = u64::from(rows.end - rows.start);
        for row in rows {
            let record = snapshot.record(RowId(row), &mut reader)?;
            if idq_json::Reader::new(record).skip_value().is_err() {
                return Err(file.damaged(format!("record {row} is not JSON")));
            }
        }
        let before = verified.fetch_add(count, Ordering::Relaxed);
        progress(before + count, snapshot.rows());
        Ok(())
    })?;
    Ok(Verified {
        records: snapshot.rows(),
        bytes: file.length(),
    })
}

/// Checks that the parts are contiguous from the head to the footer, so that checksums cover every byte.
pub(crate) fn check_blocks(file: &SnapshotFile) -> Result<(), LoadError> {
    let out_of_place = || file.damaged("its parts are not contiguous".to_owned());
    let footer = &file.footer;
    let mut blocks: Vec<(i64, i64)> = footer
        .dictionaries
        .iter()
        .chain(&footer.batches)
        .map(|block| {
            let length = i64::from(block.metaDataLength()).saturating_add(block.bodyLength());
            (block.offset(), block.offset().saturating_add(length))
        })
        .collect();
    blocks.sort_unstable();
    let head = blocks
        .first()
        .map_or(file.messages_end() as i64, |block| block.0);
    let head = usize::try_from(head)
        .ok()
        .and_then(|head| file.bytes.get(..head));
    if head.map(checksum) != Some(file.checksum(0)?) {
        return Err(file.damaged("its head does not match its checksum".to_owned()));
    }
    for pair in blocks.windows(2) {
        if pair[0].1 != pair[1].0 {
            return Err(out_of_place());
        }
    }
    if blocks
        .last()
        .is_some_and(|last| last.1 != file.messages_end() as i64)
    {
        return Err(out_of_place());
    }
    Ok(())
}
