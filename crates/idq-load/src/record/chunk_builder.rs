//! The builder of one chunk: columns, locations and observed facts, record by record.
//!
//! All parsers add the values of a record by [`ChunkBuilder::push`], so that values are checked in one place.

use std::ops::Range;
use std::sync::Arc;

use idq_api::Kind;
use idq_columns::{Column, DocumentBuilder, TextBuilder};
use idq_grammar::date::{RecordDate, RecordDates, is_timestamp, parse_timestamp};
use idq_json::{Scalar, Text};
use idq_snapshot::{CollectionUrl, RecordErrorKind, SpillFile, UnknownFields};

use super::error::wrong_type;
use super::field_builder::{FieldBuilder, with_decoded};
use super::field_value::{FieldValue, FieldValues};
use super::object_presence::DescribedObject;
use super::parsed_chunk::ParsedChunk;
use super::schema::{Schema, is_id};
use super::shape_reader::ShapeState;

/// Builds one chunk.
///
/// A record is added in three steps: the parser adds the texts of documents and undocumented keys while it parses;
/// [`push`] adds the values of all fields, or fails; [`add_location`] adds the byte range. After a failure,
/// [`restart_record`] removes the additions.
///
/// [`push`]: Self::push
/// [`add_location`]: Self::add_location
/// [`restart_record`]: Self::restart_record
#[derive(Debug)]
pub(crate) struct ChunkBuilder {
    /// The builder of each column of the API.
    pub(super) fields: Vec<FieldBuilder>,
    /// The undocumented keys of the current record that are new to the chunk.
    record_unknown_keys: UnknownFields,
    /// The dotted path of an undocumented key, kept for its allocation.
    unknown_key: String,
    /// The state of the shape reader for this chunk.
    pub(super) shape_state: ShapeState,
    /// The instants of the current record, in the order of [`Schema::timestamp_columns`]; `None` for no value.
    instants: Vec<Option<i64>>,
    /// The dates of the current record that were read otherwise than RFC 3339 spells them.
    read_dates: ReadDates,
    /// The spelling of the last record's own URL up to the id, and whether the URL has escapes; `None` if the next URL
    /// must be compared as text.
    self_link_start: Option<(Box<str>, bool)>,
    /// The offset of the bytes that are being parsed, relative to the bytes of the chunk.
    base: usize,
    /// The finished parts of the chunk: everything but its columns.
    pub(super) parsed: ParsedChunk,
    /// The fields that are documents.
    documents: Arc<[usize]>,
    /// The objects whose columns of presence are completed at the end.
    objects: Arc<[DescribedObject]>,
    /// The file for finished columns; `None` to keep them in memory.
    spill: Option<Arc<SpillFile>>,
}

/// The failure of a record whose field holds a value of another kind.
pub(crate) struct WrongField {
    /// The position of the field in the API's description.
    pub(crate) field: usize,
    /// The error, with the expected kind and the value.
    pub(crate) kind: RecordErrorKind,
}

impl ChunkBuilder {
    /// Creates the builder of an empty chunk.
    pub(crate) fn new(schema: &Schema) -> Self {
        let columns = schema.wanted.iter().enumerate();
        Self {
            fields: columns
                .map(|(column, &is_wanted)| {
                    if is_wanted && column == schema.api.id {
                        return FieldBuilder::Text(TextBuilder::for_distinct());
                    }
                    let kind = schema.api.column_kind(column);
                    FieldBuilder::new(kind, is_wanted, schema.document_paths(column))
                })
                .collect(),
            record_unknown_keys: UnknownFields::default(),
            unknown_key: String::new(),
            shape_state: ShapeState::default(),
            instants: Vec::new(),
            read_dates: ReadDates::default(),
            self_link_start: None,
            base: 0,
            parsed: ParsedChunk::default(),
            documents: Arc::clone(&schema.documents),
            objects: Arc::clone(&schema.objects),
            spill: schema.spill.clone(),
        }
    }

