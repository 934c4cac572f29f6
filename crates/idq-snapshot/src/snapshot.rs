//! A snapshot: chunks in load order, the sources they came from, and access to records by row.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use idq_api::Api;
use idq_columns::RowSet;

use crate::chunk::{Chunk, RecordLocation, Storage};
use crate::error::{LoadError, LoadErrorKind};
use crate::observed::{CollectionUrl, UnknownFields};
use crate::packed::{Packed, PackedFacts};
use crate::reader::RecordReader;
use crate::reject::Reject;
use crate::report::SourceReport;
use crate::store::SourceStore;

/// The position of a record among all that were loaded, in load order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u32);

/// Loaded sources: columns to ask questions of, and the place of each record's bytes.
///
/// `Send + Sync`, and never changed after loading, but for what it keeps for later questions.
#[derive(Debug)]
pub struct Snapshot {
    api: Arc<Api>,
    pub(crate) chunks: Vec<Chunk>,
    /// For each chunk its first row; one more entry at the end.
    first_rows: Vec<u32>,
    stores: Vec<SourceStore>,
    sources: Vec<SourceReport>,
    rejects: Vec<Reject>,
    unknown: UnknownFields,
    collection_url: CollectionUrl,
    rows: u64,
    repeated: u64,
    dropped: u64,
    pub(crate) packed: Option<Arc<dyn Packed>>,
    rejected: u64,
}

/// The parts of a new snapshot, in load order.
#[derive(Debug, Default)]
pub struct SnapshotParts {
    /// The chunks.
    pub chunks: Vec<Chunk>,
    /// The sources, with the storage of their bytes.
    pub sources: Vec<(SourceStore, SourceReport)>,
    /// The records that were set aside.
    pub rejects: Vec<Reject>,
    /// The keys that the API does not document.
    pub unknown_fields: UnknownFields,
    /// The URL of the collection.
    pub collection_url: CollectionUrl,
}

impl Snapshot {
    /// Makes a snapshot of loaded sources.
    ///
    /// # Errors
    /// More rows than a [`RowId`] can number.
    pub fn new(api: Arc<Api>, parts: SnapshotParts) -> Result<Self, LoadError> {
        let (stores, sources): (Vec<SourceStore>, Vec<SourceReport>) =
            parts.sources.into_iter().unzip();
        let mut first_rows = vec![0u32];
        for chunk in &parts.chunks {
            let rows = u64::from(first_rows[first_rows.len() - 1]) + chunk.rows() as u64;
            let rows = u32::try_from(rows).map_err(|_| {
                let file = sources.first().map_or("", |source| &source.name);
                LoadError::of(file, LoadErrorKind::TooManyRecords)
            })?;
            first_rows.push(rows);
        }
        Ok(Self {
            api,
            rows: u64::from(first_rows[parts.chunks.len()]),
            rejected: parts.rejects.len() as u64,
            chunks: parts.chunks,
            first_rows,
            stores,
            sources,
            rejects: parts.rejects,
            unknown: parts.unknown_fields,
            collection_url: parts.collection_url,
            repeated: 0,
            dropped: 0,
            packed: None,
        })
    }

    /// A snapshot that was packed before.
    pub fn from_packed(api: Arc<Api>, packed: Arc<dyn Packed>, facts: PackedFacts) -> Self {
        let rows = packed.rows().iter();
        let chunks: Vec<Chunk> = rows.map(|&rows| Chunk::packed(rows)).collect();
        let mut first_rows = vec![0];
        for &rows in packed.rows() {
            first_rows.push(first_rows[first_rows.len() - 1] + rows);
        }
        Self {
            api,
            rows: u64::from(first_rows[chunks.len()]),
            chunks,
            first_rows,
            stores: Vec::new(),
            sources: facts.sources,
            rejects: Vec::new(),
            unknown: {
                let mut unknown = UnknownFields::default();
                unknown.extend(facts.unknown_fields);
                unknown
            },
            collection_url: facts
                .collection_url
                .map_or(CollectionUrl::Differ, CollectionUrl::Agree),
            repeated: facts.repeated_ids,
            dropped: facts.dropped,
            packed: Some(packed),
            rejected: facts.rejected,
        }
    }

