//! Files of batches that come from elsewhere than the records of a snapshot, such as differences.

use std::fmt;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::columns::types::ColumnType;
use crate::error::Error;
use crate::format::{BatchSink, Encoder, ExportFormat, OutputAccess};

/// Writes record batches of texts as a typed file to a sequential output, such as a pipe: Parquet, or an Arrow stream.
///
/// ```
/// use std::sync::Arc;
///
/// use arrow_array::{ArrayRef, LargeStringArray, RecordBatch};
/// use idq_export::{BatchWriter, ExportFormat};
///
/// let texts: ArrayRef = Arc::new(LargeStringArray::from(vec!["a", "b"]));
/// let batch = RecordBatch::try_from_iter([("text", texts)])?;
/// let mut file = Vec::new();
/// let mut writer = BatchWriter::new(ExportFormat::PARQUET, &mut file, &batch.schema())?;
/// writer.write(&batch)?;
/// writer.finish()?;
/// assert!(file.starts_with(b"PAR1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BatchWriter<'w> {
    sink: Box<dyn BatchSink + Send + 'w>,
}

impl<'w> BatchWriter<'w> {
    /// Writes the start of a file with the columns of this schema.
    ///
    /// # Errors
    /// A format without types, a failure of `out`.
    pub fn new(
        format: ExportFormat,
        out: impl Write + Send + 'w,
        schema: &SchemaRef,
    ) -> Result<Self, Error> {
        let Encoder::Typed(format) = format.encoder() else {
            return Err(Error::NoRawRecord(format.description().name));
        };
        // Texts of a few kinds, most of them repeated.
        let types = vec![ColumnType::Keyword; schema.fields().len()];
        let sink = (format.open)(Box::new(out), schema, &types, OutputAccess::Sequential)?;
        Ok(Self { sink })
    }

    /// Writes a batch, whose columns are those of the schema.
    ///
    /// # Errors
    /// A failure of the output.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.sink.write(std::slice::from_ref(batch))
    }

    /// Writes the end of the file.
    ///
    /// # Errors
    /// A failure of the output.
    pub fn finish(self) -> Result<(), Error> {
        self.sink.finish()
    }
}

impl fmt::Debug for BatchWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchWriter").finish_non_exhaustive()
    }
}
