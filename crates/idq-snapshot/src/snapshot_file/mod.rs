//! Reading of snapshot files: packed snapshots in one Arrow IPC file, which is mapped. `idq-pack` writes them;
//! `docs/snapshot-format.md` describes the format.
//!
//! [`SnapshotFile::open`] reads only the footer. Every other part is read at its first use, and validated by its
//! checksum and the invariants of its arrays. A damaged or hostile file is an error, never a panic.
//!
//! * [`mod@format`], [`mod@checksum`], [`footer`] and [`extents`] define the format; `idq-pack` uses them as well.
//! * `parts` reads and checks messages, `decode` converts them to Arrow arrays, `read_columns` converts arrays to
//!   columns.
//! * `records` decompresses single records, `record_block` those of one block together.
//! * `mapped` and `unchanged` detect changes of an open file; `verify` reads the whole file.

use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idq_api::{Api, ApiRegistry};
use idq_columns::Dictionary;
use idq_files::open_regular;
use zstd::dict::DecoderDictionary;

use crate::chunk::Chunk;
use crate::columns::statistics::Statistics;
use crate::error::{LoadError, LoadErrorKind};
use crate::sources::observed::CollectionUrl;
use crate::sources::packed_request::PackedRequest;
use crate::sources::read_values::ReadValues;
use crate::sources::report::SourceReport;
use footer::Footer;
use format::{
    ColumnDescription, END, FORMAT, LoadDescription, MAGIC, SourceDescription,
    StatisticsDescription, key, read_schema, record_columns,
};
use mapped::MappedFile;
use parts::parts_of;
use records::BatchRecords;

pub mod checksum;
mod decode;
pub mod extents;
pub mod footer;
pub mod format;
mod mapped;
mod parts;
mod read_columns;
pub(crate) mod record_block;
pub(crate) mod records;
mod reseal;
mod statistics;
pub(crate) mod unchanged;
mod verify;

pub use mapped::guard_mapped_files;
#[doc(hidden)]
pub use reseal::reseal;
pub use verify::{Verified, verify, verify_file, verify_with_progress};

/// Returns whether a file starts like an Arrow IPC file. It returns false for a named pipe, whose bytes can be read
/// only once.
pub fn is_snapshot_file(path: &Path) -> bool {
    let mut magic = [0; MAGIC.len()];
    let mut read = || open_regular(path)?.read_exact(&mut magic);
    read().is_ok() && magic == *MAGIC
}

/// The load that a snapshot file was packed from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadSummary {
    /// The sources, in order.
    pub sources: Vec<SourceReport>,
    /// The number of records that were set aside.
    pub rejected: u64,
    /// The number of records in the file whose id an earlier record has.
    pub repeated_ids: u64,
    /// The number of records that deduplication dropped.
    pub dropped: u64,
    /// Keys that the API does not document.
    pub unknown_fields: Vec<String>,
    /// The URL of the collection.
    pub collection_url: CollectionUrl,
    /// The values that were read otherwise than they are spelled.
    pub read_values: ReadValues,
    /// The requests by which the records were packed, one after another.
    pub requests: Vec<PackedRequest>,
}

/// A mapped snapshot file.
pub struct SnapshotFile {
    /// Path for errors; it is not opened again.
    path: PathBuf,
    /// Bytes of the whole file, shared with all arrays that are used in place.
    pub(crate) bytes: Buffer,
    /// The map of the file; `None` for bytes in memory.
    pub(crate) map: Option<Arc<MappedFile>>,
    /// Blocks of the messages, and the texts of the metadata.
    pub(crate) footer: Footer,
    /// Metadata that every query needs.
    pub(crate) metadata: Metadata,
    /// Schema of the batches, rebuilt from the list of columns instead of read from the file.
    pub(crate) schema: SchemaRef,
    /// For each dictionary and each batch a copy of its header, read at first use.
    pub(crate) headers: Vec<OnceLock<Box<[u8]>>>,
    /// Checksums of all parts in the order of the file, decoded at first use.
    checksums: OnceLock<Vec<u64>>,
    /// For each column of the API the dictionary of its values, read at first use.
    pub(crate) dictionaries: Vec<OnceLock<Arc<Dictionary>>>,
    /// Dictionary of the record blocks, prepared at first use.
    pub(crate) record_dictionary: OnceLock<DecoderDictionary<'static>>,
    /// For each batch its record columns, read at first use.
    pub(crate) records: Vec<OnceLock<BatchRecords>>,
}

