//! The definition of the file format, for its reader and its writer: names and numbers of the metadata, and the Arrow
//! types of columns. `docs/snapshot-format.md` describes the format.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use idq_columns::DocumentColumn;
use serde::{Deserialize, Serialize};

use crate::sources::compression::Compression;
use crate::sources::packed_request::PackedRequest;
use crate::sources::read_values::ReadValues;
use crate::sources::report::SourceReport;
use crate::sources::text_encoding::TextEncoding;

pub use super::statistics::StatisticsDescription;

/// The number of the format that this version writes, and the only one that it reads.
pub const FORMAT: u32 = 5;

/// The first and the last bytes of an Arrow IPC file.
pub const MAGIC: &[u8; 6] = b"ARROW1";

/// The bytes after the last message: a continuation marker, and a length of 0.
pub const END: &[u8; 8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// The alignment of buffers in bytes, as Arrow recommends.
pub const ALIGNMENT: usize = 64;

/// The length before the bytes of a buffer that is not compressed, as Arrow defines it. Before the frame of a
/// compressed buffer is its length without compression.
pub const IN_PLACE: i64 = -1;

/// The maximum bytes of a compressed buffer after decompression, which bounds the memory that a hostile file takes.
pub const MAX_COMPRESSED_BUFFER_BYTES: usize = 256 << 20;

/// The maximum number of records in a block. It bounds the search for the row in which a block begins.
pub const MAX_BLOCK_RECORDS: usize = 64;

/// Keys of the metadata.
pub mod key {
    // Keys of the schema's metadata. The schema precedes the batches, and is repeated in the footer.

    /// The number of the format.
    pub const FORMAT: &str = "idq:format";
    /// The version of idq that packed the file.
    pub const VERSION: &str = "idq:version";
    /// The name of the API.
    pub const API: &str = "idq:api";
    /// The number of records.
    pub const ROWS: &str = "idq:rows";
    /// The sources, as JSON: [`SourceDescription`](super::SourceDescription).
    pub const SOURCES: &str = "idq:sources";
    /// The columns, as JSON: [`ColumnDescription`](super::ColumnDescription).
    pub const COLUMNS: &str = "idq:columns";
    /// The load, as JSON: [`LoadDescription`](super::LoadDescription).
    pub const LOAD: &str = "idq:load";
    /// The statistics, as JSON: [`StatisticsDescription`](super::StatisticsDescription).
    pub const STATISTICS: &str = "idq:statistics";
    /// The requests by which the records were packed, one after another, as JSON:
    /// [`PackedRequest`](crate::PackedRequest). A file without any does not have the key.
    pub const REQUESTS: &str = "idq:selections";
    /// The zstd dictionary of the record blocks, in base64.
    pub const RECORD_DICTIONARY: &str = "idq:record-dictionary";

    // Keys of the footer's metadata, whose values are complete only after the batches are written.

    /// The number of rows of each batch, as 32-bit integers in base64.
    pub const BATCH_ROWS: &str = "idq:batch-rows";
    /// The checksum of each part of the file, as 64-bit integers in base64.
    pub const CHECKSUMS: &str = "idq:checksums";
    /// The number of bytes of the columns.
    pub const COLUMN_BYTES: &str = "idq:column-bytes";
    /// The checksum of the footer, in hexadecimal.
    pub const FOOTER_CHECKSUM: &str = "idq:footer-checksum";
}

/// The purpose of a column of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnPurpose {
    /// The values of a field.
    Value,
    /// Bits: whether the record lacks the field.
    Missing,
    /// Bits: whether a document is null.
    Null,
    /// The rank of each text among all texts of the field.
    Rank,
    /// The prefix or the suffix of each text of the field.
    Affix,
    /// Bits: whether an object that contains fields has a value.
    Presence,
    /// The paths of a document with their values.
    Document,
    /// The hash of each record's bytes.
    RecordHash,
    /// The length of each record in bytes.
    RecordLength,
    /// The records' own bytes, in compressed blocks.
    RecordBlock,
}

/// The storage of a column's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnEncoding {
    /// UTF-8 text.
    Text,
    /// UTF-8 text without its prefix, which is in a column of its own: the start up to the first comma.
    PrefixedText,
    /// UTF-8 text without its suffix, which is in a column of its own: the end from the last at sign.
    SuffixedText,
    /// A UUID in 16 bytes, spelled canonically in the record.
    Uuid,
    /// Dictionary encoding with codes of 8 bits.
    Dictionary8,
    /// Dictionary encoding with codes of 16 bits.
    Dictionary16,
    /// Dictionary encoding with codes of 32 bits.
    Dictionary32,
    /// Microseconds since the Unix epoch, UTC.
    Timestamp,
    /// One bit a row.
    Boolean,
    /// A rank of 32 bits.
    Rank,
    /// The paths of a batch's documents with their values.
    Paths,
    /// A hash of 64 bits.
    Hash,
    /// A length of 32 bits.
    Length,
    /// Binary values.
    Bytes,
}