    /// Returns the number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.parsed.id_hashes.len()
    }

    /// Returns the builder of a document's text; `None` if the field does not become a column.
    pub(crate) fn document_builder(&mut self, field: usize) -> Option<&mut DocumentBuilder> {
        self.fields[field].as_document()
    }

    /// Sets the offset of the bytes that are parsed next, relative to the bytes of the chunk.
    pub(crate) fn set_base(&mut self, base: usize) {
        self.base = base;
    }

    /// Adds the byte range of a record whose fields were added. A chunk spans far less than 4 GiB.
    pub(crate) fn add_location(&mut self, start: usize, end: usize) {
        let chunk = &mut self.parsed.chunk;
        chunk.offsets.push((self.base + start) as u32);
        chunk.lengths.push((end - start) as u32);
    }

    /// Returns the byte ranges of the records from row `row`, relative to the base of their run.
    pub(crate) fn ranges_from(&self, row: usize) -> Vec<Range<usize>> {
        self.parsed.chunk.ranges_from(row).collect()
    }

    /// Removes the additions of a record that was not pushed.
    pub(crate) fn restart_record(&mut self) {
        self.record_unknown_keys.clear();
        for field in &mut self.fields {
            if let Some(builder) = field.as_document() {
                builder.restart_row();
            }
        }
    }

    /// Adds an undocumented key of the current record.
    pub(super) fn add_unknown_key(&mut self, path: String) {
        if !self.parsed.unknown_fields.contains(&path) {
            self.record_unknown_keys.insert(path);
        }
    }

    /// Adds an undocumented key of an object of the current record, by the object's dotted path and the key. A key that
    /// the chunk has is not allocated.
    pub(super) fn add_undocumented_key(&mut self, object: Option<&str>, key: &str) {
        let path = &mut self.unknown_key;
        path.clear();
        if let Some(object) = object {
            path.push_str(object);
            path.push('.');
        }
        path.push_str(key);
        if self.parsed.unknown_fields.would_add(path) {
            self.record_unknown_keys.insert(path.clone());
        }
    }

    /// Commits the undocumented keys of the record that was pushed.
    pub(super) fn commit_unknown_keys(&mut self) {
        let keys = std::mem::take(&mut self.record_unknown_keys);
        self.parsed.unknown_fields.extend(keys);
    }

    /// Adds the values of a record, or none of them if a field holds a value of another kind.
    ///
    /// Every field is checked, even without a column.
    pub(super) fn push<V: FieldValues + ?Sized>(
        &mut self,
        schema: &Schema,
        values: &V,
    ) -> Result<(), WrongField> {
        // All checks precede the first addition, so that a failed record adds nothing to any column.
        self.check_fields(schema, values)?;
        let link = schema.api.self_link.map(|field| values.get(field));
        // The decoded text is hashed and not its spelling, because ids with different escapes are equal.
        let id_hash = match values.get(schema.api.id) {
            FieldValue::Scalar(Scalar::String(id)) => {
                if let Some(FieldValue::Scalar(Scalar::String(link))) = link {
                    self.add_self_link(link, id);
                }
                schema.id_hasher.hash(&id.decode())
            }
            // The check has accepted a number.
            FieldValue::Scalar(Scalar::Number(id)) => schema.id_hasher.hash(id),
            FieldValue::Integer(id) => schema.id_hasher.hash(itoa::Buffer::new().format(id)),
            _ => {
                return Err(WrongField {
                    field: schema.api.id,
                    kind: RecordErrorKind::MissingId,
                });
            }
        };
        let row = self.rows();
        self.parsed.cut_values.add_record(schema, values, row);
        self.parsed.id_hashes.push(id_hash);
        self.commit_read_dates(schema);
        for (&field, &instant) in schema.timestamp_columns.iter().zip(&self.instants) {
            self.fields[field].push_timestamp(values.get(field), instant);
        }
        for &field in &schema.columns {
            self.fields[field].push(values.get(field));
        }
        for object in &*schema.objects {
            let presence = match values.get(object.column) {
                absent @ (FieldValue::Missing | FieldValue::NULL) => absent,
                _ => {
                    let mut fields = object.fields.iter();
                    let has_value = fields.any(|&field| values.get(field).is_value());
                    FieldValue::Scalar(Scalar::Boolean(has_value))
                }
            };
            self.fields[object.column].push(presence);
        }
        if let Some(undocumented) = schema.undocumented {
            self.fields[undocumented].push(FieldValue::Document);
        }
        Ok(())
    }

    /// Checks the kinds of all fields, and parses the timestamps that become columns into `instants`.
    fn check_fields<V: FieldValues + ?Sized>(
        &mut self,
        schema: &Schema,
        values: &V,
    ) -> Result<(), WrongField> {
        let are_timestamps_checked = self.parse_timestamps(schema, values);
        if V::ARE_KINDS_CHECKED && are_timestamps_checked {
            return Ok(());
        }
        // Fields are checked in order, so that the first wrong one is reported.
        for (field, description) in schema.api.fields.iter().enumerate() {
            if description.kind != Kind::Timestamp || !are_timestamps_checked {
                check_kind(schema, field, values.get(field))
                    .map_err(|kind| WrongField { field, kind })?;
            }
        }
        Ok(())
    }

    /// Parses the timestamps that become columns into `instants`. Returns whether these and all others are valid.
    #[inline]
    fn parse_timestamps<V: FieldValues + ?Sized>(&mut self, schema: &Schema, values: &V) -> bool {
        self.instants.clear();
        self.read_dates = ReadDates::default();
        for &field in &schema.timestamp_columns {
            let value = values.get(field);
            let parsed = match instant(value) {
                Some(instant) => Some(Some(instant)),
                None => self.read_dates.parse(&schema.dates, value),
            };
            match parsed {
                Some(instant) => self.instants.push(instant),
                None => return false,
            }
        }
        schema.checked_timestamps.iter().all(|&field| {
            let value = values.get(field);
            is_instant(value) || self.read_dates.parse(&schema.dates, value).is_some()
        })
    }

    /// Counts the dates of a record that was accepted.
    #[inline]
    fn commit_read_dates(&mut self, schema: &Schema) {
        let ReadDates { local, empty } = self.read_dates;
        if local + empty == 0 {
            return;
        }
        let read_values = &mut self.parsed.read_values;
        read_values.local_dates += local;
        read_values.empty_dates += empty;
        if local > 0 && read_values.time_zone.is_none() {
            read_values.time_zone = Some(schema.dates.time_zone.to_string());
        }
    }

    /// Adds a record's own URL to the collection URL. Most URLs have the same spelling up to the id as the previous
    /// one, which takes one comparison.
    #[inline]
    fn add_self_link(&mut self, link: Text<'_>, id: Text<'_>) {
        if let Some((start, is_escaped)) = &self.self_link_start
            && *is_escaped == link.is_escaped()
            && !id.is_escaped()
            && link.raw().strip_prefix(&**start) == Some(id.raw())
        {
            return;
        }
        let collection_url = &mut self.parsed.collection_url;
        collection_url.add(&link.decode(), &id.decode());
        let agrees = matches!(collection_url, CollectionUrl::Agree(_));
        let start = link.raw().strip_suffix(id.raw());
        // A start that ends with a slash cannot end inside an escape.
        let start = start.filter(|start| agrees && start.ends_with('/') && !id.is_escaped());
        self.self_link_start = start.map(|start| (start.into(), link.is_escaped()));
    }

    /// Finishes the columns.
    pub(crate) fn finish(self) -> ParsedChunk {
        let (mut parsed, spill) = (self.parsed, self.spill);
        let mut columns: Vec<Option<Column>> =
            self.fields.into_iter().map(FieldBuilder::finish).collect();
        for object in &*self.objects {
            object.complete(&mut columns);
        }
        parsed.cut_values.add_members(&self.documents, &columns);
        let spilled = |column| match &spill {
            Some(spill) => spill.column(column),
            None => column,
        };
        let columns = columns.into_iter();
        parsed.chunk.columns = columns
            .map(|column| column.map(|column| Box::new(spilled(column))))
            .collect();
        parsed
    }
}

