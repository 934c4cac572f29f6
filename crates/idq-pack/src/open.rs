//! Opens a file: reads its footer, and nothing else.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow_buffer::Buffer;
use arrow_schema::SchemaRef;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idq_api::Api;
use idq_columns::Dictionary;
use idq_snapshot::{LoadError, LoadErrorKind, PackedFacts, Snapshot, Statistics};
use zstd::dict::DecoderDictionary;

use crate::checksum::checksum;
use crate::footer::Footer;
use crate::format::{
    ColumnDescription, END, FORMAT, LoadDescription, MAGIC, SourceDescription, key, read_schema,
    record_columns,
};
use crate::mapped::MappedFile;
use crate::parts::parts_of;
use crate::record_blocks::BatchRecords;
use crate::statistics::StatisticsDescription;

/// A snapshot file, mapped.
///
/// Opening reads the footer. Everything else is read when somebody asks for it, and checked then against its checksum,
/// so that what is damaged is refused and the rest is of use.
pub struct PackedFile {
    path: PathBuf,
    pub(crate) bytes: Buffer,
    /// The same, where it is a file's.
    pub(crate) map: Option<Arc<MappedFile>>,
    pub(crate) api: Arc<Api>,
    pub(crate) footer: Footer,
    pub(crate) footer_checksum: u64,
    /// For each dictionary and each batch a copy of its header, once it has been read.
    pub(crate) headers: Vec<OnceLock<Box<[u8]>>>,
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<ColumnDescription>,
    pub(crate) schema: SchemaRef,
    checksums: OnceLock<Vec<u64>>,
    pub(crate) column_bytes: u64,
    /// For each field the dictionary of its values, once it has been read.
    pub(crate) dictionaries: Vec<OnceLock<Arc<Dictionary>>>,
    pub(crate) record_dictionary: OnceLock<DecoderDictionary<'static>>,
    /// For each batch its record columns, once one of its records has been read.
    pub(crate) records: Vec<OnceLock<BatchRecords>>,
}

impl fmt::Debug for PackedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Opens a snapshot file.
///
/// The file is mapped. It should not be written to while it is open, which [`pack`](crate::pack) never does, as it
/// replaces files as a whole. One that is written to all the same is noticed: see
/// [`PackedFile::while_unchanged`] and [`guard_mapped_files`](crate::guard_mapped_files).
///
/// # Errors
/// A file that cannot be read, is no snapshot, is of a format that came later, or has a damaged footer.
pub fn open(path: &Path) -> Result<Snapshot, LoadError> {
    Arc::new(PackedFile::open(path)?).snapshot()
}

