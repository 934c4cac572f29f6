//! Reading of the parts of a file. Each part is compared with its checksum when it is first read.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, ScalarBuffer};
use arrow_ipc::{Block, Message, MetadataVersion, RecordBatch, root_as_message};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use idq_columns::Dictionary;
use zstd::dict::DecoderDictionary;

use super::SnapshotFile;
use super::checksum::checksum;
use super::decode::{self, Damage};
use super::extents::extents;
use super::format::{ColumnDescription, ColumnPurpose, key};
use super::records::BatchRecords;
use crate::error::LoadError;

impl SnapshotFile {
    /// Returns the position of a column of a field.
    pub(crate) fn position(&self, field: usize, purpose: ColumnPurpose) -> Option<usize> {
        let name = self.api().column_name(field);
        self.metadata
            .columns
            .iter()
            .position(|column| column.field == name && column.purpose == purpose)
    }

    /// Returns the header and the body of a message, if the header has the checksum `sum`. Messages of dictionaries are
    /// numbered before those of batches.
    fn message(
        &self,
        number: usize,
        sum: u64,
        name: &str,
    ) -> Result<(Message<'_>, Buffer), LoadError> {
        let (header, body) = self.ranges_of(self.block(number), name)?;
        // The header is copied once, and compared with its checksum as a copy: a later write to the file cannot change
        // it.
        let header = match self.headers[number].get() {
            Some(header) => header,
            None => {
                let copy: Box<[u8]> = self.bytes[header].into();
                if checksum(&copy) != sum {
                    return Err(
                        self.damaged(format!("the header of {name} does not match its checksum"))
                    );
                }
                self.headers[number].get_or_init(|| copy)
            }
        };
        // The first eight bytes are the continuation marker and the length.
        let message = header
            .get(8..)
            .and_then(|message| root_as_message(message).ok())
            .filter(|message| message.version() == MetadataVersion::V5)
            .ok_or_else(|| self.damaged(format!("the header of {name} cannot be read")))?;
        Ok((
            message,
            self.bytes.slice_with_length(body.start, body.len()),
        ))
    }

    /// Returns the block of a message.
    fn block(&self, number: usize) -> &Block {
        let dictionaries = &self.footer.dictionaries;
        match number.checked_sub(dictionaries.len()) {
            None => &dictionaries[number],
            Some(batch) => &self.footer.batches[batch],
        }
    }

    /// Returns the ranges of the header and of the body of a message.
    fn ranges_of(
        &self,
        block: &Block,
        name: &str,
    ) -> Result<(Range<usize>, Range<usize>), LoadError> {
        let lost = || self.damaged(format!("{name} lies outside the file"));
        let number = |number: i64| usize::try_from(number).map_err(|_| lost());
        let start = number(block.offset())?;
        let middle = start.checked_add(number(i64::from(block.metaDataLength()))?);
        // Numbers of the footer may be negative, overflow, or lie beyond the file.
        let end = middle.and_then(|middle| middle.checked_add(number(block.bodyLength()).ok()?));
        let (Some(middle), Some(end)) = (middle, end) else {
            return Err(lost());
        };
        if end > self.bytes.len() {
            return Err(lost());
        }
        Ok((start..middle, middle..end))
    }

    /// Returns the header and the body of a batch, and the range of each column in the body.
    pub(crate) fn parts(
        &self,
        batch: usize,
    ) -> Result<(RecordBatch<'_>, Buffer, Vec<Range<usize>>), LoadError> {
        let name = format!("batch {batch}");
        let sum = self.checksum(self.first_checksum(batch))?;
        let (message, body) = self.message(self.footer.dictionaries.len() + batch, sum, &name)?;
        let header = message
            .header_as_record_batch()
            .ok_or_else(|| self.damaged(format!("{name} is not a record batch")))?;
        let parts = extents(header, &self.schema, body.len())
            .ok_or_else(|| self.damaged(format!("the buffers of {name} are not in order")))?;
        Ok((header, body, parts))
    }

    /// Returns the position of the checksum of a batch's header, which those of its columns follow.
    fn first_checksum(&self, batch: usize) -> usize {
        1 + 2 * self.footer.dictionaries.len() + batch * (1 + parts_of(&self.metadata.columns))
    }

