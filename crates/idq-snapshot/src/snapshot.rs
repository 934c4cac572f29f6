//! A snapshot: chunks in load order, their sources, and access to records by row.

use std::sync::Arc;

use idq_api::Api;
use idq_columns::RowSet;

use crate::chunk::{Chunk, LoadedChunk, RecordLocation, Storage};
use crate::columns::part::ColumnPart;
use crate::error::{LoadError, LoadErrorKind};
use crate::records::reader::{ReadAheadBuffer, RecordReader};
use crate::records::reject::Reject;
use crate::records::window::RecordWindow;
use crate::snapshot_file::SnapshotFile;
use crate::snapshot_file::unchanged::while_unchanged;
use crate::sources::observed::{CollectionUrl, UnknownFields};
use crate::sources::read_values::ReadValues;
use crate::sources::report::SourceReport;
use crate::sources::store::{SourceBytes, SourceStore};

/// The number of bytes of a reject that are read at a time.
const REJECT_PIECE_BYTES: usize = 1 << 20;

/// The position of a record in load order, over all sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u32);

/// The records of all loaded sources: columns, and the storage of the records' bytes.
///
/// A snapshot is a list of chunks, each of which is loaded from a dump or packed in a snapshot file; a snapshot can
/// have both. It is `Send + Sync`, and immutable except that columns of snapshot files are read at their first use.
#[derive(Debug)]
pub struct Snapshot {
    /// API of the records of all sources.
    api: Arc<Api>,
    /// Chunks in load order.
    chunks: Vec<Chunk>,
    /// For each chunk its first row, and the number of all rows at the end.
    first_rows: Vec<u32>,
    /// The storage of the sources to which chunks and rejects refer by position.
    stores: Vec<SourceStore>,
    /// The snapshot files among the sources.
    files: Vec<Arc<SnapshotFile>>,
    /// Whether the snapshot consists of one snapshot file, whose summary is then that of the snapshot.
    is_one_file: bool,
    /// For each field whether every loaded chunk has its column, computed once because every query needs it.
    loaded_columns: Vec<bool>,
    /// For columns of documents that were not loaded whole, their parts that were.
    partial_columns: Vec<ColumnPart>,
    /// Reports on the sources, in load order.
    sources: Vec<SourceReport>,
    /// Records that were set aside, by source and position.
    rejects: Vec<Reject>,
    /// Keys that the API does not document.
    unknown_fields: UnknownFields,
    /// URL of the collection, as far as the URLs of records agree.
    collection_url: CollectionUrl,
    /// The values that were read otherwise than they are spelled.
    read_values: ReadValues,
    /// The number of visible rows.
    rows: u64,
    /// Number of records whose id an earlier record has.
    repeated_ids: u64,
    /// Number of records that deduplication dropped.
    dropped: u64,
    /// Number of records that were set aside, those of packed files included.
    rejected: u64,
}

/// The parts of a new snapshot, in load order.
#[derive(Debug, Default)]
pub struct SnapshotParts {
    /// The chunks.
    pub chunks: Vec<Chunk>,
    /// For columns of documents that were not loaded whole, their parts that were.
    pub partial_columns: Vec<ColumnPart>,
    /// The sources, with the storage of their bytes.
    pub sources: Vec<(SourceStore, SourceReport)>,
    /// The records that were set aside.
    pub rejects: Vec<Reject>,
    /// The number of records that had been set aside when snapshot files among the sources were packed.
    pub rejected_before: u64,
    /// The keys that the API does not document.
    pub unknown_fields: UnknownFields,
    /// The URL of the collection.
    pub collection_url: CollectionUrl,
    /// The values that were read otherwise than they are spelled.
    pub read_values: ReadValues,
}

