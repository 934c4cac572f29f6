//! The columns of a query, read and borrowed before evaluation, which therefore cannot fail.

use std::fmt;
use std::slice;
use std::sync::OnceLock;

use idq_columns::{Column, RowSet};
use rayon::prelude::*;

use crate::chunk::{Chunk, PackedChunk, ReadColumns, Storage};
use crate::columns::part::{ColumnPart, Extent};
use crate::error::LoadError;
use crate::snapshot::Snapshot;

/// A field without a column, or with a part of one: the load skipped the rest, or the snapshot file does not have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLoaded {
    /// The dotted name of the field.
    pub field: String,
    /// Whether a part of the column was loaded.
    pub is_partial: bool,
}

impl fmt::Display for NotLoaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        if self.is_partial {
            write!(f, "only a part of the field {field} was loaded")?;
        } else {
            write!(f, "the field {field} was not loaded")?;
        }
        f.write_str(": add it to the columns of the load")
    }
}

impl std::error::Error for NotLoaded {}

/// The reason why columns cannot be borrowed.
#[derive(Debug, thiserror::Error)]
pub enum ColumnError {
    /// A field has no column.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// A column cannot be read: a snapshot file is damaged.
    #[error(transparent)]
    Unreadable(#[from] LoadError),
}

/// The columns of some fields, in every chunk of a snapshot.
///
/// [`Snapshot::columns`] reads the missing columns and creates the view, whose columns are plain references.
#[derive(Debug, Clone)]
pub struct ColumnView<'s> {
    snapshot: &'s Snapshot,
    /// For each field of the view its columns, by chunk.
    fields: Vec<(usize, Vec<&'s Column>)>,
}

impl<'s> ColumnView<'s> {
    /// Returns the snapshot.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Returns the columns of a field, by chunk.
    ///
    /// # Panics
    /// The view was made without the field.
    pub fn field(&self, field: usize) -> &[&'s Column] {
        // Views have few fields: a linear search is faster than hashing.
        let mut fields = self.fields.iter();
        let found = fields.find(|(number, _)| *number == field);
        &found.expect("a view has the fields that it is used for").1
    }

    /// Returns the column of a field in a chunk.
    ///
    /// # Panics
    /// The view was made without the field.
    pub fn column(&self, chunk: usize, field: usize) -> &'s Column {
        self.field(field)[chunk]
    }

    /// Returns the columns of one chunk.
    pub fn chunk(&self, chunk: usize) -> ChunkColumns<'_> {
        ChunkColumns { view: self, chunk }
    }

    /// Returns the columns of each chunk, in load order.
    pub fn chunks(&self) -> impl ExactSizeIterator<Item = ChunkColumns<'_>> {
        (0..self.snapshot.chunks().len()).map(|chunk| self.chunk(chunk))
    }
}

/// The columns of a [`ColumnView`] in one chunk.
#[derive(Debug, Clone, Copy)]
pub struct ChunkColumns<'v> {
    view: &'v ColumnView<'v>,
    chunk: usize,
}

impl<'v> ChunkColumns<'v> {
    /// Returns the column of a field.
    ///
    /// # Panics
    /// The view was made without the field.
    pub fn column(&self, field: usize) -> &'v Column {
        self.view.column(self.chunk, field)
    }

    /// Returns the number of rows, dropped duplicates included.
    pub fn rows(&self) -> usize {
        self.in_snapshot().rows()
    }

    /// Returns the rows that deduplication kept; `None` if it dropped none.
    pub fn visible_rows(&self) -> Option<&'v RowSet> {
        self.in_snapshot().visible_rows()
    }

    /// Returns the number of visible rows.
    pub fn visible_count(&self) -> usize {
        self.in_snapshot().visible_count()
    }

    /// Calls `visit` with each visible row, ascending.
    pub fn for_each_visible(&self, visit: impl FnMut(usize)) {
        self.in_snapshot().for_each_visible(visit);
    }

    /// Returns the snapshot.
    pub fn snapshot(&self) -> &'v Snapshot {
        self.view.snapshot
    }

    /// Returns the position of the chunk in the snapshot.
    pub fn index(&self) -> usize {
        self.chunk
    }

    fn in_snapshot(&self) -> &'v Chunk {
        &self.view.snapshot.chunks()[self.chunk]
    }
}

