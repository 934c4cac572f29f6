//! What a snapshot asks of a file that it was packed into.

use std::fmt;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use arrow_buffer::ScalarBuffer;
use idq_columns::Column;
use idq_files::open_regular;
use rayon::prelude::*;

use crate::chunk::{ReadColumns, Storage};
use crate::error::LoadError;
use crate::report::SourceReport;
use crate::snapshot::Snapshot;

/// At both ends of a snapshot file, as of every Arrow file.
pub const ARROW_MAGIC: &[u8; 6] = b"ARROW1";

/// Whether a file starts as an Arrow file does. A pipe that has a name does not count: a file is mapped, and what is read
/// of a pipe is gone.
pub fn is_packed(path: &Path) -> bool {
    let mut magic = [0; ARROW_MAGIC.len()];
    let mut read = || open_regular(path)?.read_exact(&mut magic);
    read().is_ok() && magic == *ARROW_MAGIC
}

/// Columns and records that are read when somebody asks for them.
pub trait Packed: fmt::Debug + Send + Sync {
    /// For each chunk its rows.
    fn rows(&self) -> &[u32];

    /// Whether the field has been packed as a column.
    fn has_column(&self, field: usize) -> bool;

    /// The column of a field in a chunk.
    ///
    /// # Errors
    /// The file is damaged.
    fn column(&self, chunk: usize, field: usize) -> Result<Column, LoadError>;

    /// For each row of a chunk the rank of its text among all texts of a field, if those were packed: see
    /// [`Chunk::ranks`](crate::Chunk::ranks).
    ///
    /// # Errors
    /// The file is damaged.
    fn ranks(&self, chunk: usize, field: usize) -> Result<Option<ScalarBuffer<u32>>, LoadError>;

    /// A reader of records.
    fn reader(&self) -> Box<dyn PackedReader + '_>;

    /// Bytes of the file that are columns.
    fn column_bytes(&self) -> u64;
}

/// Reads records one by one.
pub trait PackedReader: fmt::Debug + Send {
    /// The bytes of a record, as they stood in its source.
    ///
    /// # Errors
    /// The file is damaged.
    fn read(&mut self, chunk: usize, row: usize) -> Result<&[u8], LoadError>;

    /// Reads the first of these records ahead, in parallel, and returns their number, which is at least 1. They are then
    /// read in this order. The reader bounds their bytes; damage is reported when a record is read.
    fn prefetch(&mut self, rows: &mut dyn Iterator<Item = (usize, usize)>) -> usize;
}

/// What a packed snapshot knows of the load that it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackedFacts {
    /// The sources, in order.
    pub sources: Vec<SourceReport>,
    /// How many records were set aside.
    pub rejected: u64,
    /// How many records have the id of an earlier one.
    pub repeated_ids: u64,
    /// How many records deduplication dropped.
    pub dropped: u64,
    /// Keys that the API does not document.
    pub unknown_fields: Vec<String>,
    /// The URL of the collection, where the records' own URLs agree on one.
    pub collection_url: Option<String>,
}

impl Snapshot {
    /// Reads the columns of these fields, where this is a packed snapshot and nobody has read them yet. Whoever looks at
    /// columns calls this first; of a snapshot that was loaded it costs nothing.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn require(&self, fields: &[usize]) -> Result<(), LoadError> {
        let Some(packed) = &self.packed else {
            return Ok(());
        };
        let wanted = fields.iter().copied();
        let unread = wanted.filter(|&field| packed.has_column(field) && !self.is_read(field));
        let unread: Vec<usize> = unread.collect();
        self.read_all(&unread, |chunk, field| {
            let column = packed.column(chunk, field)?;
            let cell = self.cells(chunk).and_then(|cells| cells.columns.get(field));
            keep(cell, Box::new(column));
            Ok(())
        })
    }

    /// Reads the ranks of the texts of a field, as [`require`](Self::require) reads columns.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn require_ranks(&self, field: usize) -> Result<(), LoadError> {
        let Some(packed) = &self.packed else {
            return Ok(());
        };
        self.read_all(&[field], |chunk, field| {
            let cell = self.cells(chunk).and_then(|cells| cells.ranks.get(field));
            if cell.is_some_and(|cell| cell.get().is_none())
                && let Some(ranks) = packed.ranks(chunk, field)?
            {
                keep(cell, ranks);
            }
            Ok(())
        })
    }

    fn cells(&self, chunk: usize) -> Option<&ReadColumns> {
        match self.chunks[chunk].storage() {
            Storage::Packed(chunk) => Some(chunk.cells(self.api().fields.len())),
            Storage::Loaded(_) => None,
        }
    }

    fn is_read(&self, field: usize) -> bool {
        self.chunks
            .iter()
            .all(|chunk| chunk.column(field).is_some())
    }

    fn read_all(
        &self,
        fields: &[usize],
        read: impl Fn(usize, usize) -> Result<(), LoadError> + Sync,
    ) -> Result<(), LoadError> {
        let chunks = self.chunks.len();
        (0..chunks * fields.len())
            .into_par_iter()
            .try_for_each(|task| read(task % chunks, fields[task / chunks]))
    }
}

/// Keeps what was read, unless another thread was faster.
fn keep<T>(cell: Option<&OnceLock<T>>, value: T) {
    if let Some(cell) = cell {
        let _ = cell.set(value);
    }
}