    /// Reads a column of a batch.
    pub(crate) fn array(&self, batch: usize, column: usize) -> Result<ArrayRef, LoadError> {
        let name = || {
            format!(
                "column {} of batch {batch}",
                self.metadata.columns[column].name()
            )
        };
        let (header, body, parts) = self.parts(batch)?;
        // Only the part of this column is compared, so the others are not read.
        self.check_part(batch, column, &body[parts[column].clone()])?;
        let array = decode::column(header, &body, &self.schema, column)
            .map_err(|wrong| self.damaged(format!("{}: {wrong}", name())))?;
        if array.len() != self.metadata.rows[batch] as usize {
            return Err(self.damaged(format!("{} has another number of rows", name())));
        }
        Ok(array)
    }

    /// Compares the checksum of all record blocks of a batch. Reads of single records compare the hash of the record
    /// instead.
    pub(crate) fn check_record_blocks(&self, batch: usize) -> Result<(), LoadError> {
        let (_, body, parts) = self.parts(batch)?;
        let blocks = self.metadata.columns.len();
        if checksum(&body[parts[blocks].clone()])
            == self.checksum(self.first_checksum(batch) + 1 + blocks)?
        {
            return Ok(());
        }
        Err(self.damaged(format!(
            "the record blocks of batch {batch} do not match their checksum"
        )))
    }

    /// Returns whether the current bytes of a dictionary have their checksums.
    pub(crate) fn has_dictionary(&self, index: usize) -> Result<bool, LoadError> {
        // The cached header is not used here: verification reads the file itself.
        let name = format!("dictionary {index}");
        let (header, body) = self.ranges_of(self.block(index), &name)?;
        let sums = [self.checksum(1 + 2 * index)?, self.checksum(2 + 2 * index)?];
        Ok([header, body].map(|part| checksum(&self.bytes[part])) == sums)
    }

    /// Returns whether the current bytes of a batch have their checksums.
    pub(crate) fn has_batch(&self, batch: usize) -> Result<bool, LoadError> {
        let number = self.footer.dictionaries.len() + batch;
        let (header, _) = self.ranges_of(self.block(number), &format!("batch {batch}"))?;
        let first = self.first_checksum(batch);
        // Without its header, the extents of the columns are unknown.
        if checksum(&self.bytes[header]) != self.checksum(first)? {
            return Ok(false);
        }
        let (_, body, parts) = self.parts(batch)?;
        for (part, sum) in parts.into_iter().zip(first + 1..) {
            if checksum(&body[part]) != self.checksum(sum)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the values of a dictionary.
    pub(crate) fn dictionary_values(&self, index: usize) -> Result<StringArray, LoadError> {
        let name = format!("dictionary {index}");
        let sum = self.checksum(1 + 2 * index)?;
        let (message, body) = self.message(index, sum, &name)?;
        let header = message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data())
            .ok_or_else(|| self.damaged(format!("{name} is not a dictionary batch")))?;
        if checksum(&body) != self.checksum(2 + 2 * index)? {
            return Err(self.damaged(format!("{name} does not match its checksum")));
        }
        let schema = decode::dictionary_schema();
        if extents(header, &schema, body.len()).is_none() {
            return Err(self.damaged(format!("the buffers of {name} are not in order")));
        }
        let values = decode::column(header, &body, &schema, 0)
            .map_err(|wrong| self.damaged(format!("{name}: {wrong}")))?;
        let values = values.as_string::<i32>().clone();
        if values.null_count() > 0 {
            return Err(self.damaged(format!("{name} has a null value")));
        }
        Ok(values)
    }

    /// Returns the dictionary of a field, which all chunks share.
    pub(crate) fn dictionary(
        &self,
        field: usize,
        column: usize,
    ) -> Result<Arc<Dictionary>, LoadError> {
        let cell = &self.dictionaries[field];
        if let Some(dictionary) = cell.get() {
            return Ok(Arc::clone(dictionary));
        }
        let index = self.dictionary_of(column);
        if index >= self.footer.dictionaries.len() {
            return Err(self.damaged(format!("dictionary {index} is missing")));
        }
        let read = Arc::new(Dictionary::new(self.dictionary_values(index)?));
        // If another thread was faster, all chunks share its dictionary.
        Ok(Arc::clone(cell.get_or_init(|| read)))
    }

    /// Returns the bits of a column of booleans, such as those of missing values; `None` if the file has no such
    /// column.
    pub(crate) fn bits(
        &self,
        batch: usize,
        field: usize,
        purpose: ColumnPurpose,
    ) -> Result<Option<BooleanBuffer>, LoadError> {
        let Some(column) = self.position(field, purpose) else {
            return Ok(None);
        };
        let array = self.array(batch, column)?;
        let values = array
            .as_boolean_opt()
            .ok_or_else(|| self.other_type(column))?;
        Ok(Some(values.values().clone()))
    }

    /// Returns the error of a column whose type is not the one in the list of columns.
    pub(crate) fn other_type(&self, column: usize) -> LoadError {
        self.damaged(format!(
            "column {} has another type than described",
            self.metadata.columns[column].name()
        ))
    }

    /// Returns the record columns of a batch. The checksums of the hashes, the lengths and the offsets are compared,
    /// but not that of the blocks, because then a read of one record would read all blocks.
    pub(crate) fn batch_records(&self, batch: usize) -> Result<&BatchRecords, LoadError> {
        let cell = self
            .records
            .get(batch)
            .ok_or_else(|| self.damaged(format!("there is no batch {batch}")))?;
        if let Some(records) = cell.get() {
            return Ok(records);
        }
        let [hashes, lengths, blocks] = self.record_columns();
        let (header, body, parts) = self.parts(batch)?;
        self.check_part(batch, blocks, &body[parts[blocks].clone()])?;
        let var_binary = decode::var_binary(header, &body, &self.schema, blocks)
            .map_err(|wrong| self.damaged(format!("the records of batch {batch}: {wrong}")))?;
        let records = BatchRecords {
            hashes: self.primitive::<UInt64Type>(batch, hashes)?,
            lengths: self.primitive::<UInt32Type>(batch, lengths)?,
            blocks: var_binary,
        };
        Ok(cell.get_or_init(|| records))
    }

    /// Returns the hash of each record of a batch, XXH3 of 64 bits, without decompressing a record.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn record_hashes(&self, batch: usize) -> Result<ScalarBuffer<u64>, LoadError> {
        Ok(self.batch_records(batch)?.hashes.clone())
    }