impl Snapshot {
    /// Borrows the columns of these fields, and first reads those of snapshot files that no earlier call has read. A
    /// second call costs one pointer for each chunk and field.
    ///
    /// # Errors
    /// A field that has no column in some chunk, or only a part of one; a damaged snapshot file.
    pub fn columns(&self, fields: &[usize]) -> Result<ColumnView<'_>, ColumnError> {
        self.columns_with(&whole(fields))
    }

    /// Borrows the columns that have these parts, as [`columns`](Self::columns) does. Other parts of the columns may
    /// not have been loaded.
    ///
    /// # Errors
    /// A part that some chunk does not have, a damaged snapshot file.
    pub fn columns_with(&self, parts: &[ColumnPart]) -> Result<ColumnView<'_>, ColumnError> {
        self.read_parts(parts)?;
        let columns = |field| {
            let chunks = self.chunks().iter();
            let columns = chunks.filter_map(|chunk| chunk.column(field)).collect();
            (field, columns)
        };
        let fields = columns_of(parts).into_iter().map(columns).collect();
        let snapshot = self;
        Ok(ColumnView { snapshot, fields })
    }

    /// Reads the columns of these fields that are in snapshot files and that no earlier call has read. Without snapshot
    /// files the cost does not depend on the number of chunks.
    ///
    /// # Errors
    /// As for [`columns`](Self::columns).
    pub fn read_columns(&self, fields: &[usize]) -> Result<(), ColumnError> {
        self.read_parts(&whole(fields))
    }

    /// Reads the columns that have these parts.
    fn read_parts(&self, parts: &[ColumnPart]) -> Result<(), ColumnError> {
        if let Some(part) = parts.iter().find(|part| !self.has_part(part)) {
            let column = self.api().column_name(part.column).to_owned();
            let field = match &part.extent {
                Extent::Path(keys) => [slice::from_ref(&column), keys].concat().join("."),
                Extent::Whole | Extent::Containing(_) => column,
            };
            // A path that was not loaded has no part; a column of which other parts were loaded has one.
            let is_partial =
                !matches!(part.extent, Extent::Path(_)) && self.has_loaded_column(part.column);
            return Err(NotLoaded { field, is_partial }.into());
        }
        self.read_cells(
            &columns_of(parts),
            |columns, field| columns.columns.get(field),
            |chunk, field| match self.file_of(chunk.source()) {
                Some(file) => Ok(Some(Box::new(file.column(chunk.batch(), field)?))),
                None => Ok(None),
            },
        )?;
        Ok(())
    }

    /// Returns whether every chunk has a column of a field, read or not.
    pub fn has_column(&self, field: usize) -> bool {
        self.has_part(&field.into())
    }

    /// Returns whether every chunk has a part of a column, read or not.
    fn has_part(&self, part: &ColumnPart) -> bool {
        self.files().iter().all(|file| file.has_column(part.column)) && self.has_loaded_part(part)
    }

    /// Returns the fields of which every chunk has a column, in the order of the API's description.
    pub fn loaded_fields(&self) -> Vec<usize> {
        let fields = 0..self.api().fields.len();
        fields.filter(|&field| self.has_column(field)).collect()
    }

    /// Returns for each chunk and row the rank of the row's text among all texts of the snapshot, from 1 in the field's
    /// order; 0 for no text. Texts that compare as equal have the same rank. Returns `None` unless the snapshot is one
    /// snapshot file with ranks, because ranks of two files are not comparable.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn ranks(&self, field: usize) -> Result<Option<Vec<&[u32]>>, LoadError> {
        let Some(file) = self.file() else {
            return Ok(None);
        };
        self.read_cells(
            &[field],
            |columns, field| columns.ranks.get(field),
            |chunk, field| file.ranks(chunk.batch(), field),
        )?;
        let chunks = self.packed_chunks();
        Ok(chunks.map(|chunk| chunk.ranks(field)).collect())
    }

    fn packed_chunks(&self) -> impl Iterator<Item = &PackedChunk> {
        self.chunks()
            .iter()
            .filter_map(|chunk| match chunk.storage() {
                Storage::Packed(chunk) => Some(chunk),
                Storage::Loaded(_) => None,
            })
    }

    /// Fills the empty cells of these fields in parallel.
    fn read_cells<T: Send + Sync>(
        &self,
        fields: &[usize],
        cell: impl for<'r> Fn(&'r ReadColumns, usize) -> Option<&'r OnceLock<T>> + Sync,
        read: impl Fn(&PackedChunk, usize) -> Result<Option<T>, LoadError> + Sync,
    ) -> Result<(), LoadError> {
        if self.files().is_empty() {
            return Ok(());
        }
        let count = self.api().column_count();
        let mut empty = Vec::new();
        for &field in fields {
            for chunk in self.packed_chunks() {
                if let Some(cell) = cell(chunk.cells(count), field)
                    && cell.get().is_none()
                {
                    empty.push((cell, chunk, field));
                }
            }
        }
        empty.into_par_iter().try_for_each(|(cell, chunk, field)| {
            if let Some(value) = read(chunk, field)? {
                // Another thread may have set the same value already.
                let _ = cell.set(value);
            }
            Ok(())
        })
    }
}

/// Returns the parts that are whole columns.
fn whole(fields: &[usize]) -> Vec<ColumnPart> {
    fields.iter().map(|&field| field.into()).collect()
}

/// Returns the columns of the parts in ascending order, each once.
fn columns_of(parts: &[ColumnPart]) -> Vec<usize> {
    let mut columns: Vec<usize> = parts.iter().map(|part| part.column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}