/// The description of a column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDescription {
    /// The dotted name of its field or object; empty for the records.
    pub field: String,
    /// Its purpose.
    pub purpose: ColumnPurpose,
    /// The storage of its elements.
    pub encoding: ColumnEncoding,
}

impl ColumnDescription {
    /// Describes a column of a field.
    pub fn new(field: &str, purpose: ColumnPurpose, encoding: ColumnEncoding) -> Self {
        Self {
            field: field.to_owned(),
            purpose,
            encoding,
        }
    }

    /// Returns the name in the Arrow schema.
    pub fn name(&self) -> String {
        let field = &self.field;
        match self.purpose {
            ColumnPurpose::Value if self.is_stem() => format!("idq:stem:{field}"),
            ColumnPurpose::Value => field.clone(),
            ColumnPurpose::Affix => format!("idq:affix:{field}"),
            ColumnPurpose::Missing => format!("idq:missing:{field}"),
            ColumnPurpose::Null => format!("idq:null:{field}"),
            ColumnPurpose::Rank => format!("idq:rank:{field}"),
            ColumnPurpose::Presence => format!("idq:presence:{field}"),
            ColumnPurpose::Document => format!("idq:document:{field}"),
            ColumnPurpose::RecordHash => "idq:record-hash".to_owned(),
            ColumnPurpose::RecordLength => "idq:record-length".to_owned(),
            ColumnPurpose::RecordBlock => "idq:record-block".to_owned(),
        }
    }

    /// Returns the type of a dictionary's codes.
    fn codes(&self) -> Option<DataType> {
        match self.encoding {
            ColumnEncoding::Dictionary8 => Some(DataType::UInt8),
            ColumnEncoding::Dictionary16 => Some(DataType::UInt16),
            ColumnEncoding::Dictionary32 => Some(DataType::UInt32),
            _ => None,
        }
    }

    /// Returns whether the column has texts without their affixes.
    fn is_stem(&self) -> bool {
        matches!(
            self.encoding,
            ColumnEncoding::PrefixedText | ColumnEncoding::SuffixedText
        )
    }

    /// Returns whether the column is dictionary encoded.
    pub fn is_dictionary(&self) -> bool {
        self.codes().is_some()
    }

    /// Returns the Arrow field.
    pub fn arrow_field(&self) -> Field {
        let name = self.name();
        let nullable = matches!(self.purpose, ColumnPurpose::Value | ColumnPurpose::Presence);
        let data_type = match self.encoding {
            ColumnEncoding::Text | ColumnEncoding::PrefixedText | ColumnEncoding::SuffixedText => {
                DataType::Utf8
            }
            ColumnEncoding::Uuid => {
                let extension = ("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
                return Field::new(name, DataType::FixedSizeBinary(16), nullable)
                    .with_metadata(HashMap::from([extension]));
            }
            ColumnEncoding::Timestamp => {
                DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
            }
            ColumnEncoding::Boolean => DataType::Boolean,
            ColumnEncoding::Rank | ColumnEncoding::Length => DataType::UInt32,
            ColumnEncoding::Hash => DataType::UInt64,
            ColumnEncoding::Paths => DataType::List(Arc::new(path_item())),
            ColumnEncoding::Bytes => DataType::Binary,
            ColumnEncoding::Dictionary8
            | ColumnEncoding::Dictionary16
            | ColumnEncoding::Dictionary32 => {
                let codes = self.codes().unwrap_or(DataType::UInt32);
                DataType::Dictionary(Box::new(codes), Box::new(DataType::Utf8))
            }
        };
        Field::new(name, data_type, nullable)
    }

    /// Returns the Arrow field by which the column is read: the codes of a dictionary are read as numbers, which have
    /// the same buffers.
    fn read_as(&self) -> Field {
        match self.codes() {
            Some(codes) => Field::new(self.name(), codes, true),
            None => self.arrow_field(),
        }
    }
}

/// Returns the Arrow field of an element of [`ColumnEncoding::Paths`].
pub fn path_item() -> Field {
    Field::new(
        "item",
        DataType::Struct(DocumentColumn::path_fields()),
        false,
    )
}

/// Returns the columns of the records, which are the last columns of a file.
pub fn record_columns() -> [ColumnDescription; 3] {
    [
        ColumnDescription::new("", ColumnPurpose::RecordHash, ColumnEncoding::Hash),
        ColumnDescription::new("", ColumnPurpose::RecordLength, ColumnEncoding::Length),
        ColumnDescription::new("", ColumnPurpose::RecordBlock, ColumnEncoding::Bytes),
    ]
}

/// Returns the schema of a file.
pub fn schema(columns: &[ColumnDescription], metadata: HashMap<String, String>) -> Schema {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::arrow_field).collect();
    Schema::new_with_metadata(fields, metadata)
}

