//! Opens a file and reads what is asked for, checking each part when it is first read.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow_array::cast::AsArray;
use arrow_array::types::{TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{Array, ArrayRef, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_ipc::{Block, Message, MetadataVersion, RecordBatch, root_as_message};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idq_api::Api;
use idq_columns::{
    BooleanColumn, Codes, Column, Dictionary, DocumentColumn, KeywordColumn, Malformed, TextColumn,
    TimestampColumn,
};
use idq_engine::Statistics;
use idq_load::{LoadError, LoadErrorKind, Packed, PackedFacts, PackedReader, Snapshot};
use memmap2::Mmap;
use zstd::dict::DecoderDictionary;

use crate::checksum::checksum;
use crate::decode::{self, Frames};
use crate::footer::Footer;
use crate::format::{
    ColumnDescription, FORMAT, Form, LoadDescription, MAGIC, Role, SourceDescription, key,
    read_schema,
};
use crate::message::extents;
use crate::records::{FrameReader, prepare};
use crate::statistics::StatisticsDescription;

/// A snapshot file, mapped.
///
/// Opening reads the footer. Everything else is read when somebody asks for it, and checked then against its checksum,
/// so that what is damaged is refused and the rest is of use.
pub struct PackedFile {
    path: PathBuf,
    bytes: Buffer,
    api: &'static Api,
    footer: Footer,
    rows: Vec<u32>,
    columns: Vec<ColumnDescription>,
    schema: SchemaRef,
    checksums: Vec<u64>,
    /// For each field the dictionary of its values, once it has been read.
    dictionaries: Vec<OnceLock<Arc<Dictionary>>>,
    record_dictionary: OnceLock<DecoderDictionary<'static>>,
}

impl fmt::Debug for PackedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Whether a file starts as an Arrow file does.
pub fn is_packed(path: &Path) -> bool {
    use std::io::Read;
    let mut magic = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *MAGIC
}

/// Opens a snapshot file.
///
/// The file is mapped: it must not be written to while it is open, which [`pack`](crate::pack) never does, as it
/// replaces files as a whole.
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
        let file = File::open(path).map_err(failed)?;
        // SAFETY: the map is read only. That nobody else writes to the file meanwhile cannot be enforced; it is said in
        // the documentation, and `idq` itself replaces snapshot files as a whole.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        let bytes = Buffer::from(bytes::Bytes::from_owner(map));
        Self::from_bytes(path, bytes)
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
            .map(|range| &bytes[range])
            .ok_or_else(|| damaged("it has no end: it is cut off"))?;
        let footer = Footer::read(footer_bytes).map_err(damaged)?;
        if !footer.metadata.contains_key(key::FORMAT) {
            return Err(fail(LoadErrorKind::NotASnapshot));
        }
        if !footer.is_intact(footer_bytes) {
            return Err(damaged("the footer does not have its checksum"));
        }
        let metadata = |name: &str| {
            let value = footer.metadata.get(name);
            value.ok_or_else(|| damaged(&format!("{name} is missing")))
        };
        let format = metadata(key::FORMAT)?;
        if format.parse() != Ok(FORMAT) {
            let kind = LoadErrorKind::NewerFormat {
                found: format.clone(),
                known: FORMAT,
            };
            return Err(fail(kind));
        }
        let api = metadata(key::API)?;
        let api = idq_api::by_name(api)
            .ok_or_else(|| damaged(&format!("its API is {}", idq_grammar::escape(api))))?;
        let numbers = |name: &str| -> Result<Vec<u8>, LoadError> {
            let bytes = STANDARD.decode(metadata(name)?);
            bytes.map_err(|_| damaged(&format!("{name} is not base64")))
        };
        let rows: Vec<u32> = numbers(key::BATCH_ROWS)?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes))
            .collect();
        let checksums: Vec<u64> = numbers(key::CHECKSUMS)?
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u64::from_le_bytes(*bytes))
            .collect();
        let columns: Vec<ColumnDescription> = serde_json::from_str(metadata(key::COLUMNS)?)
            .map_err(|_| damaged("the list of columns cannot be read"))?;
        let expected =
            1 + 2 * footer.dictionaries.len() + (1 + parts_of(&columns)) * footer.batches.len();
        let is_last = columns
            .iter()
            .position(|column| column.role == Role::Record)
            .is_some_and(|position| position + 1 == columns.len());
        if !is_last {
            return Err(damaged("the records are not its last column"));
        }
        let all_rows = rows
            .iter()
            .try_fold(0u32, |sum, &rows| sum.checked_add(rows));
        if checksums.len() != expected || rows.len() != footer.batches.len() || all_rows.is_none() {
            return Err(damaged("the footer contradicts itself"));
        }
        Ok(Self {
            path: path.to_owned(),
            bytes,
            api,
            rows,
            schema: read_schema(&columns),
            columns,
            checksums,
            dictionaries: (0..api.fields.len()).map(|_| OnceLock::new()).collect(),
            record_dictionary: OnceLock::new(),
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
        Ok(Snapshot::from_packed(self.api, self, facts))
    }

    /// What the fields hold, as it was worked out when the file was packed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn statistics(&self) -> Result<Statistics, LoadError> {
        let described: StatisticsDescription = self.json(key::STATISTICS)?;
        Ok(described.into_statistics(self.api))
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

    /// How many bytes the file has.
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, LoadError> {
        let text = self.footer.metadata.get(name).map_or("", String::as_str);
        serde_json::from_str(text).map_err(|_| self.damaged(format!("{name} cannot be read")))
    }

    pub(crate) fn damaged(&self, what: String) -> LoadError {
        LoadError::of(
            &self.path.display().to_string(),
            LoadErrorKind::Damaged(what),
        )
    }

    pub(crate) fn bytes(&self) -> &Buffer {
        &self.bytes
    }

    pub(crate) fn footer(&self) -> &Footer {
        &self.footer
    }

    pub(crate) fn columns(&self) -> &[ColumnDescription] {
        &self.columns
    }

    /// Where the messages end: behind that come the end mark of eight bytes and the footer.
    pub(crate) fn messages_end(&self) -> usize {
        // Eight bytes end the messages.
        footer_range(&self.bytes).map_or(0, |footer| footer.start.saturating_sub(8))
    }

    /// The checksum of the file's head.
    pub(crate) fn head_checksum(&self) -> u64 {
        self.checksums[0]
    }

    /// The position of a column of a field.
    fn position(&self, field: usize, role: Role) -> Option<usize> {
        let name = self.api.fields.get(field)?.name;
        self.columns
            .iter()
            .position(|column| column.field == name && column.role == role)
    }

    /// The header and the body of a message, where the header has this checksum.
    fn message(
        &self,
        block: &Block,
        sum: u64,
        what: &str,
    ) -> Result<(Message<'_>, Buffer), LoadError> {
        let lost = || self.damaged(format!("{what} lies outside the file"));
        let number = |number: i64| usize::try_from(number).map_err(|_| lost());
        let start = number(block.offset())?;
        let middle = start.checked_add(number(i64::from(block.metaDataLength()))?);
        let end = middle.and_then(|middle| middle.checked_add(number(block.bodyLength()).ok()?));
        let (Some(middle), Some(end)) = (middle, end) else {
            return Err(lost());
        };
        let header = self.bytes.get(start..middle).ok_or_else(lost)?;
        if end > self.bytes.len() {
            return Err(lost());
        }
        if checksum(header) != sum {
            return Err(self.damaged(format!("the header of {what} does not have its checksum")));
        }
        // Eight bytes say that a message follows, and how long it is.
        let message = header
            .get(8..)
            .and_then(|message| root_as_message(message).ok())
            .filter(|message| message.version() == MetadataVersion::V5)
            .ok_or_else(|| self.damaged(format!("the header of {what} cannot be read")))?;
        Ok((message, self.bytes.slice_with_length(middle, end - middle)))
    }

    /// The header and the body of a batch, and for each column its part of the body.
    fn parts(
        &self,
        batch: usize,
    ) -> Result<(RecordBatch<'_>, Buffer, Vec<Range<usize>>), LoadError> {
        let what = format!("batch {batch}");
        let sum = self.checksums[self.first_checksum(batch)];
        let (message, body) = self.message(&self.footer.batches[batch], sum, &what)?;
        let header = message
            .header_as_record_batch()
            .ok_or_else(|| self.damaged(format!("{what} is none")))?;
        let parts = extents(header, &self.schema, body.len())
            .ok_or_else(|| self.damaged(format!("the buffers of {what} are not in order")))?;
        Ok((header, body, parts))
    }

    /// The position of the checksum of a batch's header; those of its columns follow.
    fn first_checksum(&self, batch: usize) -> usize {
        1 + 2 * self.footer.dictionaries.len() + batch * (1 + parts_of(&self.columns))
    }

    /// A column of a batch.
    pub(crate) fn array(&self, batch: usize, column: usize) -> Result<ArrayRef, LoadError> {
        let name = || format!("column {} of batch {batch}", self.columns[column].name());
        let (header, body, parts) = self.parts(batch)?;
        self.check_part(batch, column, &body[parts[column].clone()])?;
        let array = decode::column(header, &body, &self.schema, column)
            .map_err(|wrong| self.damaged(format!("{}: {wrong}", name())))?;
        if array.len() != self.rows[batch] as usize {
            return Err(self.damaged(format!("{} is not of all rows", name())));
        }
        Ok(array)
    }

    /// Compares the checksum of all records of a batch. Whoever reads one record does without: each has one of its own.
    pub(crate) fn check_records(&self, batch: usize) -> Result<(), LoadError> {
        let (_, body, parts) = self.parts(batch)?;
        let last = self.columns.len();
        if checksum(&body[parts[last].clone()])
            == self.checksums[self.first_checksum(batch) + 1 + last]
        {
            return Ok(());
        }
        Err(self.damaged(format!(
            "the records of batch {batch} do not have their checksum"
        )))
    }

    /// The values of one of the dictionaries.
    pub(crate) fn dictionary_values(&self, index: usize) -> Result<StringArray, LoadError> {
        let what = format!("dictionary {index}");
        let (message, body) = self.message(
            &self.footer.dictionaries[index],
            self.checksums[1 + 2 * index],
            &what,
        )?;
        if checksum(&body) != self.checksums[2 + 2 * index] {
            return Err(self.damaged(format!("{what} does not have its checksum")));
        }
        let header = message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data())
            .ok_or_else(|| self.damaged(format!("{what} is none")))?;
        let schema = Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]));
        if extents(header, &schema, body.len()).is_none() {
            return Err(self.damaged(format!("the buffers of {what} are not in order")));
        }
        let values = decode::column(header, &body, &schema, 0)
            .map_err(|wrong| self.damaged(format!("{what}: {wrong}")))?;
        let values = values.as_string::<i32>().clone();
        if values.null_count() > 0 {
            return Err(self.damaged(format!("{what} has no text for some code")));
        }
        Ok(values)
    }

    /// The dictionary of a field: dictionaries stand in the order of the columns that have one.
    fn dictionary(&self, field: usize, column: usize) -> Result<Arc<Dictionary>, LoadError> {
        let cell = &self.dictionaries[field];
        if let Some(dictionary) = cell.get() {
            return Ok(Arc::clone(dictionary));
        }
        let before = self.columns[..column].iter();
        let index = before.filter(|column| column.is_dictionary()).count();
        if index >= self.footer.dictionaries.len() {
            return Err(self.damaged(format!("dictionary {index} is missing")));
        }
        let read = Arc::new(Dictionary::new(self.dictionary_values(index)?));
        // All chunks must share one: if another thread was faster, its is the one.
        Ok(Arc::clone(cell.get_or_init(|| read)))
    }

    fn bits(
        &self,
        chunk: usize,
        field: usize,
        role: Role,
    ) -> Result<Option<BooleanBuffer>, LoadError> {
        let Some(column) = self.position(field, role) else {
            return Ok(None);
        };
        let array = self.array(chunk, column)?;
        let values = array
            .as_boolean_opt()
            .ok_or_else(|| self.other_type(column))?;
        Ok(Some(values.values().clone()))
    }

    fn other_type(&self, column: usize) -> LoadError {
        self.damaged(format!(
            "column {} is of another type",
            self.columns[column].name()
        ))
    }

    /// The compressed records of a batch.
    pub(crate) fn frames(&self, batch: usize) -> Result<Frames, LoadError> {
        let column = self.columns.len() - 1;
        let (header, body, parts) = self.parts(batch)?;
        self.check_part(batch, column, &body[parts[column].clone()])?;
        decode::frames(header, &body, &self.schema, column)
            .map_err(|wrong| self.damaged(format!("the records of batch {batch}: {wrong}")))
    }

    /// Compares the checksum of a column of a batch.
    fn check_part(&self, batch: usize, column: usize, part: &[u8]) -> Result<(), LoadError> {
        if checksum(part) == self.checksums[self.first_checksum(batch) + 1 + column] {
            return Ok(());
        }
        let name = self.columns[column].name();
        Err(self.damaged(format!(
            "column {name} of batch {batch} does not have its checksum"
        )))
    }

    /// What records are decompressed with.
    pub(crate) fn record_dictionary(&self) -> Result<&DecoderDictionary<'static>, LoadError> {
        if let Some(dictionary) = self.record_dictionary.get() {
            return Ok(dictionary);
        }
        let text = self.footer.metadata.get(key::RECORD_DICTIONARY);
        let bytes = STANDARD
            .decode(text.map_or("", String::as_str))
            .map_err(|_| self.damaged(format!("{} is not base64", key::RECORD_DICTIONARY)))?;
        Ok(self.record_dictionary.get_or_init(|| prepare(&bytes)))
    }
}

