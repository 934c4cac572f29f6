//! Encodes a record batch as a message of an Arrow IPC file, and chooses for each buffer whether it is compressed.
//!
//! Arrow's own writer compresses all buffers of a batch or none. The format permits both in one batch: each buffer is
//! preceded by its length before compression, or by -1. Columns that filters and sorts read are used in place, so they
//! stay as they are; the others take up to ten times less space compressed.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_ipc::{
    BodyCompressionBuilder, BodyCompressionMethod, Buffer, CompressionType, FieldNode,
    MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder, root_as_message,
};
use arrow_schema::{ArrowError, DataType, Schema};
use flatbuffers::FlatBufferBuilder;
use idq_columns::DocumentColumn;
use idq_snapshot::snapshot_file::checksum::checksum;
use idq_snapshot::snapshot_file::extents::extents;
use idq_snapshot::snapshot_file::format::{
    ALIGNMENT, IN_PLACE, MAX_COMPRESSED_BUFFER_BYTES, record_columns,
};
use zstd::bulk::Compressor;

use crate::error::PackError;

/// The zstd level of buffers. Higher levels save little on short numbers, and take twice the time.
const BUFFER_LEVEL: i32 = 1;

/// Smaller buffers are not compressed: padding takes what that would save.
const MIN_COMPRESSED_BUFFER_BYTES: usize = ALIGNMENT;

/// The storage of the buffers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BufferStorage {
    /// No buffer is compressed, unless nearly all elements are null: readers use them in place.
    InPlace,
    /// Offsets are compressed, which readers copy anyway, and the elements are in place.
    CompressedOffsets,
    /// All buffers are compressed that become smaller by a quarter.
    Compressed,
}

/// A record batch in the bytes of the file.
pub(crate) struct EncodedBatch {
    /// The number of rows.
    pub(crate) rows: u32,
    /// The continuation marker, the length and the flatbuffer of the message, padded.
    pub(crate) header: Vec<u8>,
    /// The buffers.
    pub(crate) body: Vec<u8>,
    /// The checksums of the header and of the parts of the body, in the order of the file.
    pub(crate) checksums: Vec<u64>,
    /// The number of bytes of the columns of fields.
    pub(crate) column_bytes: u64,
}

/// Encodes the columns of one batch, one after another.
pub(crate) struct BatchEncoder {
    /// The compressor of buffers.
    compressor: Compressor<'static>,
    /// The length and the number of nulls of each array, nested ones included.
    nodes: Vec<FieldNode>,
    /// The extent of each buffer in the body.
    buffers: Vec<Buffer>,
    /// The buffers, each at a multiple of [`ALIGNMENT`].
    body: Vec<u8>,
    /// The scratch buffer of the compressor.
    frame: Vec<u8>,
}

impl BatchEncoder {
    /// Returns an encoder without columns.
    pub(crate) fn new() -> Result<Self, PackError> {
        let mut compressor = Compressor::new(BUFFER_LEVEL).map_err(PackError::Compress)?;
        // Each part of the file has a checksum.
        compressor
            .include_checksum(false)
            .map_err(PackError::Compress)?;
        Ok(Self {
            compressor,
            nodes: Vec::new(),
            buffers: Vec::new(),
            body: Vec::new(),
            frame: Vec::new(),
        })
    }

