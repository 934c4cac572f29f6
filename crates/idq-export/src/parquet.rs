use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
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

use crate::column::ColumnType;
use crate::error::Error;

/// Rows of a row group: what readers hand to one core, and skip as one by its statistics.
///
/// DuckDB's own groups have 122,880 rows and Spark's are about 128 MiB: with some kilobytes a record, this is close to
/// both, and a million records are eight groups to share among cores. Page statistics skip within a group.
pub(crate) const ROW_GROUP_ROWS: usize = 128 << 10;

/// Writes a Parquet file, all columns at once.
pub(crate) struct ParquetEncoder<W: Write + Send> {
    file: SerializedFileWriter<W>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// The writers of the group that is being written; none between groups.
    columns: Vec<ArrowColumnWriter>,
    /// Rows in that group.
    rows: usize,
    groups: usize,
}

impl<W: Write + Send> ParquetEncoder<W> {
    pub(crate) fn new(out: W, schema: SchemaRef, types: &[ColumnType]) -> Result<Self, Error> {
        let options = ArrowWriterOptions::new().with_properties(properties(&schema, types));
        // The metadata is the file's own; the schema that is stored for Arrow's readers need not repeat it.
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

    pub(crate) fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        let mut group = Vec::new();
        let mut rows = 0;
        for batch in batches {
            let mut start = 0;
            while start < batch.num_rows() {
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

    /// Encodes more rows of a group.
    fn encode(&mut self, batches: &[RecordBatch], rows: usize) -> Result<(), Error> {
        if rows == 0 {
            return Ok(());
        }
        if self.columns.is_empty() {
            self.columns = self.factory.create_column_writers(self.groups)?;
        }
        self.rows += rows;
        // No column is nested, so each is one leaf.
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

    /// Writes the footer, and gives the output back.
    pub(crate) fn finish(mut self) -> Result<W, Error> {
        if self.rows > 0 {
            self.end_group()?;
        }
        Ok(self.file.into_inner()?)
    }
}

fn properties(schema: &SchemaRef, types: &[ColumnType]) -> WriterProperties {
    let mut metadata: Vec<KeyValue> = schema
        .metadata()
        .iter()
        .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
        .collect();
    metadata.sort_by(|left, right| left.key.cmp(&right.key));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        // The page index.
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_offset_index_disabled(false)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_key_value_metadata(Some(metadata));
    for (field, kind) in schema.fields().iter().zip(types) {
        // A name with dots is one column's all the same, not a path of several.
        let path = ColumnPath::new(vec![field.name().clone()]);
        properties = properties.set_column_dictionary_enabled(path, !kind.is_long());
    }
    properties.build()
}
