//! The names and numbers of the format: see docs/snapshot-format.md.

use std::collections::HashMap;
use std::sync::Arc;

use crate::compression::Compression;
use crate::report::SourceReport;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use idq_columns::DocumentColumn;
use serde::{Deserialize, Serialize};

pub use super::statistics::StatisticsDescription;

/// The format that this version writes, and the one that it reads.
pub const FORMAT: u32 = 3;

/// The first and the last bytes of an Arrow IPC file.
pub const MAGIC: &[u8; 6] = b"ARROW1";

/// What stands behind the last message.
pub const END: &[u8; 8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// Buffers start at multiples of this.
pub const ALIGNMENT: usize = 64;

/// The most records per block that are read. It bounds the search for the row in which a block begins.
pub const MAX_BLOCK_RECORDS: usize = 64;

/// Keys of the schema's metadata.
pub mod key {
    pub const FORMAT: &str = "idq:format";
    pub const VERSION: &str = "idq:version";
    pub const API: &str = "idq:api";
    pub const ROWS: &str = "idq:rows";
    pub const SOURCES: &str = "idq:sources";
    pub const COLUMNS: &str = "idq:columns";
    pub const LOAD: &str = "idq:load";
    pub const STATISTICS: &str = "idq:statistics";
    pub const RECORD_DICTIONARY: &str = "idq:record-dictionary";

    // Of the footer's metadata.
    pub const BATCH_ROWS: &str = "idq:batch-rows";
    pub const CHECKSUMS: &str = "idq:checksums";
    pub const COLUMN_BYTES: &str = "idq:column-bytes";
    pub const FOOTER_CHECKSUM: &str = "idq:footer-checksum";
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnPurpose {
    /// The values of a field.
    Value,
    /// Whether the record lacks the field.
    Missing,
    /// Whether a document is null.
    Null,
    /// The rank of each text among all texts of the field.
    Rank,
    /// The searchable texts of a document.
    Search,
    /// The hash of each record's bytes.
    RecordHash,
    /// The length of each record in bytes.
    RecordLength,
    /// The records' own bytes, in compressed blocks.
    RecordBlock,
}

/// How the elements of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnEncoding {
    Text,
    Uuid,
    Dictionary8,
    Dictionary16,
    Dictionary32,
    Timestamp,
    Boolean,
    Rank,
    Places,
    Hash,
    Length,
    Bytes,
}

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDescription {
    /// The dotted name of the field that it belongs to; empty for the records.
    pub field: String,
    pub role: ColumnPurpose,
    pub form: ColumnEncoding,
}

impl ColumnDescription {
    pub fn new(field: &str, role: ColumnPurpose, form: ColumnEncoding) -> Self {
        Self {
            field: field.to_owned(),
            role,
            form,
        }
    }

    /// The column's name in the file.
    pub fn name(&self) -> String {
        let field = &self.field;
        match self.role {
            ColumnPurpose::Value => field.clone(),
            ColumnPurpose::Missing => format!("idq:missing:{field}"),
            ColumnPurpose::Null => format!("idq:null:{field}"),
            ColumnPurpose::Rank => format!("idq:rank:{field}"),
            ColumnPurpose::Search => format!("idq:search:{field}"),
            ColumnPurpose::RecordHash => "idq:record-hash".to_owned(),
            ColumnPurpose::RecordLength => "idq:record-length".to_owned(),
            ColumnPurpose::RecordBlock => "idq:record-block".to_owned(),
        }
    }

    /// The type of a dictionary's codes.
    fn codes(&self) -> Option<DataType> {
        match self.form {
            ColumnEncoding::Dictionary8 => Some(DataType::UInt8),
            ColumnEncoding::Dictionary16 => Some(DataType::UInt16),
            ColumnEncoding::Dictionary32 => Some(DataType::UInt32),
            _ => None,
        }
    }

    pub fn is_dictionary(&self) -> bool {
        self.codes().is_some()
    }

    /// The column as Arrow describes it.
    pub fn arrow_field(&self) -> Field {
        let name = self.name();
        let nullable = self.role == ColumnPurpose::Value;
        let data_type = match self.form {
            ColumnEncoding::Text => DataType::Utf8,
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
            ColumnEncoding::Places => DataType::List(Arc::new(place_item())),
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

    /// The column as it is read: a dictionary's codes as numbers, which are stored in the same way.
    fn read_as(&self) -> Field {
        match self.codes() {
            Some(codes) => Field::new(self.name(), codes, true),
            None => self.arrow_field(),
        }
    }
}

/// An element of the list of a document's places.
pub fn place_item() -> Field {
    Field::new(
        "item",
        DataType::Struct(DocumentColumn::path_fields()),
        false,
    )
}

/// The columns of the records, which are the last ones of a file.
pub fn record_columns() -> [ColumnDescription; 3] {
    [
        ColumnDescription::new("", ColumnPurpose::RecordHash, ColumnEncoding::Hash),
        ColumnDescription::new("", ColumnPurpose::RecordLength, ColumnEncoding::Length),
        ColumnDescription::new("", ColumnPurpose::RecordBlock, ColumnEncoding::Bytes),
    ]
}

/// The schema of a file.
pub fn schema(columns: &[ColumnDescription], metadata: HashMap<String, String>) -> Schema {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::arrow_field).collect();
    Schema::new_with_metadata(fields, metadata)
}

/// The schema by which its columns are read.
pub fn read_schema(columns: &[ColumnDescription]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::read_as).collect();
    Arc::new(Schema::new(fields))
}

/// How many buffers a column of a type has in a record batch.
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

/// How many arrays, itself and those within, a column of a type has.
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

/// A source, as the metadata tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceDescription {
    pub name: String,
    pub compression: String,
    /// Of the decompressed source.
    pub bytes: u64,
    pub records: u64,
    /// Of the file.
    pub size: Option<u64>,
    /// Of the file, RFC 3339.
    pub modified: Option<String>,
    /// Of a snapshot file: what that was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<SourceDescription>,
}

impl From<&SourceReport> for SourceDescription {
    fn from(source: &SourceReport) -> Self {
        Self {
            name: source.name.clone(),
            compression: source.compression.to_string(),
            bytes: source.bytes,
            records: source.records,
            size: source.size,
            modified: source.modified.map(|modified| {
                let since = modified.duration_since(std::time::UNIX_EPOCH).ok();
                let microseconds = since.map_or(0, |since| since.as_micros() as i64);
                idq_grammar::date::format_timestamp(microseconds)
            }),
            sources: source.packed_from.iter().map(Into::into).collect(),
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
            name: source.name,
            bytes: source.bytes,
            records: source.records,
            size: source.size,
            modified: modified.and_then(|instant| {
                let since = std::time::Duration::from_micros(u64::try_from(instant).ok()?);
                std::time::UNIX_EPOCH.checked_add(since)
            }),
            packed_from: source.sources.into_iter().map(Into::into).collect(),
        }
    }
}

/// What else is known of the load.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoadDescription {
    pub rejected: u64,
    pub repeated_ids: u64,
    pub dropped: u64,
    pub unknown_fields: Vec<String>,
    pub collection_url: Option<String>,
    /// The records' URLs imply several collections: no URL is then told from none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collection_urls_differ: bool,
}
