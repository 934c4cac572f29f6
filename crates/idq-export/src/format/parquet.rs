//! Parquet: zstd, dictionaries, statistics and a page index, with all columns of a row group encoded in parallel.
//!
//! Rows are buffered up to the end of a row group. The encoded columns of one group are in memory, and are appended to
//! the file in the order of the columns.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use idq::render::{ColumnSupport, FormulaRisk, OutputFormat};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnWriter, ArrowRowGroupWriterFactory, ArrowWriterOptions, compute_leaves,
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

/// Encodes a Parquet file.
///
/// `ArrowWriter` encodes one column after another; the column writers that it is made of are used directly, so that the
/// columns of a row group are encoded in parallel.
struct ParquetEncoder<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The column writers of the current row group; none between groups.
    columns: Vec<ArrowColumnWriter>,
    /// The number of rows in the current row group.
    rows: usize,
    /// The number of finished row groups.
    groups: usize,
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
            columns: Vec::new(),
            rows: 0,
            groups: 0,
        })
    }

    /// Encodes batches, which are split where a row group is full.
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        let mut group = Vec::new();
        let mut rows = 0;
        for batch in batches {
            let mut start = 0;
            while start < batch.num_rows() {
                // Slices share the buffers of the batch.
                let length = (batch.num_rows() - start).min(ROW_GROUP_ROWS - self.rows - rows);
                group.push(batch.slice(start, length));
                start += length;
                rows += length;
                if self.rows + rows == ROW_GROUP_ROWS {
                    self.encode(&group, rows)?;
                    self.end_group()?;
                    group.clear();
                    rows = 0;
                }
            }
        }
        self.encode(&group, rows)
    }

    /// Encodes `rows` further rows of the current row group, one task for each column.
    fn encode(&mut self, batches: &[RecordBatch], rows: usize) -> Result<(), Error> {
        if rows == 0 {
            return Ok(());
        }
        if self.columns.is_empty() {
            self.columns = self.factory.create_column_writers(self.groups)?;
        }
        self.rows += rows;
        // No column is nested, so each one has one leaf.
        let columns = self.columns.par_iter_mut().enumerate();
        columns.try_for_each(|(index, writer)| {
            for batch in batches {
                for leaf in compute_leaves(self.schema.field(index), batch.column(index))? {
                    writer.write(&leaf)?;
                }
            }
            Ok(())
        })
    }

    /// Closes the column writers and appends the row group to the file.
    fn end_group(&mut self) -> Result<(), Error> {
        let columns = std::mem::take(&mut self.columns);
        let chunks = columns
            .into_par_iter()
            .map(ArrowColumnWriter::close)
            .collect::<Result<Vec<_>, _>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        self.groups += 1;
        Ok(())
    }
}

impl<W: Write + Send> BatchSink for ParquetEncoder<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        self.write(batches)
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        if self.rows > 0 {
            self.end_group()?;
        }
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
