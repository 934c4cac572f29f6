//! Parquet: zstd, dictionaries, statistics and a page index, with the columns of one or more row groups encoded in
//! parallel.
//!
//! Rows are buffered until as many row groups as threads are full, or until they take 32 MiB; then the columns of all
//! buffered row groups are encoded. The encoded columns of a row group are in memory until it is full, and are then
//! appended to the file in the order of the columns.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use idq::render::{ColumnSupport, FormulaRisk, OutputFormat};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions,
    compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::{BatchSink, TypedFormat};
use crate::columns::types::ColumnType;
use crate::error::Error;

/// The format `parquet`.
pub(super) static FORMAT: TypedFormat = TypedFormat {
    description: OutputFormat {
        name: "parquet",
        extensions: &["parquet"],
        summary: "Apache Parquet",
        columns: ColumnSupport::DocumentedFields,
        terminal: None,
        formulas: FormulaRisk::Absent,
    },
    open: |out, schema, types, _| {
        let encoder = ParquetEncoder::new(out, schema.clone(), types)?;
        Ok(Box::new(encoder))
    },
};

/// The number of rows of a row group, the unit that readers assign to one core and skip by its statistics.
///
/// DuckDB's groups have 122,880 rows and Spark's are about 128 MiB: with some kilobytes a record, this value is close
/// to both, and a million records are eight groups to distribute among cores. Page statistics skip within a group.
const ROW_GROUP_ROWS: usize = 128 << 10;

/// The bytes of batches that are not encoded, beyond which they are encoded before their row groups are full.
const MAX_PENDING_BYTES: usize = 32 << 20;

/// Encodes a Parquet file.
///
/// `ArrowWriter` encodes one column after another. Its column writers are used directly, so that the columns of all
/// buffered row groups are encoded in parallel: while one thread encodes a long column, another encodes the same column
/// of the next row group.
struct ParquetEncoder<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The row groups that are not in the file, in order. Only the last one may lack rows.
    groups: Vec<OpenGroup>,
    /// The number of bytes of the batches that are not encoded.
    pending_bytes: usize,
}

/// A row group that is not in the file.
#[derive(Default)]
struct OpenGroup {
    /// The column writers; none before the first rows are encoded.
    columns: Vec<ArrowColumnWriter>,
    /// The batches that are not encoded.
    batches: Vec<RecordBatch>,
    /// The number of rows, encoded or not.
    rows: usize,
}

impl OpenGroup {
    /// Returns whether there is no place for another row.
    fn is_full(&self) -> bool {
        self.rows == ROW_GROUP_ROWS
    }
}

impl<W: Write + Send> ParquetEncoder<W> {
    /// Starts a file with the columns of this schema.
    fn new(out: W, schema: SchemaRef, types: &[ColumnType]) -> Result<Self, Error> {
        let options = ArrowWriterOptions::new().with_properties(properties(&schema, types));
        // The file has the metadata as key-value pairs; the embedded Arrow schema does not repeat it.
        let bare = SchemaRef::new(Schema::new(schema.fields().clone()));
        let writer = ArrowWriter::try_new_with_options(out, bare, options)?;
        let (file, factory) = writer.into_serialized_writer()?;
        Ok(Self {
            file,
            factory,
            schema,
            groups: Vec::new(),
            pending_bytes: 0,
        })
    }

    /// Adds batches, which are split where a row group is full.
    fn add(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        for batch in batches {
            let mut start = 0;
            while start < batch.num_rows() {
                let last = self.groups.pop_if(|group| !group.is_full());
                let mut group = last.unwrap_or_default();
                // Slices share the buffers of the batch.
                let length = (batch.num_rows() - start).min(ROW_GROUP_ROWS - group.rows);
                group.batches.push(batch.slice(start, length));
                group.rows += length;
                start += length;
                self.groups.push(group);
            }
            self.pending_bytes += batch.get_array_memory_size();
            let full = self.groups.iter().filter(|group| group.is_full()).count();
            if full >= rayon::current_num_threads() || self.pending_bytes > MAX_PENDING_BYTES {
                self.encode_pending()?;
                self.append_groups(full)?;
            }
        }
        Ok(())
    }

    /// Encodes the batches that are not encoded, one task for each column of a row group.
    fn encode_pending(&mut self) -> Result<(), Error> {
        let finished = self.file.flushed_row_groups().len();
        let mut tasks = Vec::new();
        for (number, group) in self.groups.iter_mut().enumerate() {
            if group.columns.is_empty() {
                group.columns = self.factory.create_column_writers(finished + number)?;
            }
            let columns = group.columns.iter_mut().enumerate();
            tasks.extend(columns.map(|column| (column, &group.batches)));
        }
        tasks
            .into_par_iter()
            .try_for_each(|((index, writer), batches)| {
                for batch in batches {
                    // No column is nested, so each one has one leaf.
                    for leaf in compute_leaves(self.schema.field(index), batch.column(index))? {
                        writer.write(&leaf)?;
                    }
                }
                Ok::<_, Error>(())
            })?;
        self.groups
            .iter_mut()
            .for_each(|group| group.batches.clear());
        self.pending_bytes = 0;
        Ok(())
    }

    /// Appends the first row groups to the file. All their rows are encoded.
    fn append_groups(&mut self, count: usize) -> Result<(), Error> {
        let groups = self.groups.drain(..count).map(|group| group.columns);
        let columns = groups.flatten().collect::<Vec<_>>().into_par_iter();
        let chunks: Vec<ArrowColumnChunk> = columns
            .map(ArrowColumnWriter::close)
            .collect::<Result<_, _>>()?;
        let mut chunks = chunks.into_iter();
        for _ in 0..count {
            let mut group = self.file.next_row_group()?;
            for chunk in chunks.by_ref().take(self.schema.fields().len()) {
                chunk.append_to_row_group(&mut group)?;
            }
            group.close()?;
        }
        Ok(())
    }
}

impl<W: Write + Send> BatchSink for ParquetEncoder<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        self.add(batches)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.encode_pending()?;
        self.append_groups(self.groups.len())?;
        self.file.finish()?;
        // The file writer buffers, and reports errors only when it is flushed.
        Ok(self.file.inner_mut().flush()?)
    }
}

/// Returns the writer properties for columns of these types.
fn properties(schema: &SchemaRef, types: &[ColumnType]) -> WriterProperties {
    // Sorted, so that the file has the same bytes in every run.
    let mut metadata: Vec<KeyValue> = schema
        .metadata()
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    metadata.sort_by(|left, right| left.key.cmp(&right.key));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        // The page index: statistics and offsets for each page.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_key_value_metadata(Some(metadata));
    for (field, kind) in schema.fields().iter().zip(types) {
        // A name with dots is the name of one column, not a path.
        let path = ColumnPath::new(vec![field.name().clone()]);
        properties =
            properties.set_column_dictionary_enabled(path, kind.benefits_from_dictionary());
    }
    properties.build()
}