impl PackedFile {
    /// Maps a file and reads its footer.
    ///
    /// # Errors
    /// As for [`open`].
    pub fn open(path: &Path) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let failed = |error| LoadError::io(&name, error);
        let map = Arc::new(MappedFile::open(path).map_err(failed)?);
        let bytes = Buffer::from(bytes::Bytes::from_owner(Shared(Arc::clone(&map))));
        Ok(Self {
            map: Some(map),
            ..Self::from_bytes(path, bytes)?
        })
    }

    /// A file whose bytes are these.
    ///
    /// # Errors
    /// As for [`open`].
    pub fn from_bytes(path: &Path, bytes: Buffer) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let fail = |kind| LoadError::of(&name, kind);
        let damaged = |what: &str| fail(LoadErrorKind::Damaged(what.to_owned()));
        if !bytes.starts_with(MAGIC) {
            return Err(fail(LoadErrorKind::NotASnapshot));
        }
        let footer_bytes = footer_range(&bytes)
            .filter(|range| bytes[..range.start].ends_with(END))
            // A copy, as the file may change after the footer has been looked at.
            .map(|range| bytes[range].to_vec())
            .ok_or_else(|| damaged("it does not end as it should: it is cut off, or has grown"))?;
        let footer = Footer::read(&footer_bytes).map_err(damaged)?;
        if !footer.metadata.contains_key(key::FORMAT) {
            return Err(fail(LoadErrorKind::NotASnapshot));
        }
        if !footer.is_intact(&footer_bytes) {
            return Err(damaged("the footer does not have its checksum"));
        }
        let metadata = |name: &str| {
            let value = footer.metadata.get(name);
            value.ok_or_else(|| damaged(&format!("{name} is missing")))
        };
        let format = metadata(key::FORMAT)?;
        if format.parse() != Ok(FORMAT) {
            let kind = LoadErrorKind::OtherFormat {
                found: idq_grammar::escape(format),
                known: FORMAT,
            };
            return Err(fail(kind));
        }
        let api = metadata(key::API)?;
        let api = idq_api::ApiRegistry::built_in()
            .by_name(api)
            .ok_or_else(|| damaged(&format!("its API is {}", idq_grammar::escape(api))))?;
        let rows: Vec<u32> = STANDARD
            .decode(metadata(key::BATCH_ROWS)?)
            .map_err(|_| damaged(&format!("{} is not base64", key::BATCH_ROWS)))?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        let column_bytes = metadata(key::COLUMN_BYTES)?
            .parse()
            .map_err(|_| damaged(&format!("{} is not a number", key::COLUMN_BYTES)))?;
        let columns: Vec<ColumnDescription> = serde_json::from_str(metadata(key::COLUMNS)?)
            .map_err(|_| damaged("the list of columns cannot be read"))?;
        if !columns.ends_with(&record_columns()) {
            return Err(damaged("the records are not its last columns"));
        }
        let all_rows = rows
            .iter()
            .try_fold(0u32, |sum, &rows| sum.checked_add(rows));
        if rows.len() != footer.batches.len() || all_rows.is_none() {
            return Err(damaged("the footer contradicts itself"));
        }
        Ok(Self {
            path: path.to_owned(),
            bytes,
            map: None,
            footer_checksum: checksum(&footer_bytes),
            headers: (0..footer.dictionaries.len() + footer.batches.len())
                .map(|_| OnceLock::new())
                .collect(),
            api: Arc::clone(api),
            rows,
            schema: read_schema(&columns),
            columns,
            checksums: OnceLock::new(),
            column_bytes,
            dictionaries: (0..api.fields.len()).map(|_| OnceLock::new()).collect(),
            record_dictionary: OnceLock::new(),
            records: footer.batches.iter().map(|_| OnceLock::new()).collect(),
            footer,
        })
    }

    /// The snapshot that the file holds.
    ///
    /// # Errors
    /// What the file tells of its load cannot be read.
    pub fn snapshot(self: Arc<Self>) -> Result<Snapshot, LoadError> {
        let sources: Vec<SourceDescription> = self.json(key::SOURCES)?;
        let load: LoadDescription = self.json(key::LOAD)?;
        let facts = PackedFacts {
            sources: sources.into_iter().map(Into::into).collect(),
            rejected: load.rejected,
            repeated_ids: load.repeated_ids,
            dropped: load.dropped,
            unknown_fields: load.unknown_fields,
            collection_url: load.collection_url,
        };
        Ok(Snapshot::from_packed(Arc::clone(&self.api), self, facts))
    }

    /// What the fields hold, as it was worked out when the file was packed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn statistics(&self) -> Result<Statistics, LoadError> {
        let described: StatisticsDescription = self.json(key::STATISTICS)?;
        Ok(described.into_statistics(&self.api))
    }

    /// The checksum of a part, by its position among all parts, of which the file's head is the first. They are decoded
    /// when the first one is wanted: there are some for each batch.
    pub(crate) fn checksum(&self, part: usize) -> Result<u64, LoadError> {
        let checksums = match self.checksums.get() {
            Some(checksums) => checksums,
            None => {
                let decoded = self.decode_checksums()?;
                self.checksums.get_or_init(|| decoded)
            }
        };
        let checksum = checksums.get(part).copied();
        checksum.ok_or_else(|| self.damaged("a checksum is missing".to_owned()))
    }

    fn decode_checksums(&self) -> Result<Vec<u64>, LoadError> {
        let text = self.footer.metadata.get(key::CHECKSUMS);
        let bytes = STANDARD.decode(text.map_or("", String::as_str));
        let bytes = bytes.map_err(|_| self.damaged(format!("{} is not base64", key::CHECKSUMS)))?;
        let checksums = bytes.as_chunks().0.iter();
        let checksums: Vec<u64> = checksums.map(|bytes| u64::from_le_bytes(*bytes)).collect();
        let of_batches = (1 + parts_of(&self.columns)) * self.footer.batches.len();
        if checksums.len() != 1 + 2 * self.footer.dictionaries.len() + of_batches {
            return Err(self.damaged("its checksums are not those of its parts".to_owned()));
        }
        Ok(checksums)
    }

    /// The version of idq that packed the file.
    pub fn packed_by(&self) -> &str {
        self.footer
            .metadata
            .get(key::VERSION)
            .map_or("unknown", String::as_str)
    }

    /// The number of the file's format.
    pub fn format(&self) -> u32 {
        FORMAT
    }

    /// How many records it holds.
    pub fn records(&self) -> u64 {
        self.rows.iter().map(|&rows| u64::from(rows)).sum()
    }

    /// How many bytes the file has.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, LoadError> {
        let text = self.footer.metadata.get(name).map_or("", String::as_str);
        serde_json::from_str(text).map_err(|_| self.damaged(format!("{name} cannot be read")))
    }

    pub(crate) fn damaged(&self, what: String) -> LoadError {
        self.error(LoadErrorKind::Damaged(what))
    }

    pub(crate) fn error(&self, kind: LoadErrorKind) -> LoadError {
        LoadError::of(&self.path.display().to_string(), kind)
    }

    /// Where the messages end: behind that come the end mark and the footer.
    pub(crate) fn messages_end(&self) -> usize {
        footer_range(&self.bytes).map_or(0, |footer| footer.start.saturating_sub(END.len()))
    }
}

/// A map that each of its buffers holds.
struct Shared(Arc<MappedFile>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// Where the footer is.
pub(crate) fn footer_range(bytes: &[u8]) -> Option<Range<usize>> {
    let rest = bytes.strip_suffix(MAGIC)?;
    let (rest, length) = rest.split_last_chunk::<4>()?;
    let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
    Some(rest.len().checked_sub(length)?..rest.len())
}
