use idq_columns::{Column, RowSet};

use crate::row::Unknown;

/// Some thousand records of a snapshot: their columns, and where their bytes are.
#[derive(Debug, Default)]
pub struct Chunk {
    pub(crate) columns: Vec<Option<Column>>,
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
        self.starts.len()
    }

    /// The rows that count; `None` if all do.
    pub fn live(&self) -> Option<&RowSet> {
        self.live.as_ref()
    }

    /// The column of a field, if it was loaded.
    pub fn column(&self, field: usize) -> Option<&Column> {
        self.columns.get(field)?.as_ref()
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
