//! Writes an Arrow IPC file, message by message, with a checksum of each part.

use std::collections::HashMap;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::convert::{IpcSchemaEncoder, metadata_to_fb};
use arrow_ipc::writer::{
    DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteContext, IpcWriteOptions,
    write_message,
};
use arrow_ipc::{Block, FooterBuilder, MetadataVersion, root_as_message};
use arrow_schema::{Schema, SchemaRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flatbuffers::FlatBufferBuilder;
use idq_snapshot::snapshot_file::checksum::{BLANK, checksum, checksum_around};
use idq_snapshot::snapshot_file::extents::extents;
use idq_snapshot::snapshot_file::footer::Footer;
use idq_snapshot::snapshot_file::format::{ALIGNMENT, END, MAGIC, key, record_columns};

use crate::error::PackError;

/// A file that is being written.
pub(crate) struct ArrowFile<W: Write> {
    /// Destination, to which bytes are only appended.
    out: W,
    /// Number of bytes that have been written, which is the offset of the next message.
    position: u64,
    /// Schema of all batches.
    schema: SchemaRef,
    /// Encoder of batches.
    generator: IpcDataGenerator,
    /// Dictionaries that have been written: each is written once.
    tracker: DictionaryTracker,
    /// Buffers that the encoder reuses.
    context: IpcWriteContext,
    /// Alignment and version of the messages.
    options: IpcWriteOptions,
    /// Locations of the messages of dictionaries.
    dictionaries: Vec<Block>,
    /// Locations of the messages of batches.
    batches: Vec<Block>,
    /// Number of rows of each batch, 32 bits little-endian.
    rows: Vec<u8>,
    /// Checksum of each part in the order of the file, 64 bits little-endian.
    checksums: Vec<u8>,
    /// Bytes of the columns and of their dictionaries, without the records.
    column_bytes: u64,
}

impl<W: Write> ArrowFile<W> {
    /// Writes the start of the file: the magic bytes and the schema.
    pub(crate) fn new(mut out: W, schema: SchemaRef) -> Result<Self, PackError> {
        // `false` chooses messages with continuation markers, which the reader expects; `true` refuses a second
        // dictionary for one column.
        let options = IpcWriteOptions::try_new(ALIGNMENT, false, MetadataVersion::V5)?;
        let generator = IpcDataGenerator::default();
        let mut tracker = DictionaryTracker::new(true);
        let message =
            generator.schema_to_bytes_with_dictionary_tracker(&schema, &mut tracker, &options);
        // The first message starts at a multiple of the alignment, as all others do.
        let mut head = MAGIC.to_vec();
        head.resize(ALIGNMENT, 0);
        write_message(&mut head, message, &options)?;
        out.write_all(&head)?;
        Ok(Self {
            out,
            position: head.len() as u64,
            schema,
            generator,
            tracker,
            context: IpcWriteContext::default(),
            options,
            dictionaries: Vec::new(),
            batches: Vec::new(),
            rows: Vec::new(),
            checksums: checksum(&head).to_le_bytes().to_vec(),
            column_bytes: 0,
        })
    }

    /// Writes a batch, after those of its dictionaries that have not been written yet.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), PackError> {
        let (dictionaries, data) =
            self.generator
                .encode(batch, &mut self.tracker, &self.options, &mut self.context)?;
        for dictionary in dictionaries {
            self.column_bytes += dictionary.arrow_data.len() as u64;
            let block = self.message(dictionary, &[])?;
            self.dictionaries.push(block);
        }
        // The extents of the columns come from the encoded message, as the reader computes them.
        let columns: Vec<_> = {
            let message = root_as_message(&data.ipc_message)
                .map_err(|error| arrow_schema::ArrowError::IpcError(error.to_string()))?;
            let batch = message.header_as_record_batch();
            batch
                .and_then(|batch| extents(batch, &self.schema, data.arrow_data.len()))
                .ok_or_else(|| {
                    arrow_schema::ArrowError::IpcError("buffers are not in order".to_owned())
                })?
        };
        // The record columns are the last ones.
        let field_columns = self.schema.fields().len() - record_columns().len();
        let field_columns = columns.iter().take(field_columns);
        self.column_bytes += field_columns.map(|part| part.len() as u64).sum::<u64>();
        let rows = batch.num_rows() as u32;
        let block = self.message(data, &columns)?;
        self.batches.push(block);
        self.rows.extend(rows.to_le_bytes());
        Ok(())
    }

    /// Writes a message, whose body has a checksum for each of `parts`, or one checksum if there are none.
    fn message(
        &mut self,
        data: EncodedData,
        parts: &[std::ops::Range<usize>],
    ) -> Result<Block, PackError> {
        let body = data.arrow_data;
        // Header and body are written separately, because they have checksums of their own.
        let mut header = Vec::new();
        let message = EncodedData {
            ipc_message: data.ipc_message,
            arrow_data: Vec::new(),
        };
        write_message(&mut header, message, &self.options)?;
        self.add_checksum(&header);
        if parts.is_empty() {
            self.add_checksum(&body);
        }
        for part in parts {
            self.add_checksum(&body[part.clone()]);
        }
        self.out.write_all(&header)?;
        self.out.write_all(&body)?;
        let block = Block::new(self.position as i64, header.len() as i32, body.len() as i64);
        self.position += (header.len() + body.len()) as u64;
        Ok(block)
    }

    /// Appends the checksum of the next part.
    fn add_checksum(&mut self, bytes: &[u8]) {
        self.checksums.extend(checksum(bytes).to_le_bytes());
    }

    /// Writes the footer.
    pub(crate) fn finish(mut self) -> Result<W, PackError> {
        self.out.write_all(END)?;
        // The checksum covers the footer around itself: it is computed with a blank in its place, which has the same
        // length.
        let footer = self.footer(BLANK)?;
        let blank = find_blank(&footer)?;
        let sum = checksum_around(&footer, blank.clone());
        let mut footer = footer;
        footer[blank].copy_from_slice(format!("{sum:016x}").as_bytes());
        self.out.write_all(&footer)?;
        self.out.write_all(&(footer.len() as i32).to_le_bytes())?;
        self.out.write_all(MAGIC)?;
        Ok(self.out)
    }

    /// Builds the footer, whose custom metadata has what this writer counted; the schema has the rest.
    fn footer(&self, footer_checksum: &str) -> Result<Vec<u8>, PackError> {
        let mut builder = FlatBufferBuilder::new();
        let dictionaries = builder.create_vector(&self.dictionaries);
        let batches = builder.create_vector(&self.batches);
        let mut tracker = DictionaryTracker::new(true);
        let schema: &Schema = &self.schema;
        let schema = IpcSchemaEncoder::new()
            .with_dictionary_tracker(&mut tracker)
            .schema_to_fb_offset(&mut builder, schema);
        let metadata = HashMap::from([
            (key::BATCH_ROWS.to_owned(), STANDARD.encode(&self.rows)),
            (key::CHECKSUMS.to_owned(), STANDARD.encode(&self.checksums)),
            (key::COLUMN_BYTES.to_owned(), self.column_bytes.to_string()),
            (key::FOOTER_CHECKSUM.to_owned(), footer_checksum.to_owned()),
        ]);
        let metadata = metadata_to_fb(&mut builder, &metadata);
        let mut footer = FooterBuilder::new(&mut builder);
        footer.add_version(MetadataVersion::V5);
        footer.add_schema(schema);
        footer.add_dictionaries(dictionaries);
        footer.add_recordBatches(batches);
        footer.add_custom_metadata(metadata);
        let root = footer.finish();
        builder.finish(root, None);
        Ok(builder.finished_data().to_vec())
    }
}

/// Returns the range of the footer's checksum, which is still blank.
fn find_blank(footer: &[u8]) -> Result<std::ops::Range<usize>, PackError> {
    let unreadable = |reason: &str| arrow_schema::ArrowError::IpcError(reason.to_owned());
    let read = Footer::read(footer.to_vec()).map_err(unreadable)?;
    let range = read.range_of(key::FOOTER_CHECKSUM);
    Ok(range.ok_or_else(|| unreadable("the footer has no checksum"))?)
}
