//! Reading of the two versions of records, of which equal ones are passed over.

use idq::{RecordReader, RowId, Snapshot, record_hash};

use crate::error::Error;
use crate::pairing::Versions;

/// A reader of the records of two snapshots.
pub(crate) struct VersionsReader<'s> {
    old: SideReader<'s>,
    new: SideReader<'s>,
}

/// The reader of one snapshot.
struct SideReader<'s> {
    snapshot: &'s Snapshot,
    reader: RecordReader<'s>,
}

impl<'s> VersionsReader<'s> {
    pub(crate) fn new(old: &'s Snapshot, new: &'s Snapshot) -> Self {
        Self {
            old: SideReader::new(old),
            new: SideReader::new(new),
        }
    }

    /// Calls `visit` with the bytes of both versions of each record, unless they are equal byte by byte. Records of
    /// snapshot files are compared by their hashes, without decompression.
    pub(crate) fn for_each_unequal(
        &mut self,
        versions: &[Versions],
        mut visit: impl FnMut(Option<&[u8]>, Option<&[u8]>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for pair in versions {
            if self.have_equal_hashes(*pair)? {
                continue;
            }
            let old = pair.old_row().map(|row| self.old.record(row)).transpose()?;
            let new = pair.new_row().map(|row| self.new.record(row)).transpose()?;
            if old != new {
                visit(old, new)?;
            }
        }
        Ok(())
    }

    /// Returns whether the hashes of both versions are equal, at least one of which is stored in a snapshot file. A pair
    /// of dumps is compared by its bytes.
    fn have_equal_hashes(&mut self, pair: Versions) -> Result<bool, Error> {
        let (Some(old_row), Some(new_row)) = (pair.old_row(), pair.new_row()) else {
            return Ok(false);
        };
        let old = self.old.snapshot.stored_hash(old_row)?;
        let new = self.new.snapshot.stored_hash(new_row)?;
        Ok(match (old, new) {
            (Some(old), Some(new)) => old == new,
            (Some(old), None) => old == record_hash(self.new.record(new_row)?),
            (None, Some(new)) => new == record_hash(self.old.record(old_row)?),
            (None, None) => false,
        })
    }
}

impl<'s> SideReader<'s> {
    fn new(snapshot: &'s Snapshot) -> Self {
        Self {
            snapshot,
            reader: snapshot.reader(),
        }
    }

    /// Reads a record.
    fn record(&mut self, row: RowId) -> Result<&[u8], Error> {
        Ok(self.snapshot.record(row, &mut self.reader)?)
    }
}
