use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::SchemaRef;

use crate::column::ColumnType;
use crate::error::Error;
use crate::parquet::ParquetEncoder;

/// What a task has made of some records.
pub(crate) enum Piece {
    Batches(Vec<RecordBatch>),
    Lines(Vec<u8>),
}

/// Writes one file.
pub(crate) enum Encoder<W: Write + Send> {
    Parquet(Box<ParquetEncoder<W>>),
    /// Arrow's file format, for readers that seek.
    File(Box<FileWriter<W>>),
    /// Arrow's stream format, for readers that cannot.
    Stream(Box<StreamWriter<W>>),
    /// Whatever is one line after another.
    Lines(W),
}

impl<W: Write + Send> Encoder<W> {
    pub(crate) fn parquet(out: W, schema: SchemaRef, types: &[ColumnType]) -> Result<Self, Error> {
        let encoder = ParquetEncoder::new(out, schema, types)?;
        Ok(Self::Parquet(Box::new(encoder)))
    }

    pub(crate) fn arrow(out: W, schema: &SchemaRef, is_stream: bool) -> Result<Self, Error> {
        Ok(if is_stream {
            Self::Stream(Box::new(StreamWriter::try_new(out, schema)?))
        } else {
            Self::File(Box::new(FileWriter::try_new(out, schema)?))
        })
    }

    pub(crate) fn lines(mut out: W, header: &[u8]) -> Result<Self, Error> {
        out.write_all(header)?;
        Ok(Self::Lines(out))
    }

    /// Writes pieces, in their order. Each is of the kind that suits the format.
    pub(crate) fn write(&mut self, pieces: Vec<Piece>) -> Result<(), Error> {
        let mut batches = Vec::new();
        for piece in pieces {
            match (&mut *self, piece) {
                (Self::Lines(out), Piece::Lines(lines)) => out.write_all(&lines)?,
                (_, Piece::Batches(more)) => batches.extend(more),
                (_, Piece::Lines(_)) => {}
            }
        }
        match self {
            Self::Parquet(encoder) => encoder.write(&batches)?,
            Self::File(writer) => {
                for batch in &batches {
                    writer.write(batch)?;
                }
            }
            Self::Stream(writer) => {
                for batch in &batches {
                    writer.write(batch)?;
                }
            }
            Self::Lines(_) => {}
        }
        Ok(())
    }

    /// Ends the file, and gives the output back.
    pub(crate) fn finish(self) -> Result<W, Error> {
        Ok(match self {
            Self::Parquet(encoder) => encoder.finish()?,
            // Gives back what it writes to only after the footer.
            Self::File(writer) => writer.into_inner()?,
            Self::Stream(writer) => writer.into_inner()?,
            Self::Lines(out) => out,
        })
    }
}
