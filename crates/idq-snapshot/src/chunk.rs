//! A chunk: consecutive rows, with their columns and the storage of their records.

use std::ops::Range;
use std::sync::OnceLock;

use arrow_buffer::ScalarBuffer;
use idq_columns::{Column, RowSet};

/// Some thousand consecutive rows of a snapshot.
#[derive(Debug)]
pub struct Chunk {
    /// Number of rows, dropped duplicates included.
    rows: u32,
    /// Columns and records.
    storage: Storage,
    /// The rows that deduplication kept; `None` if it dropped none.
    visible: Option<RowSet>,
}

/// The storage of a chunk's columns and records.
#[derive(Debug)]
pub enum Storage {
    /// Columns in memory, and the locations of records in their sources.
    Loaded(LoadedChunk),
    /// Columns and records in a snapshot file.
    Packed(PackedChunk),
}

/// The columns of a chunk, and the locations of its records.
#[derive(Debug, Default)]
pub struct LoadedChunk {
    /// By field; `None` if the load skipped the field.
    pub columns: Vec<Option<Box<Column>>>,
    /// The sources of the records, in the order of their first rows.
    pub runs: Vec<SourceRun>,
    /// For each row the offset of its record, relative to the base of its run.
    pub offsets: Vec<u32>,
    /// For each row the length of its record.
    pub lengths: Vec<u32>,
}

/// Consecutive rows from one source.
#[derive(Debug, Clone, Copy)]
pub struct SourceRun {
    /// The first row.
    pub first_row: u32,
    /// The position of the source among the snapshot's.
    pub source: u32,
    /// The offset in the source to which the offsets of the records are relative.
    pub base: u64,
}

/// A batch of a snapshot file. Each column is read at its first use.
#[derive(Debug)]
pub struct PackedChunk {
    /// The position of the file among the snapshot's sources.
    source: u32,
    /// Number of the batch in the file.
    batch: u32,
    /// Columns and ranks that have been read.
    read: OnceLock<Box<ReadColumns>>,
}

/// Columns of a snapshot file, by field.
#[derive(Debug)]
pub(crate) struct ReadColumns {
    /// Values of each field, as far as they have been read.
    pub(crate) columns: Vec<OnceLock<Box<Column>>>,
    /// Ranks of each field's texts, as far as they have been read.
    pub(crate) ranks: Vec<OnceLock<ScalarBuffer<u32>>>,
}

/// The location of a record's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordLocation {
    /// The position of the source among the snapshot's.
    pub source: u32,
    /// The offset of the first byte in the decompressed source.
    pub offset: u64,
    /// The length in bytes.
    pub length: u32,
}

impl LoadedChunk {
    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }

    /// Returns whether the chunk has a column of a field.
    pub(crate) fn has_column(&self, field: usize) -> bool {
        self.columns.get(field).is_some_and(Option::is_some)
    }

    /// Returns the byte ranges of the records from row `row`, relative to the base of their run.
    pub fn ranges_from(&self, row: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let records = self.offsets[row..].iter().zip(&self.lengths[row..]);
        records.map(|(&start, &length)| start as usize..(start + length) as usize)
    }

    /// Returns the location of a row's record.
    pub fn location(&self, row: usize) -> RecordLocation {
        // The run of a row is the last one that starts at or before it.
        let after = self
            .runs
            .partition_point(|run| run.first_row as usize <= row);
        let run = self.runs[after - 1];
        RecordLocation {
            source: run.source,
            offset: run.base + u64::from(self.offsets[row]),
            length: self.lengths[row],
        }
    }
}

/// The position of a record in the snapshot files among the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PackedRow {
    /// Position of the file among the snapshot's sources.
    pub(crate) source: u32,
    /// Number of the batch in the file.
    pub(crate) batch: u32,
    /// Position in the batch.
    pub(crate) row: u32,
}

impl PackedRow {
    /// Returns the row of the batch as a range.
    pub(crate) fn range(self) -> Range<usize> {
        self.row as usize..self.row as usize + 1
    }
}

impl PackedChunk {
    /// Returns the position of the file among the snapshot's sources.
    pub(crate) fn source(&self) -> u32 {
        self.source
    }

    /// Returns the number of the batch in the file.
    pub(crate) fn batch(&self) -> usize {
        self.batch as usize
    }

    /// Returns the position of a row's record.
    pub(crate) fn packed_row(&self, row: usize) -> PackedRow {
        PackedRow {
            source: self.source,
            batch: self.batch,
            row: row as u32,
        }
    }

    /// Returns the cells for columns, which are allocated at first use so that a file with thousands of batches opens
    /// fast.
    pub(crate) fn cells(&self, fields: usize) -> &ReadColumns {
        self.read.get_or_init(|| {
            Box::new(ReadColumns {
                columns: (0..fields).map(|_| OnceLock::new()).collect(),
                ranks: (0..fields).map(|_| OnceLock::new()).collect(),
            })
        })
    }

    /// Returns the ranks of a field's texts, if they were read.
    pub(crate) fn ranks(&self, field: usize) -> Option<&[u32]> {
        let ranks = self.read.get()?.ranks.get(field)?;
        ranks.get().map(|ranks| &**ranks)
    }
}

impl Chunk {
    /// Creates a chunk of parsed records.
    pub fn loaded(chunk: LoadedChunk) -> Self {
        Self {
            rows: chunk.rows() as u32,
            storage: Storage::Loaded(chunk),
            visible: None,
        }
    }

    /// Creates a chunk of a batch of a snapshot file.
    pub(crate) fn packed(source: u32, batch: u32, rows: u32) -> Self {
        Self {
            rows,
            storage: Storage::Packed(PackedChunk {
                source,
                batch,
                read: OnceLock::new(),
            }),
            visible: None,
        }
    }

    /// Returns the number of rows, dropped duplicates included: the length of the columns.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Returns the storage of the columns and records.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Returns the rows that deduplication kept; `None` if it dropped none.
    pub fn visible_rows(&self) -> Option<&RowSet> {
        self.visible.as_ref()
    }

    /// Returns the number of visible rows.
    pub fn visible_count(&self) -> usize {
        self.visible
            .as_ref()
            .map_or(self.rows(), RowSet::count_set_bits)
    }

    /// Calls `visit` with each visible row, ascending.
    pub fn for_each_visible(&self, visit: impl FnMut(usize)) {
        match &self.visible {
            Some(visible) => visible.set_indices().for_each(visit),
            None => (0..self.rows()).for_each(visit),
        }
    }

    /// Sets the rows that deduplication kept.
    pub(crate) fn set_visible(&mut self, visible: RowSet) {
        self.visible = Some(visible);
    }

    /// Returns the column of a field, if it is in memory.
    pub(crate) fn column(&self, field: usize) -> Option<&Column> {
        let column = match &self.storage {
            Storage::Loaded(chunk) => chunk.columns.get(field)?.as_ref(),
            Storage::Packed(chunk) => chunk.read.get()?.columns.get(field)?.get(),
        };
        column.map(|column| &**column)
    }
}