/// Returns the instant of a timestamp field, in microseconds since the Unix epoch; 0 for null and missing values,
/// `None` for a value that is not a timestamp.
#[inline]
fn instant(value: FieldValue<'_>) -> Option<i64> {
    match value {
        FieldValue::Scalar(Scalar::String(text)) => {
            with_decoded(text, |text| parse_timestamp(text.as_bytes()))
        }
        FieldValue::Missing | FieldValue::NULL => Some(0),
        _ => None,
    }
}

/// Returns whether a timestamp field may hold a value: whether it has an [`instant`].
#[inline]
fn is_instant(value: FieldValue<'_>) -> bool {
    match value {
        FieldValue::Scalar(Scalar::String(text)) => {
            with_decoded(text, |text| is_timestamp(text.as_bytes()))
        }
        FieldValue::Missing | FieldValue::NULL => true,
        _ => false,
    }
}

/// The numbers of dates of a record that were read otherwise than RFC 3339 spells them.
#[derive(Debug, Clone, Copy, Default)]
struct ReadDates {
    /// The number of dates without a time zone.
    local: u64,
    /// The number of dates that are the empty text.
    empty: u64,
}

impl ReadDates {
    /// Parses a date in another form than RFC 3339: its instant, `Some(None)` for no value, and `None` for what is no
    /// date.
    #[cold]
    fn parse(&mut self, dates: &RecordDates, value: FieldValue<'_>) -> Option<Option<i64>> {
        let date = match value {
            FieldValue::Scalar(Scalar::String(text)) => dates.parse(&text.decode())?,
            FieldValue::Scalar(Scalar::Number(number)) => {
                RecordDate::Instant(dates.parse_number(number)?)
            }
            FieldValue::Integer(number) => {
                let number = dates.parse_number(itoa::Buffer::new().format(number))?;
                RecordDate::Instant(number)
            }
            _ => return None,
        };
        Some(match date {
            RecordDate::Instant(instant) => Some(instant),
            RecordDate::Local(instant) => {
                self.local += 1;
                Some(instant)
            }
            RecordDate::NoValue => {
                self.empty += 1;
                None
            }
        })
    }
}

