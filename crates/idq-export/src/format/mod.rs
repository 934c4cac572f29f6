//! The registry of export formats.
//!
//! A typed format is one file of this folder and one line of [`TYPED_FORMATS`]. Text formats come from the registry of
//! `idq-render`.

mod arrow;
mod parquet;
mod workbook;

use std::fmt;
use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use idq::render::{self, OutputFormat, RecordFraming, TextFormat};

use crate::columns::types::ColumnType;
use crate::error::Error;

/// The typed formats, in the order in which help lists them.
static TYPED_FORMATS: [&TypedFormat; 3] = [&parquet::FORMAT, &arrow::FORMAT, &workbook::FORMAT];

/// A format that can be exported.
#[derive(Clone, Copy)]
pub struct ExportFormat(Encoder);

/// The encoder of a format.
#[derive(Clone, Copy)]
pub(crate) enum Encoder {
    /// Encodes the bytes of records.
    Text(&'static TextFormat),
    /// Encodes typed columns.
    Typed(&'static TypedFormat),
}

impl ExportFormat {
    /// Apache Parquet.
    pub const PARQUET: Self = Self(Encoder::Typed(&parquet::FORMAT));
    /// Arrow IPC: the file format, or the stream format where the output is not a file.
    pub const ARROW: Self = Self(Encoder::Typed(&arrow::FORMAT));
    /// A workbook of Excel.
    pub const WORKBOOK: Self = Self(Encoder::Typed(&workbook::FORMAT));
    /// CSV.
    pub const CSV: Self = Self(Encoder::Text(&render::CSV));
    /// NDJSON.
    pub const NDJSON: Self = Self(Encoder::Text(&render::NDJSON));

    /// Returns every format: typed ones, then text formats.
    ///
    /// A text format whose records depend on their neighbours cannot be encoded in parallel parts, and is not exported.
    pub fn all() -> impl Iterator<Item = Self> {
        let typed = TYPED_FORMATS.into_iter().map(Encoder::Typed);
        let text = render::FORMATS.into_iter();
        let text = text.filter(|format| format.framing == RecordFraming::Independent);
        typed.chain(text.map(Encoder::Text)).map(Self)
    }

    /// Returns the format of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.description().name == name)
    }

    /// Returns the description of the format.
    pub fn description(self) -> &'static OutputFormat {
        match self.0 {
            Encoder::Text(format) => &format.description,
            Encoder::Typed(format) => &format.description,
        }
    }

    /// Returns whether the columns of the format have types.
    pub fn is_typed(self) -> bool {
        matches!(self.0, Encoder::Typed(_))
    }

    /// Returns the extension of files that the exporter names itself.
    pub(crate) fn extension(self) -> &'static str {
        let description = self.description();
        let mut extensions = description.extensions.iter();
        extensions.next().copied().unwrap_or(description.name)
    }

    /// Returns the encoder of the format.
    pub(crate) fn encoder(self) -> Encoder {
        self.0
    }
}

impl PartialEq for ExportFormat {
    /// Compares descriptions, whose names are distinct.
    fn eq(&self, other: &Self) -> bool {
        self.description() == other.description()
    }
}

impl Eq for ExportFormat {}

impl fmt::Debug for ExportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExportFormat")
            .field(&self.description().name)
            .finish()
    }
}

/// A typed format: its description, and the function that opens its sink.
pub(crate) struct TypedFormat {
    pub(crate) description: OutputFormat,
    pub(crate) open: OpenBatchSink,
}

/// A function that opens a sink on an output: it writes the start of the file.
pub(crate) type OpenBatchSink = for<'w> fn(
    Box<dyn Write + Send + 'w>,
    &SchemaRef,
    &[ColumnType],
    OutputAccess,
) -> Result<Box<dyn BatchSink + Send + 'w>, Error>;

/// Encodes record batches of one schema, in order, into an output.
pub(crate) trait BatchSink {
    /// Encodes batches. The sink may keep rows until a later call.
    fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error>;

    /// Writes the kept rows and the end of the file.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// The access that readers will have to an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputAccess {
    /// A file, in which readers seek.
    Random,
    /// A pipe or a device, which is read once in order.
    Sequential,
}
