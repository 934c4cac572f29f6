use std::ops::Range;
use std::sync::OnceLock;

use arrow_buffer::ScalarBuffer;
use idq_columns::{Column, RowSet};

use crate::row::Unknown;

/// Some thousand records of a snapshot: their columns, and where their bytes are.
#[derive(Debug, Default)]
pub struct Chunk {
    /// By field, where it was loaded.
    pub(crate) columns: Vec<Option<Box<Column>>>,
    /// How many rows of a packed snapshot there are.
    packed_rows: usize,
    /// What was read of a packed snapshot.
    read: OnceLock<Box<ReadColumns>>,
    /// Stretches of records from one source; offsets count from the stretch's base.
    pub(crate) runs: Vec<Run>,
    pub(crate) starts: Vec<u32>,
    pub(crate) lengths: Vec<u32>,
    /// The rows that count, where not all do.
    pub(crate) live: Option<RowSet>,
    /// Only while loading.
    pub(crate) id_hashes: Vec<u64>,
    pub(crate) self_links: SelfLinks,
    pub(crate) unknown: Unknown,
}

/// Columns of a packed snapshot, by field: each is read when it is asked for.
#[derive(Debug)]
pub(crate) struct ReadColumns {
    pub(crate) columns: Vec<OnceLock<Box<Column>>>,
    pub(crate) ranks: Vec<OnceLock<ScalarBuffer<u32>>>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) first_row: u32,
    pub(crate) source: u32,
    pub(crate) base: u64,
}

/// What the records' own URLs say about the collection's URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum SelfLinks {
    #[default]
    Unseen,
    Agree(String),
    Differ,
}

/// Where a record's bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) source: u32,
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

impl Chunk {
    /// How many records the chunk holds, dropped duplicates included: the length of its columns.
    pub fn rows(&self) -> usize {
        self.starts.len().max(self.packed_rows)
    }

    /// The rows that count; `None` if all do.
    pub fn live(&self) -> Option<&RowSet> {
        self.live.as_ref()
    }

    /// The stretches of the records, counted from the base of the chunk's only run.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let ends = self.starts.iter().zip(&self.lengths);
        ends.map(|(&start, &length)| start as usize..(start + length) as usize)
    }

    /// Bytes of its records, dropped duplicates included; 0 of a packed snapshot.
    pub fn record_bytes(&self) -> u64 {
        self.lengths.iter().map(|&length| u64::from(length)).sum()
    }

    /// A chunk of a packed snapshot.
    pub(crate) fn packed(rows: u32) -> Self {
        Self {
            packed_rows: rows as usize,
            ..Self::default()
        }
    }

    /// The cells for what is read of a packed snapshot. Opening a file with thousands of batches does without them.
    pub(crate) fn cells(&self, fields: usize) -> &ReadColumns {
        self.read.get_or_init(|| {
            Box::new(ReadColumns {
                columns: (0..fields).map(|_| OnceLock::new()).collect(),
                ranks: (0..fields).map(|_| OnceLock::new()).collect(),
            })
        })
    }

    /// The column of a field, if it was loaded, or [required](crate::Snapshot::require).
    pub fn column(&self, field: usize) -> Option<&Column> {
        let column = match self.columns.get(field) {
            Some(column) => column.as_ref(),
            None => self.read.get()?.columns.get(field)?.get(),
        };
        column.map(|column| &**column)
    }

    /// For each row the rank of its text among all texts of the snapshot, in the order of the field, from 1; texts that
    /// compare as equal share one, and a row without a text has 0. `None` unless they were packed and
    /// [required](crate::Snapshot::require_ranks).
    pub fn ranks(&self, field: usize) -> Option<&[u32]> {
        let ranks = self.read.get()?.ranks.get(field)?;
        ranks.get().map(|ranks| &**ranks)
    }

    pub(crate) fn place(&self, row: usize) -> Place {
        let after = self
            .runs
            .partition_point(|run| run.first_row as usize <= row);
        let run = self.runs[after - 1];
        Place {
            source: run.source,
            offset: run.base + u64::from(self.starts[row]),
            length: self.lengths[row],
        }
    }
}