    /// Returns the hash of one record of a batch.
    pub(crate) fn record_hash(&self, batch: usize, row: usize) -> Result<u64, LoadError> {
        let hash = self.batch_records(batch)?.hashes.get(row).copied();
        hash.ok_or_else(|| self.damaged(format!("batch {batch} has no record {row}")))
    }

    /// Returns the number of bytes of the records of a batch.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn record_bytes(&self, batch: usize) -> Result<u64, LoadError> {
        let records = self.batch_records(batch)?;
        Ok(records.length(0..records.lengths.len()))
    }

    /// Returns the positions of the record columns: hashes, lengths, blocks. They are the last columns, as opening has
    /// checked.
    fn record_columns(&self) -> [usize; 3] {
        let end = self.metadata.columns.len();
        [end - 3, end - 2, end - 1]
    }

    /// Returns the values of a column of numbers.
    fn primitive<T: ArrowPrimitiveType>(
        &self,
        batch: usize,
        column: usize,
    ) -> Result<ScalarBuffer<T::Native>, LoadError> {
        let array = self.array(batch, column)?;
        let values = array.as_primitive_opt::<T>();
        // A number that is null would be read as an arbitrary value.
        let values = values.filter(|values| values.null_count() == 0);
        let values = values.ok_or_else(|| self.other_type(column))?;
        Ok(values.values().clone())
    }

    /// Returns the position of a column's dictionary: dictionaries are in the order of their columns.
    fn dictionary_of(&self, column: usize) -> usize {
        let before = self.metadata.columns[..column].iter();
        before.filter(|column| column.is_dictionary()).count()
    }

    /// Compares the checksum of a column of a batch.
    fn check_part(&self, batch: usize, column: usize, part: &[u8]) -> Result<(), LoadError> {
        if checksum(part) == self.checksum(self.first_checksum(batch) + 1 + column)? {
            return Ok(());
        }
        let name = self.metadata.columns[column].name();
        Err(self.damaged(format!(
            "column {name} of batch {batch} does not match its checksum"
        )))
    }

    /// Returns the zstd dictionary of the record blocks, which is prepared when the first record is read.
    pub(crate) fn record_dictionary(&self) -> Result<&DecoderDictionary<'static>, Damage> {
        if let Some(dictionary) = self.record_dictionary.get() {
            return Ok(dictionary);
        }
        let text = self.footer.value(key::RECORD_DICTIONARY);
        let bytes = STANDARD.decode(text.unwrap_or_default());
        let bytes = bytes.map_err(|_| "the dictionary of the records is not base64")?;
        let prepared = DecoderDictionary::try_copy(&bytes)
            .map_err(|_| "the dictionary of the records is not a zstd dictionary")?;
        Ok(self.record_dictionary.get_or_init(|| prepared))
    }
}

/// Returns the number of parts of a batch that have a checksum: see [`extents`].
pub(crate) fn parts_of(columns: &[ColumnDescription]) -> usize {
    columns.len() + 1
}