impl Snapshot {
    /// Creates a snapshot of loaded sources.
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
                LoadError::new(file, LoadErrorKind::TooManyRecords)
            })?;
            first_rows.push(rows);
        }
        let files = stores.iter().filter_map(|store| match &store.bytes {
            SourceBytes::Packed(file) => Some(Arc::clone(file)),
            _ => None,
        });
        let has_column = |field| {
            parts.chunks.iter().all(|chunk| match chunk.storage() {
                Storage::Loaded(chunk) => chunk.has_column(field),
                Storage::Packed(_) => true,
            })
        };
        let loaded_columns = (0..api.column_count()).map(has_column).collect();
        Ok(Self {
            api,
            rows: u64::from(first_rows[parts.chunks.len()]),
            rejected: parts.rejects.len() as u64 + parts.rejected_before,
            chunks: parts.chunks,
            first_rows,
            files: files.collect(),
            is_one_file: false,
            loaded_columns,
            partial_columns: parts.partial_columns,
            stores,
            sources,
            rejects: parts.rejects,
            unknown_fields: parts.unknown_fields,
            collection_url: parts.collection_url,
            read_values: parts.read_values,
            repeated_ids: 0,
            dropped: 0,
        })
    }

    /// Creates a snapshot of one snapshot file. Its sources are those that the file was packed from. No column and no
    /// record is read.
    ///
    /// # Errors
    /// The file's summary of its load cannot be read.
    pub fn from_file(file: Arc<SnapshotFile>) -> Result<Self, LoadError> {
        let summary = file.load_summary()?;
        let mut unknown_fields = UnknownFields::default();
        unknown_fields.extend(summary.unknown_fields);
        let store = SourceStore {
            name: file.path().display().to_string(),
            bytes: SourceBytes::Packed(Arc::clone(&file)),
        };
        let mut first_rows = vec![0];
        for &rows in file.rows() {
            // Opening has checked the sum.
            first_rows.push(first_rows[first_rows.len() - 1] + rows);
        }
        Ok(Self {
            api: Arc::clone(file.api()),
            loaded_columns: vec![true; file.api().column_count()],
            partial_columns: Vec::new(),
            rows: file.records(),
            chunks: file.chunks(0),
            first_rows,
            stores: vec![store],
            files: vec![file],
            is_one_file: true,
            sources: summary.sources,
            rejects: Vec::new(),
            unknown_fields,
            collection_url: summary.collection_url,
            read_values: summary.read_values,
            repeated_ids: summary.repeated_ids,
            dropped: summary.dropped,
            rejected: summary.rejected,
        })
    }

    /// Returns the snapshot file, if the snapshot consists of one.
    pub fn file(&self) -> Option<&Arc<SnapshotFile>> {
        self.files.first().filter(|_| self.is_one_file)
    }

    /// Returns the snapshot files among the sources.
    pub fn files(&self) -> &[Arc<SnapshotFile>] {
        &self.files
    }

    /// Returns the API of the records.
    pub fn api(&self) -> &Arc<Api> {
        &self.api
    }

    /// Returns the number of visible rows: all rows except those that deduplication dropped.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of rows, dropped duplicates included.
    pub fn all_rows(&self) -> usize {
        self.first_rows[self.chunks.len()] as usize
    }

    /// Returns the sources, in order. For a snapshot of one snapshot file, these are the sources that it was packed
    /// from.
    pub fn sources(&self) -> &[SourceReport] {
        &self.sources
    }

    /// Returns the records that were set aside, by source and position. Snapshot files do not store rejects.
    pub fn rejects(&self) -> &[Reject] {
        &self.rejects
    }

    /// Returns the number of records that were set aside, now or when a snapshot file was packed.
    pub fn rejected_count(&self) -> u64 {
        self.rejected
    }

    /// Returns the number of records that were set aside when a snapshot file was packed.
    pub fn rejected_before(&self) -> u64 {
        self.rejected - self.rejects.len() as u64
    }

    /// Returns the values that were read otherwise than they are spelled.
    pub fn read_values(&self) -> &ReadValues {
        &self.read_values
    }

    /// Returns the number of records whose id an earlier record has.
    pub fn repeated_ids(&self) -> u64 {
        self.repeated_ids
    }

    /// Returns the number of records that deduplication dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Returns the dotted names of keys that the API does not document: the least 1,000 in byte order.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &str> {
        self.unknown_fields.iter()
    }

    /// Returns whether a path, as its keys joined by dots, is inside an object whose keys the API does not document.
    pub fn is_free_form_path(&self, path: &str) -> bool {
        let is_inside = |unknown: &str| {
            let rest = path.strip_prefix(unknown);
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        self.api().is_free_form(path) || self.unknown_fields().any(is_inside)
    }

    /// Returns whether there may be more undocumented keys than [`unknown_fields`](Self::unknown_fields) lists.
    pub fn has_more_unknown_fields(&self) -> bool {
        self.unknown_fields.is_full()
    }

    /// Returns the URL of the collection, if the URLs of all records imply the same one.
    pub fn collection_url(&self) -> Option<&str> {
        match &self.collection_url {
            CollectionUrl::Agree(url) => Some(url),
            CollectionUrl::Unseen | CollectionUrl::Differ => None,
        }
    }

    /// Returns whether the URLs of records imply different collections.
    pub fn collection_urls_differ(&self) -> bool {
        self.collection_url == CollectionUrl::Differ
    }

    /// Returns the bytes of memory of loaded columns, and the bytes of the columns in snapshot files.
    pub fn column_memory(&self) -> u64 {
        let columns = self
            .loaded_chunks()
            .flat_map(|chunk| chunk.columns.iter().flatten());
        let loaded: u64 = columns.map(|column| column.memory() as u64).sum();
        let packed: u64 = self.files.iter().map(|file| file.column_bytes()).sum();
        loaded + packed
    }

    /// Returns the chunks, in load order.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// Returns the chunks that were loaded from dumps.
    pub(crate) fn loaded_chunks(&self) -> impl Iterator<Item = &LoadedChunk> {
        self.chunks
            .iter()
            .filter_map(|chunk| match chunk.storage() {
                Storage::Loaded(chunk) => Some(chunk),
                Storage::Packed(_) => None,
            })
    }

    /// Returns whether every loaded chunk has a part of a column.
    pub(crate) fn has_loaded_part(&self, part: &ColumnPart) -> bool {
        let partial = self.partial_columns.iter();
        let mut of_column = partial
            .filter(|other| other.column == part.column)
            .peekable();
        let is_whole = of_column.peek().is_none();
        self.has_loaded_column(part.column)
            && (is_whole || of_column.any(|other| other.covers(part)))
    }

    /// Returns whether every loaded chunk has a column of a field, whole or in part.
    pub(crate) fn has_loaded_column(&self, field: usize) -> bool {
        self.loaded_columns.get(field).is_some_and(|&has| has)
    }

    /// Returns the first row of a chunk. If `chunk` is the number of chunks, it returns the number of rows.
    pub fn first_row(&self, chunk: usize) -> RowId {
        RowId(self.first_rows[chunk])
    }

    /// Returns the id of a row of a chunk.
    pub fn row_id(&self, chunk: usize, row: usize) -> RowId {
        RowId(self.first_rows[chunk] + row as u32)
    }

    /// Returns the rows that are not hidden, in load order.
    pub fn visible_rows(&self) -> impl Iterator<Item = RowId> + '_ {
        (0..self.chunks.len()).flat_map(|chunk| self.visible_rows_of(chunk))
    }

    /// Returns the rows of a chunk that are not hidden.
    pub fn visible_rows_of(&self, chunk: usize) -> Vec<RowId> {
        let mut rows = Vec::with_capacity(self.chunks[chunk].visible_count());
        self.chunks[chunk].for_each_visible(|row| rows.push(self.row_id(chunk, row)));
        rows
    }

    /// Returns the chunk of a row, and the row's position in it.
    pub fn locate(&self, row: RowId) -> (usize, usize) {
        // The first chunk starts at row 0, so at least one start is not greater.
        let chunk = self.first_rows.partition_point(|&first| first <= row.0) - 1;
        (chunk, (row.0 - self.first_rows[chunk]) as usize)
    }

    /// Returns the position of a row's source in [`sources`](Self::sources); `None` for a snapshot of one snapshot
    /// file, which does not store the sources of its rows.
    pub fn source_of(&self, row: RowId) -> Option<usize> {
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => Some(chunk.location(row).source as usize),
            Storage::Packed(chunk) => (!self.is_one_file).then_some(chunk.source() as usize),
        }
    }

    /// Returns the snapshot file of a source.
    pub(crate) fn file_of(&self, source: u32) -> Option<&SnapshotFile> {
        self.stores.get(source as usize)?.snapshot_file()
    }

    /// Returns the number of bytes of a chunk's records, dropped duplicates included.
    ///
    /// # Errors
    /// A snapshot file is damaged.
    pub fn record_bytes(&self, chunk: usize) -> Result<u64, LoadError> {
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => {
                Ok(chunk.lengths.iter().map(|&length| u64::from(length)).sum())
            }
            Storage::Packed(chunk) => match self.file_of(chunk.source()) {
                Some(file) => file.record_bytes(chunk.batch()),
                None => Ok(0),
            },
        }
    }

    /// Sets the number of records whose id an earlier record has.
    pub fn set_repeated_ids(&mut self, records: u64) {
        self.repeated_ids = records;
    }

    /// Hides rows from all queries. The rows must ascend.
    pub fn drop_rows(&mut self, rows: &[RowId]) {
        let sets = self.sets_of_rows(rows);
        for (chunk, dropped) in self.chunks.iter_mut().zip(sets) {
            if dropped.count_set_bits() > 0 {
                chunk.set_visible(!&dropped);
            }
        }
        self.dropped = rows.len() as u64;
        self.rows -= self.dropped;
    }

    /// Returns the set of some rows for each chunk. The rows must ascend.
    pub fn sets_of_rows(&self, rows: &[RowId]) -> Vec<RowSet> {
        let chunks = self.first_rows.windows(2).map(|bounds| {
            let (first, end) = (bounds[0], bounds[1]);
            // The rows ascend, so those of a chunk are consecutive.
            let rows = &rows[rows.partition_point(|row| row.0 < first)
                ..rows.partition_point(|row| row.0 < end)];
            let mut rest = rows.iter().peekable();
            RowSet::collect_bool((end - first) as usize, |row| {
                rest.next_if(|next| next.0 == first + row as u32).is_some()
            })
        });
        chunks.collect()
    }

    /// Hides all rows from all queries but those of a set for each chunk, none of which is hidden already.
    ///
    /// # Panics
    /// The sets are not those of the chunks.
    pub fn retain_rows(&mut self, kept: Vec<RowSet>) {
        assert_eq!(kept.len(), self.chunks.len(), "one set for each chunk");
        self.rows = 0;
        for (chunk, kept) in self.chunks.iter_mut().zip(kept) {
            self.rows += kept.count_set_bits() as u64;
            chunk.set_visible(kept);
        }
    }

    /// Returns a reader of records. One reader for many records is faster than one for each record.
    pub fn reader(&self) -> RecordReader<'_> {
        RecordReader::new(&self.stores)
    }

    /// Returns the bytes of a record, verbatim.
    ///
    /// # Errors
    /// The file of the source cannot be read, has changed since it was loaded, or is damaged.
    pub fn record<'r>(
        &self,
        row: RowId,
        reader: &'r mut RecordReader<'_>,
    ) -> Result<&'r [u8], LoadError> {
        if let Some(position) = reader.window_position(row) {
            return Ok(reader.window_record(position));
        }
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => reader.read(chunk.location(row)),
            Storage::Packed(chunk) => reader.read_packed(chunk.packed_row(row)),
        }
    }

    /// Returns the hash of a record's bytes that its snapshot file stores, without decompressing the record; `None` for a
    /// record of a dump. [`record_hash`](crate::snapshot_file::checksum::record_hash) computes the same hash.
    ///
    /// # Errors
    /// A snapshot file is damaged.
    pub fn stored_hash(&self, row: RowId) -> Result<Option<u64>, LoadError> {
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(_) => Ok(None),
            Storage::Packed(chunk) => match self.file_of(chunk.source()) {
                Some(file) => file.record_hash(chunk.batch(), row).map(Some),
                None => Ok(None),
            },
        }
    }

    /// Calls `visit` with the bytes of the record of each row, in the order of the rows. Records are
    /// [read ahead](Self::read_ahead).
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
            let (window, others) = rest.split_at(self.read_ahead(rest, reader));
            for &row in window {
                visit(self.record(row, reader)?)?;
            }
            rest = others;
        }
        Ok(())
    }

    /// Reads the records of a page ahead: a [window](Self::read_window) of them, or records of dumps at once if they
    /// are adjacent.
    pub fn prefetch(&self, rows: &[RowId], reader: &mut RecordReader<'_>) {
        reader.set_window(Arc::new(self.read_window(rows, u64::MAX)), 0);
        if reader.has_window() {
            return;
        }
        // Locations exist only for records of dumps.
        let locations: Vec<RecordLocation> =
            rows.iter().filter_map(|&row| self.location(row)).collect();
        reader.prefetch(&locations);
    }

    /// Reads a [window](Self::read_window) of these records ahead. Returns the number of rows in the window, which the
    /// caller reads in this order before the next call.
    pub fn read_ahead(&self, rows: &[RowId], reader: &mut RecordReader<'_>) -> usize {
        // Frees the last window before the next one is allocated.
        reader.set_window(Arc::default(), 0);
        let window = self.read_window(rows, reader.next_window_bytes());
        let count = window.len();
        reader.set_window(Arc::new(window), 0);
        count
    }

    /// Returns a reader of the rows of a window from a position, in their order. It reads other records as well, each
    /// alone.
    pub fn reader_of_window(
        &self,
        window: &Arc<RecordWindow>,
        position: usize,
    ) -> RecordReader<'_> {
        let mut reader = self.reader();
        reader.set_window(Arc::clone(window), position);
        reader
    }

    /// Returns the storage of the sources' bytes.
    pub(crate) fn stores(&self) -> &[SourceStore] {
        &self.stores
    }

    /// Returns the location of a record in a dump; `None` if it is in a snapshot file.
    fn location(&self, row: RowId) -> Option<RecordLocation> {
        let (chunk, row) = self.locate(row);
        match self.chunks[chunk].storage() {
            Storage::Loaded(chunk) => Some(chunk.location(row)),
            Storage::Packed(_) => None,
        }
    }

    /// Runs work that reads columns or records, and returns its result only if no snapshot file was written to since it
    /// was opened. Otherwise it returns [`LoadErrorKind::Changed`], even if the work fails or panics.
    ///
    /// Records of dumps need no such check, because their reader compares the state of the file at each read.
    ///
    /// # Errors
    /// Those of the work; [`LoadErrorKind::Changed`].
    pub fn while_unchanged<T, E: From<LoadError>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        if self.files.is_empty() {
            return work();
        }
        while_unchanged(|| self.check_unchanged(), work)
    }

    /// Checks that no snapshot file was written to since it was opened. [`while_unchanged`](Self::while_unchanged)
    /// includes this check; callers that read records one by one call it after the last record.
    ///
    /// # Errors
    /// [`LoadErrorKind::Changed`].
    pub fn check_unchanged(&self) -> Result<(), LoadError> {
        self.files
            .iter()
            .try_for_each(|file| file.check_unchanged())
    }

    /// Returns the bytes of a reject, as far as they were [kept](Reject::kept).
    ///
    /// # Errors
    /// As for [`record`](Self::record).
    pub fn rejected(&self, reject: &Reject) -> Result<Vec<u8>, LoadError> {
        let mut bytes = Vec::new();
        let mut buffer = ReadAheadBuffer::default();
        while (bytes.len() as u64) < reject.kept {
            let offset = reject.text_offset + bytes.len() as u64;
            let wanted = (reject.kept as usize - bytes.len()).min(REJECT_PIECE_BYTES);
            let store = &self.stores[reject.source];
            bytes.extend_from_slice(store.read(&mut buffer, offset, wanted)?);
        }
        Ok(bytes)
    }
}