/// How many parts of a batch have a checksum: see [`extents`].
fn parts_of(columns: &[ColumnDescription]) -> usize {
    columns.len() + 1
}

/// Where the footer is.
pub(crate) fn footer_range(bytes: &[u8]) -> Option<Range<usize>> {
    let rest = bytes.strip_suffix(MAGIC)?;
    let (rest, length) = rest.split_last_chunk::<4>()?;
    let length = usize::try_from(i32::from_le_bytes(*length)).ok()?;
    Some(rest.len().checked_sub(length)?..rest.len())
}

impl Packed for PackedFile {
    fn rows(&self) -> &[u32] {
        &self.rows
    }

    fn has_column(&self, field: usize) -> bool {
        self.position(field, Role::Value)
            .or(self.position(field, Role::Search))
            .is_some()
    }

    fn column(&self, chunk: usize, field: usize) -> Result<Column, LoadError> {
        let position = self.position(field, Role::Value);
        let Some(position) = position.or(self.position(field, Role::Search)) else {
            return Err(self.damaged(format!("field {field} is not packed")));
        };
        let array = self.array(chunk, position)?;
        let missing = self.bits(chunk, field, Role::Missing)?;
        let other_type = || self.other_type(position);
        let malformed = |Malformed(what): Malformed| {
            self.damaged(format!(
                "column {} of batch {chunk}: {what}",
                self.columns[position].name()
            ))
        };
        Ok(match self.columns[position].form {
            Form::Text => {
                let values = array.as_string_opt::<i32>().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_strings(values.clone(), missing).map_err(malformed)?)
            }
            Form::Uuid => {
                let values = array.as_fixed_size_binary_opt().ok_or_else(other_type)?;
                Column::Text(TextColumn::from_uuids(values, missing).map_err(malformed)?)
            }
            Form::Dictionary8 | Form::Dictionary16 | Form::Dictionary32 => {
                let codes = codes(&array).ok_or_else(other_type)?;
                let nulls = array.nulls().cloned();
                let dictionary = self.dictionary(field, position)?;
                let column = KeywordColumn::from_codes(codes, nulls, dictionary, missing);
                Column::Keyword(column.map_err(malformed)?)
            }
            Form::Timestamp => {
                let values = array.as_primitive_opt::<TimestampMicrosecondType>();
                let values = values.ok_or_else(other_type)?;
                let column = TimestampColumn::from_instants(values, missing);
                Column::Timestamp(column.map_err(malformed)?)
            }
            Form::Boolean => {
                let values = array.as_boolean_opt().ok_or_else(other_type)?;
                Column::Boolean(
                    BooleanColumn::from_values(values.clone(), missing).map_err(malformed)?,
                )
            }
            Form::Places => {
                let lists = array.as_list_opt::<i32>().ok_or_else(other_type)?;
                let nulls = self.bits(chunk, field, Role::Null)?;
                let rows = self.rows[chunk] as usize;
                let absent = match (&nulls, &missing) {
                    (Some(nulls), Some(missing)) => Some(nulls | missing),
                    (one, other) => one.clone().or_else(|| other.clone()),
                };
                let valid = absent.map(|absent| NullBuffer::new(!&absent));
                if rows == 0 {
                    return Err(malformed(Malformed("a batch without rows")));
                }
                let places = lists.value(0);
                let places = places.as_struct_opt().ok_or_else(other_type)?;
                let column = DocumentColumn::from_places(places, rows, valid, missing);
                Column::Document(column.map_err(malformed)?)
            }
            Form::Rank | Form::Bytes => return Err(other_type()),
        })
    }

    fn ranks(&self, chunk: usize, field: usize) -> Result<Option<ScalarBuffer<u32>>, LoadError> {
        let Some(column) = self.position(field, Role::Rank) else {
            return Ok(None);
        };
        let array = self.array(chunk, column)?;
        let ranks = array.as_primitive_opt::<UInt32Type>();
        Ok(Some(
            ranks
                .ok_or_else(|| self.other_type(column))?
                .values()
                .clone(),
        ))
    }

    fn reader(&self) -> Box<dyn PackedReader + '_> {
        Box::new(FrameReader::new(self))
    }

    fn column_bytes(&self) -> u64 {
        let dictionaries = self.footer.dictionaries.iter();
        let shared: i64 = dictionaries.map(Block::bodyLength).sum();
        let of_batches: usize = (0..self.rows.len())
            .filter_map(|batch| self.parts(batch).ok())
            .flat_map(|(_, _, parts)| self.columns.iter().zip(parts))
            .filter(|(column, _)| column.role != Role::Record)
            .map(|(_, part)| part.len())
            .sum();
        shared.max(0) as u64 + of_batches as u64
    }
}

/// The codes of a dictionary, which are read as numbers.
fn codes(array: &ArrayRef) -> Option<Codes> {
    Some(match array.data_type() {
        DataType::UInt8 => Codes::Bytes(array.as_primitive_opt::<UInt8Type>()?.values().clone()),
        DataType::UInt16 => Codes::Shorts(array.as_primitive_opt::<UInt16Type>()?.values().clone()),
        DataType::UInt32 => Codes::Words(array.as_primitive_opt::<UInt32Type>()?.values().clone()),
        _ => return None,
    })
}