    /// Whether this is a snapshot that was packed before.
    pub fn is_packed(&self) -> bool {
        self.packed.is_some()
    }

    /// How many records were set aside when the sources were loaded.
    pub fn rejected_count(&self) -> u64 {
        self.rejected
    }

    /// The API whose records these are.
    pub fn api(&self) -> &Arc<Api> {
        &self.api
    }

    /// How many records count: all, less those that deduplication dropped.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sources, in order.
    pub fn sources(&self) -> &[SourceReport] {
        &self.sources
    }

    /// The records that were set aside, by source and place; none of a packed snapshot, which does not hold them.
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// How many records have the id of an earlier one.
    pub fn repeated_ids(&self) -> u64 {
        self.repeated
    }

    /// How many records deduplication dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The dotted names of keys that the API does not document: the first 1,000 in their order.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown.iter()
    }

    /// The URL of the collection, where the records' own URLs agree on one.
    pub fn collection_url(&self) -> Option<&str> {
        match &self.collection_url {
            CollectionUrl::Agree(url) => Some(url),
            _ => None,
        }
    }

    /// Returns the bytes of memory that the columns take; of a snapshot file, the bytes of its columns.
    pub fn column_memory(&self) -> u64 {
        if let Some(packed) = &self.packed {
            return packed.column_bytes();
        }
        let chunks = self
            .chunks
            .iter()
            .filter_map(|chunk| match chunk.storage() {
                Storage::Loaded(chunk) => Some(chunk),
                Storage::Packed(_) => None,
            });
        let columns = chunks.flat_map(|chunk| chunk.columns.iter().flatten());
        columns.map(|column| column.memory() as u64).sum()
    }

    /// How many rows there are, those that deduplication dropped included.
    pub fn all_rows(&self) -> usize {
        self.first_rows[self.chunks.len()] as usize
    }

    /// The chunks, in load order.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// The first row of a chunk; of the number of chunks, the row after the last.
    pub fn first_row(&self, chunk: usize) -> RowId {
        RowId(self.first_rows[chunk])
    }

    /// The chunk of a row, and the row's position in it.
    pub fn locate(&self, row: RowId) -> (usize, usize) {
        let chunk = self.first_rows.partition_point(|&first| first <= row.0) - 1;
        (chunk, (row.0 - self.first_rows[chunk]) as usize)
    }

    /// Returns the id of a row of a chunk.
    pub fn row_id(&self, chunk: usize, row: usize) -> RowId {
        RowId(self.first_rows[chunk] + row as u32)
    }

    /// Returns the position of a row's source in [`sources`](Self::sources); `None` for a row of a snapshot file, which
    /// does not hold it.
    pub fn source_of(&self, row: RowId) -> Option<usize> {
        self.location(row).map(|location| location.source as usize)
    }

    /// Returns the location of a record in its source; `None` if it is in a snapshot file.
    fn location(&self, row: RowId) -> Option<RecordLocation> {
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => Some(chunk.location(row)),
            Storage::Packed(_) => None,
        }
    }

    /// Sets the number of records whose id an earlier record has.
    pub fn set_repeated_ids(&mut self, records: u64) {
        self.repeated = records;
    }

    /// Hides rows, which ascend, from all queries.
    pub fn drop_rows(&mut self, rows: &[RowId]) {
        for index in 0..self.chunks.len() {
            let (first, end) = (self.first_rows[index], self.first_rows[index + 1]);
            let dropped = &rows[rows.partition_point(|row| row.0 < first)
                ..rows.partition_point(|row| row.0 < end)];
            if !dropped.is_empty() {
                let visible =
                    |row: usize| dropped.binary_search(&RowId(first + row as u32)).is_err();
                let visible = RowSet::collect_bool((end - first) as usize, visible);
                self.chunks[index].set_visible(visible);
            }
        }
        self.dropped = rows.len() as u64;
        self.rows -= self.dropped;
    }

    /// Adds records that were set aside when a source was packed.
    pub fn add_rejected(&mut self, source: usize, packed_from: Vec<SourceReport>, rejected: u64) {
        self.sources[source].packed_from = packed_from;
        self.rejected += rejected;
    }

    /// A reader of the records' own bytes.
    pub fn reader(&self) -> RecordReader<'_> {
        match &self.packed {
            Some(packed) => RecordReader::packed(packed.reader()),
            None => RecordReader::new(&self.stores),
        }
    }

    /// Reads ahead the records of these rows, in one go where they are adjacent.
    pub fn prefetch(&self, rows: &[RowId], reader: &mut RecordReader<'_>) {
        if self.packed.is_some() {
            self.prefetch_blocks(rows, reader);
            return;
        }
        let locations = rows.iter().map(|&row| self.location(row));
        if let Some(locations) = locations.collect::<Option<Vec<_>>>() {
            reader.prefetch(&locations);
        }
    }

    /// Reads the first of these records of a packed snapshot ahead, in parallel, and returns their number: a reader that
    /// reads many records in an order that it has beforehand is faster so. Of a loaded snapshot nothing is read, and the
    /// number is that of all rows.
    pub fn prefetch_blocks(&self, rows: &[RowId], reader: &mut RecordReader<'_>) -> usize {
        let mut located = rows.iter().map(|row| self.locate(*row));
        let read = reader.prefetch_packed(&mut located);
        read.map_or(rows.len(), |read| read.min(rows.len()))
    }

    /// A record's own bytes, exactly as they stand in its source.
    ///
    /// # Errors
    /// The source's file cannot be read any more, or has changed since it was loaded.
    pub fn record<'r>(
        &self,
        row: RowId,
        reader: &'r mut RecordReader<'_>,
    ) -> Result<&'r [u8], LoadError> {
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => reader.read(chunk.location(row)),
            Storage::Packed(_) => reader.read_packed(chunk, row),
        }
    }

    /// Calls `visit` with the bytes of the record of each row, in the order of the rows. Records of snapshot files are
    /// decompressed ahead, in parallel.
    ///
    /// # Errors
    /// As for [`record`](Self::record), and those of `visit`.
    pub fn for_each_record<E: From<LoadError>>(
        &self,
        rows: &[RowId],
        reader: &mut RecordReader<'_>,
        mut visit: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = rows;
        while !rest.is_empty() {
            let (window, others) = rest.split_at(self.prefetch_blocks(rest, reader));
            for &row in window {
                visit(self.record(row, reader)?)?;
            }
            rest = others;
        }
        Ok(())
    }

    /// Does work that reads columns or records, and returns its result only if no snapshot file was written to since it was
    /// opened. Work that fails, or panics, over a file that has changed fails with [`LoadErrorKind::Changed`].
    ///
    /// Records of dumps need no such check: their reader compares the state of the file at each read.
    ///
    /// # Errors
    /// Those of the work; [`LoadErrorKind::Changed`].
    pub fn while_unchanged<T, E: From<LoadError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.packed.is_none() {
            return work();
        }
        self.check_unchanged()?;
        let result = catch_unwind(AssertUnwindSafe(work));
        self.check_unchanged()?;
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Refuses a snapshot file that was written to since it was opened. [`while_unchanged`](Self::while_unchanged) does so
    /// by itself; callers that read records one by one check before they rely on the last of them.
    ///
    /// # Errors
    /// [`LoadErrorKind::Changed`].
    pub fn check_unchanged(&self) -> Result<(), LoadError> {
        match &self.packed {
            Some(file) => file.check_unchanged(),
            None => Ok(()),
        }
    }

    /// The bytes of a reject, as far as they were [kept](Reject::kept).
    ///
    /// # Errors
    /// As for [`record`](Self::record).
    pub fn rejected(&self, reject: &Reject) -> Result<Vec<u8>, LoadError> {
        let mut bytes = Vec::new();
        let mut window = crate::reader::ReadAheadBuffer::default();
        while (bytes.len() as u64) < reject.kept {
            let offset = reject.offset + bytes.len() as u64;
            let wanted = (reject.kept as usize - bytes.len()).min(1 << 20);
            bytes.extend_from_slice(self.stores[reject.source].read(
                &mut window,
                offset,
                wanted,
            )?);
        }
        Ok(bytes)
    }
}
