//! Writes an Arrow IPC file, message by message, with a checksum of each part.

use std::collections::HashMap;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::convert::{IpcSchemaEncoder, metadata_to_fb};
use arrow_ipc::writer::{
    DictionaryTracker, EncodedData, IpcDataGenerator, IpcWriteContext, IpcWriteOptions,
    write_message,
};
use arrow_ipc::{Block, FooterBuilder, MetadataVersion};
use arrow_schema::{Schema, SchemaRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flatbuffers::FlatBufferBuilder;
use idq_snapshot::snapshot_file::checksum::{BLANK, checksum, checksum_around};
use idq_snapshot::snapshot_file::footer::Footer;
use idq_snapshot::snapshot_file::format::{ALIGNMENT, END, MAGIC, key};

use crate::batch_encoder::EncodedBatch;
use crate::error::PackError;

/// A file that is being written.
pub(crate) struct ArrowFile<W: Write> {
    /// Destination, to which bytes are only appended.
    out: W,
    /// Number of bytes that have been written, which is the offset of the next message.
    position: u64,
    /// Schema of all batches.
    schema: SchemaRef,
    /// Encoder of dictionaries.
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

    /// Writes the dictionaries of the columns of a batch, once for all batches.
    pub(crate) fn write_dictionaries(&mut self, batch: &RecordBatch) -> Result<(), PackError> {
        // Only the values of the dictionaries are encoded, and no row.
        let (dictionaries, _) = self.generator.encode(
            &batch.slice(0, 0),
            &mut self.tracker,
            &self.options,
            &mut self.context,
        )?;
        for dictionary in dictionaries {
            self.column_bytes += dictionary.arrow_data.len() as u64;
            let block = self.dictionary(dictionary)?;
            self.dictionaries.push(block);
        }
        Ok(())
    }

    /// Writes a batch.
    pub(crate) fn write(&mut self, batch: &EncodedBatch) -> Result<(), PackError> {
        let sums = batch.checksums.iter();
        self.checksums
            .extend(sums.flat_map(|sum| sum.to_le_bytes()));
        self.column_bytes += batch.column_bytes;
        let block = self.message(&batch.header, &batch.body)?;
        self.batches.push(block);
        self.rows.extend(batch.rows.to_le_bytes());
        Ok(())
    }

    /// Writes the message of a dictionary. Header and body have checksums of their own.
    fn dictionary(&mut self, data: EncodedData) -> Result<Block, PackError> {
        let mut header = Vec::new();
        let message = EncodedData {
            ipc_message: data.ipc_message,
            arrow_data: Vec::new(),
        };
        write_message(&mut header, message, &self.options)?;
        self.add_checksum(&header);
        self.add_checksum(&data.arrow_data);
        self.message(&header, &data.arrow_data)
    }

    /// Writes the header and the body of a message, and returns their location.
    fn message(&mut self, header: &[u8], body: &[u8]) -> Result<Block, PackError> {
        self.out.write_all(header)?;
        self.out.write_all(body)?;
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