/// Returns the schema by which the columns of a file are read.
pub fn read_schema(columns: &[ColumnDescription]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::read_as).collect();
    Arc::new(Schema::new(fields))
}

/// Returns the number of buffers of a column in a record batch.
pub fn buffers_of(data_type: &DataType) -> usize {
    match data_type {
        DataType::Utf8 | DataType::Binary => 3,
        DataType::List(item) => 2 + buffers_of(item.data_type()),
        DataType::Struct(fields) => {
            let children = fields.iter().map(|field| buffers_of(field.data_type()));
            1 + children.sum::<usize>()
        }
        _ => 2,
    }
}

/// Returns the number of arrays of a column, nested ones included.
pub fn nodes_of(data_type: &DataType) -> usize {
    match data_type {
        DataType::List(item) => 1 + nodes_of(item.data_type()),
        DataType::Struct(fields) => {
            let children = fields.iter().map(|field| nodes_of(field.data_type()));
            1 + children.sum::<usize>()
        }
        _ => 1,
    }
}

/// The description of a source in the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDescription {
    /// The name.
    pub name: String,
    /// The name of the compression.
    pub compression: String,
    /// The name of the text's encoding, unless it is UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The number of bytes of UTF-8, decompressed.
    pub bytes: u64,
    /// The number of records, rejects included.
    pub records: u64,
    /// The path to the records, if they are wrapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records_path: Option<String>,
    /// The paths to other arrays of objects, which were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The length of the file in bytes.
    pub size: Option<u64>,
    /// The modification time of the file, in RFC 3339.
    pub modified: Option<String>,
    /// The sources that a snapshot file among the sources was packed from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceDescription>,
    /// The requests by which a snapshot file among the sources was packed.
    #[serde(rename = "selections", default, skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<PackedRequest>,
}

impl From<&SourceReport> for SourceDescription {
    fn from(source: &SourceReport) -> Self {
        Self {
            name: source.name.clone(),
            compression: source.compression.to_string(),
            encoding: (source.encoding != TextEncoding::Utf8).then(|| source.encoding.to_string()),
            bytes: source.bytes,
            records: source.records,
            records_path: source.records_path.clone(),
            left_out: source.left_out.clone(),
            size: source.size,
            modified: source.modified.map(|modified| {
                let since = modified.duration_since(std::time::UNIX_EPOCH).ok();
                let microseconds = since.map_or(0, |since| since.as_micros() as i64);
                idq_grammar::date::format_timestamp(microseconds)
            }),
            sources: source.packed_from.iter().map(Into::into).collect(),
            requests: source.requests.clone(),
        }
    }
}

impl From<SourceDescription> for SourceReport {
    fn from(source: SourceDescription) -> Self {
        let modified = source.modified.as_deref();
        let modified =
            modified.and_then(|text| idq_grammar::date::parse_timestamp(text.as_bytes()));
        Self {
            compression: Compression::ALL
                .into_iter()
                .find(|compression| compression.to_string() == source.compression)
                .unwrap_or_default(),
            encoding: TextEncoding::ALL
                .into_iter()
                .find(|encoding| source.encoding == Some(encoding.to_string()))
                .unwrap_or_default(),
            name: source.name,
            bytes: source.bytes,
            records: source.records,
            size: source.size,
            modified: modified.and_then(|instant| {
                let since = std::time::Duration::from_micros(u64::try_from(instant).ok()?);
                std::time::UNIX_EPOCH.checked_add(since)
            }),
            records_path: source.records_path,
            left_out: source.left_out,
            packed_from: source.sources.into_iter().map(Into::into).collect(),
            requests: source.requests,
        }
    }
}

/// The description of the load in the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoadDescription {
    /// The number of records that were set aside.
    pub rejected: u64,
    /// The number of records in the file whose id an earlier record has.
    pub repeated_ids: u64,
    /// The number of records that deduplication dropped.
    pub dropped: u64,
    /// Keys that the API does not document.
    pub unknown_fields: Vec<String>,
    /// The URL of the collection.
    pub collection_url: Option<String>,
    /// Whether the URLs of records imply different collections. A snapshot of such a file and other sources has no
    /// collection URL, while a file without any URL does not affect that of other sources.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collection_urls_differ: bool,
    /// The values that were read otherwise than they are spelled.
    #[serde(default, skip_serializing_if = "ReadValues::is_empty")]
    pub read_values: ReadValues,
}
