use std::sync::Arc;
use std::time::SystemTime;

use idq_api::Api;

use crate::chunk::{Chunk, SelfLinks};
use crate::error::{LoadError, LoadErrorKind};
use crate::input::Compression;
use crate::kept::KeptOrders;
use crate::packed::{Packed, PackedFacts};
use crate::record::RecordErrorKind;
use crate::remembered::Remembered;
use crate::row::{Unknown, keep_first};
use crate::store::{RecordReader, Store};

/// The position of a record among all that were loaded, in load order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u32);

/// Loaded sources: columns to ask questions of, and the place of each record's bytes.
///
/// `Send + Sync`, and never changed after loading, but for what it keeps for later questions.
#[derive(Debug)]
pub struct Snapshot {
    api: Arc<Api>,
    pub(crate) chunks: Vec<Chunk>,
    /// For each chunk its first row; one more entry at the end.
    first_rows: Vec<u32>,
    stores: Vec<Store>,
    pub(crate) sources: Vec<SourceReport>,
    rejects: Vec<Reject>,
    unknown: Unknown,
    self_links: SelfLinks,
    pub(crate) rows: u64,
    pub(crate) repeated: u64,
    pub(crate) dropped: u64,
    orders: KeptOrders,
    remembered: Remembered,
    pub(crate) packed: Option<Arc<dyn Packed>>,
    pub(crate) rejected: u64,
}

/// What one source held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReport {
    /// Its name.
    pub name: String,
    /// How it was compressed.
    pub compression: Compression,
    /// Its bytes, decompressed.
    pub bytes: u64,
    /// Its records, good and bad.
    pub records: u64,
    /// Bytes of the file, where it is one.
    pub size: Option<u64>,
    /// When the file was last written.
    pub modified: Option<SystemTime>,
    /// Where it is a snapshot file that was read like a dump: what that was made from.
    pub packed_from: Vec<SourceReport>,
}

/// A record that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The position of its source in [`Snapshot::sources`].
    pub source: usize,
    /// Counted from 1 within the source, good records included.
    pub record: u64,
    /// The line on which it starts, counted from 1.
    pub line: u64,
    /// Its first byte in the decompressed source, counted from 0.
    pub offset: u64,
    /// Its length in bytes; 0 where something is absent, such as a closing bracket.
    pub length: u64,
    /// How many of these bytes, from the first on, [`Snapshot::rejected`] can give: all of them but where the source cannot
    /// be read again and its rejects are larger than what a load keeps of such sources (16 MiB, each source its share).
    pub kept: u64,
    /// The dotted name of the field, where one is to blame.
    pub path: Option<String>,
    /// What is wrong with it.
    pub reason: RecordErrorKind,
}

impl Reject {
    pub(crate) fn into_error(self, file: String, offset: u64) -> LoadError {
        LoadError {
            file,
            record: Some(self.record),
            line: Some(self.line),
            offset: Some(offset),
            path: self.path,
            kind: Box::new(LoadErrorKind::Record(self.reason)),
        }
    }
}

/// What a part of the sources came to.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) sources: Vec<(Store, SourceReport)>,
    pub(crate) rejects: Vec<Reject>,
}

impl Parts {
    /// Adds what comes next in order.
    pub(crate) fn extend(&mut self, next: Self) {
        self.chunks.extend(next.chunks);
        self.sources.extend(next.sources);
        self.rejects.extend(next.rejects);
    }
}

