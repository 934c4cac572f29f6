//! The names and numbers of the format: see docs/snapshot-format.md.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use idq_columns::DocumentColumn;
use idq_snapshot::{Compression, SourceReport};
use serde::{Deserialize, Serialize};

/// The format that this version writes, and the one that it reads.
pub(crate) const FORMAT: u32 = 3;

pub(crate) use idq_snapshot::ARROW_MAGIC as MAGIC;

/// What stands behind the last message.
pub(crate) const END: &[u8; 8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];

/// Buffers start at multiples of this.
pub(crate) const ALIGNMENT: usize = 64;

/// Keys of the schema's metadata.
pub(crate) mod key {
    pub(crate) const FORMAT: &str = "idq:format";
    pub(crate) const VERSION: &str = "idq:version";
    pub(crate) const API: &str = "idq:api";
    pub(crate) const ROWS: &str = "idq:rows";
    pub(crate) const SOURCES: &str = "idq:sources";
    pub(crate) const COLUMNS: &str = "idq:columns";
    pub(crate) const LOAD: &str = "idq:load";
    pub(crate) const STATISTICS: &str = "idq:statistics";
    pub(crate) const RECORD_DICTIONARY: &str = "idq:record-dictionary";

    // Of the footer's metadata.
    pub(crate) const BATCH_ROWS: &str = "idq:batch-rows";
    pub(crate) const CHECKSUMS: &str = "idq:checksums";
    pub(crate) const COLUMN_BYTES: &str = "idq:column-bytes";
    pub(crate) const FOOTER_CHECKSUM: &str = "idq:footer-checksum";
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
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
pub(crate) enum Form {
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
pub(crate) struct ColumnDescription {
    /// The dotted name of the field that it belongs to; empty for the records.
    pub(crate) field: String,
    pub(crate) role: Role,
    pub(crate) form: Form,
}

impl ColumnDescription {
    pub(crate) fn new(field: &str, role: Role, form: Form) -> Self {
        Self {
            field: field.to_owned(),
            role,
            form,
        }
    }

    /// The column's name in the file.
    pub(crate) fn name(&self) -> String {
        let field = &self.field;
        match self.role {
            Role::Value => field.clone(),
            Role::Missing => format!("idq:missing:{field}"),
            Role::Null => format!("idq:null:{field}"),
            Role::Rank => format!("idq:rank:{field}"),
            Role::Search => format!("idq:search:{field}"),
            Role::RecordHash => "idq:record-hash".to_owned(),
            Role::RecordLength => "idq:record-length".to_owned(),
            Role::RecordBlock => "idq:record-block".to_owned(),
        }
    }

    /// The type of a dictionary's codes.
    fn codes(&self) -> Option<DataType> {
        match self.form {
            Form::Dictionary8 => Some(DataType::UInt8),
            Form::Dictionary16 => Some(DataType::UInt16),
            Form::Dictionary32 => Some(DataType::UInt32),
            _ => None,
        }
    }

    pub(crate) fn is_dictionary(&self) -> bool {
        self.codes().is_some()
    }

    /// The column as Arrow describes it.
    pub(crate) fn arrow_field(&self) -> Field {
        let name = self.name();
        let nullable = self.role == Role::Value;
        let data_type = match self.form {
            Form::Text => DataType::Utf8,
            Form::Uuid => {
                let extension = ("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned());
                return Field::new(name, DataType::FixedSizeBinary(16), nullable)
                    .with_metadata(HashMap::from([extension]));
            }
            Form::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Form::Boolean => DataType::Boolean,
            Form::Rank | Form::Length => DataType::UInt32,
            Form::Hash => DataType::UInt64,
            Form::Places => DataType::List(Arc::new(place_item())),
            Form::Bytes => DataType::Binary,
            Form::Dictionary8 | Form::Dictionary16 | Form::Dictionary32 => {
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
pub(crate) fn place_item() -> Field {
    Field::new(
        "item",
        DataType::Struct(DocumentColumn::path_fields()),
        false,
    )
}

/// The columns of the records, which are the last ones of a file.
pub(crate) fn record_columns() -> [ColumnDescription; 3] {
    [
        ColumnDescription::new("", Role::RecordHash, Form::Hash),
        ColumnDescription::new("", Role::RecordLength, Form::Length),
        ColumnDescription::new("", Role::RecordBlock, Form::Bytes),
    ]
}

/// The schema of a file.
pub(crate) fn schema(columns: &[ColumnDescription], metadata: HashMap<String, String>) -> Schema {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::arrow_field).collect();
    Schema::new_with_metadata(fields, metadata)
}

/// The schema by which its columns are read.
pub(crate) fn read_schema(columns: &[ColumnDescription]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(ColumnDescription::read_as).collect();
    Arc::new(Schema::new(fields))
}

/// How many buffers a column of a type has in a record batch.
pub(crate) fn buffers_of(data_type: &DataType) -> usize {
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
pub(crate) fn nodes_of(data_type: &DataType) -> usize {
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
pub(crate) struct SourceDescription {
    pub(crate) name: String,
    pub(crate) compression: String,
    /// Of the decompressed source.
    pub(crate) bytes: u64,
    pub(crate) records: u64,
    /// Of the file.
    pub(crate) size: Option<u64>,
    /// Of the file, RFC 3339.
    pub(crate) modified: Option<String>,
    /// Of a snapshot file: what that was made from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sources: Vec<SourceDescription>,
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
pub(crate) struct LoadDescription {
    pub(crate) rejected: u64,
    pub(crate) repeated_ids: u64,
    pub(crate) dropped: u64,
    pub(crate) unknown_fields: Vec<String>,
    pub(crate) collection_url: Option<String>,
}