/// Checks that a field may hold a value.
fn check_kind(schema: &Schema, field: usize, value: FieldValue<'_>) -> Result<(), RecordErrorKind> {
    let kind = schema.api.fields[field].kind;
    let is_number = matches!(
        value,
        FieldValue::Scalar(Scalar::Number(_)) | FieldValue::Integer(_)
    );
    let expected = match (kind, value) {
        (_, FieldValue::Missing | FieldValue::NULL)
        | (Kind::Text | Kind::Keyword, FieldValue::Scalar(Scalar::String(_)))
        | (Kind::Number, FieldValue::Scalar(Scalar::Number(_)) | FieldValue::Integer(_))
        | (Kind::Boolean, FieldValue::Scalar(Scalar::Boolean(_)))
        | (Kind::Document, _) => return Ok(()),
        (Kind::Timestamp, value) => {
            let is_date =
                is_instant(value) || ReadDates::default().parse(&schema.dates, value).is_some();
            if is_date {
                return Ok(());
            }
            expected_date(value)
        }
        (Kind::Text | Kind::Keyword, _) if is_number && schema.takes_numbers[field] => {
            return Ok(());
        }
        (Kind::Text | Kind::Keyword, _) if is_number && is_id(&schema.api.fields[field].name) => {
            "a string (`--ids as-text` reads numbers)"
        }
        (Kind::Number, _) => "a number",
        (Kind::Boolean, _) => "true or false",
        _ => "a string",
    };
    Err(wrong_type(expected, value))
}

/// Returns what a timestamp field expects instead of a value, with the option that would read the value.
fn expected_date(value: FieldValue<'_>) -> &'static str {
    let spelling = match value {
        FieldValue::Scalar(Scalar::String(text)) => text.decode().into_owned(),
        FieldValue::Scalar(Scalar::Number(number)) => number.to_owned(),
        FieldValue::Integer(number) => number.to_string(),
        _ => return "a date-time in a string",
    };
    match RecordDates::form_of(&spelling) {
        Some("dotnet") => "an RFC 3339 date-time (`--dates dotnet` reads this form)",
        Some("epoch-s") => "an RFC 3339 date-time (`--dates epoch-s` reads seconds since 1970)",
        Some(_) => "an RFC 3339 date-time (`--dates epoch-ms` reads milliseconds since 1970)",
        None => "an RFC 3339 date-time such as 2026-01-31T09:30:00Z",
    }
}
