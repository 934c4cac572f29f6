//! Parquet: zstd, dictionaries, statistics and a page index. The columns of several row groups are encoded in parallel.
//!
//! Rows wait until there are as many row groups as threads, or until they take much memory. The encoded columns of a
//! group are in memory until it is full, and are appended to the file in the order of the columns.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Field, Schema, SchemaRef};
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

/// The bytes of batches that wait to be encoded, beyond which a row group is encoded in parts.
const MAX_WAITING_BYTES: usize = 32 << 20;

/// Encodes a Parquet file.
///
/// `ArrowWriter` encodes one column after another; the column writers that it is made of are used directly, so that the
/// columns of as many row groups as there are threads are encoded in parallel: one long column does not keep the other
/// threads waiting.
struct ParquetEncoder<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The row groups that are not in the file, in order. Only the last one may lack rows.
    groups: Vec<OpenGroup>,
    /// The number of row groups in the file.
    finished: usize,
    /// The number of bytes of the batches that wait.
    waiting_bytes: usize,
}

/// A row group that is not in the file.
#[derive(Default)]
struct OpenGroup {
    /// The columns; none before their first rows are encoded.
    columns: Vec<OpenColumn>,
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

/// A column of a row group that is not in the file.
struct OpenColumn {
    /// The writer, until all rows are encoded.
    writer: Option<ArrowColumnWriter>,
    /// The encoded column, then.
    chunk: Option<ArrowColumnChunk>,
}

impl OpenColumn {
    /// Encodes further rows; `is_whole` says whether they are the last ones.
    fn encode(
        &mut self,
        field: &Field,
        arrays: impl Iterator<Item = ArrayRef>,
        is_whole: bool,
    ) -> Result<(), Error> {
        let Some(mut writer) = self.writer.take() else {
            return Ok(());
        };
        for array in arrays {
            // No column is nested, so each one has one leaf.
            for leaf in compute_leaves(field, &array)? {
                writer.write(&leaf)?;
            }
        }
        if is_whole {
            self.chunk = Some(writer.close()?);
        } else {
            self.writer = Some(writer);
        }
        Ok(())
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
            finished: 0,
            waiting_bytes: 0,
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
            self.waiting_bytes += batch.get_array_memory_size();
            let full = self.groups.iter().filter(|group| group.is_full());
            if full.count() >= rayon::current_num_threads()
                || self.waiting_bytes > MAX_WAITING_BYTES
            {
                self.encode(false)?;
            }
        }
        Ok(())
    }

    /// Encodes the batches that wait, one task for each column of a row group, and appends the full groups to the file;
    /// at the end also the last one.
    fn encode(&mut self, is_end: bool) -> Result<(), Error> {
        let mut tasks = Vec::new();
        for (number, group) in self.groups.iter_mut().enumerate() {
            let is_whole = is_end || group.is_full();
            if group.columns.is_empty() {
                let writers = self.factory.create_column_writers(self.finished + number)?;
                group
                    .columns
                    .extend(writers.into_iter().map(|writer| OpenColumn {
                        writer: Some(writer),
                        chunk: None,
                    }));
            }
            let columns = group.columns.iter_mut().enumerate();
            tasks.extend(columns.map(|column| (column, &group.batches, is_whole)));
        }
        let encode =
            |((index, column), batches, is_whole): ((usize, &mut OpenColumn), &Vec<_>, _)| {
                let arrays = batches
                    .iter()
                    .map(|batch: &RecordBatch| Arc::clone(batch.column(index)));
                column.encode(self.schema.field(index), arrays, is_whole)
            };
        tasks.into_par_iter().try_for_each(encode)?;
        self.waiting_bytes = 0;
        for mut group in std::mem::take(&mut self.groups) {
            if !is_end && !group.is_full() {
                group.batches.clear();
                self.groups.push(group);
                continue;
            }
            let mut file_group = self.file.next_row_group()?;
            for chunk in group.columns.into_iter().filter_map(|column| column.chunk) {
                chunk.append_to_row_group(&mut file_group)?;
            }
            file_group.close()?;
            self.finished += 1;
        }
        Ok(())
    }
}

impl<W: Write + Send> BatchSink for ParquetEncoder<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        self.add(batches)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.encode(true)?;
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