impl Snapshot {
    pub(crate) fn new(api: Arc<Api>, parts: Vec<Parts>) -> Result<Self, LoadError> {
        let (mut chunks, mut stores, mut sources, mut rejects) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for part in parts {
            chunks.extend(part.chunks);
            rejects.extend(part.rejects);
            for (store, report) in part.sources {
                stores.push(store);
                sources.push(report);
            }
        }
        let mut first_rows = vec![0u32];
        for chunk in &chunks {
            let rows = u64::from(first_rows[first_rows.len() - 1]) + chunk.rows() as u64;
            let rows = u32::try_from(rows).map_err(|_| {
                LoadError::of(
                    sources
                        .first()
                        .map_or("", |source: &SourceReport| &source.name),
                    LoadErrorKind::TooManyRecords,
                )
            })?;
            first_rows.push(rows);
        }
        let (unknown, self_links) = seen(&chunks);
        let rejected = rejects.len() as u64;
        let rows = u64::from(first_rows[chunks.len()]);
        Ok(Self {
            api,
            chunks,
            first_rows,
            stores,
            sources,
            rejects,
            unknown,
            self_links,
            rows,
            repeated: 0,
            dropped: 0,
            orders: KeptOrders::default(),
            remembered: Remembered::default(),
            packed: None,
            rejected,
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
            unknown: facts.unknown_fields.into_iter().collect(),
            self_links: facts
                .collection_url
                .map_or(SelfLinks::Differ, SelfLinks::Agree),
            repeated: facts.repeated_ids,
            dropped: facts.dropped,
            orders: KeptOrders::default(),
            remembered: Remembered::default(),
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
        self.unknown.iter().map(String::as_str)
    }

    /// The URL of the collection, where the records' own URLs agree on one.
    pub fn collection_url(&self) -> Option<&str> {
        match &self.self_links {
            SelfLinks::Agree(url) => Some(url),
            _ => None,
        }
    }

    /// Bytes of memory that the columns take; of a packed snapshot, bytes of its file.
    pub fn column_memory(&self) -> u64 {
        if let Some(packed) = &self.packed {
            return packed.column_bytes();
        }
        let columns = self.chunks.iter().flat_map(|chunk| &chunk.columns);
        columns.flatten().map(|column| column.memory() as u64).sum()
    }

    /// The orders that are kept for later questions, and the memory that they take.
    pub fn orders(&self) -> &KeptOrders {
        &self.orders
    }

    /// What else is kept for later questions: little.
    pub fn remembered(&self) -> &Remembered {
        &self.remembered
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
    pub fn first_row(&self, chunk: usize) -> Row {
        Row(self.first_rows[chunk])
    }

    /// The chunk of a row, and the row's position in it.
    pub fn locate(&self, row: Row) -> (usize, usize) {
        let chunk = self.first_rows.partition_point(|&first| first <= row.0) - 1;
        (chunk, (row.0 - self.first_rows[chunk]) as usize)
    }

    /// The position of the row's source in [`sources`](Self::sources); a packed snapshot does not tell.
    pub fn source_of(&self, row: Row) -> Option<usize> {
        let (chunk, row) = self.locate(row);
        let chunk = &self.chunks[chunk];
        self.packed
            .is_none()
            .then(|| chunk.place(row).source as usize)
    }

    /// A reader of the records' own bytes.
    pub fn reader(&self) -> RecordReader<'_> {
        match &self.packed {
            Some(packed) => RecordReader::packed(packed.reader()),
            None => RecordReader::new(&self.stores),
        }
    }

    /// Tells a reader which records it will be asked for, so that it reads those that stand together in one go.
    pub fn expect(&self, rows: &[Row], reader: &mut RecordReader<'_>) {
        if self.packed.is_some() {
            return;
        }
        let places: Vec<_> = rows
            .iter()
            .map(|row| self.locate(*row))
            .map(|(chunk, row)| self.chunks[chunk].place(row))
            .collect();
        reader.expect(&places);
    }

    /// A record's own bytes, exactly as they stand in its source.
    ///
    /// # Errors
    /// The source's file cannot be read any more, or has changed since it was loaded.
    pub fn record<'r>(
        &self,
        row: Row,
        reader: &'r mut RecordReader<'_>,
    ) -> Result<&'r [u8], LoadError> {
        let (chunk, row) = self.locate(row);
        if self.packed.is_some() {
            return reader.read_packed(chunk, row);
        }
        reader.read(self.chunks[chunk].place(row))
    }

    /// The bytes of a reject, as far as they were [kept](Reject::kept).
    ///
    /// # Errors
    /// As for [`record`](Self::record).
    pub fn rejected(&self, reject: &Reject) -> Result<Vec<u8>, LoadError> {
        let mut bytes = Vec::new();
        let mut window = crate::store::Window::default();
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

/// What every chunk of a load has seen, taken together.
fn seen(chunks: &[Chunk]) -> (Unknown, SelfLinks) {
    let mut unknown = Unknown::new();
    let mut links = SelfLinks::default();
    for chunk in chunks {
        keep_first(&mut unknown, chunk.unknown.iter().cloned());
        links = links.merge(&chunk.self_links);
    }
    (unknown, links)
}