    /// Adds a column.
    ///
    /// # Errors
    /// The type of the array is none of the format's.
    pub(crate) fn column(
        &mut self,
        array: &ArrayRef,
        storage: BufferStorage,
    ) -> Result<(), PackError> {
        // Elements without values are zeros, which are decompressed faster than they are read.
        let is_mostly_null = array.null_count() * 16 > array.len() * 15;
        let storage = match storage {
            BufferStorage::InPlace if is_mostly_null => BufferStorage::Compressed,
            storage => storage,
        };
        let node = FieldNode::new(array.len() as i64, array.null_count() as i64);
        self.nodes.push(node);
        let is_compressed = storage == BufferStorage::Compressed;
        match array.nulls().filter(|_| array.null_count() > 0) {
            Some(nulls) => self.buffer(&nulls.inner().sliced(), is_compressed)?,
            None => self.buffer(&[], is_compressed)?,
        }
        match array.data_type() {
            DataType::Boolean => {
                let bits = array.as_boolean().values().sliced();
                self.buffer(&bits, is_compressed)
            }
            DataType::FixedSizeBinary(_) => {
                let bytes = array.as_fixed_size_binary().value_data();
                self.buffer(bytes, is_compressed)
            }
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                self.variable(texts.value_offsets(), texts.value_data(), storage)
            }
            DataType::Binary => {
                let bytes = array.as_binary::<i32>();
                self.variable(bytes.value_offsets(), bytes.value_data(), storage)
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                let (first, last) = self.offsets(list.value_offsets(), storage)?;
                let items = list.values().slice(first, last - first);
                self.column(&items, storage)
            }
            DataType::Struct(fields) => {
                let children = fields.iter().zip(array.as_struct().columns());
                for (field, child) in children {
                    let storage = storage_of_part(field.name(), storage);
                    self.column(child, storage)?;
                }
                Ok(())
            }
            data_type => {
                let width = match data_type {
                    DataType::Dictionary(codes, _) => codes.primitive_width(),
                    data_type => data_type.primitive_width(),
                };
                let width = width.ok_or_else(|| invalid("a column is of an unknown type"))?;
                let data = array.to_data();
                let range = data.offset() * width..(data.offset() + data.len()) * width;
                self.buffer(&data.buffers()[0][range], is_compressed)
            }
        }
    }

    /// Adds the offsets and the elements of an array of variable-length elements.
    fn variable(
        &mut self,
        offsets: &[i32],
        bytes: &[u8],
        storage: BufferStorage,
    ) -> Result<(), PackError> {
        let (first, last) = self.offsets(offsets, storage)?;
        self.buffer(&bytes[first..last], storage == BufferStorage::Compressed)
    }

    /// Adds offsets, from 0. Returns the first and the last one as they were.
    fn offsets(
        &mut self,
        offsets: &[i32],
        storage: BufferStorage,
    ) -> Result<(usize, usize), PackError> {
        let first = offsets.first().copied().unwrap_or_default();
        let last = offsets.last().copied().unwrap_or_default();
        let from_zero = offsets
            .iter()
            .flat_map(|offset| (offset - first).to_le_bytes());
        let from_zero: Vec<u8> = from_zero.collect();
        self.buffer(&from_zero, storage != BufferStorage::InPlace)?;
        Ok((first as usize, last as usize))
    }

    /// Adds a buffer: its length before compression and its frame, or [`IN_PLACE`] and its bytes.
    fn buffer(&mut self, bytes: &[u8], is_compressed: bool) -> Result<(), PackError> {
        let start = self.body.len();
        let compressible = MIN_COMPRESSED_BUFFER_BYTES..=MAX_COMPRESSED_BUFFER_BYTES;
        if is_compressed && compressible.contains(&bytes.len()) {
            self.frame.clear();
            self.frame
                .reserve(zstd::zstd_safe::compress_bound(bytes.len()));
            self.compressor
                .compress_to_buffer(bytes, &mut self.frame)
                .map_err(PackError::Compress)?;
            if self.frame.len() <= bytes.len() / 4 * 3 {
                self.body.extend((bytes.len() as i64).to_le_bytes());
                self.body.extend_from_slice(&self.frame);
            }
        }
        // Buffers without bytes have no length either.
        if self.body.len() == start && !bytes.is_empty() {
            self.body.extend(IN_PLACE.to_le_bytes());
            self.body.extend_from_slice(bytes);
        }
        let length = self.body.len() - start;
        self.buffers.push(Buffer::new(start as i64, length as i64));
        self.body
            .resize(self.body.len().next_multiple_of(ALIGNMENT), 0);
        Ok(())
    }

    /// Returns the batch of `rows` rows, whose columns are those of the schema.
    ///
    /// # Errors
    /// The columns are not those of the schema.
    pub(crate) fn finish(self, rows: usize, schema: &Schema) -> Result<EncodedBatch, PackError> {
        let header = self.header(rows);
        // The extents of the columns come from the encoded message, as the reader computes them.
        let message = root_as_message(&header[8..]).map_err(|error| invalid(&error.to_string()))?;
        let parts = message
            .header_as_record_batch()
            .and_then(|batch| extents(batch, schema, self.body.len()))
            .ok_or_else(|| invalid("buffers are not in order"))?;
        // The record columns are the last ones.
        let field_columns = schema.fields().len() - record_columns().len();
        let column_bytes = parts
            .iter()
            .take(field_columns)
            .map(|part| part.len() as u64);
        let column_bytes = column_bytes.sum();
        let parts = parts.into_iter().map(|part| checksum(&self.body[part]));
        let checksums = std::iter::once(checksum(&header)).chain(parts).collect();
        Ok(EncodedBatch {
            rows: rows as u32,
            header,
            body: self.body,
            checksums,
            column_bytes,
        })
    }

    /// Returns the message of the batch with its continuation marker and length.
    fn header(&self, rows: usize) -> Vec<u8> {
        let mut builder = FlatBufferBuilder::new();
        let mut compression = BodyCompressionBuilder::new(&mut builder);
        compression.add_method(BodyCompressionMethod::BUFFER);
        compression.add_codec(CompressionType::ZSTD);
        let compression = compression.finish();
        let buffers = builder.create_vector(&self.buffers);
        let nodes = builder.create_vector(&self.nodes);
        let mut batch = RecordBatchBuilder::new(&mut builder);
        batch.add_length(rows as i64);
        batch.add_nodes(nodes);
        batch.add_buffers(buffers);
        batch.add_compression(compression);
        let batch = batch.finish().as_union_value();
        let mut message = MessageBuilder::new(&mut builder);
        message.add_version(MetadataVersion::V5);
        message.add_header_type(MessageHeader::RecordBatch);
        message.add_bodyLength(self.body.len() as i64);
        message.add_header(batch);
        let message = message.finish();
        builder.finish(message, None);
        let message = builder.finished_data();
        // The length counts the padding, and not the eight bytes of marker and length.
        let length = (message.len() + 8).next_multiple_of(ALIGNMENT) - 8;
        let mut header = vec![0xFF; 4];
        header.extend((length as u32).to_le_bytes());
        header.extend_from_slice(message);
        header.resize(length + 8, 0);
        header
    }
}

/// Returns the storage of a part of the documents' paths in a column with this storage: searches scan only
/// [`DocumentColumn::SCANNED_PARTS`].
fn storage_of_part(part: &str, column: BufferStorage) -> BufferStorage {
    match column {
        BufferStorage::CompressedOffsets if !DocumentColumn::SCANNED_PARTS.contains(&part) => {
            BufferStorage::Compressed
        }
        column => column,
    }
}

/// Returns the error of an array that the format does not have.
fn invalid(reason: &str) -> PackError {
    PackError::Encode(ArrowError::IpcError(reason.to_owned()))
}