/// The metadata that opening validates.
#[derive(Debug)]
pub(crate) struct Metadata {
    /// API whose name the file has.
    pub(crate) api: Arc<Api>,
    /// For each batch its number of rows.
    pub(crate) rows: Vec<u32>,
    /// Columns of each batch, in their order; the last three are the record columns.
    pub(crate) columns: Vec<ColumnDescription>,
    /// Bytes of the columns of fields, with their dictionaries and without the records.
    pub(crate) column_bytes: u64,
}

impl Metadata {
    /// Parses the metadata of a footer, whose API must be one of `apis`.
    fn parse(footer: &Footer, apis: &ApiRegistry) -> Result<Self, LoadErrorKind> {
        let damaged = |damage: String| LoadErrorKind::Damaged(damage);
        let value = |name: &str| {
            let value = footer.value(name);
            value.ok_or_else(|| damaged(format!("{name} is missing")))
        };
        // The format comes first: nothing else of another format has a known meaning.
        let format = value(key::FORMAT)?;
        if format.parse() != Ok(FORMAT) {
            return Err(LoadErrorKind::OtherFormat {
                found: idq_grammar::escape(format),
                known: FORMAT,
            });
        }
        let api = value(key::API)?;
        let api = apis
            .by_name(api)
            .ok_or_else(|| damaged(format!("its API is {}", idq_grammar::escape(api))))?;
        let rows: Vec<u32> = STANDARD
            .decode(value(key::BATCH_ROWS)?)
            .map_err(|_| damaged(format!("{} is not base64", key::BATCH_ROWS)))?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        let column_bytes = value(key::COLUMN_BYTES)?
            .parse()
            .map_err(|_| damaged(format!("{} is not a number", key::COLUMN_BYTES)))?;
        let columns: Vec<ColumnDescription> = serde_json::from_str(value(key::COLUMNS)?)
            .map_err(|_| damaged("the list of columns cannot be read".to_owned()))?;
        // The positions of the record columns are computed from the end.
        if !columns.ends_with(&record_columns()) {
            return Err(damaged(
                "its last columns are not the record columns".to_owned(),
            ));
        }
        // A row id has 32 bits, so the rows of all batches must have as well.
        let all_rows = rows
            .iter()
            .try_fold(0u32, |sum, &rows| sum.checked_add(rows));
        if rows.len() != footer.batches.len() || all_rows.is_none() {
            return Err(damaged(
                "the row counts of the footer do not match its batches".to_owned(),
            ));
        }
        Ok(Self {
            api: Arc::clone(api),
            rows,
            columns,
            column_bytes,
        })
    }
}

