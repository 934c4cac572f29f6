//! Arrow IPC: the file format for files, the stream format for pipes and devices.
//!
//! The file format has a footer with the positions of all batches, for readers that seek. The stream format has the
//! same batches without a footer, for readers of a pipe. Batches are not compressed, so that readers can memory-map a
//! file.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use idq::render::{ColumnSupport, FormulaRisk, OutputFormat};

use super::{BatchSink, OutputAccess, TypedFormat};
use crate::error::Error;

/// The format `arrow`.
pub(super) static FORMAT: TypedFormat = TypedFormat {
    description: OutputFormat {
        name: "arrow",
        extensions: &["arrow", "feather"],
        summary: "Arrow IPC, also known as Feather; a stream on standard output",
        columns: ColumnSupport::DocumentedFields,
        terminal: None,
        formulas: FormulaRisk::Absent,
    },
    open: |out, schema, _, access| {
        Ok(match access {
            OutputAccess::Random => Box::new(FileWriter::try_new(out, schema)?),
            OutputAccess::Sequential => Box::new(StreamWriter::try_new(out, schema)?),
        })
    },
};

impl<W: Write> BatchSink for FileWriter<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        batches
            .iter()
            .try_for_each(|batch| Ok(FileWriter::write(self, batch)?))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        Ok(FileWriter::finish(&mut self)?)
    }
}

impl<W: Write> BatchSink for StreamWriter<W> {
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        batches
            .iter()
            .try_for_each(|batch| Ok(StreamWriter::write(self, batch)?))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        Ok(StreamWriter::finish(&mut self)?)
    }
}
