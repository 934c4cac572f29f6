//! What a snapshot asks of a file that it was packed into.

use std::fmt;
use std::io::Read;
use std::path::Path;

use arrow_buffer::ScalarBuffer;
use idq_columns::Column;
use idq_files::open_regular;

use crate::error::LoadError;
use crate::report::SourceReport;

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

    /// For each row of a chunk the rank of its text among all texts of a field, if those were packed; see
    /// [`Snapshot::ranks`](crate::Snapshot::ranks).
    ///
    /// # Errors
    /// The file is damaged.
    fn ranks(&self, chunk: usize, field: usize) -> Result<Option<ScalarBuffer<u32>>, LoadError>;

    /// Refuses a file that was written to since it was opened.
    ///
    /// # Errors
    /// [`LoadErrorKind::Changed`](crate::LoadErrorKind::Changed).
    fn check_unchanged(&self) -> Result<(), LoadError>;

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