impl fmt::Debug for SnapshotFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl SnapshotFile {
    /// Maps a file and reads its footer.
    ///
    /// The file should not be written to while it is open. `idq pack` never writes to one: it replaces files by an
    /// atomic rename. Other writes are detected: see [`while_unchanged`](Self::while_unchanged) and
    /// [`guard_mapped_files`].
    ///
    /// # Errors
    /// A file that cannot be read, is not a snapshot file, has another format, or has a damaged footer.
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        Self::open_with(path, ApiRegistry::built_in())
    }

    /// Maps a file whose API is one of these, and reads its footer.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_with(path: &Path, apis: &ApiRegistry) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let failed = |error| LoadError::io(&name, error);
        let map = Arc::new(MappedFile::open(path).map_err(failed)?);
        let bytes = Buffer::from(bytes::Bytes::from_owner(Shared(Arc::clone(&map))));
        Ok(Self {
            map: Some(map),
            ..Self::parse(path, bytes, apis)?
        })
    }

    /// Reads the footer of a file whose bytes are in memory.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn from_bytes(path: &Path, bytes: Buffer) -> Result<Self, LoadError> {
        Self::parse(path, bytes, ApiRegistry::built_in())
    }

    /// Reads the footer of mapped or other bytes, and nothing else.
    fn parse(path: &Path, bytes: Buffer, apis: &ApiRegistry) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let fail = |kind| LoadError::new(&name, kind);
        let damaged = |damage: &str| fail(LoadErrorKind::Damaged(damage.to_owned()));
        // From the outside in: magic bytes, length and end mark, the footer's structure, its checksum, its metadata.
        if !bytes.starts_with(MAGIC) {
            return Err(fail(LoadErrorKind::NotASnapshot));
        }
        let footer_bytes = footer_range(&bytes)
            .filter(|range| bytes[..range.start].ends_with(END))
            // The footer is copied, so later writes to the mapped file cannot change it.
            .map(|range| bytes[range].to_vec())
            .ok_or_else(|| damaged("its end mark is missing: it is truncated or has grown"))?;
        let footer = Footer::read(footer_bytes).map_err(damaged)?;
        // An Arrow file without our metadata is intact, but another program's.
        if footer.value(key::FORMAT).is_none() {
            return Err(fail(LoadErrorKind::NotASnapshot));
        }
        if !footer.is_intact() {
            return Err(damaged("the footer does not match its checksum"));
        }
        let metadata = Metadata::parse(&footer, apis).map_err(fail)?;
        let messages = footer.dictionaries.len() + footer.batches.len();
        let columns = metadata.api.column_count();
        Ok(Self {
            path: path.to_owned(),
            bytes,
            map: None,
            schema: read_schema(&metadata.columns),
            headers: (0..messages).map(|_| OnceLock::new()).collect(),
            checksums: OnceLock::new(),
            dictionaries: (0..columns).map(|_| OnceLock::new()).collect(),
            record_dictionary: OnceLock::new(),
            records: footer.batches.iter().map(|_| OnceLock::new()).collect(),
            metadata,
            footer,
        })
    }

    /// Returns the description of the load that the file was packed from.
    ///
    /// # Errors
    /// The metadata cannot be read.
    pub fn load_summary(&self) -> Result<LoadSummary, LoadError> {
        let sources: Vec<SourceDescription> = self.json(key::SOURCES)?;
        let load: LoadDescription = self.json(key::LOAD)?;
        // Files of versions before this key do not have it either.
        let requests = match self.footer.value(key::REQUESTS) {
            Some(_) => self.json(key::REQUESTS)?,
            None => Vec::new(),
        };
        Ok(LoadSummary {
            sources: sources.into_iter().map(Into::into).collect(),
            requests,
            rejected: load.rejected,
            repeated_ids: load.repeated_ids,
            dropped: load.dropped,
            collection_url: match load.collection_url {
                // Neither URL nor difference is written for a load without pages.
                Some(url) => CollectionUrl::Agree(url),
                None if load.collection_urls_differ => CollectionUrl::Differ,
                None => CollectionUrl::Unseen,
            },
            unknown_fields: load.unknown_fields,
            read_values: load.read_values,
        })
    }

    /// Returns the chunks of this file in a snapshot in which the file is source number `source`. Nothing is read.
    pub fn chunks(&self, source: u32) -> Vec<Chunk> {
        let batches = (0..).zip(&self.metadata.rows);
        batches
            .map(|(batch, &rows)| Chunk::packed(source, batch, rows))
            .collect()
    }

    /// Returns the statistics that were computed when the file was packed.
    ///
    /// # Errors
    /// The metadata cannot be read.
    pub fn statistics(&self) -> Result<Statistics, LoadError> {
        let described: StatisticsDescription = self.json(key::STATISTICS)?;
        Ok(described.into_statistics(self.api()))
    }

    /// Returns the API of the records.
    pub fn api(&self) -> &Arc<Api> {
        &self.metadata.api
    }

    /// Returns the number of rows of each batch.
    pub fn rows(&self) -> &[u32] {
        &self.metadata.rows
    }

    /// Returns the number of bytes of the columns.
    pub fn column_bytes(&self) -> u64 {
        self.metadata.column_bytes
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the modification time when the file was opened; `None` for bytes in memory.
    pub fn modified(&self) -> Option<SystemTime> {
        self.map.as_ref()?.modified()
    }

    /// Returns the checksum of a part by its number; part 0 is the head of the file. All checksums are decoded at the
    /// first call and not at opening, because a file with thousands of batches has tens of thousands.
    pub(crate) fn checksum(&self, part: usize) -> Result<u64, LoadError> {
        let checksums = match self.checksums.get() {
            Some(checksums) => checksums,
            None => {
                let decoded = self.decode_checksums()?;
                // Another thread may have decoded the same checksums meanwhile.
                self.checksums.get_or_init(|| decoded)
            }
        };
        let checksum = checksums.get(part).copied();
        checksum.ok_or_else(|| self.damaged("a checksum is missing".to_owned()))
    }

    /// Decodes the checksums: of the head, of the header and body of each dictionary, of the header and columns of each
    /// batch.
    fn decode_checksums(&self) -> Result<Vec<u64>, LoadError> {
        let text = self.footer.value(key::CHECKSUMS);
        let bytes = STANDARD.decode(text.unwrap_or_default());
        let bytes = bytes.map_err(|_| self.damaged(format!("{} is not base64", key::CHECKSUMS)))?;
        let checksums = bytes.as_chunks().0.iter();
        let checksums: Vec<u64> = checksums.map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let of_batches = (1 + parts_of(&self.metadata.columns)) * self.footer.batches.len();
        if checksums.len() != 1 + 2 * self.footer.dictionaries.len() + of_batches {
            return Err(
                self.damaged("the number of checksums is not the number of parts".to_owned())
            );
        }
        Ok(checksums)
    }

    /// Returns the version of idq that packed the file.
    pub fn packed_by(&self) -> &str {
        self.footer.value(key::VERSION).unwrap_or("unknown")
    }

    /// Returns the number of the format.
    pub fn format(&self) -> u32 {
        FORMAT
    }

    /// Returns the number of records.
    pub fn records(&self) -> u64 {
        self.metadata.rows.iter().map(|&rows| u64::from(rows)).sum()
    }

    /// Returns the length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Parses a text of the metadata as JSON. Damage of one text does not prevent the reading of others.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, LoadError> {
        let text = self.footer.value(name).unwrap_or_default();
        serde_json::from_str(text).map_err(|_| self.damaged(format!("{name} cannot be read")))
    }

    /// Returns the error of a damaged file.
    pub(crate) fn damaged(&self, damage: String) -> LoadError {
        self.error(LoadErrorKind::Damaged(damage))
    }

    /// Returns an error with the path of the file.
    pub(crate) fn error(&self, kind: LoadErrorKind) -> LoadError {
        LoadError::new(&self.path.display().to_string(), kind)
    }

    /// Returns the end of the messages, where [`END`] and the footer follow.
    pub(crate) fn messages_end(&self) -> usize {
        footer_range(&self.bytes).map_or(0, |footer| footer.start.saturating_sub(END.len()))
    }
}

/// A map that all buffers of the file share.
struct Shared(Arc<MappedFile>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// Returns the range of the footer, whose length precedes the last magic bytes.
pub(crate) fn footer_range(bytes: &[u8]) -> Option<Range<usize>> {
    let rest = bytes.strip_suffix(MAGIC)?;
    let (rest, length) = rest.split_last_chunk::<4>()?;
    // A negative length is damage.
    let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
    Some(rest.len().checked_sub(length)?..rest.len())
}
